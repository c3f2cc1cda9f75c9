"""Quiet hours of a person, from /settings: hours of every day, or quiet until a moment."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from aiogram import Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from handlers.callbacks import Press, Pressed
from handlers.filters import Private, Typed
from handlers.keyboards import keyboard
from handlers.master.access import Dialogue
from handlers.states import QUIET
from handlers.talk import MOSCOW, at, say, show
from handlers.words import Words
from services.kit.clock import Clock
from services.tenants import quiet
from services.tenants.quiet import Quiet

NIGHTS = ("22-8", "23-9")
MORNING = time(9)


def router() -> Router:
    """Return the router of quiet hours."""
    r = Router(name="master.quiet")

    @r.callback_query(Pressed("quiet"), Private())
    async def on_ask(query: CallbackQuery, dialogue: Dialogue, state: FSMContext) -> None:
        words, make = dialogue.words, dialogue.presses.make
        await state.set_state(QUIET)
        nights = [(words.plain(f"quiet.button.{n}"), make("q-set", n)) for n in NIGHTS]
        rows = [
            nights,
            [(words.plain("quiet.button.hour"), make("q-set", "hour"))],
            [(words.plain("quiet.button.morning"), make("q-set", "morning"))],
            [(words.plain("quiet.button.none"), make("q-set", "none"))],
        ]
        await say(query, words("quiet.ask"), keyboard(*rows))

    @r.callback_query(Pressed("q-set"), Private())
    async def on_choice(
        query: CallbackQuery, press: Press, dialogue: Dialogue, clock: Clock, state: FSMContext
    ) -> None:
        await _choose(dialogue, press.value, clock.now())
        await state.clear()
        await show(query, await _outcome(dialogue, clock.now()))

    @r.message(Typed(QUIET), Private())
    async def on_text(
        message: Message, dialogue: Dialogue, clock: Clock, state: FSMContext
    ) -> None:
        await _set(dialogue, message.text or "", clock.now())
        await state.clear()
        await message.answer(await _outcome(dialogue, clock.now()))

    return r


def zone_of(dialogue: Dialogue) -> str:
    """Return the zone of the person's own clock."""
    return dialogue.actor.zone or (dialogue.person.seat.zone if dialogue.person.seat else MOSCOW)


async def _choose(dialogue: Dialogue, value: str, now: datetime) -> None:
    tx, actor = dialogue.tx, dialogue.actor
    match value:
        case "none":
            await quiet.set_hours(tx, actor, None)
            await quiet.set_until(tx, actor, None, now)
        case "hour":
            await quiet.set_until(tx, actor, now + timedelta(hours=1), now)
        case "morning":
            morning = quiet.next_time(MORNING, zone_of(dialogue), now)
            await quiet.set_until(tx, actor, morning, now)
        case _:
            await _set(dialogue, value, now)


async def _set(dialogue: Dialogue, text: str, now: datetime) -> None:
    found = quiet.read_quiet(text, zone_of(dialogue), now)
    if isinstance(found, tuple):
        await quiet.set_hours(dialogue.tx, dialogue.actor, found)
    else:
        await quiet.set_until(dialogue.tx, dialogue.actor, found, now)


async def _outcome(dialogue: Dialogue, now: datetime) -> str:
    found = await quiet.quiet_of(dialogue.tx, dialogue.actor, now)
    lines = [dialogue.words("terms.saved"), *lines_of(dialogue.words, found, zone_of(dialogue))]
    return "\n".join(lines)


def lines_of(words: Words, found: Quiet, zone: str) -> list[str]:
    """Return a person's wish in words."""
    lines = []
    if found.start is not None and found.end is not None:
        span = {"start": f"{found.start:%H:%M}", "end": f"{found.end:%H:%M}"}
        lines.append(words("quiet.hours", **span))
    if found.until is not None:
        lines.append(words("quiet.until", time=at(found.until, zone)))
    return lines or [words("quiet.none")]
