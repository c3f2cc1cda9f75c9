"""Faults injected as rows: each becomes one alert, says who and what, and clears itself."""

import pytest

from services.incidents.journal import ChannelErrors
from services.incidents.service import GRACE_SECONDS, Incidents
from services.kit.ids import lane_number, new_id
from tests.services.incidents.conftest import World
from tests.services.incidents.faults import (
    FAULTS,
    LANE,
    MEND,
    auth,
    delivery,
    events,
    failing,
    silent,
)


async def settle(incidents: Incidents, world: World, times: int = 8) -> None:
    """Evaluate every 20 s, as the scheduler does."""
    for _ in range(times):
        await incidents.evaluate()
        world.clock.pass_seconds(20)


def run_for_a_while(incidents: Incidents) -> None:
    incidents._first_seen = -GRACE_SECONDS  # type: ignore[attr-defined]


@pytest.mark.parametrize("rule", FAULTS)
async def test_a_fault_is_one_alert_and_one_all_clear(
    world: World, incidents: Incidents, rule: str
) -> None:
    run_for_a_while(incidents)
    channel = await world.channel(world.anna, "avito-main")
    await FAULTS[rule](world, channel)

    await settle(incidents, world)

    assert world.rules() == [rule]
    assert world.rules(closed=True) == []

    await world.run(MEND)
    await settle(incidents, world)

    assert world.rules() == [rule]
    assert world.rules(closed=True) == [rule]


async def test_every_fault_at_once_is_as_many_alerts(world: World, incidents: Incidents) -> None:
    run_for_a_while(incidents)
    for number, inject in enumerate(FAULTS.values()):
        await inject(world, await world.channel(world.anna, f"avito-{number}"))

    await settle(incidents, world)

    assert sorted(set(world.rules())) == sorted(FAULTS)
    assert len(world.rules()) == len(set(world.rules()))


async def test_a_calm_run_of_half_an_hour_is_silent(world: World, incidents: Incidents) -> None:
    run_for_a_while(incidents)
    channel = await world.channel(world.anna, "avito-main")
    await world.channel(world.boris, "plum-main")
    await events(world, channel, 30)
    await world.run(LANE, lane_number("in", str(channel)), 1, world.anna, channel, 30)
    await delivery(world, channel)
    await delivery(world, channel, state="sent")
    await world.run(
        "INSERT INTO process_minute (minute, process, role, requests, failures)"
        " VALUES (date_trunc('minute', now()), 'p', 'web', 1000, 1)"
    )

    await settle(incidents, world, times=90)

    assert world.heard == []


async def test_an_incident_belongs_to_its_tenant_and_no_other(
    world: World, incidents: Incidents
) -> None:
    await auth(world, await world.channel(world.anna, "avito-main"))

    await incidents.evaluate()

    async with world.database.tenant(world.anna) as tx:
        mine = await incidents.listed(tx)
    async with world.database.tenant(world.boris) as tx:
        others = await incidents.listed(tx)
    assert [row["rule"] for row in mine] == ["channel_auth_lost"]
    assert others == []


async def test_it_says_which_channel_and_what_is_at_fault(
    world: World, incidents: Incidents
) -> None:
    channel = await world.channel(world.anna, "avito-main")
    await silent(world, channel)
    await world.run(
        "INSERT INTO channel_hour (tenant_id, channel_id, hour, events, misses)"
        " VALUES ($1, $2, date_trunc('hour', now()), 4, 4)",
        world.anna,
        channel,
    )

    await incidents.evaluate()

    (change,) = world.heard
    assert change.subject == str(channel)
    assert dict(change.params) == {"channel": "avito-main", "minutes": 120, "fault": "webhook"}


async def test_usual_weeks_say_when_silence_is_an_outage(
    world: World, incidents: Incidents
) -> None:
    busy = await world.channel(world.anna, "busy")
    quiet = await world.channel(world.anna, "quiet")
    await world.run(
        "UPDATE channel SET created_at = now() - interval '5 weeks',"
        " last_event_at = now() - interval '2 hours'"
    )
    for channel, rate in ((busy, 12), (quiet, 1)):
        await world.run(
            "INSERT INTO channel_hour (tenant_id, channel_id, hour, events)"
            " SELECT $1, $2, date_trunc('hour', now()) - n * interval '1 hour', $3"
            " FROM generate_series(24, 24 * 28 + 5) AS n",
            world.anna,
            channel,
            rate,
        )

    await incidents.evaluate()

    assert [(c.rule, c.subject) for c in world.heard] == [("channel_silent", str(busy))]


