"""Buttons under what owners are told: take a dialogue that waits, enter new keys."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from aiogram import Router
from aiogram.filters import Filter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from handlers.filters import Private
from handlers.master.access import owned
from handlers.master.channels import ask_for_keys
from handlers.words import Words
from services.connectors.registry import Registry
from services.conversations.assigning import Outcome, Taken
from services.conversations.service import Conversations
from services.conversations.values import Author
from services.kit.db import Tx
from services.tenants.actor import ANSWERS
from services.tenants.overview import Overview
from services.tenants.service import Person

HEAD = "n:"
SAID = {
    Outcome.MINE: "bridge.taken",
    Outcome.HELD: "bridge.taken_by",
    Outcome.OVER: "bridge.taken_over",
    Outcome.UNKNOWN: "talk.dead_button",
}


class Told(Filter):
    """A button of one verb under a notice; adds `about`, the id of what it speaks of."""

    def __init__(self, verb: str) -> None:
        self._head = f"{HEAD}{verb}:"

    async def __call__(self, query: CallbackQuery) -> bool | dict[str, UUID]:
        """Read the data, which anybody may have made up."""
        data = query.data or ""
        try:
            return {"about": UUID(data.removeprefix(self._head))} if self._mine(data) else False
        except ValueError:
            return False

    def _mine(self, data: str) -> bool:
        return data.startswith(self._head)


def router() -> Router:
    """Return the router of notices."""
    r = Router(name="master.notices")

    @r.callback_query(Told("take"), Private())
    async def on_take(
        query: CallbackQuery,
        about: UUID,
        words: Words,
        person: Person,
        conversations: Conversations,
        tx: Tx,
    ) -> None:
        taken = await _take(person, conversations, tx, about, date_of(query))
        await query.answer(words.plain(SAID[taken.outcome], name=taken.name))
        await without_button(query)

    @r.callback_query(Told("keys"), Private())
    async def on_keys(
        query: CallbackQuery,
        about: UUID,
        words: Words,
        person: Person,
        overview: Overview,
        registry: Registry,
        tx: Tx,
        state: FSMContext,
    ) -> None:
        async with tx.acting_for(owned(person).tenant_id):
            channel = await overview.channel(tx, about)
        await ask_for_keys(query, words, registry, channel, state)

    return r


async def _take(
    person: Person, conversations: Conversations, tx: Tx, about: UUID, told_at: datetime
) -> Taken:
    """Take the dialogue in whichever of the person's businesses it is."""
    author = Author(person.actor.telegram_id, person.actor.name)
    for seat in person.seats:
        if seat.role not in ANSWERS:
            continue
        async with tx.acting_for(seat.tenant_id):
            taken = await conversations.assigning.take_over(tx, author, about, told_at)
        if taken.outcome is not Outcome.UNKNOWN:
            return taken
    return Taken(Outcome.UNKNOWN)


def date_of(query: CallbackQuery) -> datetime:
    """Return when the pressed message was sent; the beginning of time when nobody can tell."""
    message = query.message
    return message.date if isinstance(message, Message) else datetime.min.replace(tzinfo=UTC)


async def without_button(query: CallbackQuery) -> None:
    """Take the pressed button away: its work is done, or comes too late. The others stay."""
    message = query.message
    if not isinstance(message, Message) or message.reply_markup is None:
        return
    rows = [
        [button for button in row if button.callback_data != query.data]
        for row in message.reply_markup.inline_keyboard
    ]
    left = InlineKeyboardMarkup(inline_keyboard=[row for row in rows if row])
    await message.edit_reply_markup(reply_markup=left)
