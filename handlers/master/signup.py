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
from handlers.keyboards import column, keyboard
from handlers.master.access import Dialogue
from handlers.master.settings import ask_missing
from handlers.master.team import link_text
from handlers.states import ADMIN_INVITE_NAME, SIGN_UP_NAME, SIGN_UP_ZONE
from handlers.talk import say, show
from handlers.words import Words
from services.kit.errors import InvalidInput
from services.tenants.actor import Role
from services.tenants.rules import clean_name
from services.tenants.service import NewTenant, Tenants, check_zone


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
        dialogue: Dialogue,
        tenants: Tenants,
        state: FSMContext,
    ) -> None:
        text = await _found(dialogue, tenants, state, press.value)
        await show(query, text, _next(dialogue))
        await ask_missing(query, dialogue, zone_known=True)

    @r.message(Typed(SIGN_UP_ZONE), Private())
    async def on_typed_zone(
        message: Message, dialogue: Dialogue, tenants: Tenants, state: FSMContext
    ) -> None:
        text = await _found(dialogue, tenants, state, (message.text or "").strip())
        await message.answer(text, reply_markup=_next(dialogue))

    _inviting(r)
    return r


def _inviting(r: Router) -> None:
    @r.callback_query(Pressed("newten"), Private())
    async def on_new_tenant(query: CallbackQuery, dialogue: Dialogue, state: FSMContext) -> None:
        if not dialogue.person.is_admin:
            await query.answer(dialogue.words.plain("error.forbidden"), show_alert=True)
            return
        await state.set_state(ADMIN_INVITE_NAME)
        await say(query, dialogue.words("master.invite.tenant_name"))

    @r.message(Typed(ADMIN_INVITE_NAME), Private())
    async def on_tenant_name(
        message: Message, dialogue: Dialogue, tenants: Tenants, state: FSMContext
    ) -> None:
        name = _name(message)
        await state.clear()
        tx, actor = dialogue.tx, dialogue.actor
        tenant_id = await tenants.create(tx, actor, NewTenant(name=name))
        async with tx.acting_for(tenant_id):
            is_admin = dialogue.person.is_admin
            link = await tenants.links.invite(tx, actor, Role.OWNER, is_admin=is_admin)
        await message.answer(link_text(dialogue, link, name))


def _name(message: Message) -> str:
    name = clean_name(message.text or "")
    if not name:
        raise InvalidInput("error.tenant_name", field="name")
    return name


async def _found(dialogue: Dialogue, tenants: Tenants, state: FSMContext, zone: str) -> str:
    check_zone(zone)
    name = str((await state.get_data()).get("name", ""))
    new = NewTenant(name=name, zone=zone, locale=dialogue.words.locale)
    await tenants.found(dialogue.tx, dialogue.actor, new)
    await tenants.set_zone(dialogue.tx, dialogue.actor, zone)
    await state.clear()
    return dialogue.words("master.signup.done", tenant=name)


def _next(dialogue: Dialogue) -> InlineKeyboardMarkup:
    words, make = dialogue.words, dialogue.presses.make
    return column(
        [
            (words.plain("button.add_bot"), make("addbot")),
            (words.plain("button.add_channel"), make("addchan")),
        ]
    )
