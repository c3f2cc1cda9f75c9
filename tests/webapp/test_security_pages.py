"""Sessions and the second factor by their pages: shown once, asked for, ended."""

from __future__ import annotations

import re
from typing import Any

import pytest

from services.identity.models import SessionKind
from services.identity.sessions import Start
from services.identity.values import Issued
from services.kit.ids import new_id
from services.tenants.service import TelegramPerson
from tests.services.desk.shops import Shop
from tests.webapp.auth.test_second_factor import codes, expire
from tests.webapp.pages import FRAGMENT, look, press
from tests.webapp.people import ANNA, Person, Town
from webapp.auth.cookies import ACCESS, REFRESH
from webapp.auth.stepup import ours
from webapp.cabinet.devices import device

PLACE = "/app/security"


@pytest.fixture
async def inside(town: Town, shop: Shop) -> Town:
    return town


async def turned_on(person: Person) -> tuple[str, list[str]]:
    """Turn the second factor on by the pages; return the seed and the recovery codes."""
    status, scan = await press(person, f"{PLACE}/factor", {})
    found = re.search(r'id="seed">(\w+)<', scan)
    assert (status, "data:image/svg+xml;base64," in scan) == (200, True)
    assert found
    status, text = await press(person, f"{PLACE}/factor/on", {"code": codes(found[1])[0]})
    assert status == 200
    return found[1], re.findall(r'<span class="num">([\w-]+)</span>', text)


async def test_sessions_say_device_and_last_seen_and_which_is_this(inside: Town) -> None:
    await inside.anna.enter()
    _, text = await look(inside.anna, PLACE)

    assert "Telegram ·" in text
    assert text.count(">этот<") == 1
    assert len(re.findall(r"sessions/[\w-]+/end", text)) == 1


async def test_one_session_is_ended_and_the_others_live(inside: Town) -> None:
    old = inside.anna.access
    await inside.anna.enter()
    _, text = await look(inside.anna, PLACE)
    found = re.search(r"/app/security/sessions/[\w-]+/end", text)
    assert found

    assert (await press(inside.boris, found[0], {}))[0] == 404
    assert (await press(inside.anna, found[0], {}))[0] == 303
    assert (await look(inside.anna, PLACE))[0] == 200
    inside.anna.access = old
    assert (await look(inside.anna, PLACE))[0] == 401


async def test_a_foreign_session_answers_like_an_unknown_one(inside: Town) -> None:
    async with inside.door.services.database.system("a test looks") as tx:
        clara = await tx.value(
            "SELECT s.id FROM user_session s JOIN users u ON u.id = s.user_id"
            " WHERE u.telegram_user_id = 2001"
        )
    for row in (clara, new_id(), "no-id"):
        assert (await press(inside.anna, f"{PLACE}/sessions/{row}/end", {}))[0] == 404
    assert (await look(inside.clara, PLACE))[0] == 200


async def test_signing_out_here_leaves_the_other_and_everywhere_leaves_none(
    inside: Town,
) -> None:
    first = inside.anna.access
    await inside.anna.enter()
    second = inside.anna.access
    await press(inside.anna, f"{PLACE}/logout", {"which": "here"})
    gone, _ = await look(inside.anna, PLACE)
    inside.anna.access = first
    alive, _ = await look(inside.anna, PLACE)
    await inside.anna.enter()
    _, sheet = await look(inside.anna, f"{PLACE}/everywhere")
    await press(inside.anna, f"{PLACE}/logout", {"which": "everywhere"})

    assert (gone, alive) == (401, 200)
    assert "Завершим 2 сеанса, этот тоже" in sheet
    for access in (first, second, inside.anna.access):
        inside.anna.access = access
        assert (await look(inside.anna, PLACE))[0] == 401


async def test_an_empty_form_signs_nobody_out(inside: Town) -> None:
    assert (await press(inside.anna, f"{PLACE}/logout", {}))[0] == 400
    assert (await look(inside.anna, PLACE))[0] == 200


