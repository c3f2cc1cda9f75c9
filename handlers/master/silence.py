"""How long an account may bring nothing before its owner is told: asked from its card."""

from __future__ import annotations

from uuid import UUID

from aiogram import Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from handlers.callbacks import Press, Pressed
from handlers.filters import Private, Typed
from handlers.keyboards import keyboard
from handlers.master.access import Dialogue
from handlers.states import SILENCE
from handlers.talk import say, show
from services.audit.service import Audit
from services.channels.options import set_silence
from services.conversations.terms import read_minutes
from services.tenants.overview import Overview

CHOICE = (30, 60, 180)
USUAL = "-"


def router() -> Router:
    """Return the router of silence."""
    r = Router(name="master.silence")

    @r.callback_query(Pressed("silence"), Private())
    async def on_ask(
        query: CallbackQuery,
        press: Press,
        dialogue: Dialogue,
        overview: Overview,
        state: FSMContext,
    ) -> None:
        channel = await dialogue.channel(overview, press.uuid)
        await state.set_state(SILENCE)
        await state.set_data({"channel": channel.id.hex})
        words, make = dialogue.words, dialogue.presses.make
        head = f"{channel.id.hex}."
        minutes = [
            (words.plain("terms.minutes", n=n), make("s-set", f"{head}{n}")) for n in CHOICE
        ]
        usual = [(words.plain("silence.button.usual"), make("s-set", f"{head}{USUAL}"))]
        await say(query, words("silence.ask", name=channel.shown_name), keyboard(minutes, usual))

    @r.callback_query(Pressed("s-set"), Private())
    async def on_choice(
        query: CallbackQuery, press: Press, dialogue: Dialogue, audit: Audit, state: FSMContext
    ) -> None:
        channel, _, choice = press.value.partition(".")
        minutes = None if choice == USUAL else int(choice)
        text = await _set(dialogue, audit, UUID(channel), minutes)
        await state.clear()
        await show(query, text)

    @r.message(Typed(SILENCE), Private())
    async def on_text(
        message: Message, dialogue: Dialogue, audit: Audit, state: FSMContext
    ) -> None:
        minutes = read_minutes(message.text or "")
        channel = UUID(str((await state.get_data())["channel"]))
        text = await _set(dialogue, audit, channel, minutes)
        await state.clear()
        await message.answer(text)

    return r


async def _set(dialogue: Dialogue, audit: Audit, channel: UUID, minutes: int | None) -> str:
    async with dialogue.owning() as tx:
        await set_silence(tx, dialogue.actor, channel, minutes, audit=audit)
    if minutes is None:
        return dialogue.words("silence.usual")
    return dialogue.words("silence.set", minutes=minutes)
