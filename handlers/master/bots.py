"""/bots: connect a bot by its token (J2), look at it, give it a new token, revoke its address,
remove it.

A token is a secret: it is asked in private, its message is deleted at once, a worker checks it.
"""

from __future__ import annotations

import re
from uuid import UUID

from aiogram import Router
from aiogram.filters import Filter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from handlers import status
from handlers.callbacks import Press, Pressed
from handlers.filters import Command, Private, Said, Typed
from handlers.keyboards import column
from handlers.master.access import Dialogue, owned
from handlers.states import BOT_ROTATE, BOT_TOKEN
from handlers.talk import say
from services.channels.jobs import AddBot, Jobs, RotateToken
from services.kit.errors import InvalidInput
from services.tenants.overview import Overview

TOKEN = re.compile(r"\b\d{5,20}:[A-Za-z0-9_-]{30,120}")


class HasToken(Filter):
    """A bot's token anywhere in a text, forwarded from the place that gives them too."""

    async def __call__(self, message: Message, command: Command | None = None) -> bool:
        """Search the text."""
        return (
            command is None and bool(message.text) and TOKEN.search(message.text or "") is not None
        )


def router() -> Router:
    """Return the router of bots."""
    r = Router(name="master.bots")
    _listing(r)
    _tokens(r)
    return r


def _listing(r: Router) -> None:
    @r.message(Said("bots"), Private())
    async def on_bots(message: Message, dialogue: Dialogue, overview: Overview) -> None:
        words, make = dialogue.words, dialogue.presses.make
        async with dialogue.inside() as tx:
            bots = await overview.channels(tx, bots=True)
        lines = [status.line(words, bot) for bot in bots] or [words("bots.none")]
        buttons = [(bot.shown_name, make("chan", bot.id)) for bot in bots]
        buttons.append((words.plain("button.add_bot"), make("addbot")))
        markup = column(buttons) if dialogue.owns else None
        await message.answer("\n".join([words("bots.title"), *lines]), reply_markup=markup)

    @r.callback_query(Pressed("addbot"), Private())
    async def on_add(query: CallbackQuery, dialogue: Dialogue, state: FSMContext) -> None:
        owned(dialogue.person)
        await state.clear()
        await state.set_state(BOT_TOKEN)
        await say(query, dialogue.words("bots.token"))

    @r.callback_query(Pressed("rotate"), Private())
    async def on_rotate(
        query: CallbackQuery, press: Press, dialogue: Dialogue, state: FSMContext
    ) -> None:
        owned(dialogue.person)
        await state.set_state(BOT_ROTATE)
        await state.set_data({"channel": press.uuid.hex})
        await say(query, dialogue.words("bots.rotate"))


def _tokens(r: Router) -> None:
    @r.message(Typed(BOT_ROTATE), Private())
    async def on_new_token(
        message: Message, dialogue: Dialogue, jobs: Jobs, state: FSMContext
    ) -> None:
        await message.delete()
        channel_id = UUID(str((await state.get_data())["channel"]))
        await dialogue.ask(jobs, RotateToken(channel_id=channel_id, token=_token(message)))
        await state.clear()

    @r.message(HasToken(), Private())
    async def on_token(
        message: Message, dialogue: Dialogue, jobs: Jobs, state: FSMContext
    ) -> None:
        await message.delete()
        await dialogue.ask(jobs, AddBot(token=_token(message)))
        await state.clear()

    @r.message(Typed(BOT_TOKEN), Private())
    async def on_no_token(message: Message) -> None:
        await message.delete()
        _token(message)


def _token(message: Message) -> str:
    found = TOKEN.search(message.text or "")
    if found is None:
        raise InvalidInput("bots.no_token", field="token")
    return found[0]
