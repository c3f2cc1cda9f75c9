"""The short way for webhooks on a real database: same proof, same rows, same answers as the long.

Answers of the long way name their server, those of the short way do not: so the tests see who
answered.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import pytest

from services.kit import metrics
from tests.webapp.hookdoor import SECRET, SECRET_HEADER, Door

MIB = 1024 * 1024


def call(
    body: bytes,
    secret: bytes | None = SECRET.encode(),
    path: str = "telegram/bot",
    more: bytes = b"",
) -> bytes:
    proof = b"" if secret is None else SECRET_HEADER.encode() + b": " + secret + b"\r\n"
    head = b"POST /hooks/%b HTTP/1.1\r\nHost: x\r\n%b%bContent-Length: %d\r\n\r\n"
    return head % (path.encode(), proof, more, len(body)) + body


def update(number: int) -> bytes:
    message = {"message_id": number, "date": 1, "chat": {"id": number % 3}}
    return orjson.dumps({"update_id": number, "message": message})


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def answer(self) -> tuple[int, bool, bytes]:
        """Return the status, whether it came the short way, and the body."""
        async with asyncio.timeout(5):
            head = await self.reader.readuntil(b"\r\n\r\n")
            lines = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
            body = await self.reader.readexactly(int(lines[b"Content-Length"]))
        assert lines[b"Date"].endswith(b"GMT")
        return int(head.split(b" ")[1]), b"Server" not in lines, body

    async def ask(self, data: bytes) -> tuple[int, bool, bytes]:
        self.writer.write(data)
        return await self.answer()


@asynccontextmanager
async def connected(door: Door) -> AsyncIterator[Client]:
    """A kept connection to a server that knows its hooks already."""
    for provider, key in (("telegram", "bot"), ("avito", "shop")):
        assert await door.services.channel_cache.by_hook(provider, key)
    await door.services.keyring.of(door.tenant)
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    client = Client(reader, writer)
    client.writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await client.answer())[0] == 200
    yield client
    writer.close()


async def test_a_proven_call_is_stored_once_and_answered_the_short_way(door: Door) -> None:
    async with connected(door) as client:
        for _ in range(3):
            assert await client.ask(call(update(1))) == (200, True, b"")
        assert await client.ask(call(update(2))) == (200, True, b"")

    assert await door.count() == 2


async def test_the_reply_of_a_provider_is_sent_the_short_way_too(door: Door) -> None:
    value = {"id": "m", "chat_id": "c", "user_id": 7, "type": "text"}
    hook = orjson.dumps({"id": "1", "payload": {"type": "message", "value": value}})

    async with connected(door) as client:
        status, is_short, body = await client.ask(call(hook, None, "avito/shop"))

    assert (status, is_short, orjson.loads(body)) == (200, True, {"ok": True})
    assert await door.count() == 1


@pytest.mark.parametrize(
    "secret",
    [
        None,
        b"",
        b"wrong",
        SECRET.encode() + b"x",
        SECRET.upper().encode(),
        "секрет".encode(),
        b"\xff\xfe",
        b"\x80" * 300,
        SECRET.encode() + b"\r\n" + SECRET_HEADER.encode() + b": " + SECRET.encode(),
        SECRET.encode() + b"\r\n" + SECRET_HEADER.lower().encode() + b": wrong",
    ],
    ids=range(10),
)
async def test_a_wrong_secret_is_401_and_the_connection_goes_on(
    door: Door, secret: bytes | None
) -> None:
    async with connected(door) as client:
        assert (await client.ask(call(update(1), secret)))[0] == 401
        assert await door.count() == 0

        assert await client.ask(call(update(2))) == (200, True, b"")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("telegram/unknown", 404),
        ("avito/bot", 404),
        ("telegram/bot/", 404),
        ("telegram/bot/more", 404),
        ("telegram//bot", 404),
        ("nobody/bot", 404),
        ("telegram/", 404),
        ("/telegram/bot", 404),
        ("telegram/bot?x=1", 200),
        ("telegram/%62ot", 200),
        ("./telegram/bot", 404),
    ],
)
async def test_only_a_known_address_is_answered(door: Door, path: str, status: int) -> None:
    async with connected(door) as client:
        assert (await client.ask(call(update(1), path=path)))[:2] == (status, False)

    assert await door.count() == (status == 200)


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"[" * 10_000 + b"]" * 10_000,
        b'{"update_id":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}",
        b'{"update_id": NaN}',
        b'{"update_id": 99999999999999999999999999}',
        b'{"update_id": 5, "message": {"text": "\\ud800", "chat": {"id": 1}, "date": 1}}',
        b'{"update_id": 6, "message": {"text": "\\u0000", "chat": {"id": 1}, "date": 1}}',
        b'{"update_id": 6, "message": {"chat": {"id": 1}, "date": 999999999999999999}}',
        b"\xff\xfe\x00\x01",
        b" " * 60_000,
    ],
    ids=range(10),
)
async def test_an_authentic_body_of_any_shape_is_stored_the_short_way(
    door: Door, body: bytes
) -> None:
    async with connected(door) as client:
        assert await client.ask(call(body)) == (200, True, b"")

    assert await door.count() == 1


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (call(b""), 200),
        (call(b" " * 70_000), 200),
        (call(update(1), more=b"Expect: something\r\n"), 417),
        (call(update(1), more=b"Upgrade: websocket\r\nConnection: Upgrade\r\n"), 200),
        (call(update(1), more=b"Connection: close\r\n"), 200),
        (call(update(1)).replace(b"HTTP/1.1", b"HTTP/1.0"), 200),
        (call(b"x" * 9, more=b"Content-Encoding: gzip\r\n"), 400),
        (
            call(b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
            + b"3\r\nabc\r\n0\r\n\r\n",
            200,
        ),
        (call(update(1)).replace(b"POST", b"GET"), 200),
        (call(update(1)).replace(b"POST", b"PUT"), 405),
    ],
    ids=["empty", "large", "expect", "upgrade", "close", "old", "gzip", "chunked", "get", "put"],
)
async def test_what_is_not_plain_goes_the_long_way(
    door: Door, request_bytes: bytes, status: int
) -> None:
    async with connected(door) as client:
        assert (await client.ask(request_bytes))[:2] == (status, False)


async def test_more_than_a_mebibyte_is_refused_before_it_is_read(door: Door) -> None:
    head = call(b"").replace(b"Content-Length: 0", b"Content-Length: %d" % (MIB + 1))

    async with connected(door) as client:
        assert (await client.ask(head))[:2] == (413, False)


async def test_a_body_in_pieces_goes_the_short_way(door: Door) -> None:
    async with connected(door) as client:
        data = call(update(1))
        for place in range(len(data)):
            client.writer.write(data[place : place + 1])
            await asyncio.sleep(0)
        assert await client.answer() == (200, True, b"")


async def test_calls_sent_at_once_are_answered_in_their_order(door: Door) -> None:
    async with connected(door) as client:
        forged = call(update(3), b"wrong")
        health = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        asked = [call(update(1)), forged, call(update(2)), health, call(b"", None, "no/one")]
        client.writer.write(b"".join(asked))

        answers = [await client.answer() for _ in asked]

    assert [status for status, _, _ in answers] == [200, 401, 200, 200, 404]
    assert [body for _, _, body in answers][3] != b""
    assert await door.count() == 2


async def test_many_connections_share_commits_and_lose_nothing(door: Door) -> None:
    async def talk(first: int) -> list[int]:
        async with connected(door) as client:
            return [(await client.ask(call(update(first + n))))[0] for n in range(20)]

    statuses = await asyncio.gather(*(talk(1000 * number) for number in range(10)))

    assert {status for some in statuses for status in some} == {200}
    assert await door.count() == 200


async def test_a_sender_that_leaves_early_costs_nobody_anything(door: Door) -> None:
    for number in range(10):
        async with connected(door) as client:
            client.writer.write(call(update(number)))
            client.writer.transport.abort()

    async with connected(door) as client:
        assert await client.ask(call(update(99))) == (200, True, b"")


async def test_events_and_calls_are_counted_once(door: Door) -> None:
    def counted() -> tuple[float, float]:
        value = metrics.registry.get_sample_value
        return (
            value("vishenka_inbox_events_total", {"provider": "telegram"}) or 0.0,
            value("vishenka_hook_seconds_count", {"status": "200"}) or 0.0,
        )

    async with connected(door) as client:
        before = counted()
        for number in (1, 1, 2):
            await client.ask(call(update(number)))
        after = counted()

    assert (after[0] - before[0], after[1] - before[1]) == (2, 3)


async def test_the_trace_of_the_caller_is_kept(door: Door) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    more = f"traceparent: 00-{trace}-b7ad6b7169203331-01\r\n".encode()
    async with connected(door) as client:
        await client.ask(call(update(1), more=more))
        await client.ask(call(update(2), more=b"traceparent: nonsense\r\n"))

    async with door.services.database.tenant(door.tenant) as tx:
        rows = await tx.fetch("SELECT trace FROM inbox ORDER BY event_key")
    assert rows[0]["trace"] == trace
    assert len(rows[1]["trace"]) == 32
