"""One account or group: its state, a check now, new keys, a new address, removal; how to set up a
group.
"""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers import status
from handlers.callbacks import Press, Pressed
from handlers.filters import Private
from handlers.keyboards import Button, column, keyboard, way_in
from handlers.master.access import Dialogue
from handlers.talk import say, show
from services.channels import job_rules
from services.channels.jobs import (
    CheckChannel,
    InspectWorkspace,
    Jobs,
    RemoveChannel,
    RenewHook,
)
from services.conversations.service import Conversations
from services.kit.db import Record
from services.kit.deeplinks import Page, Spot
from services.tenants.doors import Doors
from services.tenants.overview import ChannelLine, Overview


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
        query: CallbackQuery, press: Press, dialogue: Dialogue, overview: Overview, doors: Doors
    ) -> None:
        channel = await dialogue.channel(overview, press.uuid)
        async with dialogue.inside() as tx:
            failures = (await overview.failures(tx)).get(channel.id)
        text = status.card(dialogue.words, channel, dialogue.actor.zone, failures)
        page = Page.BOTS if channel.kind == "client" else Page.ACCOUNTS
        way = way_in(dialogue.words, doors, Spot(page, channel.id))
        await show(query, text, column([*_acts(dialogue, channel), *way]))

    @r.callback_query(Pressed("check"), Private())
    async def on_check(query: CallbackQuery, press: Press, dialogue: Dialogue, jobs: Jobs) -> None:
        await dialogue.ask(jobs, CheckChannel(channel_id=press.uuid))
        await query.answer()

    @r.callback_query(Pressed("revoke"), Private())
    async def on_revoke(
        query: CallbackQuery, press: Press, dialogue: Dialogue, jobs: Jobs
    ) -> None:
        await dialogue.ask(jobs, RenewHook(channel_id=press.uuid))
        await query.answer()


def _removing(r: Router) -> None:
    @r.callback_query(Pressed("drop"), Private())
    async def on_ask(
        query: CallbackQuery, press: Press, dialogue: Dialogue, overview: Overview
    ) -> None:
        channel = await dialogue.channel(overview, press.uuid)
        words, make = dialogue.words, dialogue.presses.make
        sure = (words.plain("button.remove_channel"), make("drop-sure", channel.id))
        await show(query, words("chats.remove", name=channel.shown_name), keyboard([sure]))

    @r.callback_query(Pressed("drop-sure"), Private())
    async def on_remove(
        query: CallbackQuery, press: Press, dialogue: Dialogue, jobs: Jobs
    ) -> None:
        await dialogue.ask(jobs, RemoveChannel(channel_id=press.uuid))
        await query.answer()


def _groups(r: Router) -> None:
    @r.callback_query(Pressed("addgroup"), Private())
    async def on_how(query: CallbackQuery, dialogue: Dialogue, overview: Overview) -> None:
        async with dialogue.owning() as tx:
            bots = await overview.channels(tx, bots=True)
        links = [
            (f"@{bot.username}", job_rules.group_link(bot.username))
            for bot in bots
            if bot.username
        ]
        await say(query, dialogue.words("groups.how" if links else "groups.no_bot"), column(links))

    @r.callback_query(Pressed("group"), Private())
    async def on_group(
        query: CallbackQuery, press: Press, dialogue: Dialogue, overview: Overview, doors: Doors
    ) -> None:
        group = await dialogue.group(overview, press.uuid)
        words, make = dialogue.words, dialogue.presses.make
        head = words("groups.title", name=_name(group), bot=group["bot"])
        text = "\n".join(part for part in (head, status.checks(words, group["checks"])) if part)
        again = (words.plain("button.check_group"), make("inspect", press.uuid))
        serve = (words.plain("button.serve"), make("serve", press.uuid))
        way = way_in(words, doors, Spot(Page.GROUPS, press.uuid))
        await show(query, text, keyboard([again], [serve], way))

    @r.callback_query(Pressed("serve"), Private())
    async def on_serve(
        query: CallbackQuery,
        press: Press,
        dialogue: Dialogue,
        overview: Overview,
        conversations: Conversations,
    ) -> None:
        group = await dialogue.group(overview, press.uuid)
        async with dialogue.owning() as tx:
            accounts = [account.id for account in await overview.channels(tx, bots=False)]
            await conversations.workspaces.serve(tx, press.uuid, accounts)
        await show(query, dialogue.words("groups.serves", name=_name(group)))

    @r.callback_query(Pressed("inspect"), Private())
    async def on_inspect(
        query: CallbackQuery, press: Press, dialogue: Dialogue, overview: Overview, jobs: Jobs
    ) -> None:
        group = await dialogue.group(overview, press.uuid)
        job = InspectWorkspace(channel_id=group["channel_id"], chat_id=group["chat_id"])
        await dialogue.ask(jobs, job)
        await query.answer()


def _name(group: Record) -> str:
    return str(group["title"] or group["name"])


def _acts(dialogue: Dialogue, channel: ChannelLine) -> list[Button]:
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
    words, make = dialogue.words, dialogue.presses.make
    return [(words.plain(key), make(kind, channel.id)) for kind, key in acts]
