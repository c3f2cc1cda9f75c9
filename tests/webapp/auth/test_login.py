"""Telegram Login by browser: the whole way there and back, and every way to cheat on it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import orjson
import pytest
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.city.city import City
from sandbox.city.login import DEMO_CLIENT, DEMO_SECRET, Client
from services.kit.ids import new_id
from services.kit.settings import load_settings
from tests.webapp.auth.test_matrix import guarded
from tests.webapp.auth.test_second_factor import codes, turned_on
from tests.webapp.hookdoor import Door, open_door
from tests.webapp.people import ANNA, DORA, Town, settle

CALLBACK = "http://127.0.0.1:8080/app/login/callback"
ORIGIN = "http://127.0.0.1:8080"
Claims = dict[str, Any]


class Browser:
    """Keeps cookies, follows nothing by itself."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.cookies: dict[str, str] = {}

    async def go(self, method: str, path: str, **more: Any) -> tuple[int, Any, str]:
        """Return status, body and Location."""
        url = path if path.startswith("http") else self.door.url(path)
        jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": jar, **more.pop("headers", {})}
        async with self.door.http.request(
            method, url, headers=headers, allow_redirects=False, **more
        ) as answer:
            for name, morsel in answer.cookies.items():
                self.cookies[name] = morsel.value
            raw = await answer.read()
            body = orjson.loads(raw) if answer.content_type == "application/json" else raw
            return answer.status, body, answer.headers.get("Location", "")

    async def depart(self, return_to: str = "") -> dict[str, str]:
        """Begin a sign-in; return what the issuer is asked."""
        status, _, url = await self.go("GET", f"/app/login?return_to={return_to}")
        assert status == 303, url
        return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}

    async def choose(self, city: City, asked: dict[str, str], person: int) -> str:
        """Choose a person at the issuer; return the path back."""
        async with self.door.http.get(
            f"{city.login.url}/auth", params={**asked, "as": str(person)}, allow_redirects=False
        ) as answer:
            back = urlsplit(answer.headers["Location"])
            return f"{back.path}?{back.query}"

    async def sign_in(self, city: City, person: int = ANNA, return_to: str = "") -> str:
        """Go the whole way; return where it ends."""
        asked = await self.depart(return_to)
        _, _, location = await self.go("GET", await self.choose(city, asked, person))
        return location


@pytest.fixture
async def city() -> AsyncIterator[City]:
    async with City() as built:
        built.telegram.add_user(ANNA, "Анна", username="anna")
        built.telegram.add_user(DORA, "Dora")
        yield built


@asynccontextmanager
async def opened(environ: dict[str, str], city: City) -> AsyncIterator[Town]:
    login = {
        "VISHENKA_LOGIN_API_URL": city.login.url,
        "VISHENKA_LOGIN_CLIENT_ID": DEMO_CLIENT,
        "VISHENKA_LOGIN_CLIENT_SECRET": DEMO_SECRET,
    }
    async with open_door(load_settings({**environ, **login})) as door:
        yield await settle(door)


@pytest.fixture
async def town(environ: dict[str, str], city: City) -> AsyncIterator[Town]:
    async with opened(environ, city) as built:
        yield built


@pytest.fixture
def browser(town: Town) -> Browser:
    return Browser(town.door)


def problem(location: str) -> str:
    return parse_qs(urlsplit(location).query).get("problem", [""])[0]


async def test_both_ways_give_the_same_user(town: Town, city: City, browser: Browser) -> None:
    await town.anna.enter()
    _, by_app = await town.anna.call("GET", "/api/v1/me")

    assert await browser.sign_in(city, return_to="/app/dialogs?state=open") == (
        "/app/dialogs?state=open"
    )

    status, by_browser, _ = await browser.go("GET", "/api/v1/me")
    assert status == 200
    assert by_browser["user"]["id"] == by_app["user"]["id"]
    assert by_browser["role"] == "owner"


async def test_a_newcomer_gets_one_user(town: Town, city: City, browser: Browser) -> None:
    await browser.sign_in(city, DORA)
    await town.dora.enter()

    status, me, _ = await browser.go("GET", "/api/v1/me")
    assert (status, me["tenant"]) == (200, None)
    async with town.door.services.database.system("test") as tx:
        sql = "SELECT count(*) FROM users WHERE telegram_user_id = $1"
        assert await tx.value(sql, DORA) == 1


