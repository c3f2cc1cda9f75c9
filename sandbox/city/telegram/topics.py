"""Forum topics: create, rename, close, reopen, delete."""

from __future__ import annotations

from sandbox.city.core import Json
from sandbox.city.telegram.access import Ctx, find_topic, need, open_chat
from sandbox.city.telegram.errors import bad
from sandbox.city.telegram.model import Chat, Topic
from sandbox.city.telegram.world import World

MAX_NAME = 128
_COLORS = (0x6FB9F0, 0xFFD67E, 0xCB86DB, 0x8EEE98, 0xFF93B2, 0xFB6F5F)


def _forum(ctx: Ctx) -> Chat:
    chat = open_chat(ctx)
    if not chat.is_forum:
        raise bad("the chat is not a forum")
    need(ctx, chat, "can_manage_topics", "manage topics")
    return chat


def _line(ctx: Ctx, chat: Chat, topic: Topic, fields: Json) -> None:
    post = ctx.world.post(chat, ctx.bot.id, fields, thread=topic.id, service=True)
    ctx.world.tell(chat, post)


def create(ctx: Ctx) -> Json:
    """CreateForumTopic."""
    chat = _forum(ctx)
    name = ctx.params.text("name").strip()
    if not name:
        raise bad("topic name must be non-empty")
    if len(name) > MAX_NAME:
        raise bad("TOPIC_TITLE_TOO_LONG")
    ctx.world.limits.charge(ctx.bot.id, chat.id, is_private=False, creates=True)
    color = ctx.params.number("icon_color") or _COLORS[0]
    if color not in _COLORS:
        raise bad("invalid icon_color specified")
    topic = open_topic(ctx.world, chat, ctx.bot.id, name, color)
    return {"message_thread_id": topic.id, "name": name, "icon_color": color}


def open_topic(world: World, chat: Chat, author_id: int, name: str, color: int) -> Topic:
    """Make a topic; its id is that of its first, service, message."""
    fields = {"forum_topic_created": {"name": name, "icon_color": color}}
    number = chat.next_message_id
    topic = chat.topics[number] = Topic(number, name, color)
    post = world.post(chat, author_id, fields, thread=number, service=True)
    post.body.pop("_reply_to", None)
    world.tell(chat, post)
    return topic


def edit(ctx: Ctx) -> bool:
    """EditForumTopic."""
    chat = _forum(ctx)
    topic = find_topic(ctx, chat)
    name = ctx.params.text("name").strip()
    if len(name) > MAX_NAME:
        raise bad("TOPIC_TITLE_TOO_LONG")
    icon = ctx.params.values.get("icon_custom_emoji_id")
    if (not name or name == topic.name) and icon is None:
        raise bad("TOPIC_NOT_MODIFIED")
    ctx.world.limits.charge(ctx.bot.id, chat.id, is_private=False, creates=False)
    if name:
        topic.name = name
    _line(ctx, chat, topic, {"forum_topic_edited": {"name": name} if name else {}})
    return True


def close(ctx: Ctx) -> bool:
    """CloseForumTopic."""
    return _switch(ctx, closed=True)


def reopen(ctx: Ctx) -> bool:
    """ReopenForumTopic."""
    return _switch(ctx, closed=False)


def _switch(ctx: Ctx, *, closed: bool) -> bool:
    chat = _forum(ctx)
    topic = find_topic(ctx, chat)
    if topic.is_closed == closed:
        raise bad("TOPIC_NOT_MODIFIED")
    topic.is_closed = closed
    _line(ctx, chat, topic, {"forum_topic_closed" if closed else "forum_topic_reopened": {}})
    return True


def delete(ctx: Ctx) -> bool:
    """deleteForumTopic: no update tells of it, as in real life."""
    chat = _forum(ctx)
    topic = find_topic(ctx, chat)
    need(ctx, chat, "can_delete_messages", "delete the topic")
    topic.is_deleted = True
    ctx.world.core.feed.touch()
    return True
