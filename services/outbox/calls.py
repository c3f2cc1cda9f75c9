"""One call for one delivery: a fresh token, history before a repeat, the marked text, the
provider's answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from services.channels.tokens import Tokens
from services.channels.view import ChannelView
from services.connectors.base import Connector, MediaSource, Sent, SupportsHistory
from services.connectors.errors import (
    AuthExpired,
    ConnectorError,
    DestinationMoved,
    OutcomeUnknown,
    Temporary,
)
from services.connectors.messages import Outbound, OutboundMessage, Text
from services.connectors.registry import Registry
from services.kit.errors import Unavailable
from services.outbox.models import Delivery

log = logging.getLogger(__name__)

REPEAT_KEY = "outbox.possible_repeat"

KnownIds = Callable[[Delivery, list[str]], Awaitable[set[str]]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call: `sent`, or `error`; both when the destination had moved and the repeat
    arrived.
    """

    sent: Sent | None = None
    error: ConnectorError | None = None


class Caller:
    """Performs calls. Never raises but for cancellation."""

    def __init__(
        self,
        registry: Registry,
        tokens: Tokens,
        media_for: Callable[[ChannelView, Delivery], MediaSource],
        known_ids: KnownIds,
        repeat_words: Callable[[UUID], str],
        *,
        timeout_seconds: float,
    ) -> None:
        self._registry = registry
        self._tokens = tokens
        self._media_for = media_for
        self._known_ids = known_ids
        self._repeat_words = repeat_words
        self._timeout_seconds = timeout_seconds

    async def call(self, view: ChannelView, delivery: Delivery) -> Outcome:
        """Return the outcome of one try within the time limit."""
        try:
            return await asyncio.wait_for(self._call(view, delivery), self._limit(delivery.action))
        except ConnectorError as error:
            return Outcome(error=error)
        except TimeoutError:
            return Outcome(error=OutcomeUnknown("no answer in time"))
        except Unavailable:
            return Outcome(error=Temporary("database away"))
        except Exception as error:
            # A connector's bug must not lose the delivery.
            log.exception("connector failed", extra={"provider": view.provider})
            return Outcome(error=ConnectorError(type(error).__name__))

    def _limit(self, action: Outbound) -> float:
        """Outlasts the connector's own timeout, which knows whether the request left; media may
        stream for longer.
        """
        heavy = isinstance(action, OutboundMessage) and action.media
        return self._timeout_seconds * (6 if heavy else 1.8)

    async def _call(self, view: ChannelView, delivery: Delivery) -> Outcome:
        connector = self._registry[view.provider]
        view = await self._tokens.ready(view)
        action = delivery.action
        if delivery.repeat:
            found = await self._already_there(connector, view, delivery)
            if found is not None:
                return Outcome(sent=found)
            action = self._marked(connector, delivery)
        media = self._media_for(view, delivery)
        try:
            return Outcome(sent=await self._send(connector, view, action, media))
        except DestinationMoved as moved:
            # A definite refusal: nothing arrived, so the action may go to the new address at once.
            return Outcome(
                await self._send(connector, view, redirect(action, moved.new_chat_id), media),
                moved,
            )

    async def _send(
        self, connector: Connector, view: ChannelView, action: Outbound, media: MediaSource
    ) -> Sent:
        try:
            return await connector.send(view.account, action, media)
        except AuthExpired as error:
            if not error.refreshable:
                raise
            fresh = await self._tokens.renew(view)
        try:
            return await connector.send(fresh.account, action, media)
        except AuthExpired as error:
            raise error.after_refresh() from error

    async def _already_there(
        self, connector: Connector, view: ChannelView, delivery: Delivery
    ) -> Sent | None:
        action = delivery.action
        if not isinstance(connector, SupportsHistory) or not isinstance(action, OutboundMessage):
            return None
        recent = await self._history(connector, view, action)
        own = [
            m
            for m in recent
            if m.at >= delivery.created_at.replace(microsecond=0) and connector.same(action, m)
        ]
        if not own:
            return None
        taken = await self._known_ids(delivery, [message.external_id for message in own])
        free = [message for message in own if message.external_id not in taken]
        return (
            Sent(external_id=free[0].external_id, parts=(free[0].external_id,), at=free[0].at)
            if free
            else None
        )

    async def _history(self, connector: Any, view: ChannelView, action: OutboundMessage) -> Any:
        try:
            return await connector.history(view.account, action.to.chat_id)
        except AuthExpired as error:
            if not error.refreshable:
                raise
            fresh = await self._tokens.renew(view)
            return await connector.history(fresh.account, action.to.chat_id)

    def _marked(self, connector: Connector, delivery: Delivery) -> Outbound:
        """Where the history cannot be read, the repeat says of itself that it may be one."""
        action = delivery.action
        if isinstance(connector, SupportsHistory) or not isinstance(action, OutboundMessage):
            return action
        line = self._repeat_words(delivery.tenant_id) + "\n"
        moved = tuple(
            msgspec.structs.replace(e, offset=e.offset + len(line)) for e in action.text.entities
        )
        return msgspec.structs.replace(
            action, text=Text(text=line + action.text.text, entities=moved)
        )


def redirect(action: Outbound, chat_id: str) -> Outbound:
    """Return the action addressed to another chat."""
    if not hasattr(action, "to"):
        return action
    to = msgspec.structs.replace(action.to, chat_id=chat_id)
    return msgspec.structs.replace(action, to=to)
