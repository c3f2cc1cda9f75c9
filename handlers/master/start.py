"""/start: who you are to us, what this is, and what a link offers (journey J1)."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from handlers.callbacks import Press, Pressed
from handlers.filters import Command, Private, Said
from handlers.keyboards import Button, column, keyboard, way_in
from handlers.master.access import Dialogue
from handlers.master.settings import ask_missing
from handlers.talk import at, show
from handlers.words import Words
from services.kit.deeplinks import Page, Spot
from services.tenants.doors import Doors
from services.tenants.service import Person, Tenants


def router() -> Router:
    """Return the router of greetings and links."""
    r = Router(name="master.start")

    @r.message(Said("start"), Private())
    async def on_start(
        message: Message, command: Command, dialogue: Dialogue, tenants: Tenants, doors: Doors
    ) -> None:
        if command.args:
            await _offer(message, command.args, dialogue, tenants)
            return
        text = greeting(dialogue.words, dialogue.person)
        way = way_in(dialogue.words, doors, Spot(Page.HOME)) if dialogue.person.seat else []
        rows = [way, *menu(dialogue, dialogue.person)]
        await message.answer(text, reply_markup=keyboard(*rows))

    @r.callback_query(Pressed("accept"), Private())
    async def on_accept(
        query: CallbackQuery, press: Press, dialogue: Dialogue, tenants: Tenants
    ) -> None:
        offer = await tenants.links.accept(dialogue.tx, press.value, dialogue.actor)
        words = dialogue.words
        role = words.plain(f"role.{offer.role}")
        now = await tenants.person_by_actor(dialogue.tx, dialogue.person)
        text = words("master.joined", role=role, tenant=offer.tenant_name)
        await show(query, text, keyboard(*menu(dialogue, now)))
        await ask_missing(query, dialogue)

    @r.callback_query(Pressed("decline"), Private())
    async def on_decline(query: CallbackQuery, words: Words) -> None:
        await show(query, words("master.declined"))

    @r.callback_query(Pressed("switch"), Private())
    async def on_switch(
        query: CallbackQuery, press: Press, dialogue: Dialogue, tenants: Tenants
    ) -> None:
        words, person = dialogue.words, dialogue.person
        if press.value:
            seat = await tenants.choose(dialogue.tx, person, press.uuid)
            await show(query, words("master.switched", tenant=seat.name))
            return
        seats = [seat for seat in person.seats if not seat.is_platform]
        buttons = [(seat.name, dialogue.presses.make("switch", seat.tenant_id)) for seat in seats]
        await show(query, words("master.switch"), column(buttons))

    return r


async def _offer(message: Message, token: str, dialogue: Dialogue, tenants: Tenants) -> None:
    words, make, actor = dialogue.words, dialogue.presses.make, dialogue.actor
    offer = await tenants.links.look(dialogue.tx, token, actor.telegram_id)
    text = words(
        "master.offer",
        name=actor.name,
        tenant=offer.tenant_name,
        role=words.plain(f"role.{offer.role}"),
        time=at(offer.expires_at, actor.zone),
    )
    buttons = keyboard(
        [(words.plain("button.accept"), make("accept", token))],
        [(words.plain("button.decline"), make("decline"))],
    )
    await message.answer(text, reply_markup=buttons)


def greeting(words: Words, person: Person) -> str:
    """Return what somebody hears first: a stranger what this is, a member where they stand."""
    if person.seat is not None:
        role = words.plain(f"role.{person.seat.role}")
        return words(
            "master.hello.member", name=person.actor.name, tenant=person.seat.name, role=role
        )
    if person.is_admin:
        return words("master.hello.admin", name=person.actor.name)
    return words("master.hello.stranger", name=person.actor.name)


def menu(dialogue: Dialogue, person: Person) -> list[list[Button]]:
    """Return the main act alone in its row, then the rest. `person`: as they stand now."""
    words, make = dialogue.words, dialogue.presses.make
    rows: list[list[Button]] = []
    if person.seat is None:
        rows.append([(words.plain("button.found"), make("found"))])
    elif person.seat.role == "owner":
        rows.append([(words.plain("button.add_bot"), make("addbot"))])
        rows.append([(words.plain("button.add_channel"), make("addchan"))])
    if person.is_admin:
        rows.append([(words.plain("button.invite_tenant"), make("newten"))])
    if sum(not seat.is_platform for seat in person.seats) > 1:
        rows.append([(words.plain("button.switch"), make("switch"))])
    return rows
