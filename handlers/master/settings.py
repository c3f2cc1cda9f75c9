"""/settings: language and time zone (asked once, changed by /lang and /zone), quiet hours; /help
and /cancel.
"""

from __future__ import annotations

from aiogram import Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from handlers import zones
from handlers.callbacks import Press, Pressed, Presses
from handlers.filters import Command, Private, Said
from handlers.keyboards import Button, keyboard
from handlers.master.access import Dialogue
from handlers.master.quiet import lines_of, zone_of
from handlers.talk import LANGUAGES, say, show
from handlers.words import Words
from services.kit.clock import Clock
from services.kit.db import Tx
from services.tenants.quiet import quiet_of
from services.tenants.service import Person, Tenants


def router() -> Router:
    """Return the router of a person's own settings."""
    r = Router(name="master.settings")
    _card(r)
    _language(r)
    _zone(r)
    _manners(r)
    return r


def _card(r: Router) -> None:
    @r.message(Said("settings"), Private())
    async def on_settings(message: Message, dialogue: Dialogue, clock: Clock) -> None:
        wish = await quiet_of(dialogue.tx, dialogue.person.actor, clock.now())
        lines = _lines(dialogue, lines_of(dialogue.words, wish, zone_of(dialogue)))
        await message.answer("\n".join(lines), reply_markup=keyboard(*_doors(dialogue)))

    @r.callback_query(Pressed("asklang"), Private())
    async def on_ask_language(query: CallbackQuery, words: Words, presses: Presses) -> None:
        await say(query, words("settings.language"), keyboard(_languages(presses)))

    @r.callback_query(Pressed("askzone"), Private())
    async def on_ask_zone(query: CallbackQuery, words: Words, presses: Presses) -> None:
        await _ask_zone(query, words, presses)


def _lines(dialogue: Dialogue, quiet: list[str]) -> list[str]:
    words = dialogue.words
    language = next(name for name, code in LANGUAGES if code == words.locale)
    return [
        words("settings.title"),
        words("settings.line.language", language=language),
        words("settings.line.zone", zone=zone_of(dialogue)),
        *quiet,
    ]


def _doors(dialogue: Dialogue) -> list[list[Button]]:
    words, make = dialogue.words, dialogue.presses.make
    rows = [
        [(words.plain("settings.button.quiet"), make("quiet"))],
        [
            (words.plain("settings.button.language"), make("asklang")),
            (words.plain("settings.button.zone"), make("askzone")),
        ],
    ]
    if dialogue.person.seat is not None:
        rows.append([(words.plain("settings.button.hours"), make("hours"))])
    return rows


def _language(r: Router) -> None:

    @r.message(Said("lang"))
    async def on_lang(message: Message, words: Words, presses: Presses) -> None:
        await message.answer(
            words("settings.language"), reply_markup=keyboard(_languages(presses))
        )

    @r.callback_query(Pressed("lang"), Private())
    async def on_language(
        query: CallbackQuery,
        press: Press,
        presses: Presses,
        person: Person,
        tenants: Tenants,
        tx: Tx,
    ) -> None:
        await tenants.set_locale(tx, person.actor, press.value)
        words = Words(press.value)
        await show(query, words("settings.language_set"))
        if not person.knows_zone:
            await _ask_zone(query, words, presses)


def _zone(r: Router) -> None:
    @r.callback_query(Pressed(zones.PRESS), Private())
    async def on_zone(
        query: CallbackQuery, press: Press, words: Words, person: Person, tenants: Tenants, tx: Tx
    ) -> None:
        await tenants.set_zone(tx, person.actor, press.value)
        await show(query, words("settings.zone_set", zone=press.value))

    @r.message(Said("zone"), Private())
    async def on_zone_command(
        message: Message,
        command: Command,
        words: Words,
        presses: Presses,
        person: Person,
        tenants: Tenants,
        tx: Tx,
    ) -> None:
        if not command.args:
            buttons = keyboard(*zones.rows(words, presses))
            await message.answer(words("settings.zone"), reply_markup=buttons)
            return
        await tenants.set_zone(tx, person.actor, command.args)
        await message.answer(words("settings.zone_set", zone=command.args))


def _manners(r: Router) -> None:
    @r.message(Said("help"))
    async def on_help(message: Message, words: Words, person: Person) -> None:
        await message.answer(words("master.help.admin" if person.is_admin else "master.help"))

    @r.message(Said("cancel"))
    async def on_cancel(
        message: Message,
        words: Words,
        raw_state: str | None = None,
        state: FSMContext | None = None,
    ) -> None:
        if state is not None:
            await state.clear()
        await message.answer(words("talk.cancelled" if raw_state else "talk.nothing"))


async def ask_missing(
    query: CallbackQuery,
    words: Words,
    presses: Presses,
    person: Person,
    *,
    zone_known: bool = False,
) -> None:
    """Ask what was never asked: the language first, then the zone."""
    if not person.knows_locale:
        await say(query, words("settings.language"), keyboard(_languages(presses)))
    elif not (person.knows_zone or zone_known):
        await _ask_zone(query, words, presses)


async def _ask_zone(query: CallbackQuery, words: Words, presses: Presses) -> None:
    await say(query, words("settings.zone"), keyboard(*zones.rows(words, presses)))


def _languages(presses: Presses) -> list[Button]:
    return [(name, presses.make("lang", code)) for name, code in LANGUAGES]