async def test_two_schedulers_open_one_incident(world: World, incidents: Incidents) -> None:
    other = Incidents(world.database, world.clock)
    other.on_change(world.hear)
    await auth(world, await world.channel(world.anna, "avito-main"))

    await incidents.evaluate()
    await other.evaluate()

    assert world.rules() == ["channel_auth_lost"]


async def test_opening_twice_by_hand_is_one_incident_and_closing_tells_once(
    world: World, incidents: Incidents
) -> None:
    subject = str(new_id())
    async with world.database.tenant(world.anna) as tx:
        args = (tx, "workspace_unreachable", subject, world.anna)
        first = await incidents.open(*args, {"workspace": "sales"})
        second = await incidents.open(*args, {"workspace": "sales"})
        closed = [await incidents.close(*args, {"parked": "3"}) for _ in range(2)]

    assert first is not None
    assert second is None
    assert closed == [True, False]
    assert world.heard[-1].params == {"workspace": "sales", "parked": "3"}


async def test_a_listener_that_fails_leaves_no_half_incident(
    world: World, incidents: Incidents
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("x")

    incidents.on_change(fail)
    await auth(world, await world.channel(world.anna, "avito-main"))

    with pytest.raises(RuntimeError):
        await incidents.evaluate()

    async with world.database.tenant(world.anna) as tx:
        assert await incidents.listed(tx) == []


async def test_a_probe_that_fails_is_an_incident_until_it_answers(world: World) -> None:
    answers = [False, False, True, True, True]

    async def ping() -> bool:
        return answers.pop(0)

    incidents = Incidents(world.database, world.clock, probes={"redis_away": ping})
    incidents.on_change(world.hear)

    await settle(incidents, world, times=5)

    assert world.rules() == ["redis_away"]
    assert world.rules(closed=True) == ["redis_away"]


async def test_a_stuck_delivery_leaves_the_list_when_it_is_retried(
    world: World, incidents: Incidents
) -> None:
    stuck = await delivery(world, await world.channel(world.anna, "a"), state="unknown")
    assert await world.owner.fetchval("SELECT count(*) FROM delivery_stuck") == 1

    await world.run("UPDATE delivery SET state = 'due' WHERE id = $1", stuck)

    assert await world.owner.fetchval("SELECT count(*) FROM delivery_stuck") == 0


async def test_the_error_journal_is_the_tenants_own(world: World) -> None:
    channel = await world.channel(world.anna, "avito-main")
    await failing(world, channel)

    async with world.database.tenant(world.anna) as tx:
        page = await ChannelErrors().page(tx, channel)
        (tally,) = await ChannelErrors().tally(tx, channel)
    async with world.database.tenant(world.boris) as tx:
        assert await ChannelErrors().page(tx, channel) == []
    assert [row["attempt"] for row in page] == [3, 2, 1]
    assert page[0]["endpoint"] == "chats"
    assert page[0]["status"] == 503
    assert (tally.code, tally.count) == ("provider_down", 3)


async def test_a_database_that_was_away_is_told_when_it_is_back(
    world: World, incidents: Incidents, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away:
        async def acquire(self, timeout: float) -> None:
            raise OSError("connection refused")

    monkeypatch.setattr("services.incidents.service.AWAY_SECONDS", 0.0)
    pool, world.database.pool = world.database.pool, Away()
    assert await incidents.evaluate() == 0
    assert world.heard == []

    world.database.pool = pool
    await settle(incidents, world, times=3)

    assert world.rules() == ["database_away"]
    assert world.rules(closed=True) == ["database_away"]
    assert {change.tenant_id for change in world.heard} == {world.platform}


async def test_what_is_old_is_forgotten(world: World, incidents: Incidents) -> None:
    channel = await world.channel(world.anna, "avito-main")
    await failing(world, channel)
    await world.run("UPDATE channel_error SET at = now() - interval '31 days' WHERE attempt < 3")
    await world.run(
        "INSERT INTO incident (tenant_id, id, rule, subject, state, closed_at)"
        " VALUES ($1, $2, 'queue_age', 'in', 'closed', now() - interval '91 days')",
        world.platform,
        new_id(),
    )
    incidents._next_prune = 0.0

    await incidents.evaluate()

    assert await world.owner.fetchval("SELECT count(*) FROM channel_error") == 1
    assert await world.owner.fetchval("SELECT count(*) FROM incident") == 0
