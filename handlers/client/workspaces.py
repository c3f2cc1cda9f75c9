"""The bot's own standing in groups, and what happens to groups and topics by hand."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import ChatMemberUpdated, Message

from handlers.client.ports import Bridge, Workspaces
from services.inbox.models import Event
from services.kit.db import Tx

TOPIC_EVENTS = ("forum_topic_closed", "forum_topic_reopened", "forum_topic_edited")


class InGroup(Filter):
    """A change of the bot's standing in a group."""

    async def __call__(self, change: ChatMemberUpdated) -> bool:
        """Look at the chat."""
        return change.chat.type in {"group", "supergroup"}


class Migrated(Filter):
    """The old group says where it went (the new one's word would say the same twice)."""

    async def __call__(self, message: Message) -> bool:
        """Look at the field."""
        return message.migrate_to_chat_id is not None


def router() -> Router:
    """Return the router of groups."""
    r = Router(name="client.workspaces")

    @r.my_chat_member(InGroup())
    async def on_standing(
        change: ChatMemberUpdated, tx: Tx, stored: Event, workspaces: Workspaces
    ) -> None:
        await workspaces.discovered(
            tx,
            stored.channel,
            str(change.chat.id),
            change.chat.title or "",
            status=str(change.new_chat_member.status),
            is_forum=bool(change.chat.is_forum),
        )

    @r.message(Migrated())
    async def on_moved(message: Message, tx: Tx, stored: Event, workspaces: Workspaces) -> None:
        new = str(message.migrate_to_chat_id)
        await workspaces.moved(tx, stored.channel, str(message.chat.id), new)

    return r


async def topic_event(message: Message, tx: Tx, stored: Event, conversations: Bridge) -> bool:
    """Tell the bridge of a topic closed, reopened or renamed by hand; say whether it was one."""
    kind = next((name for name in TOPIC_EVENTS if getattr(message, name)), None)
    if kind is None:
        return False
    if message.from_user is not None and message.from_user.is_bot:
        return True  # our own act, told back to us
    thread = str(message.message_thread_id or "")
    await conversations.topic_event(tx, stored.channel, str(message.chat.id), thread, kind)
    return True
