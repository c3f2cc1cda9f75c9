"""The claim: in one transaction decide what may go now, pace it, and write the attempt before the
call.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from services.channels.view import ChannelView
from services.connectors.base import Cost
from services.connectors.errors import Reason
from services.connectors.messages import encode_outbound
from services.connectors.registry import Registry
from services.kit.clock import Clock
from services.kit.crypto import Keyring, TenantKeys
from services.kit.db import AWAY, RETRYABLE, Database, Record, Tx
from services.kit.errors import Unavailable
from services.lanes.models import Lease
from services.lanes.store import LeaseLost
from services.outbox import store
from services.outbox.lane import Item, OutLane
from services.outbox.models import (
    CLAIMED,
    Class,
    Delivery,
    Go,
    Hold,
    Resolver,
    Settled,
    State,
    Stop,
)
from services.outbox.rules import INTERNAL_TRIES, backoff
from services.outbox.settle import Settler

log = logging.getLogger(__name__)

Claimed = tuple[Delivery, Sequence[Cost]]


class Claims:
    """Claims for one process; resolvers are shared with the service."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        registry: Registry,
        keyring: Keyring,
        resolvers: Mapping[str, Resolver],
        settler: Settler,
        owner: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._registry = registry
        self._keyring = keyring
        self._resolvers = resolvers
        self._settler = settler
        self._owner = owner

    async def claim(
        self, lease: Lease, lane: OutLane, view: ChannelView, picked: Sequence[Item]
    ) -> list[Claimed]:
        """Return the deliveries whose attempt is on disk and whose call must start now. Raises
        LeaseLost.
        """
        keys = await self._keyring.of(lease.tenant_id)
        going: list[Claimed] = []
        try:
            async with self._database.tenant(lease.tenant_id) as tx:
                if not await store.is_fenced(tx, lease.lane, lease.fence, self._owner):
                    raise LeaseLost
                rows = {
                    row["id"]: row
                    for row in await store.read_for_call(tx, [item.id for item in picked])
                }
                tx.extra[CLAIMED] = _conversations(rows.values())
                for item in picked:
                    claimed = await self._consider(tx, lane, view, item, rows.get(item.id), keys)
                    if claimed is not None:
                        going.append(claimed)
                if going:
                    await self._write(tx, lease, going, keys)
        except BaseException:
            for _, costs in going:
                lane.pace.give_back(costs)
            raise
        lane.mark_calling(item for item in picked if any(item.id == d.id for d, _ in going))
        return going

    async def refuse(self, lease: Lease, lane: OutLane, item: Item) -> None:
        """Count a decision that failed as an attempt; after the last one, park the delivery."""
        try:
            row = await self._refuse(lease, item, tell=True)
        except (LeaseLost, Unavailable, *AWAY, *RETRYABLE):
            raise
        except Exception:
            log.exception("refusal not told", extra={"delivery_id": str(item.id)})
            row = await self._refuse(lease, item, tell=False)
        if row is None or row["state"] == State.PARKED:
            lane.drop(item.id)
        else:
            item.ready_at = self._clock.monotonic() + backoff(row["attempts"])

    async def _refuse(self, lease: Lease, item: Item, *, tell: bool) -> Record | None:
        async with self._database.tenant(lease.tenant_id) as tx:
            if not await store.is_fenced(tx, lease.lane, lease.fence, self._owner):
                raise LeaseLost
            rows = await store.read_for_call(tx, [item.id])
            done = await tx.row(store.REFUSE, lease.tenant_id, item.id, INTERNAL_TRIES)
            if done is not None and done["state"] == State.PARKED and rows and tell:
                keys = await self._keyring.of(lease.tenant_id)
                delivery = store.to_delivery(rows[0], keys)
                await self._settler.tell(tx, Settled(delivery, State.PARKED, Reason.INTERNAL))
        return done

    async def _consider(
        self,
        tx: Tx,
        lane: OutLane,
        view: ChannelView,
        item: Item,
        row: Record | None,
        keys: TenantKeys,
    ) -> Claimed | None:
        if row is None:  # dropped, superseded, or taken by someone else meanwhile
            lane.drop(item.id)
            return None
        now, bulk = self._clock.monotonic(), item.cls >= Class.CAMPAIGN
        delivery = replace(
            store.to_delivery(row, keys),
            used=lambda cost: lane.pace.used(cost, now),
            waits=lambda costs: lane.pace.wait(costs, now, bulk=bulk),
        )
        if row["batch_state"] not in (None, "open"):
            await self._batch_closed(tx, lane, item, delivery, row["batch_state"])
            return None
        costs = self._registry[view.provider].costs(delivery.action)
        item.costs = costs
        if delivery.waits(costs) > 0:
            return None
        match await self._resolve(tx, delivery):
            case Go(action):
                costs = self._registry[view.provider].costs(action)
                wait = delivery.waits(costs)
                if wait > 0:  # the address is known only now, and its own limit is spent
                    item.ready_at = now + wait
                    return None
                lane.pace.take(costs, now, bulk=bulk)
                item.costs = costs
                return replace(delivery, action=action), costs
            case Hold(seconds):
                item.ready_at = now + seconds
            case Stop(state, reason):
                await self._settler.stop(tx, Settled(delivery, state, reason))
                tx.after_commit(lambda: lane.drop(item.id))
        return None

    async def _resolve(self, tx: Tx, delivery: Delivery) -> Go | Hold | Stop:
        resolver = self._resolvers.get(delivery.target_kind) if delivery.target_kind else None
        if resolver is None:
            return Go(delivery.action)
        return await resolver(tx, delivery)

    async def _batch_closed(
        self, tx: Tx, lane: OutLane, item: Item, delivery: Delivery, state: str
    ) -> None:
        if state == "held" and delivery.batch_id is not None:
            item.batch_id = delivery.batch_id
            lane.set_aside(delivery.batch_id, self._clock.monotonic())
            return
        await self._settler.stop(tx, Settled(delivery, State.SKIPPED, Reason.HELD))
        tx.after_commit(lambda: lane.drop(item.id))

    async def _write(
        self, tx: Tx, lease: Lease, going: Sequence[Claimed], keys: TenantKeys
    ) -> None:
        await tx.execute(
            store.CLAIM,
            [delivery.id for delivery, _ in going],
            [keys.seal("delivery:action", d.id, encode_outbound(d.action)) for d, _ in going],
            [",".join(cost.bucket or "*" for cost in costs)[:80] for _, costs in going],
            lease.fence,
            lease.tenant_id,
        )


def _conversations(rows: Iterable[Record]) -> frozenset[UUID]:
    return frozenset(row["conversation_id"] for row in rows if row["conversation_id"])
