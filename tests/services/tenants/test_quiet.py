"""Quiet hours of a person: read from words, kept, and over when they are over."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.db import open_database
from services.kit.errors import InvalidInput
from services.kit.ids import new_id
from services.notices import rules
from services.tenants import quiet
from services.tenants.actor import Actor, ActorKind
from services.tenants.quiet import Quiet, quiet_of, read_quiet
from tests.conftest import Dsns

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)  # nine in Moscow
MOSCOW = "Europe/Moscow"
NIGHT = (time(22), time(8))


@pytest.mark.parametrize(
    "text", ["22-8", "22:00–08:00", "с 22 до 8", "from 22.00 to 8:00", "каждый день 22 - 8"]
)
def test_hours_are_read(text: str) -> None:
    assert read_quiet(text, MOSCOW, NOW) == NIGHT


def test_moment_is_the_next_one_on_the_persons_clock() -> None:
    assert read_quiet("до 12:00", MOSCOW, NOW) == NOW + timedelta(hours=3)
    assert read_quiet("until 9", MOSCOW, NOW) == NOW + timedelta(days=1)


@pytest.mark.parametrize("text", ["", "ночью", "25-8", "22:75-8", "до 99", "1-2-3"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_quiet(text, MOSCOW, NOW)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_quiet(text, MOSCOW, NOW)
    except InvalidInput as refused:
        key = refused.key
    else:
        key = ""
    assert key in ("", "quiet.unreadable")


async def test_wish_is_kept_and_notices_heed_it(dsns: Dsns) -> None:
    database = await open_database(dsns.app_dsn)
    me, other = (Actor(ActorKind.MEMBER, new_id()) for _ in range(2))
    async with database.system("a test prepares") as tx:
        for number, actor in enumerate((me, other)):
            await tx.execute(
                "INSERT INTO users (id, telegram_user_id, settings) VALUES ($1, $2, $3)",
                actor.id, number, '{"tenant": "x"}',
            )  # fmt: skip
        await quiet.set_hours(tx, me, NIGHT)
        await quiet.set_until(tx, me, NOW + timedelta(hours=3), NOW)
        settings = await tx.value("SELECT settings::text FROM users WHERE id = $1", me.id)

        assert await quiet_of(tx, me, NOW) == Quiet(*NIGHT, NOW + timedelta(hours=3))
        assert await quiet_of(tx, me, NOW + timedelta(hours=4)) == Quiet(*NIGHT)
        assert await quiet_of(tx, other, NOW) == Quiet()
        assert "tenant" in settings
        await quiet.set_hours(tx, me, None)
        await quiet.set_until(tx, me, None, NOW)
        assert await quiet_of(tx, me, NOW) == Quiet()
        with pytest.raises(InvalidInput):
            await quiet.set_until(tx, me, NOW + timedelta(days=8), NOW)
        with pytest.raises(InvalidInput):
            await quiet.set_hours(tx, me, (time(8), time(8)))
    await database.close()

    wish = rules.quiet_of({"quiet": ["22:00", "08:00"]}, MOSCOW)
    night = NOW + timedelta(hours=14)
    assert rules.due_at(night, wish, urgent=False) == NOW + timedelta(hours=23)
