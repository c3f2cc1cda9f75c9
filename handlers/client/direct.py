"""A member's private chat with the bot as a workplace: /here begins it, replies answer buyers.

The owner's chat serves the accounts that have no group yet; a manager's serves nothing until the
owner says so in the master bot. Strangers stay strangers.
"""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import Chat, ChatMemberUpdated, Message

from handlers.client.reading import author_of, edit_of, message_of
from handlers.filters import Private, Said
from handlers.words import Words
from services.channels.rules import free_name
from services.connectors.registry import Registry
from services.conversations.service import Conversations
from services.conversations.values import Answered
from services.inbox.models import Event
from services.kit.db import Tx
from services.tenants.actor import Actor, Role
from services.tenants.overview import Overview


class ReplyOfMember(Filter):
    """A member replies in private."""

    async def __call__(self, message: Message, actor: Actor) -> bool:
        """Look at the reply first."""
        return message.reply_to_message is not None and actor.is_member


class Unblocked(Filter):
    """A person lets the bot write again."""

    async def __call__(self, change: ChatMemberUpdated) -> bool:
        """Look at the new standing."""
        return change.chat.type == "private" and change.new_chat_member.status == "member"


def router() -> Router:
    """Return the router of private workplaces."""
    r = Router(name="client.direct")
    _standing(r)
    _talking(r)
    return r


def _standing(r: Router) -> None:
    @r.message(Said("here"), Private())
    async def on_here(
        message: Message,
        tx: Tx,
        stored: Event,
        actor: Actor,
        words: Words,
        conversations: Conversations,
        overview: Overview,
    ) -> None:
        key = await _settle(message.chat, tx, stored, actor, conversations, overview)
        await message.answer(words(key))

    @r.my_chat_member(Unblocked())
    async def on_unblocked(
        change: ChatMemberUpdated,
        tx: Tx,
        stored: Event,
        actor: Actor,
        conversations: Conversations,
    ) -> None:
        if actor.can_answer:
            await conversations.groups.bot_returned(tx, stored.channel.id, str(change.chat.id))


def _talking(r: Router) -> None:
    @r.message(Private(), ReplyOfMember())
    async def on_reply(
        message: Message,
        tx: Tx,
        stored: Event,
        actor: Actor,
        words: Words,
        registry: Registry,
        conversations: Conversations,
    ) -> None:
        said = [
            await conversations.answer(tx, author_of(actor, message), item)
            for item in message_of(registry, stored, message)
        ]
        if set(said) <= {Answered.NOT_OURS}:
            await message.answer(words("client.private.member"))

    @r.edited_message(Private())
    async def on_edit(
        message: Message,
        tx: Tx,
        stored: Event,
        actor: Actor,
        registry: Registry,
        conversations: Conversations,
    ) -> None:
        for item in edit_of(registry, stored, message) if actor.can_answer else ():
            await conversations.edited(tx, author_of(actor, message), item)


async def _settle(
    chat: Chat,
    tx: Tx,
    stored: Event,
    actor: Actor,
    conversations: Conversations,
    overview: Overview,
) -> str:
    """Make the chat a workplace of whoever may answer; return what to say."""
    if not actor.can_answer:
        return "client.direct.members_only"
    is_owner, chat_id = actor.role is Role.OWNER, str(chat.id)
    groups = await overview.workspaces(tx)
    await conversations.workspaces.attach(
        tx,
        stored.channel.id,
        chat_id,
        None if is_owner else (),
        name=free_name(actor.name, {row["name"] for row in groups if row["chat_id"] != chat_id}),
        title=actor.name,
        is_forum=False,
    )
    return "client.direct.ready" if is_owner else "client.direct.ask_owner"
