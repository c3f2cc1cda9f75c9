"""The outbox as features see it: add deliveries, hear outcomes, retry and drop what was given
up.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.connectors.messages import Receipt
from services.kit.db import Record, Tx
from services.lanes.bell import Bell
from services.outbox import queries, receipts
from services.outbox.brief import Briefing
from services.outbox.flush import Writer, out_lane
from services.outbox.models import NewDelivery, Resolver, SettledSubscriber, State
from services.outbox.ready import Ready


class Outbox:
    """Every outgoing action. `resolvers` and `subscribers` are read live by the workers of this
    process.
    """

    def __init__(self, writer: Writer, bell: Bell) -> None:
        self._writer = writer
        self._bell = bell
        self.resolvers: dict[str, Resolver] = {}
        self.subscribers: list[SettledSubscriber] = []
        self.briefings: dict[SettledSubscriber, Briefing] = {}

    def add(self, tx: Tx, new: NewDelivery) -> UUID:
        """Write the delivery with this transaction; return its id (a known idempotency key adds
        nothing).
        """
        self._writer.add(tx, new)
        return new.id

    def ready(self, tenant_id: UUID, new: NewDelivery) -> Ready | None:
        """Return the delivery for a statement of the caller's own (vishenka_relay), or None."""
        return self._writer.ready(tenant_id, new)

    def on_settled(self, subscriber: SettledSubscriber, briefing: Briefing | None = None) -> None:
        """Run `subscriber` in the transaction that records an outcome, after those subscribed
        before it. `briefing` is asked first when a delivery arrived: it may save the transaction.
        """
        self.subscribers.append(subscriber)
        if briefing is not None:
            self.briefings[subscriber] = briefing

    def resolver(self, kind: str, resolve: Resolver) -> None:
        """Ask `resolve` just before the call of deliveries whose `target_kind` is this."""
        self.resolvers[kind] = resolve

    def wake(self, tx: Tx, channel_id: UUID, order_key: str) -> None:
        """Look at held deliveries of this key at once, when this process owns the lane (else
        within seconds).
        """
        lane = out_lane(channel_id)
        tx.after_commit(lambda: self._writer.wake(lane, order_key))

    async def retry(self, tx: Tx, delivery_ids: Sequence[UUID]) -> int:
        """Put parked and unknown deliveries back, before younger ones of their order keys; return
        how many.

        A second press finds nothing to move. What was unknown goes out as a possible repeat.
        """
        rows = await tx.fetch(queries.REOPEN, tx.tenant_id, list(delivery_ids))
        lanes = sorted({row["lane"] for row in rows})
        tx.after_commit(lambda: self._writer.woken(lanes))
        return len(rows)

    async def drop(self, tx: Tx, delivery_ids: Sequence[UUID]) -> int:
        """Give deliveries up for good; return how many."""
        return len(await tx.fetch(queries.DROP, tx.tenant_id, list(delivery_ids)))

    async def knows(self, tx: Tx, delivery_id: UUID) -> bool:
        """Say whether the tenant has this delivery."""
        return await tx.value(queries.KNOWS, tx.tenant_id, delivery_id) is not None

    async def confirm(self, tx: Tx, delivery_id: UUID, external_id: str) -> bool:
        """Settle a delivery as sent because the other side showed it; False when it was settled
        already.
        """
        return (
            await tx.value(queries.CONFIRM, tx.tenant_id, delivery_id, external_id[:100])
            is not None
        )

    async def receipt(self, tx: Tx, channel_id: UUID, receipt: Receipt) -> list[Record]:
        """Apply a receipt; return the deliveries that rose (id, ref, purpose, conversation_id,
        state).
        """
        return await receipts.apply(tx, channel_id, receipt)

    async def match_early(
        self, tx: Tx, channel_id: UUID, delivery_id: UUID, parts: Sequence[str]
    ) -> list[Record]:
        """Apply receipts that were faster than the answer to the call."""
        return await receipts.match_early(tx, channel_id, delivery_id, list(parts))

    async def journal(
        self,
        tx: Tx,
        *,
        limit: int = 50,
        before: UUID | None = None,
        states: Sequence[State | str] | None = None,
        conversation_id: UUID | None = None,
        direction: str | None = None,
    ) -> list[Record]:
        """Return a page of the journal, newest first."""
        return await queries.journal(
            tx,
            limit=limit,
            before=before,
            states=[str(state) for state in states] if states else None,
            conversation_id=conversation_id,
            direction=direction,
        )
