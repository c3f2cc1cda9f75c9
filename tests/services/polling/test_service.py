"""Polling: one owner, nothing lost, misses counted, doubts told, trouble kept apart."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.connectors.base import RawEvent
from services.connectors.errors import AuthExpired, RateLimited, Rejected, Temporary
from services.kit.errors import Conflict
from services.polling.rules import Outcome
from tests.services.polling.conftest import World

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def event(key: str, chat: str = "c1") -> RawEvent:
    return RawEvent(key, chat, b"{}", NOW)


async def lease(world: World) -> tuple[object, ...]:
    found = await world.sql(
        "SELECT cursor, failures, breaker, misses, fence FROM source_lease WHERE source = $1",
        world.account,
    )
    return found[0]


async def due_in(world: World) -> float:
    found = await world.sql(
        "SELECT extract(epoch FROM next_poll_at - now())::float8 FROM source_lease"
        " WHERE source = $1",
        world.account,
    )
    seconds = found[0][0]
    assert isinstance(seconds, float)
    return seconds


async def test_first_poll_brings_what_waited_and_counts_no_miss(world: World) -> None:
    world.market.pages["9001"] = [event("1"), event("2")]
    polling = world.polling("a")

    assert await polling.poll_one(world.account) is Outcome.OK

    assert await world.inbox() == [("1", "pull"), ("2", "pull")]
    assert (await lease(world))[:4] == ("2", 0, "closed", 0)
    assert 50 < await due_in(world) < 70


async def test_event_the_poll_finds_first_is_a_counted_miss(world: World) -> None:
    polling = world.polling("a")
    await polling.poll_one(world.account)
    await world.hook(event("1"))
    world.market.pages["9001"] = [event("1"), event("2"), event("2:read")]

    await polling.poll_one(world.account)

    assert await world.inbox() == [("1", "shown"), ("2", "poll"), ("2:read", "pull")]
    assert (await lease(world))[3] == 1
    assert [state.misses for state in await polling.states(world.tenant)] == [1]
    assert [state.misses for state in await polling.states(world.other_tenant)] == [0]


async def test_hook_after_the_poll_stores_nothing_twice(world: World) -> None:
    polling = world.polling("a")
    world.market.pages["9001"] = [event("1")]
    await polling.poll_one(world.account)

    await world.hook(event("1"))
    await polling.poll_one(world.account)

    assert await world.inbox() == [("1", "pull")]


async def test_hook_event_is_confirmed_by_the_poll_that_shows_it(world: World) -> None:
    polling = world.polling("a")
    await polling.poll_one(world.account)
    await world.hook(event("1"))
    await polling.make_due()
    world.market.pages["9001"] = [event("1")]

    for _ in range(4):
        await polling.poll_one(world.account)

    assert world.heard.confirmed == ["1"]
    assert world.heard.doubted == []


async def test_hook_event_two_polls_do_not_show_is_doubted_once(world: World) -> None:
    polling = world.polling("a")
    await polling.poll_one(world.account)
    await world.hook(event("forged"))
    await polling.make_due()
    await world.sql("UPDATE poll_expected SET received_at = now() - interval '1 minute'")

    await polling.poll_one(world.account)
    assert world.heard.doubted == []
    for _ in range(3):
        await polling.poll_one(world.account)

    assert world.heard.doubted == ["forged"]
    # the history shows it after all
    world.market.pages["9001"] = [event("forged")]
    await polling.poll_one(world.account)
    assert world.heard.confirmed == ["forged"]


async def test_failed_polls_are_no_proof(world: World) -> None:
    polling = world.polling("a")
    await polling.poll_one(world.account)
    await world.hook(event("1"))
    await polling.make_due()
    await world.sql("UPDATE poll_expected SET received_at = now() - interval '1 minute'")
    world.market.failure = lambda call: Temporary("away", status=502)

    for _ in range(4):
        assert await polling.poll_one(world.account) is Outcome.DOWN

    assert world.heard.doubted == []


async def test_two_processes_never_ask_one_account_at_once(world: World) -> None:
    first, second = world.polling("a"), world.polling("b")
    entered, go = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        entered.set()
        await go.wait()

    world.market.on_pull = hold
    working = asyncio.ensure_future(first.poll_one(world.account))
    await entered.wait()

    assert await second.poll_one(world.account) is None

    go.set()
    assert await working is Outcome.OK
    assert await second.poll_one(world.account) is Outcome.OK


async def test_stale_owner_moves_nothing(world: World) -> None:
    first, second = world.polling("a"), world.polling("b")
    world.market.pages["9001"] = [event("1")]
    entered, go = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        world.market.on_pull = None
        entered.set()
        await go.wait()

    world.market.on_pull = hold
    stale = asyncio.ensure_future(first.poll_one(world.account))
    await entered.wait()
    await world.sql("UPDATE source_lease SET lease_until = now() - interval '1 second'")
    world.market.pages["9001"] = [event("1"), event("2")]
    assert await second.poll_one(world.account) is Outcome.OK
    before = await lease(world)
    # what the stale owner still holds is an older page
    world.market.pages["9001"] = [event("1")]
    go.set()
    await stale

    assert await lease(world) == before
    assert before[0] == "2"
    assert await world.inbox() == [("1", "pull"), ("2", "pull")]


async def test_process_killed_in_a_poll_loses_nothing(world: World) -> None:
    first, second = world.polling("a"), world.polling("b")
    world.market.pages["9001"] = [event("1"), event("2")]
    reached = asyncio.Event()

    async def die() -> None:
        reached.set()
        await asyncio.Event().wait()

    world.market.on_pull = die
    await first._store.adopt(first.providers())
    assert await first.start_due() >= 1
    await reached.wait()
    for task in list(first._tasks.values()):
        task.cancel()
    world.market.on_pull = None
    assert await second.poll_one(world.account) is None  # the dead one's lease still runs

    await world.sql("UPDATE source_lease SET lease_until = now() - interval '1 second'")
    await second.poll_one(world.account)

    assert await world.inbox() == [("1", "pull"), ("2", "pull")]
    assert (await lease(world))[0] == "2"


async def test_running_poll_keeps_its_lease(world: World) -> None:
    first, second = world.polling("a"), world.polling("b")
    entered, go = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        entered.set()
        await go.wait()

    world.market.on_pull = hold
    stop = asyncio.Event()
    running = asyncio.ensure_future(first.run(stop))
    await entered.wait()

    await asyncio.sleep(3.5)  # longer than the lease

    assert await second.poll_one(world.account) is None
    go.set()
    stop.set()
    await running
    assert await second.poll_one(world.account) is Outcome.OK


async def test_one_account_in_trouble_slows_down_alone(world: World) -> None:
    world.market.failure = lambda call: Rejected("no rights", status=403)
    polling = world.polling("a")
    for _ in range(3):
        assert await polling.poll_one(world.account) is Outcome.REFUSED
    world.market.failure = lambda call: None
    stop = asyncio.Event()
    running = asyncio.ensure_future(polling.run(stop))

    for _ in range(100):
        await asyncio.sleep(0.05)
        if any(account == "9002" for account, _ in world.market.asked):
            break
    stop.set()
    await running

    assert ("9002", "") in world.market.asked
    assert await due_in(world) > 200
    assert (await lease(world))[2] == "open"


async def test_429_waits_as_long_as_asked_and_is_no_failure(world: World) -> None:
    world.market.failure = lambda call: RateLimited("slow", retry_after_seconds=200)
    polling = world.polling("a")

    assert await polling.poll_one(world.account) is Outcome.WAIT

    assert 199 <= await due_in(world) < 225
    assert (await lease(world))[1] == 0


async def test_failed_calls_are_kept_with_status_endpoint_and_attempt(world: World) -> None:
    world.market.failure = lambda call: Temporary("away", status=502)
    polling = world.polling("a")
    for _ in range(3):
        await polling.poll_one(world.account)

    rows = await world.sql(
        "SELECT endpoint, status, attempt, code, tenant_id FROM channel_error ORDER BY id"
    )

    assert [row[:4] for row in rows] == [
        ("pull", 502, attempt, "provider_down") for attempt in (1, 2, 3)
    ]
    assert {row[4] for row in rows} == {world.tenant}


async def test_refused_keys_stop_the_channel_and_new_ones_bring_what_was_missed(
    world: World,
) -> None:
    polling = world.polling("a")
    world.channels.on_resumed(polling.wake)
    await polling.poll_one(world.account)
    world.market.failure = lambda call: AuthExpired("gone") if call == "pull" else None
    assert await polling.poll_one(world.account) is Outcome.AUTH
    stopped = await world.channels.channel(world.tenant, world.account)
    world.market.failure = lambda call: None
    world.market.pages["9001"] = [event("1"), event("2"), event("3")]
    asked = len(world.market.asked)
    await polling.poll_one(world.account)
    assert len(world.market.asked) == asked  # nobody asks with refused keys

    world.market.good.add("9001:new_keys")
    await world.channels.connect_account(world.tenant, "market", {"token": "9001:new_keys"})
    assert await due_in(world) <= 0
    await polling.poll_one(world.account)

    assert (stopped.status, stopped.status_reason) == ("suspended", "auth")
    assert [key for key, _ in await world.inbox()] == ["1", "2", "3"]


async def test_expired_access_token_is_renewed_once_and_the_poll_goes_on(world: World) -> None:
    refusals = [AuthExpired("expired", refreshable=True)]
    world.market.failure = lambda call: refusals.pop() if call == "pull" and refusals else None

    assert await world.polling("a").poll_one(world.account) is Outcome.OK

    assert world.market.calls.count("pull") == 2
    assert world.market.calls.count("refresh") == 2  # the first one, and the renewal


async def test_outage_ends_with_everything_in_order_and_once(world: World) -> None:
    polling = world.polling("a")
    await polling.poll_one(world.account)
    await world.hook(event("1"))
    world.market.failure = lambda call: Temporary("away")
    await polling.poll_one(world.account)
    world.market.failure = lambda call: None
    world.market.pages["9001"] = [event(str(number)) for number in range(1, 8)]

    await polling.poll_one(world.account)

    assert [key for key, _ in await world.inbox()] == [str(number) for number in range(1, 8)]
    assert (await lease(world))[3] == 6


async def test_bot_with_a_webhook_is_not_polled(world: World) -> None:
    polling = world.polling("a")

    with pytest.raises(Conflict) as refusal:
        await polling.poll_one(world.bot)

    assert refusal.value.key == "polling.both_ways"
    await polling.make_due()
    assert await world.sql("SELECT 1 FROM source_lease WHERE source = $1", world.bot) == []


async def test_without_public_address_nothing_is_a_miss(laptop: World) -> None:
    polling = laptop.polling("a")
    await polling.poll_one(laptop.account)
    laptop.market.pages["9001"] = [event("1")]

    await polling.poll_one(laptop.account)

    assert await laptop.inbox() == [("1", "pull")]
    assert (await lease(laptop))[3] == 0


async def test_removed_channel_is_forgotten(world: World) -> None:
    polling = world.polling("a")
    await polling.poll_one(world.account)

    await world.channels.remove(world.tenant, world.account)
    await polling.make_due()

    assert await world.sql("SELECT 1 FROM source_lease WHERE source = $1", world.account) == []


async def test_lag_is_measured_from_the_oldest_new_event(world: World) -> None:
    late = datetime.now(UTC) - timedelta(minutes=5)
    world.market.pages["9001"] = [RawEvent("1", "c1", b"{}", late)]
    polling = world.polling("a")

    await polling.poll_one(world.account)

    assert 299 < (await polling.states(world.tenant))[0].lag_seconds < 330


async def test_page_nobody_can_digest_slows_the_account_and_stops_nothing(world: World) -> None:
    polling = world.polling("a")
    world.market.failure = lambda call: ValueError("a bug") if call == "pull" else None

    delays = []
    for _ in range(3):
        assert await polling.poll_one(world.account) is Outcome.DOWN
        delays.append(await due_in(world))

    assert delays == sorted(delays)
    assert delays[2] > 200
