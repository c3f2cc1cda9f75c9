"""A business opens: its name, its zone; an admin opens one for somebody else and gets a link for
the owner.
"""

from __future__ import annotations

from aiogram import Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from handlers import zones
from handlers.callbacks import Press, Pressed, Presses
from handlers.filters import Private, Stands, Typed
from handlers.keyboards import keyboard
from handlers.master.settings import ask_missing
from handlers.master.team import link_text
from handlers.states import ADMIN_INVITE_NAME, SIGN_UP_NAME, SIGN_UP_ZONE
from handlers.talk import say, show
from handlers.words import Words
from services.inbox.models import Event
from services.kit.db import Tx
from services.kit.errors import InvalidInput
from services.tenants.actor import Role
from services.tenants.rules import clean_name
from services.tenants.service import NewTenant, Person, Tenants, check_zone


def router() -> Router:
    """Return the router of sign-up."""
    r = Router(name="master.signup")

    @r.callback_query(Pressed("found"), Private())
    async def on_found(query: CallbackQuery, words: Words, state: FSMContext) -> None:
        await state.set_state(SIGN_UP_NAME)
        await say(query, words("master.signup.name"))

    @r.message(Typed(SIGN_UP_NAME), Private())
    async def on_name(message: Message, words: Words, presses: Presses, state: FSMContext) -> None:
        name = _name(message)
        await state.set_state(SIGN_UP_ZONE)
        await state.set_data({"name": name})
        await message.answer(
            words("master.signup.zone", tenant=name),
            reply_markup=keyboard(*zones.rows(words, presses)),
        )

    @r.callback_query(Pressed(zones.PRESS), Stands(SIGN_UP_ZONE), Private())
    async def on_zone(
        query: CallbackQuery,
        press: Press,
        words: Words,
        presses: Presses,
        person: Person,
        tenants: Tenants,
        tx: Tx,
        state: FSMContext,
    ) -> None:
        text = await _found(tx, tenants, person, state, press.value, words)
        await show(query, text, _next(words, presses))
        await ask_missing(query, words, presses, person, zone_known=True)

    @r.message(Typed(SIGN_UP_ZONE), Private())
    async def on_typed_zone(
        message: Message,
        words: Words,
        presses: Presses,
        person: Person,
        tenants: Tenants,
        tx: Tx,
        state: FSMContext,
    ) -> None:
        text = await _found(tx, tenants, person, state, (message.text or "").strip(), words)
        await message.answer(text, reply_markup=_next(words, presses))

    @r.callback_query(Pressed("newten"), Private())
    async def on_new_tenant(
        query: CallbackQuery, words: Words, person: Person, state: FSMContext
    ) -> None:
        if not person.is_admin:
            await query.answer(words.plain("error.forbidden"), show_alert=True)
            return
        await state.set_state(ADMIN_INVITE_NAME)
        await say(query, words("master.invite.tenant_name"))

    @r.message(Typed(ADMIN_INVITE_NAME), Private())
    async def on_tenant_name(
        message: Message,
        words: Words,
        person: Person,
        tenants: Tenants,
        tx: Tx,
        stored: Event,
        state: FSMContext,
    ) -> None:
        name = _name(message)
        await state.clear()
        tenant_id = await tenants.create(tx, person.actor, NewTenant(name=name))
        async with tx.acting_for(tenant_id):
            link = await tenants.links.invite(
                tx, person.actor, Role.OWNER, is_admin=person.is_admin
            )
        await message.answer(link_text(words, stored, link, name, person.actor.zone))

    return r


def _name(message: Message) -> str:
    name = clean_name(message.text or "")
    if not name:
        raise InvalidInput("error.tenant_name", field="name")
    return name


async def _found(
    tx: Tx, tenants: Tenants, person: Person, state: FSMContext, zone: str, words: Words
) -> str:
    check_zone(zone)
    name = str((await state.get_data()).get("name", ""))
    new = NewTenant(name=name, zone=zone, locale=words.locale)
    await tenants.found(tx, person.actor, new)
    await tenants.set_zone(tx, person.actor, zone)
    await state.clear()
    return words("master.signup.done", tenant=name)


def _next(words: Words, presses: Presses) -> InlineKeyboardMarkup:
    return keyboard(
        [(words.plain("button.add_bot"), presses.make("addbot"))],
        [(words.plain("button.add_channel"), presses.make("addchan"))],
    )