async def test_the_factor_is_turned_on_and_its_secrets_are_shown_once(inside: Town) -> None:
    seed, recovery = await turned_on(inside.anna)
    _, page = await look(inside.anna, f"{PLACE}/factor")
    _, again = await press(inside.anna, f"{PLACE}/factor", {})

    assert len(set(recovery)) == 10
    for text in (page, again):
        assert seed not in text
        assert recovery[0] not in text
    assert "Включён" in page
    assert "уже включён" in again


async def test_a_wrong_first_code_asks_again_without_the_picture(inside: Town) -> None:
    _, scan = await press(inside.anna, f"{PLACE}/factor", {})
    status, text = await press(inside.anna, f"{PLACE}/factor/on", {"code": "000000"})

    assert 'id="seed"' in scan
    assert (status, "Код не подошёл" in text, 'id="seed"' in text) == (422, True, False)


async def test_a_dangerous_page_asks_for_a_code_and_comes_back(inside: Town) -> None:
    _, recovery = await turned_on(inside.anna)
    await expire(inside)
    path = "/app/team/invites"
    url = inside.door.url(path)
    auth = {"Authorization": f"Bearer {inside.anna.access}"}
    async with inside.door.http.get(url, headers=FRAGMENT | auth) as answer:
        asked = answer.status, answer.headers.get("HX-Location", "")
    async with inside.door.http.get(url, headers=auth, allow_redirects=False) as answer:
        whole = answer.status, answer.headers.get("Location", "")
    status, form = await look(inside.anna, whole[1])

    assert (asked[0], "/app/security/code?next=" in asked[1]) == (403, True)
    assert whole == (303, "/app/security/code?next=%2Fapp%2Fteam%2Finvites")
    assert (status, f'value="{path}"' in form) == (200, True)
    wrong, text = await press(inside.anna, f"{PLACE}/code", {"code": "000000", "next": path})
    assert (wrong, "Код не подошёл" in text, f'value="{path}"' in text) == (422, True, True)
    right = {"code": recovery[0], "next": path}
    assert await press(inside.anna, f"{PLACE}/code", right) == (303, path)
    assert (await look(inside.anna, path))[0] == 200


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/app", True),
        ("/app/team/1?a=b", True),
        ("/app/dialogs?view=all&q=%D0%B6", True),
        ("//evil.example/app", False),
        ("/app//evil.example", False),
        ("https://evil.example/app", False),
        ("/application", False),
        ("/app\\evil", False),
        ("/app/\n", False),
        ("javascript:alert(1)", False),
        ("/app@evil.example", False),
        ("", False),
    ],
)
def test_a_code_leads_to_pages_of_ours_only(path: str, kept: bool) -> None:
    assert ours(path) == (path if kept else "/app")


async def test_too_many_wrong_codes_make_one_wait(inside: Town) -> None:
    await turned_on(inside.anna)
    for _ in range(5):
        await press(inside.anna, f"{PLACE}/code", {"code": "000000"})
    status, text = await press(inside.anna, f"{PLACE}/code", {"code": "000000"})

    assert (status, "Подождите четверть часа" in text) == (422, True)


async def test_recovery_codes_are_renewed_and_the_factor_is_turned_off(inside: Town) -> None:
    _, old = await turned_on(inside.anna)
    _, text = await press(inside.anna, f"{PLACE}/factor/codes", {"code": old[0]})
    fresh = re.findall(r'<span class="num">([\w-]+)</span>', text)

    assert len(set(fresh) - set(old)) == 10
    assert (await press(inside.anna, f"{PLACE}/factor/off", {"code": old[1]}))[0] == 422
    assert (await press(inside.anna, f"{PLACE}/factor/off", {"code": fresh[0]}))[0] == 303
    assert "Выключен." in (await look(inside.anna, PLACE))[1]


