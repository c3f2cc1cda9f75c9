"""One account or group: its state, a check now, new keys, a new address, removal; how to set up a
group.
"""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers import status
from handlers.callbacks import Press, Pressed, Presses
from handlers.filters import Private
from handlers.keyboards import Button, column, keyboard
from handlers.master.access import here, owned
from handlers.talk import say, show
from handlers.words import Words
from services.channels.jobs import (
    AnyJob,
    CheckChannel,
    InspectWorkspace,
    Jobs,
    RemoveChannel,
    RenewHook,
)
from services.conversations.service import Conversations
from services.inbox.models import Event
from services.kit.db import Tx
from services.kit.errors import NotFound
from services.tenants.overview import ChannelLine, Overview
from services.tenants.service import Person

RIGHTS = "manage_topics+pin_messages+delete_messages"


def router() -> Router:
    """Return the router of cards."""
    r = Router(name="master.cards")
    _looking(r)
    _removing(r)
    _groups(r)
    return r


def _looking(r: Router) -> None:
    @r.callback_query(Pressed("chan"), Private())
    async def on_card(
        query: CallbackQuery,
        press: Press,
        words: Words,
        presses: Presses,
        person: Person,
        overview: Overview,
        tx: Tx,
    ) -> None:
        async with tx.acting_for(owned(person).tenant_id):
            channel = await overview.channel(tx, press.uuid)
        if channel is None:
            raise NotFound("error.not_found")
        text = status.card(words, channel, person.actor.zone)
        await show(query, text, column(_acts(words, presses, channel)))

    @r.callback_query(Pressed("check"), Private())
    async def on_check(
        query: CallbackQuery, press: Press, person: Person, jobs: Jobs, tx: Tx, stored: Event
    ) -> None:
        await _ask(query, CheckChannel(channel_id=press.uuid), person, jobs, tx, stored)

    @r.callback_query(Pressed("revoke"), Private())
    async def on_revoke(
        query: CallbackQuery, press: Press, person: Person, jobs: Jobs, tx: Tx, stored: Event
    ) -> None:
        await _ask(query, RenewHook(channel_id=press.uuid), person, jobs, tx, stored)


def _removing(r: Router) -> None:
    @r.callback_query(Pressed("drop"), Private())
    async def on_ask(
        query: CallbackQuery,
        press: Press,
        words: Words,
        presses: Presses,
        person: Person,
        overview: Overview,
        tx: Tx,
    ) -> None:
        async with tx.acting_for(owned(person).tenant_id):
            channel = await overview.channel(tx, press.uuid)
        if channel is None:
            raise NotFound("error.not_found")
        sure = (words.plain("button.remove_channel"), presses.make("drop-sure", channel.id))
        await show(query, words("chats.remove", name=channel.shown_name), keyboard([sure]))

    @r.callback_query(Pressed("drop-sure"), Private())
    async def on_remove(
        query: CallbackQuery, press: Press, person: Person, jobs: Jobs, tx: Tx, stored: Event
    ) -> None:
        await _ask(query, RemoveChannel(channel_id=press.uuid), person, jobs, tx, stored)


def _groups(r: Router) -> None:
    @r.callback_query(Pressed("addgroup"), Private())
    async def on_how(
        query: CallbackQuery, words: Words, person: Person, overview: Overview, tx: Tx
    ) -> None:
        async with tx.acting_for(owned(person).tenant_id):
            bots = await overview.channels(tx, bots=True)
        links = [
            (f"@{bot.username}", f"https://t.me/{bot.username}?startgroup=vishenka&admin={RIGHTS}")
            for bot in bots
            if bot.username
        ]
        await say(query, words("groups.how" if links else "groups.no_bot"), column(links))

    @r.callback_query(Pressed("group"), Private())
    async def on_group(
        query: CallbackQuery,
        press: Press,
        words: Words,
        presses: Presses,
        person: Person,
        overview: Overview,
        tx: Tx,
    ) -> None:
        async with tx.acting_for(owned(person).tenant_id):
            rows = [row for row in await overview.workspaces(tx) if row["id"] == press.uuid]
        if not rows:
            raise NotFound("error.not_found")
        head = words("groups.title", name=rows[0]["title"] or rows[0]["name"], bot=rows[0]["bot"])
        text = "\n".join(part for part in (head, status.checks(words, rows[0]["checks"])) if part)
        again = (words.plain("button.check_group"), presses.make("inspect", press.uuid))
        serve = (words.plain("button.serve"), presses.make("serve", press.uuid))
        await show(query, text, keyboard([again], [serve]))

    @r.callback_query(Pressed("serve"), Private())
    async def on_serve(
        query: CallbackQuery,
        press: Press,
        words: Words,
        person: Person,
        overview: Overview,
        conversations: Conversations,
        tx: Tx,
    ) -> None:
        async with tx.acting_for(owned(person).tenant_id):
            rows = [row for row in await overview.workspaces(tx) if row["id"] == press.uuid]
            if not rows:
                raise NotFound("error.not_found")
            accounts = [account.id for account in await overview.channels(tx, bots=False)]
            await conversations.workspaces.serve(tx, press.uuid, accounts)
        await show(query, words("groups.serves", name=rows[0]["title"] or rows[0]["name"]))

    @r.callback_query(Pressed("inspect"), Private())
    async def on_inspect(
        query: CallbackQuery,
        press: Press,
        person: Person,
        overview: Overview,
        jobs: Jobs,
        tx: Tx,
        stored: Event,
    ) -> None:
        async with tx.acting_for(owned(person).tenant_id):
            rows = [row for row in await overview.workspaces(tx) if row["id"] == press.uuid]
        if not rows:
            raise NotFound("error.not_found")
        job = InspectWorkspace(channel_id=rows[0]["channel_id"], chat_id=rows[0]["chat_id"])
        await _ask(query, job, person, jobs, tx, stored)


async def _ask(
    query: CallbackQuery, job: AnyJob, person: Person, jobs: Jobs, tx: Tx, stored: Event
) -> None:
    await jobs.request(tx, owned(person).tenant_id, job, here(stored, person))
    await query.answer()


def _acts(words: Words, presses: Presses, channel: ChannelLine) -> list[Button]:
    is_bot = channel.kind == "client"
    keys = ("rotate", "button.rotate") if is_bot else ("rekey", "button.rekey")
    silence = () if is_bot else (("silence", "button.silence"),)
    acts = [
        ("check", "button.check"),
        keys,
        *silence,
        ("revoke", "button.revoke"),
        ("drop", "button.remove_channel"),
    ]
    return [(words.plain(key), presses.make(kind, channel.id)) for kind, key in acts]
