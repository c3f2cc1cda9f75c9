"""A member's album: one message, one mark; together where the channel can, else in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.connectors import errors
from services.connectors.errors import Reason
from services.connectors.messages import Media, MediaKind, OutboundMessage, React
from services.conversations.values import Answered
from tests.services.conversations.town import MARKET, Town, until


def photo(number: int) -> tuple[Media, ...]:
    return (Media(kind=MediaKind.IMAGE, ref=f"p{number}", size=10),)


async def album(town: Town, count: int, *, caption: str = "", group: str = "g1") -> list[str]:
    """Boris sends an album; the ids of its parts."""
    ids = []
    for number in range(count):
        text = caption if number == 0 else ""
        outcome, one = await town.manager(text, media=photo(number), group_id=group)
        assert outcome is Answered.RELAYED
        ids.append(one)
    return ids


async def talking(town: Town, **caps: Any) -> None:
    town.market.capabilities = replace(MARKET, **caps)
    await town.buyer("?")
    await town.calm()


def sent(town: Town) -> list[OutboundMessage]:
    return list(town.market.of(OutboundMessage))


def refs(town: Town) -> list[list[str]]:
    return [[item.ref for item in call.media] for call in sent(town) if call.media]


def refusing(town: Town, ref: str) -> Callable[[Any], Exception | None]:
    def refuse(action: Any) -> Exception | None:
        bad = isinstance(action, OutboundMessage) and any(m.ref == ref for m in action.media)
        return errors.Rejected(reason=Reason.CHAT_NOT_FOUND) if bad else None

    return refuse


async def test_album_goes_as_one_where_the_channel_can(town: Town) -> None:
    await talking(town, max_album=10, max_caption=100)
    town.market.perform = lambda _a: errors_free()  # type: ignore[method-assign]
    ids = await album(town, 4, caption="Вот фото")
    await until(lambda: town.house.reaction_on(ids[0]) == "👌")

    (call,) = sent(town)
    assert [item.ref for item in call.media] == ["p0", "p1", "p2", "p3"]
    assert call.text.text == "Вот фото"
    marked = {call.external_id for call in town.house.of(React)}
    assert marked == {ids[0]}


def errors_free() -> Any:
    from services.connectors.base import Sent  # noqa: PLC0415 - used here alone

    return Sent(external_id="x1", parts=("x1", "x2", "x3", "x4"))


async def test_album_goes_one_by_one_in_order_with_one_mark_elsewhere(town: Town) -> None:
    await talking(town)
    ids = await album(town, 3, caption="Вот фото")
    after = (await town.manager("и ещё"))[1]
    await until(lambda: town.house.reaction_on(after) == "👌")

    assert refs(town) == [["p0"], ["p1"], ["p2"]]
    assert sent(town)[-1].text.text == "и ещё"
    assert [call.text.text for call in sent(town)].count("Вот фото") == 1
    marked = {call.external_id for call in town.house.of(React)}
    assert marked == {ids[0], after}
    rows = await town.rows("SELECT id FROM message WHERE direction = 'out'")
    assert len(rows) == 2


async def test_part_that_comes_twice_is_sent_once(town: Town) -> None:
    await talking(town)
    message = await town.manager_message("", media=photo(0), group_id="g1")
    second = await town.manager_message("", media=photo(1), group_id="g1")
    from services.conversations.values import Author  # noqa: PLC0415

    author, found = Author(town.telegram_id("cherry", 1), "Борис"), []
    for item in (message, second, second, message):
        async with town.tx("cherry") as tx:
            found.append(await town.conversations.answer(tx, author, item))
    await until(lambda: town.house.reaction_on(message.message_id) == "👌")
    await town.calm()

    assert found[:3] == [Answered.RELAYED, Answered.RELAYED, Answered.DUPLICATE]
    assert refs(town) == [["p0"], ["p1"]]
    async with town.tx("cherry") as tx:
        again = await town.conversations.answer(tx, author, second)
    await town.calm()
    assert (again, refs(town)) == (Answered.DUPLICATE, [["p0"], ["p1"]])


async def test_what_did_not_arrive_of_an_album_is_counted_and_sent_by_one_press(
    town: Town,
) -> None:
    await talking(town)
    town.market.refuse = refusing(town, "p1")
    ids = await album(town, 3)
    await until(lambda: town.house.reaction_on(ids[0]) == "💔")
    await until(lambda: any("2 из 3" in p.text for p in town.house.posts))
    (told,) = [p for p in town.house.posts if p.reply_to == ids[0]]
    assert told.text.startswith("Дошло не всё: 2 из 3. Market больше не знает")

    town.market.refuse = lambda _a: None
    await town.press(told.buttons["Повторить"], message_id=told.id)
    await until(lambda: town.house.reaction_on(ids[0]) == "👌")
    assert refs(town) == [["p0"], ["p2"], ["p1"]]
    await until(lambda: told.text == "Отправлено")


async def test_first_part_refused_before_the_others_arrive_is_counted_anew(town: Town) -> None:
    await talking(town)
    town.market.refuse = refusing(town, "p0")
    ids = await album(town, 2)
    await until(lambda: any("1 из 2" in p.text for p in town.house.posts))
    assert town.house.reaction_on(ids[0]) == "💔"


async def test_two_albums_in_a_row_stay_two(town: Town) -> None:
    await talking(town, max_album=10)
    first = await album(town, 2, group="g1")
    second = await album(town, 2, group="g2")
    await until(lambda: town.house.reaction_on(second[0]) == "👌")
    assert town.house.reaction_on(first[0]) == "👌"
    assert [len(call.media) for call in sent(town)] == [2, 2]


async def test_albums_of_one_number_in_two_businesses_do_not_meet(town: Town) -> None:
    await talking(town, max_album=10)
    await town.buyer("?", slug="plum")
    await town.calm()
    mine = await album(town, 2)
    thread = list(town.house.topics)[1]
    for number in range(2):
        outcome, _ = await town.manager(
            "", slug="plum", media=photo(number), group_id="g1", thread_id=thread
        )
        assert outcome is Answered.RELAYED
    await until(lambda: len(sent(town)) == 2)
    assert town.house.reaction_on(mine[0]) in ("", "👌")
    rows = await town.rows("SELECT id FROM message WHERE direction = 'out'", slug="plum")
    assert len(rows) == 1


@pytest.mark.parametrize("parts", [11, 12])
async def test_more_than_fits_goes_in_several_albums(town: Town, parts: int) -> None:
    await talking(town, max_album=10)
    ids = await album(town, parts)
    await until(lambda: town.house.reaction_on(ids[0]) == "👌")
    assert [len(call.media) for call in sent(town)] == [10, parts - 10]


@pytest.mark.parametrize("noted", [0, 1, 2])
async def test_album_one_part_of_which_is_a_note_never_leaves(town: Town, noted: int) -> None:
    await talking(town)
    for number in range(3):
        text = "//скидку не давать" if number == noted else ""
        await town.manager(text, media=photo(number), group_id="g1")
    after = (await town.manager("дальше"))[1]
    await until(lambda: town.house.reaction_on(after) == "👌")
    await town.calm()

    assert refs(town) == []
    assert [call.text.text for call in sent(town)] == ["дальше"]
    rows = await town.rows("SELECT visibility FROM message WHERE group_id = 'g1'")
    assert {row["visibility"] for row in rows} == {"note"}
