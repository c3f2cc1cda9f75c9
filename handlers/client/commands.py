"""Commands in the members' group and in private that are no acts on a conversation."""

from __future__ import annotations

from aiogram import Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from handlers.callbacks import Press, Pressed, Presses
from handlers.filters import Said
from handlers.keyboards import keyboard
from handlers.talk import LANGUAGES, show
from handlers.words import Words
from services.kit.db import Tx
from services.tenants.actor import Actor
from services.tenants.service import Tenants


def router() -> Router:
    """Return the router of commands."""
    r = Router(name="client.commands")

    @r.message(Said("help"))
    async def on_help(message: Message, words: Words, actor: Actor) -> None:
        await message.answer(words("client.help" if actor.is_member else "client.help.stranger"))

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

    return r
