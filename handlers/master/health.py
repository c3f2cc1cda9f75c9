"""/health and /stats: is everything working, and how much was done today."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import Message

from handlers import status
from handlers.filters import Private, Said
from handlers.keyboards import keyboard, way_in
from handlers.words import Words
from services.kit.clock import Clock
from services.kit.db import Tx
from services.kit.deeplinks import Page, Spot
from services.kit.errors import NotFound
from services.tenants.doors import Doors
from services.tenants.overview import Overview
from services.tenants.service import Person, Tenants


def router() -> Router:
    """Return the router of health."""
    r = Router(name="master.health")

    @r.message(Said("health"), Private())
    async def on_health(
        message: Message, words: Words, person: Person, overview: Overview, doors: Doors, tx: Tx
    ) -> None:
        parts = []
        if person.is_admin:
            parts.append(await _platform(words, overview, tx))
        if person.seat is not None:
            async with tx.acting_for(person.seat.tenant_id):
                parts.append(await tenant_health(words, overview, tx, person))
        if not parts:
            raise NotFound("error.no_tenant")
        way = way_in(words, doors, Spot(Page.UNDELIVERED)) if person.seat is not None else []
        await message.answer("\n\n".join(parts), reply_markup=keyboard(way) if way else None)

    @r.message(Said("stats"), Private())
    async def on_stats(
        message: Message,
        words: Words,
        person: Person,
        tenants: Tenants,
        overview: Overview,
        clock: Clock,
        tx: Tx,
    ) -> None:
        seat = tenants.seated(person)
        async with tx.acting_for(seat.tenant_id):
            stats = await overview.stats(tx, seat.zone, clock.now())
        await message.answer(status.stats(words, stats))

    return r


async def tenant_health(words: Words, overview: Overview, tx: Tx, person: Person) -> str:
    """Return a business's accounts, their failed calls, and what did not get through."""
    name = person.seat.name if person.seat is not None else ""
    channels = [*await overview.channels(tx, bots=True), *await overview.channels(tx, bots=False)]
    failures, zone = await overview.failures(tx), person.actor.zone
    lines = [
        text
        for channel in channels
        for text in (
            status.line(words, channel),
            *status.failed(words, failures.get(channel.id), zone),
        )
    ] or [words("health.nothing")]
    groups = await overview.workspaces(tx)
    lines += [status.lost(words, row) for row in groups if row["state"] != "live"]
    trouble = status.trouble(words, await overview.trouble(tx))
    return "\n".join([words("health.title", tenant=name), *lines, trouble])


async def _platform(words: Words, overview: Overview, tx: Tx) -> str:
    found = await overview.platform(tx)
    head = words(
        "health.platform", tenants=found.tenants, active=found.active, suspended=found.suspended
    )
    return f"{head}\n{status.trouble(words, found.trouble)}"
