"""/team and /invite: who belongs here, links for newcomers, other roles, goodbye."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from handlers.callbacks import Press, Pressed, Presses
from handlers.filters import Private, Said
from handlers.keyboards import Button, column, keyboard
from handlers.talk import at, show
from handlers.words import Words
from services.inbox.models import Event
from services.kit.db import Record, Tx
from services.tenants.actor import Role
from services.tenants.links import Link
from services.tenants.rules import INVITABLE
from services.tenants.service import Person, Tenants


def router() -> Router:
    """Return the router of members and invitations."""
    r = Router(name="master.team")
    _invitations(r)
    _members(r)
    _goodbye(r)
    return r


def _invitations(r: Router) -> None:

    @r.message(Said("invite"), Private())
    async def on_invite(message: Message, words: Words, presses: Presses, person: Person) -> None:
        buttons = _invitable(words, presses, person)
        if buttons:
            await message.answer(words("master.invite.role"), reply_markup=column(buttons))
        else:
            await message.answer(words("master.invite.not_owner"))

    @r.callback_query(Pressed("invite"), Private())
    async def on_role(
        query: CallbackQuery,
        press: Press,
        words: Words,
        person: Person,
        tenants: Tenants,
        tx: Tx,
        stored: Event,
    ) -> None:
        seat = tenants.seated(person)
        async with tx.acting_for(seat.tenant_id):
            link = await tenants.links.invite(tx, person.actor, Role(press.value))
        await show(query, link_text(words, stored, link, seat.name, person.actor.zone))


def _members(r: Router) -> None:
    @r.message(Said("team"), Private())
    async def on_team(
        message: Message, words: Words, presses: Presses, person: Person, tenants: Tenants, tx: Tx
    ) -> None:
        seat = tenants.seated(person)
        async with tx.acting_for(seat.tenant_id):
            members = await tenants.team.members(tx)
        lines = [f"• {_line(words, row)}" for row in members]
        text = "\n".join([words("master.team", tenant=seat.name), *lines])
        buttons = [(row["name"] or "—", presses.make("member", row["id"])) for row in members]
        is_owner = seat.role is Role.OWNER
        await message.answer(text, reply_markup=column(buttons) if is_owner else None)

    @r.callback_query(Pressed("member"), Private())
    async def on_member(
        query: CallbackQuery,
        press: Press,
        words: Words,
        presses: Presses,
        person: Person,
        tenants: Tenants,
        tx: Tx,
    ) -> None:
        async with tx.acting_for(tenants.seated(person).tenant_id):
            member = await tenants.team.member(tx, press.uuid)
        roles = [role for role in INVITABLE if role != member["role"]]
        rows = [
            [(words.plain(f"button.role.{role}"), presses.make(f"r-{role[:4]}", press.uuid))]
            for role in roles
        ]
        rows.append([(words.plain("button.remove_member"), presses.make("bye", press.uuid))])
        text = _line(words, member)
        await show(query, f"<b>{text}</b>", keyboard(*rows))

    for role in INVITABLE:
        r.callback_query(Pressed(f"r-{role[:4]}"), Private())(_role_setter(role))


def _goodbye(r: Router) -> None:
    @r.callback_query(Pressed("bye"), Private())
    async def on_ask_remove(
        query: CallbackQuery,
        press: Press,
        words: Words,
        presses: Presses,
        person: Person,
        tenants: Tenants,
        tx: Tx,
    ) -> None:
        async with tx.acting_for(tenants.seated(person).tenant_id):
            member = await tenants.team.member(tx, press.uuid)
        sure = (words.plain("button.remove_member"), presses.make("bye-sure", press.uuid))
        await show(query, words("team.remove", name=member["name"] or "—"), keyboard([sure]))

    @r.callback_query(Pressed("bye-sure"), Private())
    async def on_remove(
        query: CallbackQuery, press: Press, words: Words, person: Person, tenants: Tenants, tx: Tx
    ) -> None:
        async with tx.acting_for(tenants.seated(person).tenant_id):
            member = await tenants.team.member(tx, press.uuid)
            await tenants.team.remove(tx, person.actor, member["user_id"])
        await show(query, words("team.removed", name=member["name"] or "—"))


def _line(words: Words, member: Record) -> str:
    return words(f"team.line.{member['role']}", name=member["name"] or "—")


def _role_setter(role: Role) -> Callable[..., Awaitable[None]]:
    async def on_change(
        query: CallbackQuery, press: Press, words: Words, person: Person, tenants: Tenants, tx: Tx
    ) -> None:
        async with tx.acting_for(tenants.seated(person).tenant_id):
            member = await tenants.team.member(tx, press.uuid)
            await tenants.team.change_role(tx, person.actor, member["user_id"], role)
        await show(query, words(f"team.line.{role}", name=member["name"] or "—"))

    return on_change


def _invitable(words: Words, presses: Presses, person: Person) -> list[Button]:
    buttons: list[Button] = []
    if person.seat is not None and person.seat.role is Role.OWNER:
        buttons += [
            (words.plain(f"role.{role}"), presses.make("invite", role.value)) for role in INVITABLE
        ]
    if person.is_admin:
        buttons.append((words.plain("button.invite_tenant"), presses.make("newten")))
    return buttons


def link_text(words: Words, stored: Event, link: Link, tenant: str, zone: str | None) -> str:
    """Return a fresh link with what it is good for and until when."""
    return words(
        "master.invite.link",
        tenant=tenant,
        role=words.plain(f"role.{link.role}"),
        url=f"https://t.me/{stored.channel.username}?start={link.token}",
        time=at(link.expires_at, zone),
    )
