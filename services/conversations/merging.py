"""Bursts: when a group's budget is short, waiting texts of one conversation leave as one message.

The first of them is claimed; those right behind it are closed as superseded and name it, so that
settling can link each of them to the one message people see. Parts of an album travel together
whatever the budget.

What has to wait at the address it has now takes nothing along: the claim forgets the action that
was made of them, and what is closed would be lost.

What may be a repeat travels as it was called before: it holds what went with it then, and takes
nothing new under its mark. Nor does it go unmarked with another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from services.connectors.base import Cost
from services.connectors.messages import Media, Outbound, OutboundMessage, decode_outbound
from services.connectors.registry import Registry
from services.conversations import carrying, rules
from services.kit.crypto import Keyring
from services.kit.db import Record, Tx
from services.outbox.models import Delivery

SPARE = 6
"""Calls of a group's window that are left for answers to other people before bursts begin to
merge.
"""
MOST = 20

BEHIND = """
SELECT d.id, d.action, d.possible_repeat, m.group_id FROM delivery_open o
JOIN delivery d ON d.tenant_id = o.tenant_id AND d.id = o.delivery_id
LEFT JOIN message m ON m.tenant_id = d.tenant_id AND m.id = d.ref
WHERE d.tenant_id = $1 AND o.lane = (SELECT lane FROM delivery WHERE tenant_id = $1 AND id = $2)
  AND o.order_key = $3 AND NOT o.calling AND (d.seq, d.id) > ($4, $2) AND d.state = 'due'
ORDER BY d.seq, d.id LIMIT 20
"""
HEAD = """
SELECT m.group_id, ch.provider FROM channel ch
LEFT JOIN message m ON m.tenant_id = ch.tenant_id AND m.id = $3
WHERE ch.tenant_id = $1 AND ch.id = $2
"""
SUPERSEDE = """
WITH gone AS (DELETE FROM delivery_open WHERE delivery_id = ANY($2::uuid[]) AND NOT calling
    RETURNING delivery_id)
UPDATE delivery d SET state = 'skipped', reason = 'superseded', detail = $3, settled_at = now()
FROM gone WHERE d.tenant_id = $1 AND d.id = gone.delivery_id
"""


@dataclass(frozen=True, slots=True)
class _Follower:
    id: UUID
    action: OutboundMessage


class Merging:
    """Joins what waits behind a claimed message."""

    def __init__(self, registry: Registry, keyring: Keyring) -> None:
        self._registry = registry
        self._keyring = keyring

    async def merge(
        self, tx: Tx, provider: str, delivery: Delivery, action: OutboundMessage
    ) -> OutboundMessage:
        """Return the action with what may travel with it; the rest is left alone. What waits is
        read only where some of it may come along.
        """
        connector = self._registry[provider]
        if action.media:
            return await self.album(tx, delivery, action)
        costs = connector.costs(action)
        if delivery.repeat or not _is_text(action) or not _is_short(delivery, costs):
            return action
        rows = await tx.fetch(BEHIND, tx.tenant_id, delivery.id, delivery.order_key, delivery.seq)
        followers = await self._followers(tx, rows)
        chosen = _texts(action, followers, connector.capabilities.max_text)
        return await self._join(tx, delivery, action, chosen)

    def limit(self, provider: str, action: OutboundMessage) -> int:
        """Return how many characters may go with this message."""
        caps = self._registry[provider].capabilities
        return caps.max_caption if action.media else caps.max_text

    async def album(self, tx: Tx, delivery: Delivery, action: OutboundMessage) -> OutboundMessage:
        """Return the action with the parts of its album that wait right behind it."""
        if delivery.repeat:
            return action
        head = await tx.row(HEAD, tx.tenant_id, delivery.channel_id, delivery.ref)
        if head is None or not head["group_id"]:
            return action
        connector = self._registry[head["provider"]]
        limit = connector.capabilities.max_album
        if limit < 2 or delivery.waits(connector.costs(action)) > 0:
            return action
        rows = await tx.fetch(BEHIND, tx.tenant_id, delivery.id, delivery.order_key, delivery.seq)
        followers = await self._followers(tx, rows)
        chosen = _same_album(action, followers, rows, head["group_id"], limit)
        return await self._join(tx, delivery, action, chosen)

    async def _followers(self, tx: Tx, rows: Sequence[Record]) -> list[_Follower | None]:
        assert tx.tenant_id is not None  # noqa: S101 - a claim acts inside one tenant
        keys = await self._keyring.of(tx.tenant_id)
        found: list[_Follower | None] = []
        for row in rows:
            action: Outbound = decode_outbound(
                keys.open("delivery:action", row["id"], row["action"])
            )
            found.append(
                _Follower(row["id"], action)
                if isinstance(action, OutboundMessage) and not row["possible_repeat"]
                else None
            )
        return found

    async def _join(
        self, tx: Tx, delivery: Delivery, action: OutboundMessage, chosen: Sequence[_Follower]
    ) -> OutboundMessage:
        if not chosen:
            return action
        await tx.execute(SUPERSEDE, tx.tenant_id, [f.id for f in chosen], str(delivery.id))
        parts = [action, *(f.action for f in chosen)]
        media: tuple[Media, ...] = tuple(item for part in parts for item in part.media)
        text = rules.joined([part.text for part in parts if part.text.text])
        return msgspec.structs.replace(action, text=text, media=media)


def _is_short(delivery: Delivery, costs: Sequence[Cost]) -> bool:
    """Say whether the limit of the group itself is nearly used up, and lets this one through."""
    own = next((cost for cost in costs if cost.bucket), None)
    if own is None or delivery.waits(costs) > 0:
        return False
    return own.rate.count - delivery.used(own) <= SPARE


def _texts(
    action: OutboundMessage, followers: Sequence[_Follower | None], limit: int
) -> list[_Follower]:
    chosen: list[_Follower] = []
    total = len(action.text.text)
    for follower in followers[:MOST]:
        if follower is None or not _is_text(follower.action) or follower.action.reply_to:
            break
        total += 2 + len(follower.action.text.text)
        if total > limit:
            break
        chosen.append(follower)
    return chosen


def _is_text(action: OutboundMessage) -> bool:
    return not action.media and not action.buttons


def _same_album(
    action: OutboundMessage,
    followers: Sequence[_Follower | None],
    rows: Sequence[Record],
    group_id: str,
    limit: int,
) -> list[_Follower]:
    chosen: list[_Follower] = []
    kinds = {item.kind for item in action.media}
    for follower, row in zip(followers, rows, strict=True):
        if (
            follower is None
            or row["group_id"] != group_id
            or len(action.media) + len(chosen) >= limit
        ):
            break
        kinds |= {item.kind for item in follower.action.media}
        if not kinds <= carrying.PICTURED or not follower.action.media:
            break
        chosen.append(follower)
    return chosen
