"""Says who speaks: the one place where a Telegram person becomes an actor of a tenant.

`person` (master bot: all seats of a user) or `actor` alone (client bot: a role in its tenant, or
none). An anonymous admin, a channel writing in a group and another bot are nobody: an actor
without id and role.
"""

from __future__ import annotations

from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import TelegramObject, Update, User

from bot.middlewares.log_context import Handler
from services.tenants.actor import Actor, ActorKind
from services.tenants.service import TelegramPerson, Tenants


class ActorOfMaster(BaseMiddleware):
    """Knows every person who writes to the master bot."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Add `person` and `actor`; an update of nobody is of no interest to the master bot."""
        speaker = data.get("event_from_user")
        if speaker is None or speaker.is_bot:
            return None
        person = await self._tenants.person(data["tx"], telegram_person(speaker))
        data["person"], data["actor"] = person, person.actor
        return await handler(event, data)


class ActorOfClient(BaseMiddleware):
    """Knows the members of the bot's tenant; writes nothing about strangers."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Add `actor`."""
        speaker = data.get("event_from_user")
        if speaker is None or speaker.is_bot or _speaks_as_chat(event):
            data["actor"] = Actor(ActorKind.CONTACT, tenant_id=data["tx"].tenant_id)
        else:
            data["actor"] = await self._tenants.actor(data["tx"], telegram_person(speaker))
        return await handler(event, data)


def telegram_person(user: User) -> TelegramPerson:
    """Return a person as the tenants feature knows them."""
    return TelegramPerson(user.id, user.full_name, user.username or "", user.language_code or "")


def _speaks_as_chat(event: TelegramObject) -> bool:
    if not isinstance(event, Update):
        return False
    message = event.message or event.edited_message
    return message is not None and message.sender_chat is not None
