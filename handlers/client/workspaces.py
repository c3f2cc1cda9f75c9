"""The bot's own standing in groups, and what happens to groups and topics by hand.

An owner adds the bot to a forum group: the group becomes a workspace of every account that has
none yet, and a worker looks at the rights and says in the group what is missing. Anybody else's
group stays a stranger's group.
"""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import Chat, ChatMemberUpdated, Message

from handlers.filters import Group, Said
from handlers.words import Words
from services.channels.jobs import InspectWorkspace, Jobs, Where
from services.channels.rules import free_name
from services.conversations.groups import THERE
from services.conversations.service import Conversations
from services.inbox.models import Event
from services.kit.db import Tx
from services.tenants.actor import Actor, Role
from services.tenants.overview import Overview

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
        change: ChatMemberUpdated,
        tx: Tx,
        stored: Event,
        actor: Actor,
        words: Words,
        conversations: Conversations,
        overview: Overview,
        jobs: Jobs,
    ) -> None:
        await _standing(change, tx, stored, conversations)
        if change.new_chat_member.status in THERE:
            text = await settle(
                change.chat, tx, stored, actor, words, conversations, overview, jobs
            )
            if text:
                await change.answer(text)

    @r.message(Migrated())
    async def on_moved(
        message: Message, tx: Tx, stored: Event, conversations: Conversations
    ) -> None:
        new = str(message.migrate_to_chat_id)
        await conversations.groups.moved(tx, stored.channel, str(message.chat.id), new)

    @r.message(Said("start", "here"), Group())
    async def on_here(
        message: Message,
        tx: Tx,
        stored: Event,
        actor: Actor,
        words: Words,
        conversations: Conversations,
        overview: Overview,
        jobs: Jobs,
    ) -> None:
        text = await settle(message.chat, tx, stored, actor, words, conversations, overview, jobs)
        if text:
            await message.answer(text)

    return r


async def _standing(
    change: ChatMemberUpdated, tx: Tx, stored: Event, conversations: Conversations
) -> None:
    await conversations.groups.discovered(
        tx,
        stored.channel,
        str(change.chat.id),
        change.chat.title or "",
        status=str(change.new_chat_member.status),
        is_forum=bool(change.chat.is_forum),
    )


async def settle(
    chat: Chat,
    tx: Tx,
    stored: Event,
    actor: Actor,
    words: Words,
    conversations: Conversations,
    overview: Overview,
    jobs: Jobs,
) -> str:
    """Make the group a workspace if its owner wants it, have its rights looked at; return words
    for the group.
    """
    bot, chat_id = stored.channel, str(chat.id)
    groups = await overview.workspaces(tx)
    known = any(row["channel_id"] == bot.id and row["chat_id"] == chat_id for row in groups)
    if not known and actor.role is not Role.OWNER:
        return words("client.group.strangers")
    if not chat.is_forum:
        return words("client.group.no_forum")
    if not known:
        name = free_name(chat.title or "", {row["name"] for row in groups})
        await conversations.workspaces.attach(
            tx, bot.id, chat_id, None, name=name, title=chat.title or ""
        )
    where = Where(bot.tenant_id, bot.id, chat_id, words.locale, by=actor)
    await jobs.request(
        tx, bot.tenant_id, InspectWorkspace(channel_id=bot.id, chat_id=chat_id), where
    )
    return ""


async def topic_event(
    message: Message, tx: Tx, stored: Event, conversations: Conversations
) -> bool:
    """Tell the bridge of a topic closed, reopened or renamed by hand; say whether it was one."""
    kind = next((name for name in TOPIC_EVENTS if getattr(message, name)), None)
    if kind is None:
        return False
    if message.from_user is not None and message.from_user.is_bot:
        if message.forum_topic_edited:
            line = str(message.message_id)
            await conversations.groups.renamed_by_us(
                tx, stored.channel, str(message.chat.id), line
            )
        return True  # our own act, told back to us
    thread = str(message.message_thread_id or "")
    await conversations.topic_event(tx, stored.channel, str(message.chat.id), thread, kind)
    return True
