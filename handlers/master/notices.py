"""Buttons under what owners are told: take a dialogue that waits, enter new keys, be quiet for a
while.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from aiogram import Router
from aiogram.filters import Filter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from handlers.filters import Private
from handlers.master.access import Dialogue
from handlers.master.channels import ask_for_keys
from handlers.words import Words
from services.connectors.messages import Button
from services.connectors.registry import Registry
from services.conversations.assigning import Outcome, Taken
from services.conversations.service import Conversations
from services.conversations.values import Author
from services.kit.db import Tx
from services.kit.errors import Forbidden
from services.notices.keyboards import loud, quiet
from services.notices.service import Notices
from services.tenants.actor import ANSWERS
from services.tenants.overview import Overview
from services.tenants.service import Person

HEAD = "n:"
NOBODY = UUID(int=0)
MOMENT_DIGITS = 10
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
        if not data.startswith(self._head):
            return False
        try:
            return {"about": UUID(data.removeprefix(self._head).partition(":")[0])}
        except ValueError:
            return False


class Retell(Filter):
    """The button that tries parked notices again."""

    async def __call__(self, query: CallbackQuery) -> bool:
        """Look at the data."""
        return (query.data or "").startswith(f"{HEAD}retell:")


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
        dialogue: Dialogue,
        overview: Overview,
        registry: Registry,
        state: FSMContext,
    ) -> None:
        await ask_for_keys(query, dialogue, registry, overview, about, state)

    _quiet(r)
    return r


def _quiet(r: Router) -> None:
    @r.callback_query(Told("quiet"), Private())
    async def on_quiet(
        query: CallbackQuery, about: UUID, words: Words, person: Person, notices: Notices, tx: Tx
    ) -> None:
        until = moment_of(query)
        muted = await notices.mute(tx, about, person_id(person), until) if until else None
        if muted is None:
            await query.answer(words.plain("talk.dead_button"))
            await without_button(query)
            return
        await query.answer(words.plain("notices.muted", time=muted.clock))
        await with_button(query, loud(about, words.locale))

    @r.callback_query(Told("loud"), Private())
    async def on_loud(
        query: CallbackQuery, about: UUID, words: Words, person: Person, notices: Notices, tx: Tx
    ) -> None:
        muted = await notices.unmute(tx, about, person_id(person))
        if muted is None:
            await query.answer(words.plain("talk.dead_button"))
            return
        await query.answer(words.plain("notices.unmuted"))
        await with_button(query, quiet(about, words.locale, muted.until, muted.zone))

    @r.callback_query(Retell(), Private())
    async def on_retell(
        query: CallbackQuery, words: Words, person: Person, notices: Notices, tx: Tx
    ) -> None:
        if not person.is_admin:
            raise Forbidden("error.forbidden")
        found = await notices.retell(tx)
        await query.answer(words.plain("notices.retold", count=found))
        await without_button(query)


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


def moment_of(query: CallbackQuery) -> datetime | None:
    """Return the moment the button names, which anybody may have made up."""
    number = (query.data or "").rpartition(":")[2]
    if not (number.isascii() and number.isdigit() and len(number) <= MOMENT_DIGITS):
        return None
    return datetime.fromtimestamp(int(number), UTC)


def person_id(person: Person) -> UUID:
    """Return whose button it is; nobody's copy has the nil id."""
    return person.actor.id or NOBODY


async def without_button(query: CallbackQuery) -> None:
    """Take the pressed button away: its work is done, or comes too late. The others stay."""
    await _replace(query, None)


async def with_button(query: CallbackQuery, button: Button) -> None:
    """Put another button in the place of the pressed one."""
    new = InlineKeyboardButton(text=button.text, callback_data=button.callback)
    await _replace(query, new)


async def _replace(query: CallbackQuery, new: InlineKeyboardButton | None) -> None:
    message = query.message
    if not isinstance(message, Message) or message.reply_markup is None:
        return
    rows = [
        [new if one.callback_data == query.data else one for one in row]
        for row in message.reply_markup.inline_keyboard
    ]
    left = [[one for one in row if one is not None] for row in rows]
    markup = InlineKeyboardMarkup(inline_keyboard=[row for row in left if row])
    await message.edit_reply_markup(reply_markup=markup)
