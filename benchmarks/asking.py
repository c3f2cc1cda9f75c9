"""A client that costs nothing to speak of: one kept connection, one question after the other."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import orjson

from benchmarks.login import init_data


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `seconds`: until its last byte."""

    status: int
    size: int
    seconds: float


class Asker:
    """Asks one server by one connection, as somebody who is signed in."""

    def __init__(self, base: str, token: str = "") -> None:
        parts = urlsplit(base)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._tail = f" HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        self._tail += f"Authorization: Bearer {token}\r\n\r\n" if token else "\r\n"

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._writer.close()

    async def ask(self, path: str) -> Answer:
        """Return the answer to GET `path`."""
        started = time.perf_counter()
        self._writer.write(f"GET {path}{self._tail}".encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        _, _, rest = head.partition(b"content-length: ")
        size = int(rest.split(b"\r\n", 1)[0]) if rest else 0
        await self._reader.readexactly(size)
        return Answer(int(head[9:12]), size, time.perf_counter() - started)


def sign_in(base: str, bot_token: str, telegram_id: int) -> str:
    """Return the token the Mini App of this person calls with (blocks)."""
    proof = init_data(1, bot_token, at=int(time.time()), user_id=telegram_id)
    body = orjson.dumps({"init_data": proof})
    headers = {"Content-Type": "application/json"}
    request = Request(f"{base}/api/v1/auth/telegram", body, headers)  # noqa: S310 - loopback
    with urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
        return str(orjson.loads(answer.read())["access_token"])
