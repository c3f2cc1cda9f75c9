"""The list of dialogs: views, order, pages, search, scope; one dialog with its messages."""

import pytest

from services.desk.values import View, Wanted
from services.kit.errors import InvalidInput, NotFound
from services.kit.ids import new_id
from tests.services.desk.shops import Shop, ago


async def test_who_waits_longest_comes_first(cherry: Shop) -> None:
    await cherry.talk("Иван", "?", minutes=5)
    await cherry.talk("Пётр", "?", minutes=50)
    await cherry.talk("Анна", "спасибо", state="open", minutes=1)

    assert await cherry.names(Wanted(View.WAITING)) == ["Пётр", "Иван"]


async def test_all_shows_the_last_to_speak_first_and_no_blocked(cherry: Shop) -> None:
    await cherry.talk("Давно", "…", state="closed", minutes=900)
    await cherry.talk("Недавно", "…", state="open", minutes=2)
    await cherry.talk("Спам", "…", state="spam", minutes=1)

    assert await cherry.names(Wanted(View.ALL)) == ["Недавно", "Давно"]
    assert await cherry.names(Wanted(View.BLOCKED)) == ["Спам"]
    assert await cherry.names(Wanted(View.CLOSED)) == ["Давно"]


async def test_mine_are_the_viewers_and_not_closed(cherry: Shop) -> None:
    await cherry.talk("Моя", "…", mine=True)
    await cherry.talk("Отложена", "…", state="snoozed", mine=True, minutes=9)
    await cherry.talk("Закрыта", "…", state="closed", mine=True)
    await cherry.talk("Чужая", "…")

    assert await cherry.names(Wanted(View.MINE)) == ["Моя", "Отложена"]


@pytest.mark.parametrize("view", [View.WAITING, View.ALL, View.MINE])
async def test_pages_show_every_row_once_even_of_one_moment(cherry: Shop, view: View) -> None:
    for number in range(7):
        await cherry.talk(f"n{number}", "…", minutes=3, mine=True)
    seen: list[str] = []
    cursor = ""
    async with cherry.services.database.tenant(cherry.id) as tx:
        while True:
            page = await cherry.dialogs.page(
                tx, cherry.viewer(), Wanted(view, cursor=cursor, limit=3)
            )
            seen += [dialog.person for dialog in page.items]
            cursor = page.cursor
            if not cursor:
                break

    assert sorted(seen) == [f"n{number}" for number in range(7)]


@pytest.mark.parametrize("cursor", ["x", "////", "bm9wZQ", "fA", "0" * 500])
async def test_broken_cursor_is_told_as_such(cherry: Shop, cursor: str) -> None:
    with pytest.raises(InvalidInput) as told:
        await cherry.page(Wanted(cursor=cursor))
    assert told.value.field == "cursor"


async def test_search_finds_names_ads_and_words_in_any_form(cherry: Shop) -> None:
    await cherry.talk("Иван Петров", "Здравствуйте", subject="Горный велосипед")
    await cherry.talk("Анна", "Продаёте шлемы?", state="closed")
    await cherry.talk("Олег", "привет")

    assert await cherry.names(Wanted(query="петр")) == ["Иван Петров"]
    assert await cherry.names(Wanted(query="велосипед горный")) == ["Иван Петров"]
    assert await cherry.names(Wanted(query="шлем")) == ["Анна"]
    assert await cherry.names(Wanted(query="самокат")) == []


@pytest.mark.parametrize("query", ["'", "a & | !", "<->", ":*", "\\", "%_", "🙂", "x" * 9000])
async def test_search_takes_any_signs(cherry: Shop, query: str) -> None:
    await cherry.talk("Иван", "?")

    assert await cherry.names(Wanted(query=query)) == []


async def test_scope_hides_other_accounts_from_lists_search_counts_and_threads(
    cherry: Shop,
) -> None:
    await cherry.talk("Видимый", "слово", channel=0)
    hidden = await cherry.talk("Скрытый", "слово", channel=1)

    assert await cherry.names(Wanted(View.ALL), 0) == ["Видимый"]
    assert await cherry.names(Wanted(query="слово"), 0) == ["Видимый"]
    async with cherry.services.database.tenant(cherry.id) as tx:
        assert (await cherry.dialogs.counts(tx, cherry.viewer(0)))[View.WAITING] == 1
        assert (await cherry.dialogs.counts(tx, cherry.viewer()))[View.WAITING] == 2
    with pytest.raises(NotFound):
        await cherry.thread(hidden, 0)


async def test_stranger_sees_finds_and_opens_nothing(cherry: Shop, plum: Shop) -> None:
    theirs = await cherry.talk("Иван", "секрет", subject="Велосипед")
    await plum.talk("Олег", "своё")

    assert await plum.names(Wanted(View.ALL)) == ["Олег"]
    assert await plum.names(Wanted(query="секрет")) == []
    assert await plum.names(Wanted(query="велосипед")) == []
    with pytest.raises(NotFound) as foreign:
        await plum.thread(theirs)
    with pytest.raises(NotFound) as unknown:
        await plum.thread(new_id())
    assert foreign.value.key == unknown.value.key


async def test_thread_is_oldest_first_with_its_page_of_older_ones(cherry: Shop) -> None:
    row = await cherry.talk("Иван", *[f"слово {n}" for n in range(5)])

    newest = await cherry.thread(row, limit=2)
    assert [item.text for item in newest.items] == ["слово 3", "слово 4"]
    assert newest.before is not None
    older = await cherry.thread(row, before=newest.before, limit=50)
    assert [item.text for item in older.items] == ["слово 0", "слово 1", "слово 2"]
    assert older.before is None


async def test_version_changes_with_what_is_shown_only(cherry: Shop) -> None:
    row = await cherry.talk("Иван", "первое")
    before = (await cherry.thread(row)).version
    assert (await cherry.thread(row)).version == before

    await cherry.say(row, 2, "второе", at=ago(0))

    assert (await cherry.thread(row)).version != before


async def test_notes_are_marked_as_such(cherry: Shop) -> None:
    row = await cherry.talk("Иван", "?")
    await cherry.say(row, 2, "торгуется", direction="out", visibility="note", author_kind="member")

    assert [item.is_note for item in (await cherry.thread(row)).items] == [False, True]
