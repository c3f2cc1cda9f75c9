"""The process's two HTTP clients.

A shared aiohttp session for hot calls, a shared httpx client for the rest.

The hot client tells apart what matters to a durable sender: `NotSent` (the request never left,
repeating is safe) and `NoAnswer` (it left, the outcome is unknown). Answers are capped at 1 MiB.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache, lru_cache

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult

from services.kit.http_lean import Lean
from services.kit.http_reader import MAX_ANSWER, Answer, NoAnswer, NotSent, TooLarge
from services.kit.log import current_trace

__all__ = [
    "MAX_ANSWER",
    "Answer",
    "Clients",
    "HotClient",
    "NoAnswer",
    "NotSent",
    "PublicResolver",
    "TooLarge",
    "is_public",
    "open_clients",
]

POOL_LIMIT = 400


@lru_cache(maxsize=64)
def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=seconds, sock_connect=min(seconds, 5.0))


async def _read(response: aiohttp.ClientResponse) -> bytes:
    content = response.content
    body = await content.read(MAX_ANSWER + 1)
    if content.at_eof() and len(body) <= MAX_ANSWER:
        return body  # came in one piece
    parts = [body]
    size = len(body)
    while body and size <= MAX_ANSWER:
        body = await content.read(MAX_ANSWER + 1 - size)
        size += len(body)
        parts.append(body)
    if size > MAX_ANSWER:
        raise TooLarge("answer over 1 MiB")
    return b"".join(parts)


def is_public(address: str) -> bool:
    """Say whether an IP address is out in the world.

    Not ours, not the machine's, not a cloud's metadata.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None) or parsed
    return mapped.is_global and not mapped.is_multicast


def traced(headers: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """Return the headers with this task's trace (W3C traceparent): relays and fakes show it."""
    trace = current_trace()
    if len(trace) != 32:
        return headers
    return {**(headers or {}), "traceparent": f"00-{trace}-{trace[:16]}-01"}


class PublicResolver(AbstractResolver):
    """Resolves names to public addresses only, at the moment of connecting, so a name cannot
    change in between.
    """

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the public ones of the name's addresses. Raises OSError when there is none."""
        found = await self._inner.resolve(host, port, family)
        public = [item for item in found if is_public(item["host"])]
        if not public:
            raise OSError("no public address")
        return public

    async def close(self) -> None:
        """Close the resolver behind."""
        await self._inner.close()


class HotClient:
    """One aiohttp session for every bot and account. Redirects are never followed.

    `public` reaches public addresses only: for addresses that a stranger may have written.
    """

    def __init__(
        self, session: aiohttp.ClientSession, public: aiohttp.ClientSession | None = None
    ) -> None:
        self._session = session
        self._public = public
        self._lean = Lean()

    async def call(
        self,
        method: str,
        url: str,
        *,
        body: bytes | aiohttp.FormData | AsyncIterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float = 10.0,
        proxy: str | None = None,
    ) -> Answer:
        """Return the answer whatever its status.

        Raises NotSent or NoAnswer, with no URL in the text (it may hold a token).
        """
        if method == "GET" and body is None and proxy is None:
            found = await self._lean.get(url, traced(headers) or {}, timeout_seconds)
            if found is not None:
                return found
        try:
            async with self._session.request(
                method,
                url,
                data=body,
                headers=traced(headers),
                timeout=_timeout(timeout_seconds),
                proxy=proxy,
                allow_redirects=False,
            ) as response:
                return Answer(response.status, response.headers, await _read(response))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(type(error).__name__) from None
        except (aiohttp.InvalidURL, aiohttp.ClientHttpProxyError) as error:
            raise NotSent(type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NoAnswer(type(error).__name__) from None

    def close(self) -> None:
        """Close what is not the sessions'."""
        self._lean.close()

    @asynccontextmanager
    async def stream(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float = 60.0,
        proxy: str | None = None,
        public_only: bool = False,
    ) -> AsyncIterator[tuple[Answer, AsyncIterator[bytes]]]:
        """Yield the head of a GET (body empty) and its content in chunks.

        Raises NotSent or NoAnswer.
        """
        session = self._public if public_only and self._public is not None else self._session
        try:
            async with session.get(
                url,
                headers=headers,
                timeout=_timeout(timeout_seconds),
                proxy=proxy,
                allow_redirects=False,
            ) as response:
                found = {name.lower(): value for name, value in response.headers.items()}
                yield Answer(response.status, found, b""), response.content.iter_chunked(65536)
        except aiohttp.ClientConnectorError as error:
            raise NotSent(type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NoAnswer(type(error).__name__) from None


@dataclass(frozen=True, slots=True)
class Clients:
    """Both clients; `close` at the end of the process."""

    hot: HotClient
    cold: httpx.AsyncClient
    _sessions: tuple[aiohttp.ClientSession, ...]

    async def close(self) -> None:
        """Close connections."""
        await self.cold.aclose()
        self.hot.close()
        for session in self._sessions:
            await session.close()


def _session(timeout_seconds: float, resolver: AbstractResolver | None) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        limit=POOL_LIMIT, ttl_dns_cache=60, keepalive_timeout=30, resolver=resolver
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=True,
        timeout=_timeout(timeout_seconds),
    )


@cache
def _trusted() -> ssl.SSLContext:
    """Who is trusted: reading it takes 20 ms, once a process is enough."""
    return httpx.create_ssl_context()


def open_clients(timeout_seconds: float) -> Clients:
    """Make the clients inside a running loop."""
    session = _session(timeout_seconds, None)
    public = _session(timeout_seconds, PublicResolver(aiohttp.ThreadedResolver()))
    cold = httpx.AsyncClient(
        verify=_trusted(),
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
        timeout=httpx.Timeout(timeout_seconds, connect=5.0),
        follow_redirects=False,
    )
    return Clients(HotClient(session, public), cold, (session, public))
