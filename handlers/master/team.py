"""/team and /invite: who belongs here, links for newcomers, other roles, goodbye."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from handlers.callbacks import Press, Pressed
from handlers.filters import Private, Said
from handlers.keyboards import Button, column, keyboard
from handlers.master.access import Dialogue
from handlers.talk import at, show
from handlers.words import Words
from services.kit.db import Record
from services.tenants.actor import Role
from services.tenants.links import Link
from services.tenants.rules import INVITABLE
from services.tenants.service import Tenants


def router() -> Router:
    """Return the router of members and invitations."""
    r = Router(name="master.team")
    _invitations(r)
    _members(r)
    _goodbye(r)
    return r


def _invitations(r: Router) -> None:

    @r.message(Said("invite"), Private())
    async def on_invite(message: Message, dialogue: Dialogue) -> None:
        buttons = _invitable(dialogue)
        if buttons:
            text = dialogue.words("master.invite.role")
            await message.answer(text, reply_markup=column(buttons))
        else:
            await message.answer(dialogue.words("master.invite.not_owner"))

    @r.callback_query(Pressed("invite"), Private())
    async def on_role(
        query: CallbackQuery, press: Press, dialogue: Dialogue, tenants: Tenants
    ) -> None:
        async with dialogue.inside() as tx:
            link = await tenants.links.invite(tx, dialogue.actor, Role(press.value))
        await show(query, link_text(dialogue, link, dialogue.seat.name))


def _members(r: Router) -> None:
    @r.message(Said("team"), Private())
    async def on_team(message: Message, dialogue: Dialogue, tenants: Tenants) -> None:
        async with dialogue.inside() as tx:
            members = await tenants.team.members(tx)
        lines = [f"• {_line(dialogue.words, row)}" for row in members]
        text = "\n".join([dialogue.words("master.team", tenant=dialogue.seat.name), *lines])
        make = dialogue.presses.make
        buttons = [(row["name"] or "—", make("member", row["id"])) for row in members]
        await message.answer(text, reply_markup=column(buttons) if dialogue.owns else None)

    @r.callback_query(Pressed("member"), Private())
    async def on_member(
        query: CallbackQuery, press: Press, dialogue: Dialogue, tenants: Tenants
    ) -> None:
        member = await _member(dialogue, tenants, press.uuid)
        words, make = dialogue.words, dialogue.presses.make
        rows = [
            [(words.plain(f"button.role.{role}"), make(f"r-{role[:4]}", press.uuid))]
            for role in INVITABLE
            if role != member["role"]
        ]
        rows.append([(words.plain("button.remove_member"), make("bye", press.uuid))])
        await show(query, f"<b>{_line(words, member)}</b>", keyboard(*rows))

    for role in INVITABLE:
        r.callback_query(Pressed(f"r-{role[:4]}"), Private())(_role_setter(role))


def _goodbye(r: Router) -> None:
    @r.callback_query(Pressed("bye"), Private())
    async def on_ask_remove(
        query: CallbackQuery, press: Press, dialogue: Dialogue, tenants: Tenants
    ) -> None:
        member = await _member(dialogue, tenants, press.uuid)
        words, make = dialogue.words, dialogue.presses.make
        sure = (words.plain("button.remove_member"), make("bye-sure", press.uuid))
        await show(query, words("team.remove", name=member["name"] or "—"), keyboard([sure]))

    @r.callback_query(Pressed("bye-sure"), Private())
    async def on_remove(
        query: CallbackQuery, press: Press, dialogue: Dialogue, tenants: Tenants
    ) -> None:
        member = await _member(dialogue, tenants, press.uuid)
        async with dialogue.inside() as tx:
            await tenants.team.remove(tx, dialogue.actor, member["user_id"])
        await show(query, dialogue.words("team.removed", name=member["name"] or "—"))


async def _member(dialogue: Dialogue, tenants: Tenants, membership_id: UUID) -> Record:
    async with dialogue.inside() as tx:
        return await tenants.team.member(tx, membership_id)


def _line(words: Words, member: Record) -> str:
    return words(f"team.line.{member['role']}", name=member["name"] or "—")


def _role_setter(role: Role) -> Callable[..., Awaitable[None]]:
    async def on_change(
        query: CallbackQuery, press: Press, dialogue: Dialogue, tenants: Tenants
    ) -> None:
        member = await _member(dialogue, tenants, press.uuid)
        async with dialogue.inside() as tx:
            await tenants.team.change_role(tx, dialogue.actor, member["user_id"], role)
        await show(query, dialogue.words(f"team.line.{role}", name=member["name"] or "—"))

    return on_change


def _invitable(dialogue: Dialogue) -> list[Button]:
    words, make = dialogue.words, dialogue.presses.make
    buttons: list[Button] = []
    if dialogue.owns:
        buttons += [
            (words.plain(f"role.{role}"), make("invite", role.value)) for role in INVITABLE
        ]
    if dialogue.person.is_admin:
        buttons.append((words.plain("button.invite_tenant"), make("newten")))
    return buttons


def link_text(dialogue: Dialogue, link: Link, tenant: str) -> str:
    """Return a fresh link with what it is good for and until when."""
    words = dialogue.words
    return words(
        "master.invite.link",
        tenant=tenant,
        role=words.plain(f"role.{link.role}"),
        url=f"https://t.me/{dialogue.stored.channel.username}?start={link.token}",
        time=at(link.expires_at, dialogue.actor.zone),
    )
