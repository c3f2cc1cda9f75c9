"""The inbox as features see it: accept events, subscribe to them, list and replay what was
parked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.channels.view import ChannelView
from services.connectors.base import RawEvent
from services.inbox import queries
from services.inbox.ingest import Flusher, Settled, incoming
from services.inbox.models import Subscriber
from services.inbox.shortcut import Planner
from services.kit.crypto import Keyring
from services.kit.db import Database, Tx
from services.kit.errors import NotFound
from services.lanes.bell import Bell


class Inbox:
    """Every inbound event of every channel."""

    def __init__(self, database: Database, keyring: Keyring, bell: Bell, owner: str) -> None:
        self._database = database
        self._keyring = keyring
        self._flusher = Flusher(database, bell, owner)
        self._subscribers: dict[type, list[Subscriber]] = {}
        self._planners: dict[type, Planner] = {}

    def on(self, kind: type, subscriber: Subscriber) -> None:
        """Run `subscriber` for each message of `kind`, after those subscribed before it."""
        self._subscribers.setdefault(kind, []).append(subscriber)

    def shorten(self, kind: type, planner: Planner) -> None:
        """Ask `planner` first for a message of `kind`. It speaks for its one subscriber: with a
        second one, every message goes the long way.
        """
        self._planners[kind] = planner

    def planner(self, kind: type) -> Planner | None:
        """Return who knows the short way of a kind, if anybody may."""
        return self._planners.get(kind) if len(self.subscribers(kind)) == 1 else None

    def subscribers(self, kind: type) -> Sequence[Subscriber]:
        """Return the subscribers of a kind in their order."""
        return self._subscribers.get(kind, ())

    async def accept(
        self, channel: ChannelView, events: Sequence[RawEvent], *, trace: str, source: str = "hook"
    ) -> int:
        """Store events and return how many are new, once they are on disk. Raises Unavailable: the
        sender repeats.
        """
        if not events:
            return 0
        keys = self._keyring.known(channel.tenant_id) or await self._keyring.of(channel.tenant_id)
        return await self._flusher.store(
            [incoming(keys, channel, raw, trace) for raw in events], source
        )

    def offer(
        self, channel: ChannelView, events: Sequence[RawEvent], trace: str, settled: Settled
    ) -> bool:
        """Store events of a hook without waiting: `settled` is called once they are on disk, or
        with the error. False when that cannot start at once: `accept` can.
        """
        keys = self._keyring.known(channel.tenant_id)
        if keys is None or not events or not self._flusher.has_room:
            return False
        self._flusher.offer([incoming(keys, channel, raw, trace) for raw in events], settled)
        return True

    async def close(self) -> None:
        """Let go of the writer's connection; nothing may be accepted afterwards."""
        await self._flusher.close()

    async def parked(
        self, tenant_id: UUID, *, limit: int = 50, before: UUID | None = None
    ) -> list[Any]:
        """Return parked events of a tenant, newest first."""
        async with self._database.tenant(tenant_id) as tx:
            return await queries.parked(tx, limit=limit, before=before)

    async def replay(self, tenant_id: UUID, parked_id: UUID) -> None:
        """Put a parked event at the end of its lane again; a second press finds nothing. Raises
        NotFound.
        """
        async with self._database.tenant(tenant_id) as tx:
            await self.replay_in(tx, parked_id)

    async def replay_in(self, tx: Tx, parked_id: UUID) -> int:
        """Do the same inside a given transaction; return 1. Raises NotFound."""
        row = await queries.take_parked(tx, parked_id)
        if row is None:
            raise NotFound("error.not_found")
        await queries.requeue(tx, row)
        return 1
