"""What lives on a dialog's page: who writes now, and the way back from an act."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from uuid import UUID

import pytest
from aiohttp import web

from services.bootstrap import bootstrap
from services.desk.undo import KEPT
from services.kit.clock import SystemClock
from services.kit.ids import new_id
from services.tenants.actor import Role
from tests.services.desk.shops import Shop
from tests.webapp.pages import look, press
from tests.webapp.people import Person, Town
from webapp.app import build_app, make_runner
from webapp.server import Crowd, Limits

XSS = "<img/src=x/onerror=alert(1)>"
WRITES = "\u2068Борис\u2069 отвечает"
STANDING = """SELECT state, assignee_id, waiting_since, snoozed_until, next_check_at, ladder_step
FROM conversation WHERE tenant_id = $1 AND id = $2"""


async def types(who: Person, row: UUID, *, typing: bool = True) -> int:
    path = f"/api/v1/dialogs/{row}/presence"
    return (await who.call("PUT", path, {"typing": typing}))[0]


async def standing(shop: Shop, row: UUID) -> dict[str, object]:
    async with shop.services.database.tenant(shop.id) as tx:
        return dict(await tx.row(STANDING, shop.id, row) or {})


# ---- who writes ----


async def test_a_colleague_who_writes_is_shown_by_name(town: Town, shop: Shop) -> None:
    row = await shop.talk("Иван", "?")

    assert await types(town.boris, row) == 200

    shown = await town.anna.call("GET", f"/api/v1/dialogs/{row}/presence")
    assert shown == (200, {"answering": ["Борис"]})
    _, thread = await town.anna.call("GET", f"/api/v1/dialogs/{row}")
    assert thread["dialog"]["answering"] == ["Борис"]
    for path in (f"/app/dialogs/{row}", "/app/dialogs"):
        assert WRITES in (await look(town.anna, path))[1]
        assert "отвечает" not in (await look(town.boris, path))[1]
    assert await types(town.boris, row, typing=False) == 200
    assert "отвечает" not in (await look(town.anna, f"/app/dialogs/{row}"))[1]


async def test_an_answer_ends_the_writing(town: Town, shop: Shop) -> None:
    row = await shop.talk("Иван", "?")
    await types(town.boris, row)

    await town.boris.call("POST", f"/api/v1/dialogs/{row}/messages", {"text": "Да", "key": "k"})

    shown = await town.anna.call("GET", f"/api/v1/dialogs/{row}/presence")
    assert shown == (200, {"answering": []})


async def test_writing_is_for_who_may_see_and_answer_the_dialog(town: Town, shop: Shop) -> None:
    row = await shop.talk("Иван", "?")
    url = f"/api/v1/dialogs/{row}/presence"
    await town.role(town.dora, Role.ANALYST)
    await town.dora.enter()

    assert await types(town.dora, row) == 403
    assert await types(town.clara, row) == await types(town.boris, new_id()) == 404
    assert (await town.clara.call("GET", url))[0] == 404
    assert await town.dora.call("GET", url) == (200, {"answering": []})
    assert (await town.boris.call("PUT", url, {"typing": "yes"}))[0] == 422


async def test_a_page_that_looks_again_learns_of_it_and_of_its_end(town: Town, shop: Shop) -> None:
    row = await shop.talk("Иван", "?")
    _, text = await look(town.anna, f"/app/dialogs/{row}")
    again = html.unescape(re.search(r'hx-get="([^"]+version[^"]+)"', text)[1])  # type: ignore[index]
    assert (await look(town.anna, again))[0] == 204

    await types(town.boris, row)
    status, text = await look(town.anna, again)

    assert (status, WRITES in text) == (200, True)


async def test_a_name_is_text(town: Town, shop: Shop) -> None:
    row = await shop.talk("Иван", "?")
    async with shop.services.database.system("test") as tx:
        await tx.execute("UPDATE users SET name = $1 WHERE telegram_user_id = 1002", XSS)
    await types(town.boris, row)

    for path in (f"/app/dialogs/{row}", "/app/dialogs"):
        text = (await look(town.anna, path))[1]
        assert html.escape(XSS[:15]) in text
        assert XSS[:15] not in text


async def test_pages_work_without_redis(town: Town, shop: Shop) -> None:
    row = await shop.talk("Иван", "?")
    away = {"redis_url": "redis://127.0.0.1:1"}
    settings = shop.services.settings.model_copy(update=away)
    services = await bootstrap(settings, use_broker=False)
    runner = make_runner(build_app(services), Crowd(Limits()))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        door = replace(town.door, port=runner.addresses[0][1])
        boris = replace(town.boris, door=door)

        assert await types(boris, row) == 200
        for path in (f"/app/dialogs/{row}", "/app/dialogs"):
            assert (await look(boris, path))[0] == 200
        shown = await boris.call("GET", f"/api/v1/dialogs/{row}/presence")
        assert shown == (200, {"answering": []})
    finally:
        await runner.cleanup()
        await services.close()


# ---- the way back ----


async def act(who: Person, row: UUID, name: str, **typed: str) -> tuple[str, str]:
    """Press a button of the page; return the page it leads to and the token in it."""
    status, path = await press(who, f"/app/dialogs/{row}/{name}", typed)
    assert status == 303
    _, text = await look(who, path)
    found = re.search(r'name="token" value="([^"]+)"', text)
    return text, found[1] if found else ""


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("close", {}, "Диалог закрыт"),
        ("snooze", {"length": "1h"}, "Диалог отложен до"),
        ("take", {}, "Теперь диалог ведёте вы"),
    ],
)
async def test_an_act_is_taken_back_exactly(
    town: Town, shop: Shop, name: str, typed: dict[str, str], says: str
) -> None:
    row = await shop.talk("Иван", "?", minutes=7)
    before = await standing(shop, row)
    text, token = await act(town.boris, row, name, **typed)
    assert says in text
    assert await standing(shop, row) != before

    text, _ = await act(town.boris, row, "undo", token=token)

    assert "Вернули как было" in text
    assert await standing(shop, row) == before


async def test_undone_assignment_gives_the_dialog_back_to_who_led_it(
    town: Town, shop: Shop
) -> None:
    row = await shop.talk("Иван", "?")
    await act(town.boris, row, "take")
    before = await standing(shop, row)
    _, me = await town.anna.call("GET", "/api/v1/me")
    anna = me["user"]["id"]

    text, token = await act(town.boris, row, "assign", user_id=anna)
    assert "Теперь диалог ведёт Анна" in text.replace("\u2068", "").replace("\u2069", "")
    await act(town.boris, row, "undo", token=token)

    assert (await standing(shop, row))["assignee_id"] == before["assignee_id"]


async def test_undone_opening_closes_again(town: Town, shop: Shop) -> None:
    row = await shop.talk("Иван", "?", state="closed")
    _, token = await act(town.boris, row, "reopen")

    await act(town.boris, row, "undo", token=token)

    assert (await standing(shop, row))["state"] == "closed"


async def test_too_late_is_said_and_changes_nothing(town: Town, shop: Shop) -> None:
    row = await shop.talk("Иван", "?")
    _, token = await act(town.boris, row, "close")
    await act(town.anna, row, "reopen")
    before = await standing(shop, row)

    text, _ = await act(town.boris, row, "undo", token=token)

    assert "Вернуть уже нельзя" in text
    assert await standing(shop, row) == before


async def test_words_of_the_buyer_make_it_too_late(town: Town, shop: Shop) -> None:
    row = await shop.talk("Иван", "?")
    _, token = await act(town.boris, row, "close")
    await shop.write("UPDATE conversation SET state = 'waiting', waiting_since = now()"
                     " WHERE tenant_id = $1 AND id = $2", row)  # fmt: skip
    before = await standing(shop, row)

    text, _ = await act(town.boris, row, "undo", token=token)

    assert "Вернуть уже нельзя" in text
    assert await standing(shop, row) == before


async def test_a_way_back_is_for_its_person_dialog_and_ten_minutes(town: Town, shop: Shop) -> None:
    row, other = await shop.talk("Иван", "?"), await shop.talk("Пётр", "?")
    _, closed = await town.boris.call("POST", f"/api/v1/dialogs/{row}/close")
    body = {"token": closed["undo"]}

    answers = [
        await who.call("POST", f"/api/v1/dialogs/{one}/undo", body)
        for who, one in ((town.anna, row), (town.boris, other), (town.clara, row))
    ]

    assert [status for status, _ in answers] == [422, 422, 404]
    undo = shop.services.features.desk.undo
    undo._clock = Later()
    status, told = await town.boris.call("POST", f"/api/v1/dialogs/{row}/undo", body)
    assert (status, told["error"]["code"]) == (409, "desk.undo_late")
    undo._clock = shop.services.clock
    assert (await town.boris.call("POST", f"/api/v1/dialogs/{row}/undo", body))[0] == 200
    assert (await town.boris.call("POST", f"/api/v1/dialogs/{row}/undo", body))[0] == 409


class Later(SystemClock):
    """Ten minutes ahead."""

    def now(self):  # type: ignore[no-untyped-def]
        return super().now() + KEPT


async def test_who_was_slower_hears_who_leads(town: Town, shop: Shop) -> None:
    row = await shop.talk("Иван", "?")
    await act(town.anna, row, "take")

    text, token = await act(town.boris, row, "take")

    assert "Диалог уже ведёт" in text
    assert token == ""


async def test_what_was_done_is_said_once_and_only_in_known_words(town: Town, shop: Shop) -> None:
    row = await shop.talk("Иван", "?")

    assert "toast" in (await look(town.boris, f"/app/dialogs/{row}?said=closed"))[1]
    for odd in ("said=hacked", "said=", "undo=x", "said=<b>"):
        status, text = await look(town.boris, f"/app/dialogs/{row}?{odd}")
        assert (status, "toast" in text) == (200, False), odd


async def test_older_messages_and_further_pages_stand_still(town: Town, shop: Shop) -> None:
    row = await shop.talk("Иван", *(str(number) for number in range(60)))
    for number in range(31):
        await shop.talk(f"n{number}", "?")
    _, newest = await look(town.boris, f"/app/dialogs/{row}")
    older = re.search(r'href="([^"]+before=[^"]+)"', newest)[1]  # type: ignore[index]
    _, first = await look(town.boris, "/app/dialogs")
    further = html.unescape(re.search(r'href="([^"]+cursor=[^"]+)"', first)[1])  # type: ignore[index]

    assert "tick from:body" in newest
    assert "tick from:body" in first
    _, older_page = await look(town.boris, older)
    assert "tick from:body" not in older_page
    assert "К новым сообщениям" in older_page
    assert "tick from:body" not in (await look(town.boris, further))[1]


async def test_the_way_back_works_by_a_plain_form_of_a_whole_page(town: Town, shop: Shop) -> None:
    row = await shop.talk("Иван", "?")
    _, path = await press(town.boris, f"/app/dialogs/{row}/close", {})
    headers = {"Authorization": f"Bearer {town.boris.access}"}

    async with town.door.http.get(town.door.url(path), headers=headers) as answer:
        text = await answer.text()

    assert "<!doctype html>" in text
    form = re.search(r'<form action="([^"]+/undo)" method="post">.*?</form>', text, re.DOTALL)
    assert form
    assert 'name="csrf"' in form[0]
    assert 'type="submit"' in form[0]
    token = re.search(r'name="token" value="([^"]+)"', form[0])[1]  # type: ignore[index]
    await press(town.boris, form[1], {"token": token})
    assert (await standing(shop, row))["state"] == "waiting"


# ---- the list beside it ----


async def test_a_list_beside_a_dialog_says_which_one_is_open(town: Town, shop: Shop) -> None:
    row, other = await shop.talk("Иван", "?"), await shop.talk("Марина", "!")
    here = f"http://shop.test/app/dialogs/{row}?before=7"
    beside = {"HX-Request": "true", "HX-Target": "beside", "HX-Current-URL": here}

    for headers, marked in ((beside, [str(row)]), ({**beside, "HX-Target": "main"}, [])):
        _, page = await look(town.anna, "/app/dialogs?view=all", **headers)
        current = re.findall(r'<a[^>]*id="d-([0-9a-f-]+)"[^>]*aria-current="true"', page)
        assert current == marked
        assert str(other) in page
