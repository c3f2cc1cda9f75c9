"""The people, bots, chats and messages of the fake Telegram. Values only."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from sandbox.city.core import Json

GENERAL = 1  # the General topic's thread id


class Status(StrEnum):
    """Membership, in Telegram's words."""

    CREATOR = "creator"
    ADMINISTRATOR = "administrator"
    MEMBER = "member"
    RESTRICTED = "restricted"
    LEFT = "left"
    KICKED = "kicked"


ADMIN_RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_send_welcome_messages",
    "can_pin_messages",
    "can_manage_topics",
)
MEMBER_RIGHTS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)
PRESENT = frozenset({Status.CREATOR, Status.ADMINISTRATOR, Status.MEMBER, Status.RESTRICTED})


@dataclass(slots=True)
class Person:
    """A human. `started` holds bots that may write to them, `blocked` those they stopped."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = "ru"
    is_deleted: bool = False
    started: set[int] = field(default_factory=set)
    blocked: set[int] = field(default_factory=set)

    def user(self) -> Json:
        """The User object of a human."""
        user: Json = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        if self.last_name:
            user["last_name"] = self.last_name
        if self.username:
            user["username"] = self.username
        user["language_code"] = self.language_code
        return user


@dataclass(slots=True)
class Member:
    """Somebody's place in a group."""

    user_id: int
    status: Status
    rights: set[str] = field(default_factory=set)
    is_anonymous: bool = False

    @property
    def is_admin(self) -> bool:
        """True for the creator and for administrators."""
        return self.status in {Status.CREATOR, Status.ADMINISTRATOR}

    def may(self, right: str) -> bool:
        """The creator may everything."""
        return self.status is Status.CREATOR or (self.is_admin and right in self.rights)


@dataclass(slots=True)
class Topic:
    """A forum topic; its id is the id of the service message that opened it."""

    id: int
    name: str
    icon_color: int = 0x6FB9F0
    is_closed: bool = False
    is_deleted: bool = False
    unread: int = 0


@dataclass(slots=True)
class File:
    """Bytes once uploaded. `owner` ids come per bot."""

    number: int
    kind: str
    data: bytes
    name: str
    mime: str
    digest: str
    meta: Json

    def unique_id(self) -> str:
        """The id that is the same for every bot."""
        return f"AQAD{self.number:012x}"


@dataclass(slots=True)
class Post:
    """One message as everybody sees it. `body` is what is the same for every bot."""

    seq: int
    at: float
    body: Json
    author_id: int
    by_bot: bool
    files: list[File] = field(default_factory=list)
    is_service: bool = False
    is_removed: bool = False
    reactions: dict[int, list[Json]] = field(default_factory=dict)
    method: str = ""
    repeats: int = 0

    @property
    def id(self) -> int:
        """Message id inside the chat."""
        return int(self.body["message_id"])

    @property
    def thread(self) -> int | None:
        """Topic, None for General and outside forums."""
        return self.body.get("message_thread_id")

    @property
    def text(self) -> str:
        """Text or caption."""
        return str(self.body.get("text") or self.body.get("caption") or "")


@dataclass(slots=True)
class Chat:
    """A private chat of one bot and one person, or a group."""

    id: int
    type: str
    title: str = ""
    username: str = ""
    is_forum: bool = False
    person: Person | None = None
    bot_id: int = 0
    members: dict[int, Member] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    posts: dict[int, Post] = field(default_factory=dict)
    pinned: dict[int, None] = field(default_factory=dict)
    migrated_to: int = 0
    allowed_reactions: frozenset[str] | None = None
    next_message_id: int = 1
    created: deque[float] = field(default_factory=deque)

    @property
    def is_private(self) -> bool:
        """True for a one to one chat."""
        return self.type == "private"

    def brief(self) -> Json:
        """The Chat object inside messages."""
        if self.person is not None:
            brief = {**self.person.user(), "type": "private"}
            brief.pop("is_bot")
            brief.pop("language_code")
            return brief
        brief = {"id": self.id, "title": self.title, "type": self.type}
        if self.username:
            brief["username"] = self.username
        if self.is_forum:
            brief["is_forum"] = True
        return brief

    def take_id(self) -> int:
        """The next message id."""
        number = self.next_message_id
        self.next_message_id += 1
        return number
