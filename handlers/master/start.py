"""/start: who you are to us, what this is, and what a link offers (journey J1)."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from handlers.callbacks import Press, Pressed, Presses
from handlers.filters import Command, Private, Said
from handlers.keyboards import Button, keyboard
from handlers.master.settings import ask_missing
from handlers.talk import at, show
from handlers.words import Words
from services.kit.db import Tx
from services.tenants.service import Person, Tenants


def router() -> Router:
    """Return the router of greetings and links."""
    r = Router(name="master.start")

    @r.message(Said("start"), Private())
    async def on_start(
        message: Message,
        command: Command,
        words: Words,
        presses: Presses,
        person: Person,
        tenants: Tenants,
        tx: Tx,
    ) -> None:
        if command.args:
            await _offer(message, command.args, words, presses, person, tenants, tx)
        else:
            await message.answer(
                greeting(words, person), reply_markup=keyboard(*menu(words, presses, person))
            )

    @r.callback_query(Pressed("accept"), Private())
    async def on_accept(
        query: CallbackQuery,
        press: Press,
        words: Words,
        presses: Presses,
        person: Person,
        tenants: Tenants,
        tx: Tx,
    ) -> None:
        offer = await tenants.links.accept(tx, press.value, person.actor)
        role = words.plain(f"role.{offer.role}")
        now = await tenants.person_by_actor(tx, person)
        await show(
            query,
            words("master.joined", role=role, tenant=offer.tenant_name),
            keyboard(*menu(words, presses, now)),
        )
        await ask_missing(query, words, presses, person)

    @r.callback_query(Pressed("decline"), Private())
    async def on_decline(query: CallbackQuery, words: Words) -> None:
        await show(query, words("master.declined"))

    @r.callback_query(Pressed("switch"), Private())
    async def on_switch(
        query: CallbackQuery,
        press: Press,
        words: Words,
        presses: Presses,
        person: Person,
        tenants: Tenants,
        tx: Tx,
    ) -> None:
        if press.value:
            seat = await tenants.choose(tx, person, press.uuid)
            await show(query, words("master.switched", tenant=seat.name))
            return
        seats = [seat for seat in person.seats if not seat.is_platform]
        rows = [[(seat.name, presses.make("switch", seat.tenant_id))] for seat in seats]
        await show(query, words("master.switch"), keyboard(*rows))

    return r


async def _offer(
    message: Message,
    token: str,
    words: Words,
    presses: Presses,
    person: Person,
    tenants: Tenants,
    tx: Tx,
) -> None:
    offer = await tenants.links.look(tx, token, person.actor.telegram_id)
    text = words(
        "master.offer",
        name=person.actor.name,
        tenant=offer.tenant_name,
        role=words.plain(f"role.{offer.role}"),
        time=at(offer.expires_at, person.actor.zone),
    )
    buttons = keyboard(
        [(words.plain("button.accept"), presses.make("accept", token))],
        [(words.plain("button.decline"), presses.make("decline"))],
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


def menu(words: Words, presses: Presses, person: Person) -> list[list[Button]]:
    """Return the main act alone in its row, then the rest."""
    rows: list[list[Button]] = []
    if person.seat is None:
        rows.append([(words.plain("button.found"), presses.make("found"))])
    elif person.seat.role == "owner":
        rows.append([(words.plain("button.add_bot"), presses.make("addbot"))])
        rows.append([(words.plain("button.add_channel"), presses.make("addchan"))])
    if person.is_admin:
        rows.append([(words.plain("button.invite_tenant"), presses.make("newten"))])
    if sum(not seat.is_platform for seat in person.seats) > 1:
        rows.append([(words.plain("button.switch"), presses.make("switch"))])
    return rows
