"""May this bot do that here? The checks the real server makes before it does anything."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.city.core import Json
from sandbox.city.telegram.errors import bad, forbidden
from sandbox.city.telegram.model import (
    ADMIN_RIGHTS,
    GENERAL,
    MEMBER_RIGHTS,
    PRESENT,
    Chat,
    Member,
    Post,
    Status,
    Topic,
)
from sandbox.city.telegram.params import Params
from sandbox.city.telegram.world import Bot, World


@dataclass(slots=True)
class Ctx:
    """One call: whose, with what."""

    world: World
    bot: Bot
    params: Params
    method: str


def open_chat(ctx: Ctx, name: str = "chat_id") -> Chat:
    """The chat a call names, where the bot may act."""
    value = ctx.params.values.get(name)
    if value is None or value == "":
        raise bad(f"{name} is empty")
    chat = ctx.world.find_chat(ctx.bot, value)
    if chat.is_private:
        _private_open(ctx, chat)
        return chat
    if chat.migrated_to:
        raise bad(
            "group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to
        )
    place = chat.members.get(ctx.bot.id)
    if place is None or place.status is Status.LEFT:
        raise forbidden(f"bot is not a member of the {chat.type} chat")
    if place.status is Status.KICKED:
        raise forbidden(f"bot was kicked from the {chat.type} chat")
    return chat


def _private_open(ctx: Ctx, chat: Chat) -> None:
    person = chat.person
    if person is None:
        raise bad("chat not found")
    if person.is_deleted:
        raise forbidden("user is deactivated")
    if ctx.bot.id in person.blocked:
        raise forbidden("bot was blocked by the user")
    if ctx.bot.id not in person.started:
        raise forbidden("bot can't initiate conversation with a user")


def me_in(ctx: Ctx, chat: Chat) -> Member | None:
    """The bot's own place, None in private."""
    return chat.members.get(ctx.bot.id)


def need(ctx: Ctx, chat: Chat, right: str, what: str) -> None:
    """Raise unless the bot holds an administrator right here."""
    place = me_in(ctx, chat)
    if chat.is_private or (place is not None and place.may(right)):
        return
    raise bad(f"not enough rights to {what}")


def may_write(ctx: Ctx, chat: Chat) -> None:
    """Raise where the bot is muted."""
    place = me_in(ctx, chat)
    if place is not None and place.status is Status.RESTRICTED:
        raise bad("not enough rights to send text messages to the chat")


def thread_of(ctx: Ctx, chat: Chat) -> int | None:
    """The topic a message goes to, checked to be there and open."""
    number = ctx.params.number("message_thread_id")
    if number is None or number == 0:
        number = _thread_of_reply(ctx, chat)
    if not chat.is_forum:
        if number and not ctx.bot.has_topics_enabled:
            raise bad("message thread not found")
        return None
    topic = chat.topics.get(number or GENERAL)
    if topic is None or topic.is_deleted:
        raise bad("message thread not found")
    place = me_in(ctx, chat)
    if topic.is_closed and not (place is not None and place.may("can_manage_topics")):
        raise bad("TOPIC_CLOSED")
    return None if topic.id == GENERAL else topic.id


def _thread_of_reply(ctx: Ctx, chat: Chat) -> int | None:
    answered = reply_target(ctx, chat)
    found = chat.posts.get(answered) if answered else None
    return found.thread if found is not None else None


def reply_target(ctx: Ctx, chat: Chat) -> int | None:
    """The message a call answers; a missing one is refused unless the caller allows it."""
    given = ctx.params.data("reply_parameters")
    number = given.get("message_id") if isinstance(given, dict) else None
    lenient = isinstance(given, dict) and given.get("allow_sending_without_reply")
    if number is None:
        number = ctx.params.number("reply_to_message_id")
        lenient = ctx.params.flag("allow_sending_without_reply")
    if number is None:
        return None
    found = chat.posts.get(int(number))
    if found is None or found.is_removed:
        if lenient:
            return None
        raise bad("message to be replied not found")
    return int(number)


def find_post(ctx: Ctx, chat: Chat, missing: str, name: str = "message_id") -> Post:
    """The message a call names."""
    number = ctx.params.number(name)
    found = chat.posts.get(number) if number is not None else None
    if found is None or found.is_removed or _in_deleted_topic(chat, found):
        raise bad(missing)
    return found


def _in_deleted_topic(chat: Chat, post: Post) -> bool:
    topic = chat.topics.get(post.thread or GENERAL) if chat.is_forum else None
    return topic is not None and topic.is_deleted


def find_topic(ctx: Ctx, chat: Chat) -> Topic:
    """The topic a call names."""
    number = ctx.params.number("message_thread_id")
    topic = chat.topics.get(number) if number is not None else None
    if topic is None or topic.is_deleted:
        raise bad("TOPIC_ID_INVALID")
    return topic


def is_present(member: Member | None) -> bool:
    """True for somebody who is in the group now."""
    return member is not None and member.status in PRESENT


def member_shape(world: World, chat: Chat, user_id: int) -> Json:
    """The ChatMember object."""
    member = chat.members.get(user_id)
    user = world.user(user_id)
    if member is None:
        return {"status": "left", "user": user}
    shape: Json = {"status": member.status.value, "user": user}
    match member.status:
        case Status.CREATOR:
            shape["is_anonymous"] = member.is_anonymous
        case Status.ADMINISTRATOR:
            shape.update(_admin_flags(member))
        case Status.RESTRICTED:
            shape.update(dict.fromkeys(MEMBER_RIGHTS, False), is_member=True, until_date=0)
        case Status.KICKED:
            shape["until_date"] = 0
        case _:
            pass
    return shape


def _admin_flags(member: Member) -> Json:
    flags: Json = {right: right in member.rights for right in ADMIN_RIGHTS}
    return {**flags, "can_be_edited": False, "is_anonymous": member.is_anonymous}
