"""Buttons under what owners are told: take a dialogue that waits, enter new keys."""

from __future__ import annotations

from uuid import UUID

from aiogram import Router
from aiogram.filters import Filter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery

from handlers.filters import Private
from handlers.master.access import owned
from handlers.master.channels import ask_for_keys
from handlers.words import Words
from services.connectors.registry import Registry
from services.conversations.service import Conversations
from services.kit.db import Tx
from services.tenants.actor import ANSWERS
from services.tenants.overview import Overview
from services.tenants.service import Person

HEAD = "n:"


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
        said = await _take(words, person, conversations, tx, about)
        await query.answer(said or words.plain("talk.dead_button"))

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
    words: Words, person: Person, conversations: Conversations, tx: Tx, about: UUID
) -> str:
    """Assign the dialogue to the person in whichever of their businesses it is; "" in none."""
    if person.actor.id is None:
        return ""
    for seat in person.seats:
        if seat.role not in ANSWERS:
            continue
        async with tx.acting_for(seat.tenant_id):
            holder = await conversations.acts.take(tx, about, person.actor.id)
        if holder is None:
            return words.plain("bridge.taken", name=person.actor.name)
        if holder:
            return words.plain("bridge.taken_by", name=holder)
    return ""
