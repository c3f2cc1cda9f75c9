"""Commands in the members' group and in private that are no acts on a conversation."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from handlers import status
from handlers.callbacks import Press, Pressed, Presses
from handlers.filters import Said
from handlers.keyboards import keyboard
from handlers.talk import LANGUAGES, MOSCOW, cancels, show
from handlers.words import Words
from services.kit.clock import Clock
from services.kit.db import Tx
from services.tenants.actor import Actor
from services.tenants.overview import Overview
from services.tenants.service import Tenants


def router() -> Router:
    """Return the router of commands."""
    r = Router(name="client.commands")
    _manners(r)
    _language(r)
    _figures(r)
    return r


def _manners(r: Router) -> None:

    @r.message(Said("help"))
    async def on_help(message: Message, words: Words, actor: Actor) -> None:
        await message.answer(words("client.help" if actor.is_member else "client.help.stranger"))

    cancels(r)


def _language(r: Router) -> None:
    @r.message(Said("lang"))
    async def on_lang(message: Message, words: Words, presses: Presses, actor: Actor) -> None:
        if not actor.is_member:
            await message.answer(words("client.lang.stranger"))
            return
        buttons = [(name, presses.make("lang", code)) for name, code in LANGUAGES]
        await message.answer(words("settings.language"), reply_markup=keyboard(buttons))

    @r.callback_query(Pressed("lang"))
    async def on_language(
        query: CallbackQuery, press: Press, actor: Actor, tenants: Tenants, tx: Tx
    ) -> None:
        await tenants.set_locale(tx, actor, press.value)
        await show(query, Words(press.value)("settings.language_set"))


def _figures(r: Router) -> None:
    @r.message(Said("chats"))
    async def on_chats(
        message: Message, words: Words, actor: Actor, overview: Overview, tx: Tx
    ) -> None:
        if not actor.is_member:
            await message.answer(words("client.members_only"))
            return
        accounts = await overview.channels(tx, bots=False)
        lines = [status.line(words, account) for account in accounts] or [words("chats.none")]
        await message.answer("\n".join([words("client.chats.title"), *lines]))

    @r.message(Said("stats"))
    async def on_stats(
        message: Message, words: Words, actor: Actor, overview: Overview, clock: Clock, tx: Tx
    ) -> None:
        if not actor.is_member:
            await message.answer(words("client.members_only"))
            return
        stats = await overview.stats(tx, actor.zone or MOSCOW, clock.now())
        await message.answer(status.stats(words, stats))
