"""What nobody else understood. In groups the bot keeps quiet about talk that is not meant for
it.
"""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

from handlers.client.conversations import InTopic
from handlers.client.reading import author_of, message_of
from handlers.filters import Command, Private
from handlers.words import Words
from services.connectors.registry import Registry
from services.conversations.service import Conversations
from services.inbox.models import Event
from services.kit.db import Tx
from services.tenants.actor import Actor


class OfPerson(Filter):
    """Something a person says, not a service line (a card pinned) or an echo of a bot."""

    async def __call__(self, message: Message) -> bool:
        """Look at the author and the kind."""
        is_bot = message.from_user is None or message.from_user.is_bot
        return not is_bot and message.pinned_message is None


def router() -> Router:
    """Return the last router."""
    r = Router(name="client.fallback")

    @r.message(InTopic(every=True))
    async def on_unknown_command(
        message: Message,
        tx: Tx,
        stored: Event,
        actor: Actor,
        registry: Registry,
        conversations: Conversations,
    ) -> None:
        for item in message_of(registry, stored, message):
            await conversations.answer(tx, author_of(actor, message), item)

    @r.message(Private(), OfPerson())
    async def on_private(
        message: Message, words: Words, actor: Actor, command: Command | None = None
    ) -> None:
        if command is not None:
            await message.answer(words("talk.unknown_command"))
        else:
            key = "client.private.member" if actor.is_member else "client.private.stranger"
            await message.answer(words(key))

    @r.callback_query()
    async def on_dead_button(query: CallbackQuery, words: Words) -> None:
        await query.answer(words.plain("talk.dead_button"), show_alert=True)

    return r
