"""Plain GETs: kept connections, one retry of an idled one, and nobody gets another's answer."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.kit import http_lean
from services.kit.http_lean import Lean
from services.kit.http_reader import Answer, NoAnswer, NotSent, TooLarge

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Say = Callable[[asyncio.StreamWriter, str], Awaitable[bool]]


@dataclass
class Server:
    """Says what the test wants; remembers heads and connections."""

    port: int = 0
    heads: list[str] = field(default_factory=list)
    connections: int = 0
    paths: dict[str, Say] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.heads.append(head)
                say = self.paths.get(head.split()[1])
                if say is None:
                    writer.write(OK)
                elif not await say(writer, head):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = listening.sockets[0].getsockname()[1]
    yield made
    listening.close()


@pytest_asyncio.fixture
async def lean() -> AsyncIterator[Lean]:
    made = Lean()
    yield made
    made.close()


async def get(lean: Lean, url: str, seconds: float = 2.0, **headers: str) -> Answer:
    answer = await lean.get(url, headers, seconds)
    assert answer is not None
    return answer


async def close(writer: asyncio.StreamWriter, head: str) -> bool:
    return False


async def silent(writer: asyncio.StreamWriter, head: str) -> bool:
    await asyncio.sleep(5)
    return False


async def test_calls_share_a_connection_and_send_what_they_should(
    lean: Lean, server: Server
) -> None:
    for _ in range(3):
        assert (await get(lean, f"{server.url}/a/b?c=d,e", Accept="x")).body == b"ok"

    assert server.connections == 1
    assert server.heads[0] == (
        f"GET /a/b?c=d,e HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        "User-Agent: vishenka\r\nAccept-Encoding: gzip\r\nAccept: x\r\n\r\n"
    )


async def test_calls_at_once_have_connections_of_their_own(lean: Lean, server: Server) -> None:
    async def echo(writer: asyncio.StreamWriter, head: str) -> bool:
        await asyncio.sleep(0.01)
        path = head.split()[1].encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(path), path))
        return True

    server.paths = {f"/{n}": echo for n in range(5)}

    found = await asyncio.gather(*(get(lean, f"{server.url}/{n}") for n in range(5)))

    assert [one.body for one in found] == [b"/%d" % n for n in range(5)]
    assert server.connections == 5


async def test_connection_that_idled_away_is_replaced_unseen(lean: Lean, server: Server) -> None:
    count = 0

    async def once(writer: asyncio.StreamWriter, head: str) -> bool:
        nonlocal count
        count += 1
        if count == 2:  # the second call of this connection finds it closed
            return False
        writer.write(OK)
        return True

    server.paths["/"] = once
    await get(lean, f"{server.url}/")

    assert (await get(lean, f"{server.url}/")).body == b"ok"
    assert (count, server.connections) == (3, 2)


async def test_new_connection_that_closes_is_no_answer_and_not_retried(
    lean: Lean, server: Server
) -> None:
    server.paths["/"] = close

    with pytest.raises(NoAnswer):
        await get(lean, f"{server.url}/")

    assert len(server.heads) == 1


async def test_answer_cut_in_the_middle_is_not_asked_for_again(lean: Lean, server: Server) -> None:
    async def half(writer: asyncio.StreamWriter, head: str) -> bool:
        writer.write(OK[:-1])
        await writer.drain()
        return False

    server.paths["/half"] = half
    await get(lean, f"{server.url}/")

    with pytest.raises(NoAnswer):
        await get(lean, f"{server.url}/half")

    assert len(server.heads) == 2


@pytest.mark.parametrize("warm", [True, False])
async def test_silence_is_no_answer_and_its_connection_is_cut(
    lean: Lean, server: Server, warm: bool
) -> None:
    server.paths["/silent"] = silent
    if warm:
        await get(lean, f"{server.url}/")

    with pytest.raises(NoAnswer):
        await get(lean, f"{server.url}/silent", 0.1)

    assert (await get(lean, f"{server.url}/")).body == b"ok"
    assert server.connections == 2


async def test_answer_of_a_call_that_was_given_up_goes_to_nobody(
    lean: Lean, server: Server
) -> None:
    async def late(writer: asyncio.StreamWriter, head: str) -> bool:
        await asyncio.sleep(0.1)
        writer.write(OK.replace(b"ok", b"no"))
        return True

    server.paths["/late"] = late
    task = asyncio.ensure_future(get(lean, f"{server.url}/late"))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.sleep(0.1)

    assert (await get(lean, f"{server.url}/")).body == b"ok"


async def test_server_that_speaks_unasked_is_not_asked_again(lean: Lean, server: Server) -> None:
    async def chatty(writer: asyncio.StreamWriter, head: str) -> bool:
        writer.write(OK)
        await asyncio.sleep(0.02)
        writer.write(OK.replace(b"ok", b"no"))
        return True

    server.paths["/chatty"] = chatty
    await get(lean, f"{server.url}/chatty")
    await asyncio.sleep(0.05)

    assert (await get(lean, f"{server.url}/")).body == b"ok"
    assert server.connections == 2


async def test_answer_without_length_and_one_too_large(lean: Lean, server: Server) -> None:
    async def bare(writer: asyncio.StreamWriter, head: str) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nok")
        return False

    async def big(writer: asyncio.StreamWriter, head: str) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n")
        return True

    server.paths = {"/bare": bare, "/big": big}

    assert (await get(lean, f"{server.url}/bare")).body == b"ok"
    with pytest.raises(TooLarge):
        await get(lean, f"{server.url}/big")


async def test_what_never_left_is_not_sent_and_names_no_address(
    lean: Lean, server: Server
) -> None:
    with pytest.raises(NotSent) as caught:
        await get(lean, "http://127.0.0.1:9/")
    assert "127.0.0.1" not in str(caught.value)
    with pytest.raises(NotSent):  # not a TLS server
        await get(lean, f"https://127.0.0.1:{server.port}/")
    with pytest.raises(NotSent):
        await get(lean, f"{server.url}/", Accept="a\r\nX-Evil: b")
    assert server.heads == []


@pytest.mark.parametrize(
    "url",
    [
        "http://h",
        "ftp://h/",
        "http://user:pw@h/",
        "http://h/a b",
        "http://h/привет",
        "http://h/a/../b",
        "http://h/./a",
        "http://h/a#b",
        "http://h:99999/",
        "http://[::1]/",
        "nonsense",
    ],
)
async def test_address_that_is_not_plain_is_left_to_the_session(lean: Lean, url: str) -> None:
    assert await lean.get(url, {}, 1.0) is None


async def test_idle_connections_give_way_and_too_many_calls_are_refused(
    lean: Lean, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_lean, "MOST_OPEN", 1)
    await get(lean, f"http://localhost:{server.port}/")

    assert (await get(lean, f"{server.url}/")).body == b"ok"  # the idle one made room

    server.paths["/silent"] = silent
    waiting = asyncio.ensure_future(lean.get(f"{server.url}/silent", {}, 1.0))
    await asyncio.sleep(0.05)
    with pytest.raises(NotSent):
        await get(lean, f"{server.url}/")
    waiting.cancel()


async def test_old_idle_connection_is_not_trusted(
    lean: Lean, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    await get(lean, f"{server.url}/")
    monkeypatch.setattr(http_lean, "IDLE_SECONDS", -1.0)

    await get(lean, f"{server.url}/")

    assert server.connections == 2


def certificate(folder: Path) -> Path:
    """Write a certificate of localhost with its key into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "localhost.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


async def test_certificate_must_be_trusted_and_name_the_host(
    lean: Lean, server: Server, tmp_path: Path
) -> None:
    path = certificate(tmp_path)
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(path)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=ours)
    port = listening.sockets[0].getsockname()[1]

    with pytest.raises(NotSent):
        await get(lean, f"https://localhost:{port}/")
    lean._tls = ssl.create_default_context(cafile=str(path))
    with pytest.raises(NotSent):
        await get(lean, f"https://127.0.0.1:{port}/")
    for _ in range(2):
        assert (await get(lean, f"https://localhost:{port}/")).body == b"ok"

    assert len(server.heads) == 2
    listening.close()
