"""/settings: language and time zone (asked once, changed by /lang and /zone), quiet hours; /help
and /cancel.
"""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from handlers import zones
from handlers.callbacks import Press, Pressed, Presses
from handlers.filters import Command, Private, Said
from handlers.keyboards import Button, keyboard
from handlers.master.access import Dialogue
from handlers.master.quiet import lines_of, zone_of
from handlers.talk import LANGUAGES, cancels, say, show
from handlers.words import Words
from services.kit.clock import Clock
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
        wish = await quiet_of(dialogue.tx, dialogue.actor, clock.now())
        lines = _lines(dialogue, lines_of(dialogue.words, wish, zone_of(dialogue)))
        await message.answer("\n".join(lines), reply_markup=keyboard(*_doors(dialogue)))

    @r.callback_query(Pressed("asklang"), Private())
    async def on_ask_language(query: CallbackQuery, dialogue: Dialogue) -> None:
        await _ask_language(query, dialogue)

    @r.callback_query(Pressed("askzone"), Private())
    async def on_ask_zone(query: CallbackQuery, dialogue: Dialogue) -> None:
        await _ask_zone(query, dialogue.words, dialogue.presses)


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
        query: CallbackQuery, press: Press, dialogue: Dialogue, tenants: Tenants
    ) -> None:
        await tenants.set_locale(dialogue.tx, dialogue.actor, press.value)
        words = Words(press.value)
        await show(query, words("settings.language_set"))
        if not dialogue.person.knows_zone:
            await _ask_zone(query, words, dialogue.presses)


def _zone(r: Router) -> None:
    @r.callback_query(Pressed(zones.PRESS), Private())
    async def on_zone(
        query: CallbackQuery, press: Press, dialogue: Dialogue, tenants: Tenants
    ) -> None:
        await tenants.set_zone(dialogue.tx, dialogue.actor, press.value)
        await show(query, dialogue.words("settings.zone_set", zone=press.value))

    @r.message(Said("zone"), Private())
    async def on_zone_command(
        message: Message, command: Command, dialogue: Dialogue, tenants: Tenants
    ) -> None:
        words = dialogue.words
        if not command.args:
            buttons = keyboard(*zones.rows(words, dialogue.presses))
            await message.answer(words("settings.zone"), reply_markup=buttons)
            return
        await tenants.set_zone(dialogue.tx, dialogue.actor, command.args)
        await message.answer(words("settings.zone_set", zone=command.args))


def _manners(r: Router) -> None:
    @r.message(Said("help"))
    async def on_help(message: Message, words: Words, person: Person) -> None:
        await message.answer(words("master.help.admin" if person.is_admin else "master.help"))

    cancels(r)


async def ask_missing(
    query: CallbackQuery, dialogue: Dialogue, *, zone_known: bool = False
) -> None:
    """Ask what was never asked: the language first, then the zone."""
    if not dialogue.person.knows_locale:
        await _ask_language(query, dialogue)
    elif not (dialogue.person.knows_zone or zone_known):
        await _ask_zone(query, dialogue.words, dialogue.presses)


async def _ask_language(query: CallbackQuery, dialogue: Dialogue) -> None:
    buttons = keyboard(_languages(dialogue.presses))
    await say(query, dialogue.words("settings.language"), buttons)


async def _ask_zone(query: CallbackQuery, words: Words, presses: Presses) -> None:
    await say(query, words("settings.zone"), keyboard(*zones.rows(words, presses)))


def _languages(presses: Presses) -> list[Button]:
    return [(name, presses.make("lang", code)) for name, code in LANGUAGES]
