"""The names others build on are there, rows fill the gauges, and a token guards the page."""

import re
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from services.kit import metrics
from services.kit.db import Database, open_database
from services.kit.ids import new_id
from services.kit.row_gauges import RowGauges
from tests.conftest import Dsns

PROMISED = {
    "vishenka_inbox_events_total": {"provider"},
    "vishenka_lane_due": {"kind"},
    "vishenka_lane_oldest_due_seconds": {"kind"},
    "vishenka_deliveries_total": {"provider", "class", "state", "reason"},
    "vishenka_parked": {"kind"},
    "vishenka_unknown": set(),
    "vishenka_channel_last_success_timestamp_seconds": {"channel"},
    "vishenka_channel_last_poll_timestamp_seconds": {"channel"},
    "vishenka_channel_lag_seconds": {"channel"},
    "vishenka_channel_errors_total": {"channel", "code"},
    "vishenka_webhook_misses_total": {"channel"},
    "vishenka_incident_open": {"rule"},
}


def sample(name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


@pytest.fixture
async def database(dsns: Dsns) -> AsyncIterator[Database]:
    database = await open_database(dsns.app_dsn, size=2)
    yield database
    await database.close()


@pytest.fixture
async def channel(dsns: Dsns) -> UUID:
    """A channel with a late lane, an unknown delivery, a parked event and an open incident."""
    owner = await asyncpg.connect(dsns.owner_dsn)
    tenant, channel = new_id(), new_id()
    await owner.execute("GRANT vishenka_system TO CURRENT_USER")
    await owner.execute("INSERT INTO tenant (id, slug, name) VALUES ($1, 'a', 'a')", tenant)
    await owner.execute("SET ROLE vishenka_system")
    await owner.execute(
        "INSERT INTO channel (tenant_id, id, provider, kind, name, external_id, hook_key,"
        " last_success_at) VALUES ($1, $2, 'avito', 'account', 'a', 'a', 'a', to_timestamp(1e9))",
        tenant,
        channel,
    )
    await owner.execute(
        "INSERT INTO lane (id, kind, tenant_id, channel_id, due_at, last_seq, done_seq)"
        " VALUES (1, 1, $1, $2, now() - interval '1 hour', 9, 4)",
        tenant,
        channel,
    )
    await owner.execute(
        "INSERT INTO inbox (tenant_id, lane, seq, channel_id, event_key, lane_name, received_at)"
        " VALUES ($1, 1, 5, $2, 'k', 'l', now() - interval '40 seconds')",
        tenant,
        channel,
    )
    await owner.execute(
        "INSERT INTO parked (tenant_id, lane, seq, id, channel_id, reason)"
        " VALUES ($1, 1, 1, $2, $2, 'unreadable')",
        tenant,
        channel,
    )
    await owner.execute(
        "INSERT INTO delivery (tenant_id, id, lane, seq, channel_id, idempotency_key, class,"
        " purpose, order_key, action) VALUES ($1, $2, 2, 1, $2, 'k', 0, 'p', 'o', 'x')",
        tenant,
        channel,
    )
    await owner.execute("UPDATE delivery SET state = 'unknown'")
    await owner.execute(
        "INSERT INTO incident (tenant_id, id, rule, subject) VALUES ($1, $2, 'queue_age', 'in')",
        tenant,
        channel,
    )
    await owner.execute(
        "INSERT INTO source_lease (source, tenant_id, provider, last_poll_at, lag_seconds)"
        " VALUES ($1, $2, 'avito', to_timestamp(2e9), 7.5)",
        channel,
        tenant,
    )
    await owner.close()
    return channel


def test_every_promised_name_has_exactly_its_labels() -> None:
    metrics.inbox_event("avito")
    metrics.delivery("avito", "bridge", "parked", "blocked")
    metrics.channel_error("c", "auth")
    metrics.webhook_miss("c")
    metrics.channel_success("c")
    metrics.channel_polled("c", 1.0, 2.0)
    text = metrics.render().decode()

    for family in metrics.registry.collect():
        for item in family.samples:
            if item.name in PROMISED:
                assert set(item.labels) == PROMISED[item.name]
    for name in PROMISED:
        assert re.search(rf"^# TYPE {name.removesuffix('_total')}", text, re.MULTILINE)


async def test_rows_fill_the_gauges(database: Database, channel: UUID) -> None:
    assert await RowGauges(database).refresh()

    assert sample("vishenka_lane_due", kind="in") == 5
    assert 39 < (sample("vishenka_lane_oldest_due_seconds", kind="in") or 0) < 60
    assert sample("vishenka_lane_due", kind="out") == 0
    assert sample("vishenka_parked", kind="in") == 1
    assert sample("vishenka_unknown") == 1
    assert sample("vishenka_channel_lag_seconds", channel=str(channel)) == 7.5
    polled = "vishenka_channel_last_poll_timestamp_seconds"
    assert sample(polled, channel=str(channel)) == 2e9
    assert sample("vishenka_incident_open", rule="queue_age") == 1
    success = "vishenka_channel_last_success_timestamp_seconds"
    assert sample(success, channel=str(channel)) == 1e9


async def test_what_is_over_reads_nothing(database: Database, channel: UUID, dsns: Dsns) -> None:
    gauges = RowGauges(database)
    await gauges.refresh()
    async with database.system("test") as tx:
        await tx.execute("UPDATE incident SET state = 'closed'")
        await tx.execute("UPDATE channel SET status = 'removed'")
        await tx.execute("UPDATE delivery SET state = 'sent'")

    gauges._next = 0.0
    await gauges.refresh()

    assert sample("vishenka_incident_open", rule="queue_age") == 0
    assert sample("vishenka_unknown") == 0
    success = "vishenka_channel_last_success_timestamp_seconds"
    assert sample(success, channel=str(channel)) is None
    assert sample("vishenka_channel_lag_seconds", channel=str(channel)) is None


async def test_scrapes_within_five_seconds_ask_the_rows_once(database: Database) -> None:
    gauges = RowGauges(database)
    await gauges.refresh()
    async with database.system("test") as tx:
        await tx.execute("DROP TABLE IF EXISTS pg_temp.nothing")
    await database.close()

    assert await gauges.refresh()


async def test_a_database_away_is_shown_and_keeps_the_rest(database: Database) -> None:
    await database.close()

    assert not await RowGauges(database).refresh()

    assert sample("vishenka_incident_open", rule="database_away") == 1
    assert b"vishenka_inbox_events" in metrics.render()


@pytest.mark.parametrize(
    ("token", "header", "allowed"),
    [
        (None, None, True),
        ("s3cret", None, False),
        ("s3cret", "Bearer wrong", False),
        ("s3cret", "s3cret", False),
        ("s3cret", "Bearer s3cret", True),
        ("s3cret", "Bearer ключ", False),
    ],
)
def test_the_token_guards_the_page(token: str | None, header: str | None, allowed: bool) -> None:
    assert metrics.allowed(token, header) is allowed


def test_last_success_never_moves_back() -> None:
    metrics.channel_success("back", 200.0)
    metrics.channel_success("back", 100.0)

    assert sample("vishenka_channel_last_success_timestamp_seconds", channel="back") == 200.0