async def test_cookies_cannot_be_read_by_pages_and_hold_no_foreign_road(
    town: Town, city: City, browser: Browser
) -> None:
    asked = await browser.depart()
    back = await browser.choose(city, asked, ANNA)
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())

    async with town.door.http.get(
        town.door.url(back), headers={"Cookie": cookie}, allow_redirects=False
    ) as answer:
        set_cookies = answer.headers.getall("Set-Cookie")

    kept = [one for one in set_cookies if "Max-Age=0" not in one]
    assert len(kept) == 2
    for one in kept:
        assert "HttpOnly" in one
        assert "SameSite=Lax" in one
        assert "Path=/" in one
        assert "Domain" not in one


async def test_by_https_the_cookies_are_of_this_host_only(
    environ: dict[str, str], city: City
) -> None:
    home = "https://vishenka.example"
    city.login.clients[DEMO_CLIENT] = Client(
        DEMO_SECRET, frozenset({f"{home}/app/login/callback"})
    )
    async with opened({**environ, "VISHENKA_PUBLIC_URL": home}, city) as town:
        browser = Browser(town.door)
        assert await browser.sign_in(city) == "/app/"

        assert {"__Host-vishenka", "__Host-vishenka-refresh"} <= set(browser.cookies)
        assert (await browser.go("GET", "/api/v1/me"))[0] == 200
        word = (await browser.go("GET", "/api/v1/me"))[1]["csrf"]
        for origin, status in ((home, 200), (ORIGIN, 403), ("http://vishenka.example", 403)):
            assert await change(browser, Origin=origin, **{"X-CSRF-Token": word}) == status


# ---- state, code, browser, road back ----------------------------------------------------------


async def test_a_used_way_back_opens_nothing(town: Town, city: City, browser: Browser) -> None:
    asked = await browser.depart()
    login = dict(browser.cookies)
    back = await browser.choose(city, asked, ANNA)
    await browser.go("GET", back)

    replay = Browser(town.door)
    replay.cookies = login
    assert problem((await replay.go("GET", back))[2]) == "auth.login_stale"


async def test_another_browser_cannot_finish_what_this_one_began(
    town: Town, city: City, browser: Browser
) -> None:
    asked = await browser.depart()
    back = await browser.choose(city, asked, ANNA)
    victim = Browser(town.door)
    await victim.depart()

    assert problem((await victim.go("GET", back))[2]) == "auth.login_stale"
    assert (await victim.go("GET", "/api/v1/me"))[0] == 401
    assert (await browser.go("GET", back))[2] == "/app/"  # and did not use it up


async def test_a_made_up_way_back_opens_nothing(browser: Browser) -> None:
    await browser.depart()

    for query in ("", "?state=x", "?code=x", "?state=&code=", "?code=x&state=x", "?state=%ff"):
        status, _, location = await browser.go("GET", f"/app/login/callback{query}")
        assert (status, problem(location)) == (303, "auth.login_stale"), query


async def test_saying_no_is_told(city: City, browser: Browser) -> None:
    assert problem(await browser.sign_in(city, 0)) == "auth.login_denied"


async def test_a_late_way_back_opens_nothing(town: Town, city: City, browser: Browser) -> None:
    asked = await browser.depart()
    back = await browser.choose(city, asked, ANNA)
    async with town.door.services.database.system("time passes") as tx:
        await tx.execute("UPDATE login_attempt SET created_at = now() - interval '11 minutes'")

    assert problem((await browser.go("GET", back))[2]) == "auth.login_stale"


ROADS_OUT = [
    "https://evil.example/", "//evil.example", "/\\evil.example", "/app/../../x",
    "/app//evil.example", "javascript:alert(1)", "/app/%0d%0aSet-Cookie:x", "/hooks/x/y",
    "/app/" + "x" * 400, "/app/ё", "/app/@evil.example",
]  # fmt: skip


