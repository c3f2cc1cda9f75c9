"""A connection with its short way, on a stub: order, pauses, leaving and shutting down."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web

from services.connectors.base import HookRequest, Opened, RawEvent, Reply
from services.connectors.errors import Forged
from services.kit import metrics
from services.kit.errors import Unavailable
from webapp import express
from webapp.deadlines import TICK, Deadlines
from webapp.express import Express
from webapp.server import Crowd, GuardedRunner, Limits


@dataclass
class Stub:
    """The inbox, the channels and the connector in one; `hold` keeps answers back."""

    hold: bool = False
    waiting: list[Callable[[int, Exception | None], None]] = field(default_factory=list)
    stored: list[bytes] = field(default_factory=list)
    long: list[bytes] = field(default_factory=list)

    def fresh_hook(self, provider: str, key: str) -> Any:
        known = (provider, key) == ("shop", "key")
        return SimpleNamespace(provider="shop", account=None) if known else None

    def open(self, account: Any, request: HookRequest) -> Opened:
        del account
        if request.body == b"forged":
            raise Forged("no")
        if request.body == b"broken":
            raise RuntimeError("a fault of ours")
        return Opened((RawEvent("k", "l", request.body),), Reply(body=request.body))

    def offer(self, channel: Any, events: Any, trace: str, settled: Any) -> bool:
        del channel, trace
        self.stored.append(events[0].body)
        self.waiting.append(settled)
        if not self.hold:
            asyncio.get_running_loop().call_soon(self.settle)
        return True

    def settle(self, error: Exception | None = None) -> None:
        waiting, self.waiting = self.waiting, []
        for settled in waiting:
            settled(1, error)

    async def answer(self, request: web.Request) -> web.Response:
        """Be the long way."""
        body = await request.read()
        self.long.append(body)
        await asyncio.sleep(0)
        return web.Response(body=b"long:" + body)


@dataclass
class Place:
    stub: Stub
    runner: web.AppRunner
    port: int

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        pair = await asyncio.open_connection("127.0.0.1", self.port)
        await asyncio.sleep(0.01)  # aiohttp's task sleeps by then
        return pair


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    stub = Stub()
    services: Any = SimpleNamespace(
        channel_cache=stub,
        inbox=stub,
        registry={"shop": stub},
        settings=SimpleNamespace(public_url=""),
    )
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", stub.answer)
    runner = GuardedRunner(
        app,
        Crowd(Limits(0.6, 0.6)),
        Express(services),
        keepalive_timeout=0.5,
        shutdown_timeout=1.0,
    )
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield Place(stub, runner, runner.addresses[0][1])
    await runner.cleanup()


def call(body: bytes, path: bytes = b"/hooks/shop/key") -> bytes:
    return b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (path, len(body), body)


async def bodies(reader: asyncio.StreamReader, count: int) -> list[bytes]:
    found = []
    async with asyncio.timeout(5):
        for _ in range(count):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            found.append(await reader.readexactly(length))
    return found


class Pipe(asyncio.Transport):
    """A client that hands over exactly these bytes at a time, and keeps what it is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.is_paused = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass


