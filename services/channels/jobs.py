"""Provider calls whose answer a dialogue waits for: stored with it, answered in its chat.

A handler calls, inside its event's transaction:

    where = Where(bot.tenant_id, bot.id, chat_id, locale)
    await jobs.request(tx, tenant_id, AddBot(token="…"), where)

which stores the job (sealed, for it may hold a token) and a message "Проверяю…" in that chat. A
worker does it, a few times while the provider is away, and turns that message into the answer:

| job | what is said |
|---|---|
| AddBot(token) | `channels.job.bot_added`, with a button that adds the bot to a group |
| RotateToken(channel_id, token) | `channels.job.rotated` |
| ConnectAccount(provider, credentials, name) | `channels.job.connected`, then the checks |
| RenewHook(channel_id) | `channels.job.hook_renewed` |
| RemoveChannel(channel_id) | `channels.job.removed` |
| CheckChannel(channel_id) | `channels.job.checked`, with the checks as lines |
| InspectWorkspace(channel_id, chat_id) | `channels.job.workspace`, with the checks as lines |

A refusal is said by its own key (`channels.credentials.refused`, `channels.bot_taken`, …).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import msgspec

from services.audit.service import Acting, Audit, Object
from services.connectors.messages import Keyboard
from services.kit.crypto import Keyring
from services.kit.db import Tx
from services.kit.deeplinks import Spot
from services.kit.ids import new_id
from services.kit.tasks import spawn

log = logging.getLogger(__name__)

TASK = "channels.job"
PLACE = "channel_job:params"

INSERT = """
INSERT INTO channel_job (tenant_id, id, for_tenant, kind, params, reply_channel, reply_chat,
    locale)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Base of what can be asked for."""


class AddBot(Job, frozen=True, tag="bot.add"):
    """Connect a bot of the tenant."""

    token: str


class RotateToken(Job, frozen=True, tag="bot.rotate"):
    """Give a bot its new token."""

    channel_id: UUID
    token: str


class ConnectAccount(Job, frozen=True, tag="account.connect"):
    """Connect an account, or give a known one new keys."""

    provider: str
    credentials: Mapping[str, str]
    name: str = ""


class RenewHook(Job, frozen=True, tag="hook.renew"):
    """Swap hook address and secret (leak drill)."""

    channel_id: UUID


class RemoveChannel(Job, frozen=True, tag="channel.remove"):
    """Disconnect and erase the secrets of a channel."""

    channel_id: UUID


class CheckChannel(Job, frozen=True, tag="channel.check"):
    """Look at a channel now, mend its webhook."""

    channel_id: UUID


class InspectWorkspace(Job, frozen=True, tag="workspace.inspect"):
    """Look whether a chat is fit for work."""

    channel_id: UUID
    chat_id: str


AnyJob = (
    AddBot
    | RotateToken
    | ConnectAccount
    | RenewHook
    | RemoveChannel
    | CheckChannel
    | InspectWorkspace
)


@dataclass(frozen=True, slots=True)
class Where:
    """The chat that waits: the tenant and channel of the bot that talks there.

    `by`: whose act it is, for the audit; None for a look that changes nothing.
    """

    tenant_id: UUID
    channel_id: UUID
    chat_id: str
    locale: str = "ru"
    by: Acting | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A message to a person: the first line is bold. `about`: what of the cabinet it speaks of."""

    text: str
    buttons: Keyboard = ()
    about: Spot | None = None


class Talk(Protocol):
    """Writes a job's messages with a transaction; the second replaces the first in the chat."""

    def asked(self, tx: Tx, where: Where, job_id: UUID, said: Said) -> None:
        """Say that it is being worked on."""
        ...

    def answered(self, tx: Tx, where: Where, job_id: UUID, said: Said) -> None:
        """Say what came of it."""
        ...


class Words(Protocol):
    """Texts by language and key."""

    def t(self, locale: str, key: str, **params: object) -> str:
        """Return the text."""
        ...


class Ring(Protocol):
    """Rings a task by name."""

    async def __call__(self, name: str, **ids: object) -> None:
        """Ring; a lost ring costs one look of the workers."""
        ...


class Jobs:
    """Where dialogues leave what they want done."""

    def __init__(
        self, keyring: Keyring, talk: Talk, words: Words, ring: Ring, *, audit: Audit | None = None
    ) -> None:
        self._keyring = keyring
        self._talk = talk
        self._words = words
        self._ring = ring
        self._audit = audit

    async def request(self, tx: Tx, tenant_id: UUID, job: AnyJob, where: Where) -> UUID:
        """Store the job for a tenant with this transaction and say that it is being worked on."""
        job_id = new_id()
        keys = await self._keyring.of(where.tenant_id)
        sealed = keys.seal(PLACE, job_id, msgspec.json.encode(job))
        said = Said(self._words.t(where.locale, "channels.job.asked"))
        reply = (where.channel_id, where.chat_id, where.locale)
        async with tx.acting_for(where.tenant_id):
            what = (tenant_id, kind_of(job), sealed)
            await tx.execute(INSERT, where.tenant_id, job_id, *what, *reply)
        await self._note(tx, tenant_id, job, where.by)
        self._talk.asked(tx, where, job_id, said)
        tx.after_commit(lambda: self._ring_later(job_id))
        return job_id

    async def _note(self, tx: Tx, tenant_id: UUID, job: AnyJob, by: Acting | None) -> None:
        """Keep who asked for it; which fields came, never their values."""
        if self._audit is None or by is None:
            return
        fields = dict.fromkeys(job.__struct_fields__)
        obj = Object("channel", getattr(job, "channel_id", ""))
        async with tx.acting_for(tenant_id):
            await self._audit.record(tx, by, f"asked.{kind_of(job)}", obj, fields)

    def _ring_later(self, job_id: UUID) -> None:
        spawn(self._quietly(job_id), "channels.ring")

    async def _quietly(self, job_id: UUID) -> None:
        try:
            await self._ring(TASK, job_id=str(job_id))
        except Exception as error:  # noqa: BLE001 - the workers look every two seconds anyway
            log.info("ring lost", extra={"error": type(error).__name__})


def kind_of(job: AnyJob) -> str:
    """Return the job's name as stored."""
    return str(type(job).__struct_config__.tag)