async def test_no_road_leads_out(city: City, browser: Browser) -> None:
    for return_to in ROADS_OUT:
        assert await browser.sign_in(city, return_to=return_to) == "/app/", return_to


async def test_the_redirect_address_is_exact(city: City, browser: Browser) -> None:
    city.login.clients[DEMO_CLIENT] = Client(DEMO_SECRET, frozenset({CALLBACK}))

    asked = await browser.depart()

    assert asked["redirect_uri"] == CALLBACK
    assert asked["code_challenge_method"] == "S256"
    assert await browser.choose(city, asked, ANNA)


# ---- ID tokens --------------------------------------------------------------------------------


def _set(**claims: Any) -> Callable[[Claims], Claims]:
    return lambda genuine: {**genuine, **claims}


def _without(*names: str) -> Callable[[Claims], Claims]:
    return lambda genuine: {name: value for name, value in genuine.items() if name not in names}


BAD_CLAIMS: dict[str, Callable[[Claims], Claims]] = {
    "another issuer": _set(iss="https://oauth.telegram.org.evil.example"),
    "issuer with a slash": lambda c: {**c, "iss": c["iss"] + "/"},
    "another client": _set(aud="4200001"),
    "a list of clients": lambda c: {**c, "aud": [c["aud"]]},
    "no client": _without("aud"),
    "another azp": _set(azp="4200001"),
    "expired": lambda c: {**c, "exp": int(time.time()) - 120},
    "no end": _without("exp"),
    "an end of words": _set(exp="tomorrow"),
    "from the future": lambda c: {**c, "iat": int(time.time()) + 600},
    "no beginning": _without("iat"),
    "not before": lambda c: {**c, "nbf": int(time.time()) + 600},
    "another nonce": _set(nonce="x" * 43),
    "no nonce": _without("nonce"),
    "a number for a nonce": _set(nonce=0),
    "no subject": _without("sub"),
    "an empty subject": _set(sub=""),
    "no id": _without("id"),
    "id zero": _set(id="0"),
    "a negative id": _set(id=-1001),
    "a broken id": _set(id="1001.0"),
    "an id in words": _set(id="anna"),
    "id true": _set(id=True),
    "a list of ids": _set(id=[1001]),
    "a huge id": _set(id="9" * 30),
    "an id with spaces": _set(id=" 1001"),
}


async def test_a_token_with_bad_claims_opens_nothing(city: City, browser: Browser) -> None:
    for name, bend in BAD_CLAIMS.items():
        city.login.odd.claims = bend
        assert problem(await browser.sign_in(city)) == "auth.login_failed", name

    assert (await browser.go("GET", "/api/v1/me"))[0] == 401


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _raw(header: Claims, claims: Claims, signature: bytes = b"") -> str:
    return f"{_b64(orjson.dumps(header))}.{_b64(orjson.dumps(claims))}.{_b64(signature)}"


def bad_tokens(city: City) -> Iterator[tuple[str, Callable[[Claims], str]]]:
    """Ways to sign wrongly."""
    keys = city.login.keys
    kid = {"kid": keys.rsa_kid}
    stranger = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    public = keys.rsa.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    def confused(claims: Claims) -> str:
        head = f"{_b64(orjson.dumps({'alg': 'HS256', **kid}))}.{_b64(orjson.dumps(claims))}"
        return f"{head}.{_b64(hmac.digest(public, head.encode(), hashlib.sha256))}"

    def encoded(algorithm: str, **header: str) -> Callable[[Claims], str]:
        return lambda claims: jwt.encode(claims, keys.rsa, algorithm, headers={**kid, **header})

    def cut(claims: Claims) -> str:
        return city.login.encode(claims).rpartition(".")[0] + "."

    def changed(claims: Claims) -> str:
        head, _, signature = city.login.encode(claims).split(".")
        return f"{head}.{_b64(orjson.dumps({**claims, 'id': '2001'}))}.{signature}"

    yield "alg none", lambda claims: _raw({"alg": "none", **kid}, claims)
    yield "alg NoNe", lambda claims: _raw({"alg": "NoNe", **kid}, claims)
    yield "HS256 by the public key", confused
    yield "RS512", encoded("RS512")
    yield "PS256", encoded("PS256")
    yield "a stranger's key", lambda c: jwt.encode(c, stranger, "RS256", headers=kid)
    yield "no kid", lambda claims: jwt.encode(claims, keys.rsa, "RS256")
    yield "an unknown kid", encoded("RS256", kid="oidc-99")
    yield "a kid that travels", encoded("RS256", kid="../../../../dev/null")
    yield "a kid that queries", encoded("RS256", kid="x' OR '1'='1")
    yield "another kind's kid", encoded("RS256", kid="oidc-es256k-1")
    yield "its own key", encoded("RS256", jku="http://127.0.0.1:1/jwks", kid="evil")
    yield "no signature", cut
    yield "changed claims", changed
    yield "no token at all", lambda _claims: "not.a.token"
    yield "empty", lambda _claims: ""
    yield "huge", lambda claims: city.login.encode({**claims, "x": "y" * 20_000})
    yield "deep", lambda _claims: f"{_b64(b'[' * 5_000)}.{_b64(b'[' * 5_000)}.{_b64(b'x')}"


