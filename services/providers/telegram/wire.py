"""The fields of Telegram's objects that we read, as structs. Unknown fields and kinds pass
unread.
"""

from __future__ import annotations

import msgspec

from services.providers.telegram.text import WireEntity


class User(msgspec.Struct, frozen=True):
    """A person or a bot."""

    id: int
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    username: str = ""


class Chat(msgspec.Struct, frozen=True):
    """`type`: private, group, supergroup, channel; channels and anonymous admins sign as one."""

    id: int
    type: str = ""
    title: str = ""
    username: str = ""


class File(msgspec.Struct, frozen=True):
    """Any of Telegram's file objects; which fields are set depends on the kind."""

    file_id: str
    file_size: int = 0
    mime_type: str = ""
    file_name: str = ""
    duration: int = 0
    title: str = ""
    thumbnail: File | None = None


class Point(msgspec.Struct, frozen=True):
    """Location."""

    latitude: float
    longitude: float


class Venue(msgspec.Struct, frozen=True):
    """A place with a name."""

    location: Point
    title: str = ""
    address: str = ""


class Person(msgspec.Struct, frozen=True):
    """Contact."""

    phone_number: str = ""
    first_name: str = ""
    last_name: str = ""


class Poll(msgspec.Struct, frozen=True):
    """Only its question is shown."""

    question: str = ""


class Replied(msgspec.Struct, frozen=True):
    """The message that is answered; in a topic without a real answer it is the topic's first
    message.
    """

    message_id: int
    forum_topic_created: msgspec.Raw = msgspec.Raw()


class Message(msgspec.Struct, frozen=True):
    """Message."""

    message_id: int
    date: int
    chat: Chat
    sender: User | None = msgspec.field(name="from", default=None)
    sender_chat: Chat | None = None
    message_thread_id: int = 0
    is_topic_message: bool = False
    is_automatic_forward: bool = False
    reply_to_message: Replied | None = None
    edit_date: int = 0
    media_group_id: str = ""
    text: str = ""
    entities: tuple[WireEntity, ...] = ()
    caption: str = ""
    caption_entities: tuple[WireEntity, ...] = ()
    photo: tuple[File, ...] = ()
    voice: File | None = None
    video: File | None = None
    video_note: File | None = None
    audio: File | None = None
    animation: File | None = None
    document: File | None = None
    sticker: File | None = None
    location: Point | None = None
    venue: Venue | None = None
    contact: Person | None = None
    poll: Poll | None = None


class Member(msgspec.Struct, frozen=True):
    """ChatMember: its `status` is creator, administrator, member, restricted, left or kicked."""

    status: str
    user: User


class MemberChange(msgspec.Struct, frozen=True):
    """ChatMemberUpdated; in a private chat it says that the person blocked or unblocked the
    bot.
    """

    chat: Chat
    date: int
    new_chat_member: Member
    sender: User | None = msgspec.field(name="from", default=None)


class Update(msgspec.Struct, frozen=True):
    """The kinds that have a meaning of their own; the rest is Ignored by name."""

    update_id: int
    message: Message | None = None
    edited_message: Message | None = None
    my_chat_member: MemberChange | None = None
