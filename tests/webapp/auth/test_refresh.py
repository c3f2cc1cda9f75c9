"""Refresh families: rotation, the lost answer, theft, twenty at once, lifetimes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.webapp.people import Town

ENDED = "SELECT count(*) FROM user_session WHERE ended_why = 'reuse'"


def restarted(town: Town, ago: float) -> None:
    """Let the web process have begun so many seconds ago."""
    sessions = town.door.services.features.identity.sessions
    sessions._began = datetime.now(UTC) - timedelta(seconds=ago)


async def later(town: Town, seconds: int) -> None:
    """Let time pass for every session, in a process that has been there all the while."""
    restarted(town, 86_400)
    async with town.door.services.database.system("time passes") as tx:
        await tx.execute(
            "UPDATE user_session SET rotated_at = rotated_at - make_interval(secs => $1),"
            " created_at = created_at - make_interval(secs => $1),"
            " last_seen_at = last_seen_at - make_interval(secs => $1)",
            float(seconds),
        )


async def me(town: Town) -> int:
    return (await town.anna.call("GET", "/api/v1/me"))[0]


async def test_a_refresh_rotates_and_the_session_stays_the_same(town: Town) -> None:
    await town.anna.enter()
    old = town.anna.refresh_token

    status, body = await town.anna.refresh()

    assert status == 200
    assert body["refresh_token"] != old
    town.anna.keep(body)
    assert await me(town) == 200
    _, sessions = await town.anna.call("GET", "/api/v1/sessions")
    assert len(sessions["items"]) == 1
    assert sessions["items"][0]["current"] is True


async def test_twenty_refreshes_at_once_get_one_successor_and_nobody_is_logged_out(
    town: Town,
) -> None:
    await town.anna.enter()

    answers = await asyncio.gather(*(town.anna.refresh() for _ in range(20)))

    assert {status for status, _ in answers} == {200}
    assert len({body["refresh_token"] for _, body in answers}) == 1
    town.anna.keep(answers[0][1])
    assert await me(town) == 200
    assert (await town.anna.refresh())[0] == 200


async def test_an_old_token_that_comes_back_late_ends_the_session_for_both(town: Town) -> None:
    await town.anna.enter()
    stolen = town.anna.refresh_token
    _, fresh = await town.anna.refresh()
    await later(town, 11)

    assert (await town.anna.refresh(stolen))[0] == 401

    town.anna.keep(fresh)
    assert await me(town) == 401
    assert (await town.anna.refresh())[0] == 401
    async with town.door.services.database.system("test") as tx:
        assert await tx.value(ENDED) == 1
        told = await tx.fetch("SELECT tenant_id, rule, params FROM notice")
    assert [(row["tenant_id"], row["rule"]) for row in told] == [(town.cherry, "session_reuse")]


async def test_200_families_end_when_a_grandparent_comes_back_however_soon(town: Town) -> None:
    sessions = town.door.services.features.identity.sessions

    async def family() -> None:
        _, tokens = await town.anna.enter()
        first = tokens["refresh_token"]
        second = await sessions.refresh(first)
        third = await sessions.refresh(second.refresh_token)
        with pytest.raises(Exception, match="session_over"):
            await sessions.refresh(first)
        with pytest.raises(Exception, match="session_over"):
            await sessions.refresh(third.refresh_token)
        assert await sessions.look(third.access_token) is None

    for _ in range(200):
        await family()


async def test_a_lost_answer_gives_the_same_successor(town: Town) -> None:
    await town.anna.enter()
    first = town.anna.refresh_token

    lost = (await town.anna.refresh(first))[1]
    again = (await town.anna.refresh(first))[1]

    assert lost["refresh_token"] == again["refresh_token"]
    town.anna.keep(again)
    assert await me(town) == 200


@pytest.mark.parametrize(
    ("rotated", "began", "status"),
    [
        (30, 12, 200),  # the process died with the answer; the new one has just begun
        (30, 20, 401),  # the client has had its ten seconds since
        (80, 12, 401),  # the answer was given long before the process died
        (30, 40, 401),  # the process was there all the while
    ],
)
async def test_ten_seconds_do_not_run_while_the_process_is_dead(
    town: Town, rotated: int, began: int, status: int
) -> None:
    await town.anna.enter()
    first = town.anna.refresh_token
    await town.anna.refresh()
    await later(town, rotated)
    restarted(town, began)

    assert (await town.anna.refresh(first))[0] == status


@pytest.mark.parametrize(("days", "status"), [(13, 200), (15, 401)])
async def test_an_idle_session_ends_after_two_weeks(town: Town, days: int, status: int) -> None:
    await town.anna.enter()
    await later(town, days * 86_400)

    assert (await town.anna.refresh())[0] == status


async def test_no_session_lives_longer_than_90_days_or_than_the_business_says(town: Town) -> None:
    await town.anna.enter()
    sql = "UPDATE user_session SET created_at = now() - make_interval(days => $1)"
    async with town.door.services.database.system("time passes") as tx:
        await tx.execute(sql, 8)
    assert await me(town) == 200

    async with town.door.services.database.system("the owner wants a week") as tx:
        await tx.execute(
            """UPDATE tenant SET settings = '{"session_days": 7}' WHERE id = $1""", town.cherry
        )
    assert await me(town) == 401

    async with town.door.services.database.system("time passes") as tx:
        await tx.execute("UPDATE tenant SET settings = '{}'")
        await tx.execute(sql, 91)
    assert await me(town) == 401


async def test_logout_everywhere_works_on_the_next_call_of_every_device(town: Town) -> None:
    await town.anna.enter()
    phone = town.anna.access
    await town.anna.enter()

    assert (await town.anna.call("POST", "/api/v1/auth/logout-all"))[0] == 200

    assert await me(town) == 401
    town.anna.access = phone
    assert await me(town) == 401


async def test_one_session_is_ended_by_its_owner_only(town: Town) -> None:
    await town.anna.enter()
    await town.clara.enter()
    _, body = await town.anna.call("GET", "/api/v1/sessions")
    path = f"/api/v1/sessions/{body['items'][0]['id']}"

    assert (await town.clara.call("DELETE", path))[0] == 404
    assert await me(town) == 200
    assert (await town.anna.call("DELETE", path))[0] == 200
    assert await me(town) == 401


async def test_no_tenants_transaction_sees_a_session(town: Town) -> None:
    await town.anna.enter()

    async with town.door.services.database.tenant(town.cherry) as tx:
        for table in ("user_session", "second_factor", "login_attempt", "login_subject"):
            assert await tx.value(f"SELECT count(*) FROM {table}") == 0