async def test_a_token_signed_wrongly_opens_nothing(city: City, browser: Browser) -> None:
    for name, encode in bad_tokens(city):
        city.login.odd.encode = encode
        assert problem(await browser.sign_in(city)) == "auth.login_failed", name
    city.login.odd.encode = None
    assert await browser.sign_in(city) == "/app/"


@pytest.mark.parametrize("user_id", [str(ANNA), ANNA])
async def test_the_id_comes_as_text_or_as_a_number(
    city: City, browser: Browser, user_id: str | int
) -> None:
    city.login.odd.claims = _set(id=user_id)

    assert await browser.sign_in(city) == "/app/"


async def test_a_subject_that_becomes_another_person_is_refused(
    city: City, browser: Browser
) -> None:
    city.login.odd.claims = _set(sub="777")
    assert await browser.sign_in(city, ANNA) == "/app/"

    assert problem(await browser.sign_in(city, DORA)) == "auth.login_failed"


async def test_rotated_keys_are_fetched_once_more(
    town: Town, city: City, browser: Browser
) -> None:
    assert await browser.sign_in(city) == "/app/"
    city.login.keys.rotate()

    issuer = town.door.services.features.identity.login._issuer
    assert problem(await browser.sign_in(city)) == "auth.login_failed"  # not within half a minute
    issuer._asked_at -= 31
    assert await browser.sign_in(city) == "/app/"


STRANGE_ANSWERS: list[tuple[int, str, str]] = [
    (500, "", "auth.login_away"),
    (400, '{"error":"invalid_grant"}', "auth.login_failed"),
    (200, "<html>nginx</html>", "auth.login_failed"),
    (200, '{"access_token":"x"}', "auth.login_failed"),
    (200, '{"id_token":null}', "auth.login_failed"),
]


async def test_a_strange_token_answer_opens_nothing(city: City, browser: Browser) -> None:
    for status, text, code in STRANGE_ANSWERS:
        city.login.odd.answer = partial(web.Response, status=status, text=text)
        assert problem(await browser.sign_in(city)) == code, text


async def test_an_issuer_that_is_away_is_told_as_such(city: City, browser: Browser) -> None:
    await city.stop()

    status, _, location = await browser.go("GET", "/app/login")

    assert (status, problem(location)) == (303, "auth.login_away")


async def test_a_login_that_is_not_set_up_says_so(door: Door) -> None:
    _, _, location = await Browser(door).go("GET", "/app/login")

    assert problem(location) == "auth.login_off"


# ---- cookies and changes ----------------------------------------------------------------------


async def change(browser: Browser, **headers: str) -> int:
    body = orjson.dumps({"locale": "en"})
    typed = {"Content-Type": "application/json", **headers}
    return (await browser.go("PATCH", "/api/v1/me", data=body, headers=typed))[0]


