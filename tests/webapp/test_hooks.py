"""Webhooks over real HTTP: who is let in, what is stored, what bad input gets."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import orjson
import pytest

from sandbox.servers import APP_ROLE, EmbeddedPostgres
from services.database import migrate
from services.kit.settings import Settings
from services.lanes.models import LaneKind
from tests.webapp.hookdoor import SECRET, SECRET_HEADER, Door, open_door

UPDATE = orjson.dumps({"update_id": 1, "message": {"message_id": 2, "date": 1, "chat": {"id": 3}}})
MIB = 1024 * 1024


async def test_a_proven_update_is_stored_once(door: Door) -> None:
    for _ in range(3):
        assert await door.telegram(UPDATE) == 200

    assert await door.count() == 1


@pytest.mark.parametrize(
    "path",
    [
        "/hooks/telegram/unknown",
        "/hooks/nobody/bot",
        "/hooks/avito/bot",  # a key of another provider
        "/hooks/telegram/%00",
        "/hooks/telegram/%ED%A0%80",
        "/hooks/telegram/" + "k" * 500,
        "/hooks/telegram/..%2Fbot",
    ],
)
async def test_an_unknown_address_is_404_whatever_is_wrong_with_it(door: Door, path: str) -> None:
    assert await door.post(path, data=UPDATE, headers={SECRET_HEADER: SECRET}) == (404, b"")


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", "секрет", SECRET.upper()])
async def test_a_wrong_secret_is_401_and_stores_nothing(door: Door, secret: str) -> None:
    assert await door.telegram(UPDATE, secret) == 401
    assert await door.count() == 0


async def test_a_secret_given_twice_or_not_at_all_is_401(door: Door) -> None:
    doubled = [(SECRET_HEADER, SECRET), (SECRET_HEADER, SECRET)]

    assert (await door.post("/hooks/telegram/bot", data=UPDATE))[0] == 401
    assert (await door.post("/hooks/telegram/bot", data=UPDATE, headers=doubled))[0] == 401


async def test_more_than_a_mebibyte_is_413_announced_or_in_chunks(door: Door) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b" " * (64 * 1024)

    announced, _ = await door.post(
        "/hooks/telegram/bot", data=BytesIO(b" " * (MIB + 1)), headers={SECRET_HEADER: SECRET}
    )
    chunked = await door.post(
        "/hooks/telegram/bot", data=chunks(), headers={SECRET_HEADER: SECRET}
    )

    assert (announced, chunked[0]) == (413, 413)
    assert await door.count() == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[" * 10_000 + b"]" * 10_000,
        b'{"update_id":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}",
        b'{"update_id": NaN}',
        b'{"update_id": 1e999}',
        b'{"update_id": 99999999999999999999999999}',
        b'{"update_id": 5, "message": {"text": "\\ud800", "chat": {"id": 1}, "date": 1}}',
        b'{"update_id": 6, "message": {"text": "\\u0000", "chat": {"id": 1}, "date": 1}}',
        b'{"update_id": 7, "update_id": 8}',
        b"\xff\xfe\x00\x01",
        b'{"files": [{"path": "/etc/passwd"}], "filepath": "/etc/passwd"}',
    ],
    ids=range(12),
)
async def test_an_authentic_body_of_any_shape_is_stored_and_answered_200(
    door: Door, body: bytes
) -> None:
    assert await door.telegram(body) == 200
    assert await door.count() == 1


@pytest.mark.parametrize(
    "kind",
    ["application/json", "multipart/form-data", "text/xml", "rubbish", "a/b; charset=nonsense"],
)
async def test_the_content_type_changes_nothing(door: Door, kind: str) -> None:
    headers = {SECRET_HEADER: SECRET, "Content-Type": kind}

    status, _ = await door.post("/hooks/telegram/bot", data=UPDATE, headers=headers)

    assert (status, await door.count()) == (200, 1)


async def test_avitos_probe_is_answered_and_stores_nothing(door: Door) -> None:
    for probe in (b"{}", b""):
        status, body = await door.post("/hooks/avito/shop", data=probe)
        assert (status, orjson.loads(body)) == (200, {"ok": True})

    assert await door.count() == 0


@pytest.mark.parametrize("text", ["\x00", "\ud800", "x" * 5000])
async def test_odd_ids_of_a_provider_are_stored(door: Door, text: str) -> None:
    value = {"id": "m" + text, "chat_id": "c" + text, "user_id": 7, "type": "text"}
    hook = {"id": "1", "payload": {"type": "message", "value": value}}
    status, _ = await door.post("/hooks/avito/shop", data=json.dumps(hook).encode())

    assert (status, await door.count()) == (200, 1)


async def test_what_cannot_be_read_is_parked_later(door: Door) -> None:
    await door.post("/hooks/avito/shop", data=b'{"payload": "nonsense"}')
    door.services.serve(LaneKind.IN)
    running = asyncio.ensure_future(door.services.runner.run())

    for _ in range(300):
        if await door.count("parked"):
            break
        await asyncio.sleep(0.02)

    assert await door.count("parked") == 1
    running.cancel()


async def test_the_host_header_changes_nothing(door: Door) -> None:
    headers = {SECRET_HEADER: SECRET, "Host": "evil.test", "X-Forwarded-Host": "evil.test"}

    status, body = await door.post("/hooks/telegram/bot", data=UPDATE, headers=headers)

    assert status == 200
    assert b"evil" not in body


@pytest.mark.slow
async def test_without_its_database_it_answers_503_in_time_and_recovers_by_itself(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory, servers_dir: Path
) -> None:
    folder = servers_dir / "stopping"
    server = EmbeddedPostgres(folder, durable=False)
    with server:
        await migrate(server.owner_dsn, server.dsn(APP_ROLE))
        changed = settings.model_copy(
            update={"database_url": server.app_dsn, "migrate_database_url": server.owner_dsn}
        )
        async with open_door(changed) as door:
            assert await door.telegram(UPDATE) == 200
            server.stop()
            started = time.monotonic()
            async with door.http.post(
                door.url("/hooks/telegram/bot"), data=b"{}", headers={SECRET_HEADER: SECRET}
            ) as answer:
                took = time.monotonic() - started
                assert answer.status == 503
                assert answer.headers["Retry-After"]
            assert took <= 3
            server.start()
            await _healthy_again(door)


async def _healthy_again(door: Door) -> None:
    for number in range(100):
        if await door.telegram(b'{"update_id": %d}' % (number + 50)) == 200:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("did not recover")
