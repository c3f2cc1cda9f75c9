"""/hours: when the business works, what is said outside, whom to call and when. The owner changes
it by a button or in words; everybody of the business may look.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from aiogram import Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from handlers import zones
from handlers.callbacks import Press, Pressed
from handlers.filters import Private, Said, Stands, Typed
from handlers.keyboards import Button, keyboard
from handlers.master.access import Dialogue
from handlers.talk import say, show
from handlers.words import Words
from services.conversations.hours import ALWAYS
from services.conversations.terms import Rung, Terms, TermsView, read_minutes, read_rungs
from services.conversations.timetable import read_dates, read_week, write_dates, write_week
from services.kit.clock import Clock

HEAD = "terms."
FIELDS = ("week", "closed", "zone", "away", "ladder", "target")
STATES = tuple(f"{HEAD}{field}" for field in FIELDS)
PRESETS = 3
NONE = "none"


def router() -> Router:
    """Return the router of hours and terms."""
    r = Router(name="master.terms")
    _looking(r)
    _changing(r)
    return r


def _looking(r: Router) -> None:
    @r.message(Said("hours"), Private())
    async def on_hours(message: Message, dialogue: Dialogue, terms: Terms) -> None:
        text, buttons = await _card(dialogue, terms)
        await message.answer(text, reply_markup=buttons)

    @r.callback_query(Pressed("hours"), Private())
    async def on_button(query: CallbackQuery, dialogue: Dialogue, terms: Terms) -> None:
        await say(query, *await _card(dialogue, terms))


def _changing(r: Router) -> None:
    @r.callback_query(Pressed("terms"), Private())
    async def on_field(
        query: CallbackQuery, press: Press, dialogue: Dialogue, terms: Terms, state: FSMContext
    ) -> None:
        field = press.value
        async with dialogue.owning() as tx:
            view = await terms.read(tx)
        await state.set_state(f"{HEAD}{field}")
        now = _now(dialogue.words, field, view)
        text = dialogue.words(
            f"terms.ask.{field}", now=now or dialogue.words.plain("terms.now.none")
        )
        await say(query, text, _choice(dialogue, field, view))

    for field in FIELDS:
        r.callback_query(Pressed(f"t-{field}"), Private())(_chooser(field))

    @r.callback_query(Pressed(zones.PRESS), Stands(f"{HEAD}zone"), Private())
    async def on_zone(
        query: CallbackQuery,
        press: Press,
        dialogue: Dialogue,
        terms: Terms,
        clock: Clock,
        state: FSMContext,
    ) -> None:
        await _apply(dialogue, terms, clock, "zone", press.value)
        await state.clear()
        await show(query, *await _card(dialogue, terms, saved=True))

    @r.message(Typed(*STATES), Private())
    async def on_text(
        message: Message,
        raw_state: str,
        dialogue: Dialogue,
        terms: Terms,
        clock: Clock,
        state: FSMContext,
    ) -> None:
        await _apply(dialogue, terms, clock, raw_state.removeprefix(HEAD), message.text or "")
        await state.clear()
        text, buttons = await _card(dialogue, terms, saved=True)
        await message.answer(text, reply_markup=buttons)


def _chooser(field: str):  # type: ignore[no-untyped-def]
    async def on_choice(
        query: CallbackQuery,
        press: Press,
        dialogue: Dialogue,
        terms: Terms,
        clock: Clock,
        state: FSMContext,
    ) -> None:
        if press.value.isdecimal():
            preset = dialogue.words.plain(f"terms.preset.{field}.{press.value}")
            await _apply(dialogue, terms, clock, field, preset)
        else:
            await _switch(dialogue, terms, field, press.value)
        await state.clear()
        await show(query, *await _card(dialogue, terms, saved=True))

    return on_choice


async def _apply(dialogue: Dialogue, terms: Terms, clock: Clock, field: str, text: str) -> None:
    """Change one thing to what a person wrote. Raises InvalidInput with words for it."""
    actor = dialogue.actor
    async with dialogue.owning() as tx:
        match field:
            case "week":
                await terms.set_hours(tx, actor, read_week(text))
            case "closed":
                today = clock.now().astimezone(ZoneInfo(dialogue.seat.zone)).date()
                await terms.set_closed(tx, actor, read_dates(text, today))
            case "zone":
                await terms.set_zone(tx, actor, text.strip())
            case "away":
                await terms.set_away(tx, actor, text)
            case "ladder":
                await terms.set_ladder(tx, actor, read_rungs(text))
            case _:
                await terms.set_target(tx, actor, read_minutes(text))


async def _switch(dialogue: Dialogue, terms: Terms, field: str, value: str) -> None:
    """Do what a button without a text means."""
    async with dialogue.owning() as tx:
        match field:
            case "closed":
                await terms.set_closed(tx, dialogue.actor, ())
            case "away":
                await terms.switch_away(tx, dialogue.actor, on=value == "on")
            case _:
                await terms.set_target(tx, dialogue.actor, None)


# ---- words --------------------------------------------------------------------------------------


async def _card(
    dialogue: Dialogue, terms: Terms, *, saved: bool = False
) -> tuple[str, InlineKeyboardMarkup | None]:
    async with dialogue.inside() as tx:
        view = await terms.read(tx)
    lines = _lines(dialogue.words, view)
    if saved:
        lines.insert(0, dialogue.words("terms.saved"))
    if not dialogue.owns:
        lines.append(dialogue.words("terms.line.owner"))
        return "\n".join(lines), None
    return "\n".join(lines), keyboard(
        [_button(dialogue, "week")],
        [_button(dialogue, "closed"), _button(dialogue, "zone")],
        [_button(dialogue, "ladder"), _button(dialogue, "target")],
        [_button(dialogue, "away")],
    )


def _button(dialogue: Dialogue, field: str) -> Button:
    return dialogue.words.plain(f"terms.button.{field}"), dialogue.presses.make("terms", field)


def _lines(words: Words, view: TermsView) -> list[str]:
    lines = [
        words("terms.title", business=view.business),
        words("terms.line.week", week=_now(words, "week", view)),
        words("terms.line.zone", zone=view.zone),
    ]
    if view.closed_on:
        lines.append(words("terms.line.closed", dates=write_dates(view.closed_on)))
    lines += ["", _away(words, view), ""]
    lines.append(words("terms.line.ladder", steps=_now(words, "ladder", view)))
    lines.append(words("terms.line.target", minutes=view.target_minutes))
    lines.append(words("terms.line.clock"))
    return lines


def _away(words: Words, view: TermsView) -> str:
    if not view.is_away_on:
        return words("terms.line.away_off")
    is_always = all(spans == ALWAYS for spans in view.week) and not view.closed_on
    return words("terms.line.away_never" if is_always else "terms.line.away", text=view.away_text)


def _now(words: Words, field: str, view: TermsView) -> str:
    """Return how one thing stands, "" for nothing."""
    match field:
        case "week":
            return write_week(words.locale, view.week)
        case "closed":
            return write_dates(view.closed_on)
        case "zone":
            return view.zone
        case "away":
            return view.away_text
        case "ladder":
            return ", ".join(_step(words, rung) for rung in view.rungs)
        case _:
            return str(view.target_minutes)


def _step(words: Words, rung: Rung) -> str:
    callee = words.plain(f"terms.callee.{rung.callee}")
    return words.plain("terms.step", minutes=rung.minutes, callee=callee)


def _choice(dialogue: Dialogue, field: str, view: TermsView) -> InlineKeyboardMarkup | None:
    """Return what a press can answer."""
    words, presses = dialogue.words, dialogue.presses
    rows: list[list[Button]] = []
    match field:
        case "zone":
            return keyboard(*zones.rows(words, presses))
        case "closed" if view.closed_on:
            rows = [[(words.plain("terms.button.no_closed"), presses.make("t-closed", NONE))]]
        case "away" if view.away_text:
            value = "off" if view.is_away_on else "on"
            rows = [[(words.plain(f"terms.button.away_{value}"), presses.make("t-away", value))]]
        case "week" | "ladder" | "target":
            numbers = [str(number) for number in range(1, PRESETS + 1)]
            rows = [
                [(words.plain(f"terms.preset.{field}.{n}"), presses.make(f"t-{field}", n))]
                for n in numbers
            ]
    if field == "target" and view.is_target_own:
        rows.append(
            [(words.plain("terms.button.target_of_ladder"), presses.make("t-target", NONE))]
        )
    return keyboard(*rows) if rows else None
