"""/chats: accounts and groups; an account is connected by answering for its keys one by one
(J3).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from aiogram import Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from handlers import status
from handlers.callbacks import Press, Pressed
from handlers.filters import Private, Said, Typed
from handlers.keyboards import Button, column
from handlers.master.access import Dialogue, owned
from handlers.states import CREDENTIALS
from handlers.talk import say
from handlers.words import Words
from services.channels.jobs import ConnectAccount, Jobs
from services.connectors.base import CredentialField
from services.connectors.registry import Registry
from services.kit.db import Record
from services.kit.errors import InvalidInput
from services.tenants.overview import ChannelLine, Overview


def router() -> Router:
    """Return the router of accounts."""
    r = Router(name="master.channels")
    _listing(r)
    _connecting(r)
    return r


def _listing(r: Router) -> None:
    @r.message(Said("chats", "channels"), Private())
    async def on_chats(message: Message, dialogue: Dialogue, overview: Overview) -> None:
        words = dialogue.words
        async with dialogue.inside() as tx:
            accounts = await overview.channels(tx, bots=False)
            groups = await overview.workspaces(tx)
        lines = [status.line(words, account) for account in accounts] or [words("chats.none")]
        lines += ["", words("chats.groups")]
        lines += [_group(words, row) for row in groups] or [words("chats.no_groups")]
        markup = column(_doors(dialogue, accounts, groups)) if dialogue.owns else None
        await message.answer("\n".join([words("chats.title"), *lines]), reply_markup=markup)


def _doors(
    dialogue: Dialogue, accounts: Sequence[ChannelLine], groups: Sequence[Record]
) -> list[Button]:
    words, make = dialogue.words, dialogue.presses.make
    return [
        *((account.shown_name, make("chan", account.id)) for account in accounts),
        *((row["title"] or row["name"], make("group", row["id"])) for row in groups),
        (words.plain("button.add_channel"), make("addchan")),
        (words.plain("button.add_group"), make("addgroup")),
    ]


def _connecting(r: Router) -> None:
    @r.callback_query(Pressed("addchan"), Private())
    async def on_add(
        query: CallbackQuery,
        press: Press,
        dialogue: Dialogue,
        registry: Registry,
        state: FSMContext,
    ) -> None:
        owned(dialogue.person)
        choice = [name for name in registry if not registry[name].capabilities.bot]
        if not press.value and len(choice) > 1:
            await say(query, dialogue.words("chats.which"), column(_choice(dialogue, choice)))
            return
        provider = press.value or choice[0]
        if provider not in choice:
            raise InvalidInput("channels.provider_unknown", field="provider")
        await _begin(state, provider)
        await say(query, _question(dialogue.words, provider, registry[provider].fields[0]))

    @r.callback_query(Pressed("rekey"), Private())
    async def on_new_keys(
        query: CallbackQuery,
        press: Press,
        dialogue: Dialogue,
        overview: Overview,
        registry: Registry,
        state: FSMContext,
    ) -> None:
        await ask_for_keys(query, dialogue, registry, overview, press.uuid, state)

    @r.message(Typed(CREDENTIALS), Private())
    async def on_value(
        message: Message, dialogue: Dialogue, registry: Registry, jobs: Jobs, state: FSMContext
    ) -> None:
        await message.delete()
        owned(dialogue.person)
        entered, words = await state.get_data(), dialogue.words
        provider = str(entered["provider"])
        values, question = _take(registry, provider, entered["values"], message.text or "", words)
        if question is not None:
            await state.set_data({**entered, "values": values})
            await message.answer(_question(words, provider, question))
            return
        await state.clear()
        job = ConnectAccount(provider=provider, credentials=values, name=str(entered["name"]))
        await dialogue.ask(jobs, job)


async def ask_for_keys(
    query: CallbackQuery,
    dialogue: Dialogue,
    registry: Registry,
    overview: Overview,
    channel_id: UUID,
    state: FSMContext,
) -> None:
    """Begin to ask for new keys of a connected account, the first field at once."""
    channel = await dialogue.channel(overview, channel_id)
    await _begin(state, channel.provider, name=channel.name)
    first = registry[channel.provider].fields[0]
    await say(query, _question(dialogue.words, channel.provider, first))


async def _begin(state: FSMContext, provider: str, *, name: str = "") -> None:
    await state.set_state(CREDENTIALS)
    await state.set_data({"provider": provider, "name": name, "values": {}})


def _take(
    registry: Registry, provider: str, known: Mapping[str, str], text: str, words: Words
) -> tuple[dict[str, str], CredentialField | None]:
    """Return what is known with one more answer, and the next question."""
    fields = registry[provider].fields
    field, value = fields[len(known)], text.strip()
    if field.pattern and not re.fullmatch(field.pattern, value):
        label = words.plain(f"credentials.{provider}.{field.name}")
        raise InvalidInput("chats.bad_shape", field=label)
    values = {**known, field.name: value}
    left = fields[len(values) :]
    return values, left[0] if left else None


def _question(words: Words, provider: str, field: CredentialField) -> str:
    key = f"credentials.{provider}.{field.name}"
    asked = words("chats.ask", field=words.plain(key))
    hint = words.plain(f"{key}.hint")
    lines = [asked] if hint == f"{key}.hint" else [asked, words("chats.hint", hint=hint)]
    return "\n".join([*lines, words("chats.secret" if field.secret else "chats.plain")])


def _choice(dialogue: Dialogue, providers: Sequence[str]) -> list[Button]:
    make = dialogue.presses.make
    return [(_title(dialogue.words, name), make("addchan", name)) for name in providers]


def _title(words: Words, provider: str) -> str:
    key = f"provider.{provider}"
    found = words.plain(key)
    return provider.title() if found == key else found


def _group(words: Words, row: Any) -> str:
    key = "state.group.live" if row["state"] == "live" else "state.group.lost"
    return words("chats.group", name=row["title"] or row["name"], state=words.plain(key))
