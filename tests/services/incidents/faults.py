"""Faults as rows: what each trouble leaves behind, and what mends everything."""

from uuid import UUID

from services.connectors.errors import Temporary
from services.incidents.journal import ChannelErrors
from services.kit.ids import lane_number, new_id
from tests.services.incidents.conftest import World

DELIVERY = """
INSERT INTO delivery (tenant_id, id, lane, seq, channel_id, idempotency_key, class, purpose,
    order_key, action, state, created_at)
VALUES ($1, $2::uuid, $3, 1, $4, $2::uuid::text, 0, 'relay', $2::uuid::text, 'x', 'due',
    now() - $5 * interval '1 second')
"""
OPEN = """
INSERT INTO delivery_open (tenant_id, lane, class, seq, delivery_id, order_key)
VALUES ($1, $2, 0, $3, $4::uuid, $4::uuid::text)
"""
LANE = """
INSERT INTO lane (id, kind, tenant_id, channel_id, due_at, last_seq, done_seq)
VALUES ($1, $2, $3, $4, now() - interval '1 hour', $5, 0)
"""
EVENT = """
INSERT INTO inbox (tenant_id, lane, seq, channel_id, event_key, lane_name, source, received_at)
VALUES ($1, $2, $3, $4, $5, 'x', $6, now() - $7 * interval '1 second')
"""


async def delivery(world: World, channel: UUID, *, state: str = "due", age: float = 0) -> UUID:
    delivery_id, lane = new_id(), lane_number("out", str(channel))
    await world.run(DELIVERY, world.anna, delivery_id, lane, channel, age)
    if state == "due":
        await world.run(OPEN, world.anna, lane, int(delivery_id) % 10**9, delivery_id)
    else:
        await world.run("UPDATE delivery SET state = $2 WHERE id = $1", delivery_id, state)
    return delivery_id


async def events(
    world: World, channel: UUID, n: int, *, age: float = 0, source: str = "hook"
) -> None:
    lane = lane_number("in", str(channel))
    for number in range(n):
        key = f"{new_id()}"
        await world.run(EVENT, world.anna, lane, number + 1, channel, key, source, age)


async def auth(world: World, channel: UUID) -> None:
    await world.run(
        "UPDATE channel SET status = 'suspended', status_reason = 'auth' WHERE id = $1", channel
    )


async def hook_lost(world: World, channel: UUID) -> None:
    await world.run("UPDATE channel SET hook_state = 'lost' WHERE id = $1", channel)


async def misses(world: World, channel: UUID) -> None:
    await events(world, channel, 3, source="poll")


async def failing(world: World, channel: UUID) -> None:
    await world.run(
        "UPDATE channel SET last_success_at = now() - interval '10 minutes' WHERE id = $1", channel
    )
    async with world.database.tenant(world.anna) as tx:
        for attempt in range(3):
            await ChannelErrors().record(
                tx, channel, "chats", Temporary("503", status=503), attempt=attempt + 1
            )


async def silent(world: World, channel: UUID) -> None:
    await world.run(
        "UPDATE channel SET last_event_at = now() - interval '2 hours',"
        " settings = '{\"silence_minutes\": 60}' WHERE id = $1",
        channel,
    )


async def delayed(world: World, channel: UUID) -> None:
    await delivery(world, channel, age=301)


async def parked(world: World, channel: UUID) -> None:
    for _ in range(3):
        await delivery(world, channel, state="parked")


async def unknown(world: World, channel: UUID) -> None:
    await delivery(world, channel, state="unknown")


async def workspace(world: World, channel: UUID) -> None:
    await world.run(
        "INSERT INTO workspace (tenant_id, id, name, channel_id, chat_id, state, state_reason)"
        " VALUES ($1, $2, 'sales', $3, '-1001', 'lost', 'kicked')",
        world.anna,
        new_id(),
        channel,
    )


async def deep(world: World, channel: UUID) -> None:
    await world.run(LANE, lane_number("in", str(channel)), 1, world.anna, channel, 10_000)
    await events(world, channel, 1)


async def old(world: World, channel: UUID) -> None:
    await world.run(LANE, lane_number("in", str(channel)), 1, world.anna, channel, 1)
    await events(world, channel, 1, age=61)


async def parked_event(world: World, channel: UUID) -> None:
    await world.run(
        "INSERT INTO parked (tenant_id, lane, seq, id, channel_id, reason)"
        " VALUES ($1, 1, 1, $2, $3, 'unreadable')",
        world.anna,
        new_id(),
        channel,
    )


async def parked_notice(world: World, channel: UUID) -> None:
    await world.run(
        "INSERT INTO notice (tenant_id, id, kind, rule, subject, state)"
        " VALUES ($1, $2, 'news', 'unanswered', 'x', 'parked')",
        world.anna,
        new_id(),
    )


async def api(world: World, channel: UUID) -> None:
    await world.run(
        "INSERT INTO process_minute (minute, process, role, requests, failures)"
        " VALUES (date_trunc('minute', now()), 'p', 'web', 100, 6)"
    )


async def stalls(world: World, channel: UUID) -> None:
    await world.run(
        "INSERT INTO process_minute (minute, process, role, stalls, worst_stall_seconds)"
        " VALUES (date_trunc('minute', now()), 'worker-1', 'worker', 3, 4.2)"
    )


async def dead(world: World, channel: UUID) -> None:
    await world.run(
        "INSERT INTO process_minute (minute, process, role, seen_at)"
        " VALUES (date_trunc('minute', now() - interval '2 minutes'), 's', 'scheduler',"
        " now() - interval '91 seconds')"
    )


FAULTS = {
    "channel_auth_lost": auth,
    "webhook_lost": hook_lost,
    "webhook_misses": misses,
    "channel_failing": failing,
    "channel_silent": silent,
    "deliveries_delayed": delayed,
    "parked_deliveries": parked,
    "outcome_unknown": unknown,
    "workspace_unreachable": workspace,
    "queue_depth": deep,
    "queue_age": old,
    "parked_events": parked_event,
    "parked_notices": parked_notice,
    "api_errors": api,
    "loop_stalls": stalls,
    "process_silent": dead,
}
MEND = """
UPDATE channel SET status = 'active', status_reason = '', hook_state = 'set', settings = '{}',
    last_success_at = now(), last_event_at = now();
UPDATE inbox SET received_at = now() - interval '20 minutes'; UPDATE lane SET done_seq = last_seq;
DELETE FROM delivery_open; UPDATE delivery SET state = 'sent';
UPDATE workspace SET state = 'live'; DELETE FROM parked; DELETE FROM process_minute;
DELETE FROM notice WHERE state = 'parked';
"""
