"""The self-test that does what the bridge will do: a topic opened, written in, pinned in, closed.

A list of rights says what should work; this shows it (J2.4). What the provider refuses names the
right that is missing. The same topic serves every later test, as long as nobody deletes it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from services.channels.setup import NoMedia
from services.connectors.base import Account, Check, Connector
from services.connectors.errors import ConnectorError, Reason, Rejected
from services.connectors.messages import (
    Address,
    Outbound,
    OutboundMessage,
    Pin,
    Text,
    TopicCreate,
    TopicEdit,
)
from services.kit.db import Tx
from services.kit.i18n import Texts

log = logging.getLogger(__name__)

NAME = "trial"
FORUM = "forum"


class Workplaces(Protocol):
    """Where members work (`services.conversations.workspaces`)."""

    async def begin_trial(self, tx: Tx, channel_id: UUID, chat_id: str) -> str | None:
        """Return the topic of the last trial, "" without; None: no workplace, or one is on."""
        ...

    async def inspected(
        self, tx: Tx, channel_id: UUID, chat_id: str, checks: Sequence[Check], topic: str | None
    ) -> None:
        """Keep what was found and the topic of the trial; None leaves the old one."""
        ...


@dataclass(frozen=True, slots=True)
class Tried:
    """How far a trial came. `topic`: the one it left closed, "" when there is none."""

    check: Check
    topic: str


def is_due(checks: Sequence[Check]) -> bool:
    """Say whether a trial makes sense: a group with topics where nothing known is missing."""
    has_topics = any(check.name == FORUM and check.state == "ok" for check in checks)
    return has_topics and not any(check.state == "bad" for check in checks)


class Trial:
    """One trial in one group."""

    def __init__(
        self, connector: Connector, account: Account, chat_id: str, texts: Texts, locale: str
    ) -> None:
        self._connector = connector
        self._account = account
        self._chat = chat_id
        self._texts = texts
        self._locale = locale
        self._topic = ""

    async def run(self, known: str = "") -> Tried:
        """Go through it; a refusal ends it with the right that is missing, in words."""
        step = "open"
        try:
            await self._open(known)
            step = "write"
            text = Text(text=self._texts.t(self._locale, "channels.trial.text"))
            line = await self._call(OutboundMessage(to=self._to(), text=text, silent=True))
            pinned = await self._pin(line)
            step = "close"
            await self._call(TopicEdit(to=self._to(), closed=True))
        except Rejected as error:
            self._say(step, error)
            return Tried(Check(NAME, "bad", f"channels.trial.{step}"), self._topic)
        except ConnectorError as error:
            self._say(step, error)
            return Tried(Check(NAME, "warn", "channels.trial.away"), self._topic)
        found = Check(NAME, "ok") if pinned else Check(NAME, "warn", "channels.trial.pin")
        return Tried(found, self._topic)

    async def _open(self, known: str) -> None:
        """Open the topic of the last time; people may have deleted it."""
        if known:
            try:
                await self._call(TopicEdit(to=self._to(known), closed=False))
            except Rejected as error:
                if error.reason is Reason.NO_RIGHTS:
                    raise
            else:
                self._topic = known
                return
        name = self._texts.t(self._locale, "channels.trial.name")
        self._topic = await self._call(TopicCreate(to=self._to(), name=name))

    async def _pin(self, line: str) -> bool:
        """A card that is not pinned is a pity, not a stop."""
        try:
            await self._call(Pin(to=self._to(), external_id=line))
        except Rejected as error:
            self._say("pin", error)
            return False
        return True

    def _to(self, topic: str = "") -> Address:
        return Address(chat_id=self._chat, thread_id=topic or self._topic)

    async def _call(self, action: Outbound) -> str:
        sent = await self._connector.send(self._account, action, NoMedia())  # type: ignore[arg-type]
        return sent.external_id

    def _say(self, step: str, error: ConnectorError) -> None:
        extra = {"channel_id": self._account.channel_id, "step": step, "reason": str(error.reason)}
        log.info("trial topic refused", extra=extra)
