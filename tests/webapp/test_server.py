"""Slow, greedy and malformed clients, by raw sockets."""

import asyncio
import time

import pytest

from services.kit.settings import Settings
from tests.webapp.hookdoor import SECRET, SECRET_HEADER, Door, open_door
from webapp.server import Crowd, Limits

HEAD = b"POST /hooks/telegram/bot HTTP/1.1\r\nHost: x\r\n"
PROOF = f"{SECRET_HEADER}: {SECRET}\r\n".encode()

MALFORMED = [
    HEAD + PROOF + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    HEAD + PROOF + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
    HEAD + PROOF + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    HEAD + PROOF + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    HEAD + PROOF + b"Content-Length: -1\r\n\r\n",
    HEAD + PROOF + b"Content-Length: +3\r\n\r\nabc",
    HEAD + PROOF + b"Content-Length: 0x3\r\n\r\nabc",
    HEAD + PROOF + b"Content-Length: 3 3\r\n\r\nabc",
    HEAD + PROOF + b"Content-Length: \r\n\r\n",
    HEAD + PROOF + b"Content-Length: 99999999999999999999999999\r\n\r\n",
    HEAD + PROOF + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
    HEAD + PROOF + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n0\r\n\r\n",
    HEAD + PROOF + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n",
    HEAD + PROOF + b"Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
    HEAD + PROOF + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    HEAD + PROOF + b"Transfer-Encoding: identity, chunked, x\r\n\r\n0\r\n\r\n",
    HEAD + PROOF + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    HEAD + PROOF + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    HEAD + b"X-Folded: a\r\n b\r\n\r\n",
    HEAD + b" X-Leading: a\r\n\r\n",
    HEAD + b"No colon here\r\n\r\n",
    HEAD + b"Name With Space: a\r\n\r\n",
    HEAD + b"Na\x00me: a\r\n\r\n",
    HEAD + b"Name: a\x00b\r\n\r\n",
    HEAD + b": empty name\r\n\r\n",
    HEAD + b"Name\r: a\r\n\r\n",
    HEAD + b"Name: a\rb: c\r\n\r\n",
    HEAD + b"Long: " + b"a" * 20_000 + b"\r\n\r\n",
    HEAD + b"Host: y\r\n\r\n",
    b"POST /hooks/\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST\t/hooks/telegram/bot\tHTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /hooks/telegram/bot HTTP/9.9\r\nHost: x\r\n\r\n",
    b"POST /hooks/telegram/bot HTTX/1.1\r\nHost: x\r\n\r\n",
    b"POST /hooks/telegram/bot\r\n\r\n",
    b"P\x00ST / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"(!) / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x00" * 64 + b"\r\n\r\n",
]


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else 0


async def test_forty_malformed_requests_are_refused_closed_and_store_nothing(
    settings: Settings,
) -> None:
    async with open_door(settings, Limits(header_seconds=1.0, body_seconds=1.0)) as door:
        answers = [status(await door.raw(data)) for data in MALFORMED]

        assert len(MALFORMED) == 40
        odd = {number: code for number, code in enumerate(answers) if code not in (0, 400)}
        assert odd == {}
        assert await door.count() == 0
        assert (await door.post("/hooks/nobody/x"))[0] == 404


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_405(door: Door, method: str) -> None:
    request = f"{method} /hooks/telegram/bot HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    assert status(await door.raw(request.encode())) == 405


async def test_headers_that_do_not_end_close_the_connection(settings: Settings) -> None:
    async with open_door(settings, Limits(header_seconds=0.4)) as door:
        for beginning in (b"", HEAD, HEAD + b"X: y"):
            started = time.monotonic()

            assert await door.raw(beginning) == b""

            assert 0.3 <= time.monotonic() - started < 2


async def test_dripping_headers_do_not_prolong_their_time(settings: Settings) -> None:
    async with open_door(settings, Limits(header_seconds=0.5)) as door:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        started = time.monotonic()
        while time.monotonic() - started < 3 and not reader.at_eof():
            writer.write(b"X")
            await asyncio.sleep(0.05)
            if await _closed(reader):
                break

        assert time.monotonic() - started < 2
        writer.close()


async def _closed(reader: asyncio.StreamReader) -> bool:
    try:
        return await asyncio.wait_for(reader.read(1), 0.01) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


async def test_a_body_that_does_not_end_closes_the_connection(settings: Settings) -> None:
    async with open_door(settings, Limits(body_seconds=0.4)) as door:
        started = time.monotonic()

        answer = await door.raw(HEAD + PROOF + b"Content-Length: 100\r\n\r\nabc")

        assert status(answer) in (0, 408)
        assert time.monotonic() - started < 2
        assert await door.count() == 0


async def test_one_address_holds_no_more_connections_than_allowed(settings: Settings) -> None:
    async with open_door(settings, Limits(connections_per_peer=5)) as door:
        held = [await asyncio.open_connection("127.0.0.1", door.port) for _ in range(5)]

        assert await door.raw(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n") == b""

        for _, writer in held:
            writer.close()
        await asyncio.sleep(0.05)
        answer = await door.raw(b"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert status(answer) == 404


async def test_a_trusted_proxy_is_not_counted(settings: Settings) -> None:
    limits = Limits(connections_per_peer=1)
    async with open_door(settings, limits, trusted=("127.0.0.0/8",)) as door:
        held = [await asyncio.open_connection("127.0.0.1", door.port) for _ in range(3)]

        assert (await door.post("/hooks/nobody/x"))[0] == 404
        for _, writer in held:
            writer.close()


def test_an_address_is_forgotten_when_its_last_connection_ends() -> None:
    crowd = Crowd(Limits(connections_per_peer=1))

    assert crowd.enter("10.0.0.1")
    assert not crowd.enter("10.0.0.1")
    crowd.leave("10.0.0.1")
    crowd.leave("10.0.0.1")
    assert crowd.enter("10.0.0.1")


async def test_half_open_connections_do_not_slow_the_others(settings: Settings) -> None:
    async with open_door(settings, Limits(connections_per_peer=1000)) as door:
        alone = await _p95(door, 100)
        held = [await asyncio.open_connection("127.0.0.1", door.port) for _ in range(200)]
        for _, writer in held:
            writer.write(HEAD + b"X-Slow: ")

        beside = await _p95(door, 100)

        assert beside <= 2 * alone + 0.03
        for _, writer in held:
            writer.close()


async def _p95(door: Door, count: int) -> float:
    times = []
    for number in range(count):
        started = time.perf_counter()
        assert await door.telegram(b'{"update_id": %d}' % number) == 200
        times.append(time.perf_counter() - started)
    return sorted(times)[int(count * 0.95)]
