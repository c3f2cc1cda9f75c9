"""The short way of a message says and keeps what the long way would; where anything is different
it leaves nothing behind.
"""

from __future__ import annotations

import pytest

from services.connectors import errors
from services.connectors.messages import Message
from services.inbox.shortcut import take
from services.lanes.models import LaneKind, Lease
from services.lanes.store import LeaseLost
from tests.services.conversations.town import Town, until

LANE = 77
MAKE = """
INSERT INTO lane (id, kind, tenant_id, channel_id, last_seq, owner, fence, lease_until)
VALUES ($1, 1, $2, $3, 1000, 'me', 1, now() + interval '1 minute') ON CONFLICT DO NOTHING
"""


@pytest.fixture
async def known(town: Town) -> Town:
    """A chat that has been shown twice: its topic is known."""
    await town.buyer("первое")
    await town.calm()
    await town.buyer("второе")
    await town.calm()
    return town


async def shortly(
    town: Town, message: Message, seq: int, *, slug: str = "cherry", fence: int = 1
) -> bool | None:
    """Go the short way; None when there is none, False when it refuses."""
    way = town.conversations.shortly(await town.event(slug), message)
    if way is None:
        return None
    tenant_id, channel_id = town.tenants[slug], town.channel_id(slug, "market")
    async with town.services.database.system("test") as tx:
        await tx.execute(MAKE, LANE, tenant_id, channel_id)
    lease = Lease(
        lane=LANE,
        kind=LaneKind.IN,
        tenant_id=tenant_id,
        channel_id=channel_id,
        fence=fence,
        done_seq=0,
        head_attempts=0,
        head_crashes=0,
        crashed=False,
        good_until=1e12,
    )
    return await take(town.services.database, lease, seq, way)


async def done_seq(town: Town) -> int:
    rows = await town.rows("SELECT done_seq FROM lane WHERE id = $1", LANE)
    return rows[0]["done_seq"] if rows else 0


async def test_a_plain_text_of_a_known_chat_is_stored_shown_and_moves_its_lane(
    known: Town,
) -> None:
    for number in range(1, 6):
        assert await shortly(known, known.message(str(number)), number)
    await known.calm()

    assert known.house.texts() == ["первое", "второе", "1", "2", "3", "4", "5"]
    assert await done_seq(known) == 5
    rows = await known.rows("SELECT seq, text, state FROM message ORDER BY seq")
    assert [row["text"] for row in rows] == known.house.texts()
    links = await known.rows("SELECT 1 FROM message_link WHERE side = 'topic'")
    assert len(links) == 7
    assert (await known.one("SELECT state FROM conversation"))["state"] == "waiting"


def hold_back(town: Town) -> None:
    """Let the next call fail, so that what follows it has to wait for its turn."""
    refusals = iter([errors.Temporary("busy", retry_after_seconds=0.6)])
    town.house.refuse = lambda _action: next(refusals, None)


async def test_texts_that_wait_for_their_turn_join_the_lane_in_order(known: Town) -> None:
    hold_back(known)
    for number in range(1, 9):
        assert await shortly(known, known.message(str(number)), number)
    places = await known.rows("SELECT DISTINCT seq FROM delivery_open")
    await known.calm()

    assert known.house.texts() == ["первое", "второе", *map(str, range(1, 9))]
    assert len(places) == 1  # none of them moved the lane's row


async def test_a_row_that_joined_with_nobody_hearing_of_it_is_found(known: Town) -> None:
    hold_back(known)
    assert await shortly(known, known.message("1"), 1)
    way = known.conversations.shortly(await known.event(), known.message("2"))
    assert way is not None
    async with known.services.database.connection() as conn:
        await conn.fetch(way.sql, known.tenants["cherry"], LANE, 1, 2, *way.args)
    way.undo()  # as when the answer to the commit was lost
    assert await shortly(known, known.message("3"), 3)

    await until(lambda: known.house.texts() == ["первое", "второе", "1", "2", "3"])


async def test_what_joined_stands_in_its_order_for_the_next_owner_too(known: Town) -> None:
    hold_back(known)
    for number in range(1, 6):
        assert await shortly(known, known.message(str(number)), number)
    rows = await known.rows(
        "SELECT m.text FROM delivery_open o JOIN delivery d ON d.id = o.delivery_id"
        " JOIN message m ON m.id = d.ref ORDER BY o.seq, o.delivery_id"
    )

    assert [row["text"] for row in rows] == list("12345")


async def test_a_known_message_is_not_stored_or_shown_again(known: Town) -> None:
    message = known.message("один раз")
    assert await shortly(known, message, 1)
    assert await shortly(known, message, 2) is False
    await known.calm()

    assert known.house.texts() == ["первое", "второе", "один раз"]
    assert await done_seq(known) == 1


async def test_an_owner_that_lost_its_lane_leaves_nothing_behind(known: Town) -> None:
    with pytest.raises(LeaseLost):
        await shortly(known, known.message("чужое"), 1, fence=2)
    await known.calm()

    assert known.house.texts() == ["первое", "второе"]
    assert len(await known.rows("SELECT 1 FROM message")) == 2
    assert await done_seq(known) == 0


async def test_a_place_done_already_is_not_done_again(known: Town) -> None:
    assert await shortly(known, known.message("раз"), 5)
    with pytest.raises(LeaseLost):
        await shortly(known, known.message("два"), 5)
    await known.calm()

    assert known.house.texts() == ["первое", "второе", "раз"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE conversation SET state = 'closed'",
        "UPDATE conversation SET state = 'snoozed'",
        "UPDATE conversation SET state = 'spam'",
        "UPDATE conversation SET last_in_at = now() + interval '1 day'",
        "UPDATE topic_link SET thread_id = '999'",
        "UPDATE topic_link SET state = 'closed'",
        "UPDATE workspace SET chat_id = '-999'",
        "UPDATE workspace SET state = 'lost'",
    ],
)
async def test_what_changed_meanwhile_sends_the_message_the_long_way(
    known: Town, change: str
) -> None:
    async with known.tx("cherry") as tx:
        await tx.execute(change)

    assert await shortly(known, known.message("теперь"), 1) is False
    assert len(await known.rows("SELECT 1 FROM message")) == 2
    assert await known.rows("SELECT 1 FROM delivery_open") == []
    assert await done_seq(known) == 0


async def test_only_plain_texts_of_people_have_a_short_way(known: Town) -> None:
    for odd in (
        known.message("ответ", reply_to="e1"),
        known.message("наше", own=True),
        known.message("робот", automatic=True),
        known.message("служба", system=True),
        known.message("альбом", group_id="g"),
        known.message(""),
        known.message("длинное " * 2000),
        known.message("новый чат", chat="u2i-9"),
    ):
        assert await shortly(known, odd, 1) is None


async def test_a_stranger_never_takes_another_tenants_way(known: Town) -> None:
    assert await shortly(known, known.message("мне"), 1, slug="plum") is None


async def test_a_reservation_not_used_frees_its_key(known: Town) -> None:
    async with known.tx("cherry") as tx:
        await tx.execute("UPDATE conversation SET state = 'closed'")
    assert await shortly(known, known.message("теперь"), 1) is False

    await known.buyer("длинным путём")
    await until(lambda: known.house.texts()[-1:] == ["длинным путём"])