async def test_a_change_by_cookie_needs_our_origin_and_our_word(
    city: City, browser: Browser
) -> None:
    await browser.sign_in(city)
    word = (await browser.go("GET", "/api/v1/me"))[1]["csrf"]

    assert await change(browser) == 403
    assert await change(browser, Origin=ORIGIN) == 403
    assert await change(browser, **{"X-CSRF-Token": word}) == 403
    for origin in ("https://evil.example", "null", "http://127.0.0.1:8080.evil.example"):
        assert await change(browser, Origin=origin, **{"X-CSRF-Token": word}) == 403
    assert await change(browser, Origin=ORIGIN, **{"X-CSRF-Token": word[:-1] + "x"}) == 403
    assert await change(browser, Origin=ORIGIN, **{"X-CSRF-Token": word}) == 200


async def test_no_changing_route_obeys_a_foreign_page(city: City, browser: Browser) -> None:
    """S7: each as a page of somebody else, or one that hides where it is, can ask for it."""
    await browser.sign_in(city)
    cookies, obeyed = dict(browser.cookies), []
    for method, path, _ in guarded():
        if method == "GET":
            continue
        url = re.sub(r"{\w+}", str(new_id()), path)
        for origin in ("https://evil.example", "null", ""):
            for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json"):
                headers = {"Content-Type": kind, **({"Origin": origin} if origin else {})}
                browser.cookies = dict(cookies)
                status, _, _ = await browser.go(method, url, data=b"csrf=x", headers=headers)
                obeyed += [f"{method} {path} {origin} {kind}: {status}"] if status != 403 else []
    assert obeyed == []


async def test_an_expired_access_cookie_is_renewed_on_the_way(
    city: City, browser: Browser
) -> None:
    await browser.sign_in(city)
    old = browser.cookies["vishenka-refresh"]
    browser.cookies["vishenka"] = ""

    assert (await browser.go("GET", "/api/v1/me"))[0] == 200

    assert browser.cookies["vishenka-refresh"] != old
    assert browser.cookies["vishenka"]
    assert (await browser.go("GET", "/api/v1/me"))[0] == 200


async def test_renewal_survives_a_refusal(town: Town, city: City, browser: Browser) -> None:
    """A refused page must hand the new cookies over too, else the next visit looks like theft."""
    await browser.sign_in(city, DORA)
    old = browser.cookies["vishenka-refresh"]
    browser.cookies["vishenka"] = ""

    assert (await browser.go("GET", "/api/v1/deliveries"))[0] == 403
    assert browser.cookies["vishenka-refresh"] != old


async def test_signing_out_takes_the_cookies_and_the_session(city: City, browser: Browser) -> None:
    await browser.sign_in(city)
    kept = dict(browser.cookies)

    assert (await browser.go("POST", "/api/v1/auth/logout"))[0] == 403
    headers = {"Origin": ORIGIN}
    assert (await browser.go("POST", "/api/v1/auth/logout", headers=headers))[0] == 200

    assert not browser.cookies["vishenka"]
    browser.cookies = kept
    assert (await browser.go("GET", "/api/v1/me"))[0] == 401


async def test_a_browsers_token_does_not_work_as_a_header_nor_the_other_way(
    town: Town, city: City, browser: Browser
) -> None:
    await browser.sign_in(city)
    await town.anna.enter()

    town.anna.access, mine = browser.cookies["vishenka"], town.anna.access
    assert (await town.anna.call("GET", "/api/v1/me"))[0] == 401
    thief = Browser(town.door)
    thief.cookies = {"vishenka": mine}
    assert (await thief.go("GET", "/api/v1/me"))[0] == 401


async def test_a_browser_with_a_second_factor_waits_for_the_code(
    town: Town, city: City, browser: Browser
) -> None:
    await town.anna.enter()
    secret, _ = await turned_on(town.anna)
    await browser.sign_in(city)

    status, me, _ = await browser.go("GET", "/api/v1/me")
    assert (status, me["code_needed"]) == (200, True)
    status, body, _ = await browser.go("GET", "/api/v1/members")
    assert (status, body["error"]["code"]) == (403, "auth.code_needed")
    sent = {"Origin": ORIGIN, "X-CSRF-Token": me["csrf"], "Content-Type": "application/json"}
    data = orjson.dumps({"code": codes(secret)[2]})
    assert (await browser.go("POST", "/api/v1/auth/code", data=data, headers=sent))[0] == 200
    assert (await browser.go("GET", "/api/v1/members"))[0] == 200
