"""/chats: accounts and groups; an account is connected by answering for its keys one by one
(J3).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aiogram import Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from handlers import status
from handlers.callbacks import Press, Pressed, Presses
from handlers.filters import Private, Said, Typed
from handlers.keyboards import column
from handlers.master.access import here, owned
from handlers.states import CREDENTIALS
from handlers.talk import say
from handlers.words import Words
from services.channels.jobs import ConnectAccount, Jobs
from services.connectors.base import CredentialField
from services.connectors.registry import Registry
from services.inbox.models import Event
from services.kit.db import Tx
from services.kit.errors import InvalidInput
from services.tenants.actor import Role
from services.tenants.overview import ChannelLine, Overview
from services.tenants.service import Person, Tenants


def router() -> Router:
    """Return the router of accounts."""
    r = Router(name="master.channels")
    _listing(r)
    _connecting(r)
    return r


def _listing(r: Router) -> None:
    @r.message(Said("chats", "channels"), Private())
    async def on_chats(
        message: Message,
        words: Words,
        presses: Presses,
        person: Person,
        tenants: Tenants,
        overview: Overview,
        tx: Tx,
    ) -> None:
        seat = tenants.seated(person)
        async with tx.acting_for(seat.tenant_id):
            accounts = await overview.channels(tx, bots=False)
            groups = await overview.workspaces(tx)
        lines = [status.line(words, account) for account in accounts] or [words("chats.none")]
        lines += ["", words("chats.groups")]
        lines += [_group(words, row) for row in groups] or [words("chats.no_groups")]
        buttons = [(account.shown_name, presses.make("chan", account.id)) for account in accounts]
        buttons += [
            (row["title"] or row["name"], presses.make("group", row["id"])) for row in groups
        ]
        buttons.append((words.plain("button.add_channel"), presses.make("addchan")))
        buttons.append((words.plain("button.add_group"), presses.make("addgroup")))
        markup = column(buttons) if seat.role is Role.OWNER else None
        await message.answer("\n".join([words("chats.title"), *lines]), reply_markup=markup)


def _connecting(r: Router) -> None:
    @r.callback_query(Pressed("addchan"), Private())
    async def on_add(
        query: CallbackQuery,
        press: Press,
        words: Words,
        presses: Presses,
        person: Person,
        registry: Registry,
        state: FSMContext,
    ) -> None:
        owned(person)
        choice = [name for name in registry if not registry[name].capabilities.bot]
        if not press.value and len(choice) > 1:
            buttons = [(_title(words, name), presses.make("addchan", name)) for name in choice]
            await say(query, words("chats.which"), column(buttons))
            return
        provider = press.value or choice[0]
        if provider not in choice:
            raise InvalidInput("channels.provider_unknown", field="provider")
        await _begin(state, provider)
        await say(query, _question(words, provider, registry[provider].fields[0]))

    @r.callback_query(Pressed("rekey"), Private())
    async def on_new_keys(
        query: CallbackQuery,
        press: Press,
        words: Words,
        person: Person,
        overview: Overview,
        registry: Registry,
        tx: Tx,
        state: FSMContext,
    ) -> None:
        async with tx.acting_for(owned(person).tenant_id):
            channel = await overview.channel(tx, press.uuid)
        await ask_for_keys(query, words, registry, channel, state)

    @r.message(Typed(CREDENTIALS), Private())
    async def on_value(
        message: Message,
        words: Words,
        person: Person,
        registry: Registry,
        jobs: Jobs,
        tx: Tx,
        stored: Event,
        state: FSMContext,
    ) -> None:
        await message.delete()
        seat = owned(person)
        entered = await state.get_data()
        provider = str(entered["provider"])
        values, question = _take(registry, provider, entered["values"], message.text or "", words)
        if question is not None:
            await state.set_data({**entered, "values": values})
            await message.answer(_question(words, provider, question))
            return
        await state.clear()
        job = ConnectAccount(provider=provider, credentials=values, name=str(entered["name"]))
        await jobs.request(tx, seat.tenant_id, job, here(stored, person))


async def ask_for_keys(
    query: CallbackQuery,
    words: Words,
    registry: Registry,
    channel: ChannelLine | None,
    state: FSMContext,
) -> None:
    """Begin to ask for new keys of a connected account, the first field at once."""
    if channel is None:
        raise InvalidInput("error.not_found")
    await _begin(state, channel.provider, name=channel.name)
    await say(query, _question(words, channel.provider, registry[channel.provider].fields[0]))


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


def _title(words: Words, provider: str) -> str:
    key = f"provider.{provider}"
    found = words.plain(key)
    return provider.title() if found == key else found


def _group(words: Words, row: Any) -> str:
    key = "state.group.live" if row["state"] == "live" else "state.group.lost"
    return words("chats.group", name=row["title"] or row["name"], state=words.plain(key))
