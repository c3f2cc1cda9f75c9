"""Deliveries as the arguments of the statements that write them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import count

from services.connectors.messages import encode_outbound
from services.kit.crypto import TenantKeys
from services.outbox import store
from services.outbox.models import NewDelivery


def values_of(new: NewDelivery, keys: TenantKeys) -> tuple[object, ...]:
    """Return one delivery as vishenka_relay takes it."""
    return (
        new.id,
        new.idempotency_key,
        int(new.cls),
        new.direction,
        new.purpose,
        new.order_key,
        new.target_kind,
        new.target_id,
        new.conversation_id,
        new.action_recipient,
        keys.seal("delivery:action", new.id, encode_outbound(new.action)),
        new.trace,
    )


def arrays_of(
    pending: Sequence[NewDelivery], lanes: Sequence[int], keys: TenantKeys
) -> list[list[object]]:
    """Return deliveries as vishenka_add takes them, but for their fences and buckets."""
    ranks: dict[int, count[int]] = defaultdict(lambda: count(1))
    actions = [
        keys.seal("delivery:action", new.id, encode_outbound(new.action)) for new in pending
    ]
    return [
        list(lanes),
        [next(ranks[lane]) for lane in lanes],
        store.column(pending, "id"),
        store.column(pending, "channel_id"),
        store.column(pending, "idempotency_key"),
        [int(new.cls) for new in pending],
        store.column(pending, "direction"),
        store.column(pending, "purpose"),
        store.column(pending, "order_key"),
        store.column(pending, "coalesce_key"),
        store.column(pending, "target_kind"),
        store.column(pending, "target_id"),
        store.column(pending, "ref"),
        store.column(pending, "conversation_id"),
        store.column(pending, "campaign_id"),
        store.column(pending, "contact_id"),
        store.column(pending, "batch_id"),
        [new.action_recipient for new in pending],
        actions,
        store.column(pending, "delay_seconds"),
        store.column(pending, "trace"),
    ]
