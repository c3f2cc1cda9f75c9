"""Doors that count: sign-in closes when nobody counts, the API does not; bodies are checked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from services.bootstrap import bootstrap
from services.identity.login import safe_path
from services.kit.limits import Bucket, Limiter, LimiterAway
from services.kit.settings import load_settings
from services.tenants.actor import Role
from services.tenants.service import TelegramPerson
from tests.webapp.auth.test_second_factor import turned_on
from tests.webapp.hookdoor import open_door
from tests.webapp.people import ANNA, BORIS, Town, settle
from webapp.app import build_app, make_runner
from webapp.auth.limits import SIGN_IN_PERSON
from webapp.server import Crowd, Limits

NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
async def limiter(valkey_url: str) -> AsyncIterator[Limiter]:
    built = Limiter(valkey_url)
    yield built
    await built.close()


async def test_a_bucket_gives_what_it_holds_and_then_says_how_long_to_wait(
    limiter: Limiter,
) -> None:
    bucket = Bucket("test", 5, 0.5)

    waits = [await limiter.take(bucket, "anna") for _ in range(6)]

    assert waits[:5] == [0.0] * 5
    assert 1.5 < waits[5] <= 2.0
    assert await limiter.take(bucket, "boris") == 0.0


async def test_processes_share_a_bucket_even_at_once(limiter: Limiter, valkey_url: str) -> None:
    other, bucket = Limiter(valkey_url), Bucket("test", 30, 0.01)

    waits = await asyncio.gather(
        *(one.take(bucket, "anna") for one in (limiter, other) for _ in range(40))
    )

    assert waits.count(0.0) == 30
    await other.close()


async def test_a_handful_is_never_more_than_the_bucket(limiter: Limiter) -> None:
    bucket = Bucket("test", 50, 0.01)

    waits = [await limiter.nibble(bucket, "anna") for _ in range(60)]

    assert waits.count(0.0) == 40  # two handfuls; the third does not fit


async def test_no_counter_is_an_error_of_its_own() -> None:
    limiter = Limiter(NOBODY)
    with pytest.raises(LimiterAway):
        await limiter.take(Bucket("test", 1, 1), "anna")
    await limiter.close()


async def test_without_counters_nobody_signs_in_and_who_is_in_goes_on(
    environ: dict[str, str],
) -> None:
    async with open_door(load_settings(environ)) as door:
        town = await settle(door)
        await town.anna.enter()
        access, refresh = town.anna.access, town.anna.refresh_token
        async with open_door_again(environ, town) as blind:
            blind.anna.access, blind.anna.refresh_token = access, refresh
            assert (await blind.anna.call("GET", "/api/v1/me"))[0] == 200
            assert (await blind.anna.refresh())[0] == 200
            status, body = await blind.anna.enter()
            assert (status, body["error"]["code"]) == (503, "auth.limiter_away")
            assert body["error"]["retryable"] is True


@asynccontextmanager
async def open_door_again(environ: dict[str, str], town: Town) -> AsyncIterator[Town]:
    """The same business behind a web process whose Redis is away."""
    settings = load_settings({**environ, "VISHENKA_REDIS_URL": NOBODY})
    services = await bootstrap(settings, use_broker=False)
    runner = make_runner(build_app(services), Crowd(Limits()))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as http:
        door = replace(town.door, services=services, http=http, port=runner.addresses[0][1])
        yield replace(town, door=door, anna=replace(town.anna, door=door))
    await runner.cleanup()
    await services.close()


async def test_a_person_who_signs_in_without_end_waits(town: Town) -> None:
    """Counted by person: a neighbour at the same address is not shut out."""
    limiter = Limiter(town.door.services.settings.redis_url)
    await limiter.take(SIGN_IN_PERSON, str(ANNA), SIGN_IN_PERSON.size)
    await limiter.close()

    status, body = await town.anna.enter()
    assert (status, body["error"]["code"]) == (429, "error.too_often")
    assert (await town.boris.enter())[0] == 200


# ---- bodies -----------------------------------------------------------------------------------

BAD_BODIES: list[tuple[str, str, Any, str]] = [
    ("POST", "/api/v1/auth/telegram", {}, "init_data"),
    ("POST", "/api/v1/auth/telegram", {"init_data": 5}, "init_data"),
    ("POST", "/api/v1/auth/telegram", {"init_data": "x" * 5000}, "init_data"),
    ("POST", "/api/v1/auth/telegram", {"init_data": "x", "role": "owner"}, "role"),
    ("POST", "/api/v1/auth/refresh", {"refresh_token": ["x"]}, "refresh_token"),
    ("PATCH", "/api/v1/me", {"locale": "xx"}, "locale"),
    ("PATCH", "/api/v1/me", {"zone": "Mars/Olympus"}, "zone"),
    ("PATCH", "/api/v1/me", {"zone": "../../etc/passwd"}, "zone"),
    ("PATCH", "/api/v1/me", {"zone": "a\x00b"}, "zone"),
    ("PATCH", "/api/v1/me", {"is_admin": True}, "is_admin"),
    ("POST", "/api/v1/invites/look", {"token": "a\x00b"}, "token"),
    ("PATCH", "/api/v1/me?x=%00", {"locale": "ru"}, ""),
    ("PATCH", "/api/v1/me", [], ""),
    ("PATCH", "/api/v1/me", "x", ""),
    ("POST", "/api/v1/invites", {"role": "admin"}, "role"),
    ("POST", "/api/v1/invites", {"role": "owner", "minutes": 10**9}, "minutes"),
    ("POST", "/api/v1/invites", {"role": "owner", "minutes": "15"}, "minutes"),
    ("POST", "/api/v1/invites", {"role": "owner", "channels": ["x"]}, "channels.0"),
    ("POST", "/api/v1/invites", {"role": "owner", "tenant_id": "x"}, "tenant_id"),
    ("POST", "/api/v1/auth/code", {"code": "1" * 41}, "code"),
    ("PUT", "/api/v1/security", {"session_days": 91}, "session_days"),
    ("PUT", "/api/v1/security", {"session_days": True}, "session_days"),
]


async def test_a_bad_body_is_refused_with_the_fields_path(town: Town) -> None:
    await town.anna.enter()
    for method, path, body, field in BAD_BODIES:
        status, answer = await town.anna.call(method, path, body)
        assert (status, answer["error"]["field"]) == (422, field), (path, body)


async def test_a_nul_in_an_address_breaks_nothing(town: Town) -> None:
    for path in ("/hooks/telegram/%00", "/app/login/callback?state=%00&code=%00", "/%00"):
        async with town.door.http.get(town.door.url(path), allow_redirects=False) as answer:
            assert answer.status in {303, 404, 422}, path


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_only_json_is_read(town: Town, kind: str) -> None:
    headers = {"Content-Type": kind}
    path = "/api/v1/auth/telegram"

    status, _ = await town.anna.call("POST", path, {"init_data": "x"}, headers=headers)

    assert status == 415


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b'{"init_data": "\\ud800"}', b"[" * 9000])
async def test_bytes_that_are_no_json_are_refused(town: Town, raw: bytes) -> None:
    headers = {"Content-Type": "application/json"}

    status, _ = await town.door.post("/api/v1/auth/telegram", data=raw, headers=headers)

    assert status in {401, 422}


async def test_a_key_in_the_address_is_no_key(town: Town) -> None:
    await town.anna.enter()
    access, town.anna.access = town.anna.access, ""

    for query in (f"?access_token={access}", f"?token={access}", f"?key={access}"):
        assert (await town.anna.call("GET", f"/api/v1/me{query}"))[0] == 401


async def test_two_authorization_headers_are_none(town: Town) -> None:
    await town.anna.enter()
    request = (
        "GET /api/v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"Authorization: Bearer {town.anna.access}\r\nAuthorization: Bearer x\r\n\r\n"
    )

    answer = await town.door.raw(request.encode())

    assert b" 401 " in answer or b" 400 " in answer


# ---- the owner's settings; the chat is no way around the code --------------------------------


async def test_the_owner_sets_how_long_sessions_live(town: Town) -> None:
    await town.anna.enter()
    await town.boris.enter()
    path = "/api/v1/security"

    assert (await town.boris.call("PUT", path, {"session_days": 1}))[0] == 403
    assert (await town.anna.call("PUT", path, {"session_days": 7}))[0] == 200
    status, body = await town.boris.call("GET", path)
    assert (status, body["session_days"]) == (200, 7)


async def test_a_chat_is_no_way_around_the_second_factor(town: Town) -> None:
    await town.anna.enter()
    await turned_on(town.anna)
    services = town.door.services
    tenants = services.features.tenants

    async with services.database.tenant(town.cherry) as tx:
        anna = await tenants.actor(tx, TelegramPerson(ANNA, "Анна"))
        boris = await tenants.actor(tx, TelegramPerson(BORIS, "Борис"))
        with pytest.raises(Exception, match="second_factor"):
            await tenants.team.change_role(tx, anna, boris.id, Role.OWNER)
        with pytest.raises(Exception, match="second_factor"):
            await tenants.links.invite(tx, anna, Role.OWNER)


def test_safe_paths_stay_safe() -> None:
    assert safe_path("/app/dialogs/1?x=%20#y") == "/app/dialogs/1?x=%20#y"
    assert safe_path("/application") == ""
