"""Alive whatever is away; ready only with a database, our schema and no draining."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from services.kit import metrics
from services.kit.db import Database, open_database
from services.kit.metrics_server import MetricsServer, serve_metrics
from services.kit.row_gauges import RowGauges
from tests.conftest import Dsns
from webapp import health
from webapp.keys import DRAINING, SERVICES


@pytest.fixture
async def database(dsns: Dsns) -> AsyncIterator[Database]:
    database = await open_database(dsns.app_dsn, size=2)
    yield database
    await database.close()


def build(database: Database, token: str | None = None) -> web.Application:
    app = web.Application()
    settings = SimpleNamespace(metrics_token=token)
    app[SERVICES] = SimpleNamespace(database=database, settings=settings)  # type: ignore[assignment]
    app[DRAINING] = {"now": False}
    app.router.add_get("/healthz", health.healthz)
    app.router.add_get("/readyz", health.readyz)
    app.router.add_get("/metrics", health.metrics)
    return app


async def get(app: web.Application, path: str, **headers: str) -> tuple[int, str]:
    async with TestClient(TestServer(app)) as client:
        answer = await client.get(path, headers=headers)
        return answer.status, await answer.text()


async def test_a_migrated_process_is_ready(database: Database) -> None:
    assert await get(build(database), "/readyz") == (200, '{"status": "ready"}')


async def test_a_draining_process_is_alive_and_not_ready(database: Database) -> None:
    app = build(database)
    app[DRAINING]["now"] = True

    status, text = await get(app, "/readyz")

    assert (status, "draining" in text) == (503, True)
    assert (await get(build(database), "/healthz"))[0] == 200


async def test_without_the_database_alive_and_not_ready(database: Database) -> None:
    await database.close()

    assert (await get(build(database), "/healthz"))[0] == 200
    status, text = await get(build(database), "/readyz")
    assert (status, "database" in text) == (503, True)


async def test_an_old_schema_is_not_ready(database: Database, dsns: Dsns) -> None:
    import asyncpg  # noqa: PLC0415

    owner = await asyncpg.connect(dsns.owner_dsn)
    await owner.execute("DELETE FROM aerich WHERE id = (SELECT max(id) FROM aerich)")
    await owner.close()

    status, text = await get(build(database), "/readyz")

    assert (status, "migrations" in text) == (503, True)


async def test_metrics_need_their_token(database: Database) -> None:
    app = build(database, token="s3cret")

    assert (await get(app, "/metrics"))[0] == 401
    status, text = await get(build(database, "s3cret"), "/metrics", Authorization="Bearer s3cret")

    assert status == 200
    assert 'vishenka_lane_due{kind="out"} 0.0' in text


async def test_metrics_answer_while_the_database_is_away(database: Database) -> None:
    await database.close()

    status, text = await get(build(database), "/metrics")

    assert status == 200
    assert 'vishenka_incident_open{rule="database_away"} 1.0' in text


async def call(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.mark.parametrize(
    ("request_head", "answer"),
    [
        (b"GET /metrics HTTP/1.1\r\nAuthorization: Bearer s3cret\r\n\r\n", b"HTTP/1.1 200"),
        (b"GET /metrics HTTP/1.1\r\nauthorization: Bearer no\r\n\r\n", b"HTTP/1.1 401"),
        (b"GET /healthz HTTP/1.1\r\n\r\n", b"HTTP/1.1 200"),
        (b"GET /etc/passwd HTTP/1.1\r\n\r\n", b"HTTP/1.1 404"),
        (b"POST /metrics HTTP/1.1\r\n\r\n", b"HTTP/1.1 404"),
        (b"x" * 20_000 + b"\r\n\r\n", b""),
        (b"\x16\x03\x01 rubbish", b""),
    ],
)
async def test_a_worker_answers_scrapes_and_nothing_else(
    database: Database, request_head: bytes, answer: bytes
) -> None:
    server = MetricsServer("127.0.0.1:0", "s3cret", RowGauges(database).refresh)
    port = await _start(server)

    try:
        assert (await call(port, request_head)).startswith(answer)
    except ConnectionResetError:
        assert answer == b""
    finally:
        await server.close()


async def test_a_taken_port_costs_the_page_and_not_the_worker(database: Database) -> None:
    first = MetricsServer("127.0.0.1:0", None, RowGauges(database).refresh)
    port = await first.start()
    stop = asyncio.Event()
    refresh = RowGauges(database).refresh
    second = asyncio.create_task(serve_metrics(f"127.0.0.1:{port}", None, refresh, stop))
    await asyncio.sleep(0.05)

    assert not second.done()

    stop.set()
    await second
    await first.close()


async def _start(server: MetricsServer) -> int:
    return await server.start()


def test_a_made_up_method_is_no_label() -> None:
    metrics.http_request("BREW", "/api/v1/deliveries", 405, 0.01)

    text = metrics.render().decode()

    assert "BREW" not in text
    assert 'method="OTHER"' in text