@pytest.mark.parametrize("seed", range(60))
async def test_however_the_bytes_are_cut_answers_keep_their_order(place: Place, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same cuts each time
    asked = [
        (b"%d " % number * dice.randint(1, 40), dice.random() < 0.3)
        for number in range(1, dice.randint(5, 40))
    ]
    data = b"".join(call(body, b"/long" if far else b"/hooks/shop/key") for body, far in asked)
    assert place.runner.server is not None
    connection, pipe = place.runner.server(), Pipe()
    connection.connection_made(pipe)
    for _ in range(3):
        await asyncio.sleep(0)
    most = dice.choice([10, 100, 1_000])
    while data:
        size = dice.randint(1, most)
        connection.data_received(data[:size])
        data = data[size:]
        for _ in range(dice.choice([0, 1, 2, 8])):
            await asyncio.sleep(0)
        while pipe.is_paused:
            await asyncio.sleep(0)
    for _ in range(400):
        await asyncio.sleep(0)

    answers = await answered(pipe.written, len(asked))

    assert [answer.removeprefix(b"long:") for answer in answers] == [body for body, _ in asked]
    assert all(
        answer.startswith(b"long:") for answer, (_, far) in zip(answers, asked, strict=True) if far
    )
    assert place.stub.stored or most > 10
    connection.connection_lost(None)


async def answered(data: bytes, count: int) -> list[bytes]:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    found = await bodies(reader, count)
    assert reader.at_eof()
    return found


async def test_what_comes_while_a_call_waits_is_answered_after_it(place: Place) -> None:
    place.stub.hold = True
    reader, writer = await place.connect()
    writer.write(call(b"one"))
    await asyncio.sleep(0.02)
    writer.write(call(b"two", b"/long") + call(b"three"))
    await asyncio.sleep(0.02)
    assert place.stub.long == []

    place.stub.hold = False
    place.stub.settle()

    assert await bodies(reader, 2) == [b"one", b"long:two"]
    assert (await bodies(reader, 1))[0].removeprefix(b"long:") == b"three"
    writer.close()


@pytest.mark.parametrize("body", [b"forged", b"broken"])
async def test_what_the_short_way_cannot_answer_is_answered_whole_by_the_long(
    place: Place, body: bytes
) -> None:
    reader, writer = await place.connect()
    writer.write(call(body))

    assert await bodies(reader, 1) == [b"long:" + body]
    assert place.stub.stored == []
    writer.close()


@pytest.mark.parametrize(
    ("error", "status"), [(Unavailable("error.busy"), 503), (ValueError("odd"), 500)]
)
async def test_an_error_of_the_commit_is_an_answer_and_the_connection_goes_on(
    place: Place, error: Exception, status: int
) -> None:
    place.stub.hold = True
    reader, writer = await place.connect()
    writer.write(call(b"one"))
    await asyncio.sleep(0.02)
    place.stub.settle(error)

    head = await reader.readuntil(b"\r\n\r\n")
    assert int(head.split(b" ")[1]) == status
    assert (b"Retry-After" in head) is (status == 503)
    place.stub.hold = False
    writer.write(call(b"two"))
    assert await bodies(reader, 1) == [b"two"]
    writer.close()


async def test_who_waits_too_long_for_the_database_hears_503_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.connection.ANSWER_SECONDS", 0.1)
    place.stub.hold = True
    reader, writer = await place.connect()
    writer.write(call(b"one"))
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 2)

    before = metrics.answers()
    place.stub.settle()  # the commit came through after all: the sender's repeat is a duplicate
    assert metrics.answers() == before
    place.stub.hold = False
    writer.write(call(b"two"))

    assert b" 503 " in head
    assert await bodies(reader, 1) == [b"two"]
    writer.close()


async def test_a_call_in_flight_is_answered_before_the_server_goes(place: Place) -> None:
    place.stub.hold = True
    reader, writer = await place.connect()
    idle_reader, idle_writer = await place.connect()
    writer.write(call(b"one"))
    await asyncio.sleep(0.02)

    going = asyncio.ensure_future(place.runner.cleanup())
    await asyncio.sleep(0.05)
    assert not going.done()
    place.stub.settle()

    assert await bodies(reader, 1) == [b"one"]
    await asyncio.wait_for(going, 2)
    assert await reader.read() == b""
    assert await idle_reader.read() == b""
    writer.close()
    idle_writer.close()


async def test_a_call_that_is_never_settled_does_not_keep_the_server(place: Place) -> None:
    place.stub.hold = True
    reader, writer = await place.connect()
    writer.write(call(b"one"))
    await asyncio.sleep(0.02)

    await asyncio.wait_for(place.runner.cleanup(), 4)

    assert await reader.read() == b""
    place.stub.settle()
    writer.close()


async def test_a_sender_that_has_gone_is_not_answered(place: Place) -> None:
    place.stub.hold = True
    _, writer = await place.connect()
    writer.write(call(b"one"))
    await asyncio.sleep(0.02)
    writer.transport.abort()
    await asyncio.sleep(0.05)

    place.stub.settle()

    assert place.runner.server is not None
    assert place.runner.server.connections == []


async def test_a_kept_connection_idles_no_longer_than_the_keep_alive(place: Place) -> None:
    reader, writer = await place.connect()
    for _ in range(3):
        writer.write(call(b"one"))
        assert await bodies(reader, 1) == [b"one"]
        await asyncio.sleep(0.3)  # three of them are longer than the keep-alive

    assert await asyncio.wait_for(reader.read(), 2) == b""
    writer.close()


async def test_a_body_that_does_not_end_is_not_waited_for(place: Place) -> None:
    reader, writer = await place.connect()
    writer.write(call(b"one"))
    await bodies(reader, 1)
    writer.write(call(b"two")[:-1])

    assert await asyncio.wait_for(reader.read(), 2) == b""
    assert place.stub.stored == [b"one"]
    writer.close()


async def test_deadlines_are_never_early_and_end_with_the_last_connection() -> None:
    loop = asyncio.get_running_loop()
    deadlines = Deadlines(loop)
    seen: list[float] = []

    class One:
        due = loop.time() + 0.1

        def late(self) -> None:
            seen.append(loop.time() - started)

    started = loop.time()
    one, never = One(), One()
    never.due = 0.0
    deadlines.add(one)
    deadlines.add(never)
    await asyncio.sleep(0.1 + 2 * TICK)
    deadlines.discard(one)
    deadlines.discard(never)
    await asyncio.sleep(2 * TICK)

    assert len(seen) == 1
    assert 0.1 <= seen[0] < 0.1 + 2 * TICK
    assert deadlines._timer is None


def test_the_short_way_answers_no_later_than_senders_wait() -> None:
    assert express.ANSWER_SECONDS + TICK < 3
