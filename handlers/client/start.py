"""Strangers in private: /start makes a contact, /stop is heard at once, a blocked bot is an
unreachable person.
"""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import ChatMemberUpdated, Message

from handlers.filters import Command, Private, Said
from handlers.words import Words
from services.connectors.errors import Reason
from services.consents.rules import Purpose
from services.consents.service import Consents, Source
from services.contacts.service import Contacts, NewIdentity
from services.conversations.service import Conversations
from services.inbox.models import Event
from services.kit.db import Tx
from services.tenants.actor import Actor


class Blocked(Filter):
    """A person has blocked the bot."""

    async def __call__(self, change: ChatMemberUpdated) -> bool:
        """Look at the new standing; an unblocking says nothing until the person says /start."""
        return change.chat.type == "private" and change.new_chat_member.status == "kicked"


def router() -> Router:
    """Return the router of strangers."""
    r = Router(name="client.start")

    @r.message(Said("start"), Private())
    async def on_start(
        message: Message,
        command: Command,
        words: Words,
        actor: Actor,
        tx: Tx,
        stored: Event,
        contacts: Contacts,
        consents: Consents,
    ) -> None:
        if actor.is_member:
            await message.answer(words("client.hello.member", name=actor.name))
            return
        found = await contacts.arrive(tx, _identity(stored, message, actor, command.args))
        await contacts.reachable(tx, *_where(stored, message))
        await consents.grant(
            tx,
            found,
            Purpose.SERVICE,
            stored.channel.provider,
            _source("bot_start", stored),
        )
        await message.answer(words("client.hello.stranger", name=actor.name))

    @r.message(Said("stop"), Private())
    async def on_stop(
        message: Message,
        words: Words,
        actor: Actor,
        tx: Tx,
        stored: Event,
        contacts: Contacts,
        consents: Consents,
    ) -> None:
        found = await contacts.arrive(tx, _identity(stored, message, actor))
        source = _source("bot_stop", stored)
        await consents.withdraw(tx, found, stored.channel.provider, source)
        await message.answer(words("client.stopped"))

    _leaving(r)
    return r


def _leaving(r: Router) -> None:
    @r.my_chat_member(Blocked())
    async def on_blocked(
        change: ChatMemberUpdated,
        tx: Tx,
        stored: Event,
        contacts: Contacts,
        conversations: Conversations,
    ) -> None:
        bot, chat_id = stored.channel, str(change.chat.id)
        await contacts.unreachable(tx, bot.provider, bot.account.external_id, chat_id)
        # a member's private chat may be a workplace: then its owner is told
        await conversations.workspaces.lost(tx, bot.id, chat_id, Reason.KICKED)


def _source(kind: str, stored: Event) -> Source:
    at = stored.raw.at or stored.received_at
    return Source(kind, f"{stored.channel.id}:{stored.raw.key}", at)


def _label(payload: str) -> str:
    """Anybody can write a link: its word is kept as a label and believed in nothing."""
    return "".join(c for c in payload if c.isascii() and (c.isalnum() or c in "_-"))[:64]


def _where(stored: Event, message: Message) -> tuple[str, str, str]:
    channel = stored.channel
    return channel.provider, channel.account.external_id, str(message.chat.id)


def _identity(stored: Event, message: Message, actor: Actor, payload: str = "") -> NewIdentity:
    return NewIdentity(
        provider=stored.channel.provider,
        scope_account=stored.channel.account.external_id,
        address=str(message.chat.id),
        name=actor.name,
        locale=actor.locale,
        came_from=_label(payload),
    )
