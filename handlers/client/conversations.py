"""Managers' messages, edits and buttons in topics: read, and handed to the bridge."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

from handlers.client.reading import author_of, edit_of, message_of, press_of
from handlers.client.workspaces import topic_event
from handlers.filters import Command
from handlers.words import Words
from services.connectors.registry import Registry
from services.conversations.callbacks import PREFIX
from services.conversations.service import Conversations
from services.inbox.models import Event
from services.kit.db import Tx
from services.tenants.actor import Actor

BRIDGE_COMMANDS = frozenset(
    {"close", "reopen", "delete", "note", "assign", "snooze", "block", "r", "canned", "take"}
)


class InTopic(Filter):
    """A manager's place: what is written inside a topic of a group, and commands of the bridge.

    `every`: commands nobody knows too, so that the bridge can say that they went nowhere.
    """

    def __init__(self, *, every: bool = False) -> None:
        self.every = every

    async def __call__(self, message: Message, command: Command | None = None) -> bool:
        """Look at the flags of the message."""
        if message.chat.type != "supergroup" or not message.is_topic_message:
            return False
        return command is None or self.every or command.name in BRIDGE_COMMANDS


class OfBridge(Filter):
    """A button of the bridge."""

    async def __call__(self, query: CallbackQuery) -> bool:
        """Look at the data's head."""
        return (query.data or "").startswith(PREFIX)


def router() -> Router:
    """Return the router of topics."""
    r = Router(name="client.conversations")

    @r.message(InTopic())
    async def on_message(
        message: Message,
        tx: Tx,
        stored: Event,
        actor: Actor,
        registry: Registry,
        conversations: Conversations,
    ) -> None:
        if await topic_event(message, tx, stored, conversations):
            return
        for item in message_of(registry, stored, message):
            await conversations.answer(tx, author_of(actor, message), item)

    @r.edited_message(InTopic())
    async def on_edit(
        message: Message,
        tx: Tx,
        stored: Event,
        actor: Actor,
        registry: Registry,
        conversations: Conversations,
    ) -> None:
        for item in edit_of(registry, stored, message):
            await conversations.edited(tx, author_of(actor, message), item)

    @r.callback_query(OfBridge())
    async def on_press(
        query: CallbackQuery,
        tx: Tx,
        stored: Event,
        actor: Actor,
        words: Words,
        conversations: Conversations,
    ) -> None:
        press = press_of(stored.channel, query, stored.received_at)
        if press is None or not actor.is_member:
            await query.answer(words.plain("talk.dead_button"), show_alert=True)
            return
        await conversations.press(tx, author_of(actor, None), press)

    return r