async def test_the_owner_sets_how_long_sessions_live_and_nobody_else(inside: Town) -> None:
    _, anna = await look(inside.anna, PLACE)
    _, boris = await look(inside.boris, PLACE)

    assert ("save-days" in anna, "save-days" in boris) == (True, False)
    assert (await press(inside.boris, f"{PLACE}/lifetime", {"days": "7"}))[0] == 403
    assert (await press(inside.anna, f"{PLACE}/lifetime", {"days": "7"}))[0] == 303
    assert 'value="7" selected' in (await look(inside.anna, PLACE))[1]
    assert 'value="7" selected' not in (await look(inside.clara, PLACE))[1]
    for days in ("0", "91", "семь", "", "-1", "٧"):
        assert (await press(inside.anna, f"{PLACE}/lifetime", {"days": days}))[0] == 422


async def test_somebody_without_a_business_has_sessions_too(inside: Town) -> None:
    status, text = await look(inside.dora, PLACE)

    assert (status, "Telegram ·" in text) == (200, True)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/124.0 Mobile",
            "Chrome · Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15",
            "Safari · iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; rv:125.0) Gecko/20100101 Firefox/125.0",
            "Firefox · Windows",
        ),
        ("curl/8.0", "curl/8.0"),
        ("", ""),
    ],
)
def test_a_device_is_called_as_people_call_it(said: str, name: str) -> None:
    assert device(said) == name


class Browser:
    """A browser that Anna signed in with: cookies instead of a header."""

    def __init__(self, town: Town, issued: Issued) -> None:
        self.door = town.door
        self.jar = {ACCESS: issued.access_token, REFRESH: issued.refresh_token}

    @classmethod
    async def opened(cls, town: Town) -> Browser:
        sessions = town.door.services.features.identity.sessions
        begin = Start(SessionKind.BROWSER, "Firefox/125 Linux")
        return cls(town, await sessions.start(TelegramPerson(ANNA, "Анна"), begin))

    async def go(self, method: str, path: str, **typed: str) -> tuple[int, str, Any]:
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.jar.items()),
            "Origin": self.door.url("").rstrip("/"),
        }
        async with self.door.http.request(
            method, self.door.url(path), data=typed or None, headers=headers, allow_redirects=False
        ) as answer:
            return answer.status, await answer.text(), answer.headers


def csrf(text: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', text)
    assert found
    return found[1]


async def test_a_browser_gives_the_code_before_it_sees_anything(inside: Town, shop: Shop) -> None:
    await shop.talk("Иван", "?")
    _, recovery = await turned_on(inside.anna)
    browser = await Browser.opened(inside)
    status, _, headers = await browser.go("GET", "/app/dialogs?view=all")
    _, text, _ = await browser.go("GET", headers["Location"])

    assert status == 303
    assert "Введите код" in text
    assert 'class="cnt"' not in text
    typed = {"code": recovery[0], "next": "/app/dialogs?view=all"}
    assert (await browser.go("POST", f"{PLACE}/code", **typed))[0] == 403  # no word of ours
    status, _, headers = await browser.go("POST", f"{PLACE}/code", csrf=csrf(text), **typed)
    assert (status, headers["Location"]) == (303, "/app/dialogs?view=all")
    status, text, _ = await browser.go("GET", "/app/dialogs?view=all")
    assert (status, "Иван" in text) == (200, True)


async def test_a_browser_that_signs_out_forgets_its_cookies(inside: Town) -> None:
    browser = await Browser.opened(inside)
    _, text, _ = await browser.go("GET", PLACE)
    typed = {"csrf": csrf(text), "which": "here"}
    status, _, headers = await browser.go("POST", f"{PLACE}/logout", **typed)
    _, after, _ = await browser.go("GET", PLACE)

    assert "Firefox · Linux" in text
    assert status == 303
    assert [line.split(";")[0] for line in headers.getall("Set-Cookie")] == [
        f"{ACCESS}=",
        f"{REFRESH}=",
    ]
    assert "data-shell" in after
