"""I21: forced serialization failures and deadlocks, anywhere in the bridge; nothing is lost,
doubled or parked.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import asyncpg
import pytest

from tests.scenarios.world import BIKE, IVAN, KIDS_BIKE, MARINA, World, sees

CONFLICTS, SHARE, EACH, PATIENCE = 250, 0.1, 5, 30.0
FORCED = f"""
CREATE SEQUENCE conflicts;
CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF random() < {SHARE} AND nextval('conflicts') <= {CONFLICTS} THEN
    RAISE EXCEPTION 'forced'
      USING ERRCODE = CASE WHEN random() < 0.5 THEN '40001' ELSE '40P01' END;
  END IF;
  RETURN NULL;
END $$;
"""
TABLES = """
inbox lane delivery delivery_open delivery_attempt delivery_stuck message message_link conversation
topic_link poll_mark poll_expected source_lease early_receipt parked draft batch
"""
LEFT = """
SELECT (SELECT count(*) FROM delivery WHERE state IN ('parked', 'unknown')) AS stuck,
       (SELECT count(*) FROM parked) AS unread
"""


@asynccontextmanager
async def conflicts(world: World) -> AsyncIterator[asyncpg.Connection]:
    """Begin to refuse statements; the superuser's connection that counts them."""
    owner = await asyncpg.connect(world.environ["VISHENKA_MIGRATE_DATABASE_URL"])
    await owner.execute(FORCED)
    for table in TABLES.split():
        await owner.execute(
            f"CREATE TRIGGER forced BEFORE INSERT OR UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION conflict()"
        )
    yield owner
    await owner.close()


@pytest.mark.timeout(150)
async def test_conflicts_lose_and_double_nothing(world: World) -> None:
    chats = [(buyer, item) for buyer in (IVAN, MARINA) for item in (BIKE, KIDS_BIKE, None)]
    topics = [await world.topic(f"Первое {n}.", *chat) for n, chat in enumerate(chats)]
    number = 0
    async with conflicts(world) as owner:
        while await owner.fetchval("SELECT last_value FROM conflicts") < CONFLICTS:
            for chat, topic in [*zip(chats, topics, strict=True)] * EACH:
                number += 1
                world.buyer(f"Вопрос {number}.", *chat)
                world.says(f"Ответ {number}.", topic)
            for n, chat in enumerate(reversed(chats)):
                await sees(partial(answered, world, chat, number - n), PATIENCE)
                await sees(partial(world.message, f"Вопрос {number - n}."), PATIENCE)
    # A webhook the database refused comes by the poller, and younger ones may be before it.
    await sees(lambda: world.city.judge().lost == 0, PATIENCE)
    verdict = world.city.judge()
    assert verdict.doubled == 0, verdict.as_json()
    if not any(hook.status == 503 for hook in world.crossed(kind="hook", provider="avito")):
        assert verdict.out_of_order == 0, verdict.as_json()
    (left,) = await world.rows(LEFT)
    assert dict(left) == {"stuck": 0, "unread": 0}


def answered(world: World, chat: tuple[int, int | None], number: int) -> bool:
    return f"Ответ {number}." in world.sent(world.chat_id(*chat))
