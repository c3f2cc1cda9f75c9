"""What the conformance checks feed to a connector: damaged bodies, every action, every answer."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from services.connectors.base import Capabilities, Sent
from services.connectors.errors import (
    AuthExpired,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Temporary,
)
from services.connectors.messages import (
    Address,
    Answer,
    Block,
    Button,
    Delete,
    Edit,
    MarkRead,
    Media,
    MediaKind,
    Native,
    Outbound,
    OutboundMessage,
    Pin,
    React,
    Text,
    TopicCreate,
    TopicEdit,
    Typing,
)
from services.kit.http import Answer as HttpAnswer
from services.kit.http import NotSent


class Script:
    """An HTTP client that answers every call alike and counts them."""

    def __init__(self, answer: HttpAnswer | Exception) -> None:
        self.answer = answer
        self.calls = 0

    async def call(self, method: str, url: str, **more: Any) -> HttpAnswer:
        """Return or raise what the script says, after reading a streamed body to its end."""
        del method, url
        self.calls += 1
        body: Any = more.get("body")
        if hasattr(body, "__aiter__"):
            async for _ in body:
                pass
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    @asynccontextmanager
    async def stream(self, url: str, **more: Any) -> AsyncIterator[Any]:
        """Nothing is ever downloaded here."""
        del url, more
        raise NotSent("no downloads")
        yield


class StillClock:
    """A clock that stands."""

    def now(self) -> datetime:
        """Return one and the same time."""
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        """Return zero."""
        return 0.0


class AnyBytes:
    """A MediaSource with the same bytes for everything."""

    async def open(self, media: Media) -> AsyncIterator[bytes]:
        """Yield a few bytes that begin like a picture."""
        del media
        yield b"\x89PNG\r\n\x1a\n" + bytes(64)


_JUNK: tuple[Any, ...] = (None, True, -1, 2**70, 1.5, "", "x" * 5, [], {}, [None], {"id": []})
_BODIES = (
    b"",
    b"null",
    b"[]",
    b"{}",
    b"\xff\xfe\x00",
    b"not json at all",
    b"[" * 50_000,
    b'{"a":' * 50_000,
    b'"' + b"x" * 10_000,
)


def damaged(body: bytes) -> Iterator[bytes]:
    """Yield broken bodies: none of JSON, cut ones, and the given one with each value spoiled."""
    yield from _BODIES
    yield body[: len(body) // 2]
    yield body + b"}"
    try:
        value = json.loads(body)
    except ValueError:
        return
    for number, path in enumerate(_paths(value)):
        yield _spoiled(value, path, _JUNK[number % len(_JUNK)])
        yield _spoiled(value, path, _JUNK[(number * 7 + 3) % len(_JUNK)])


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        yield (*path, key)
        yield from _paths(inner, (*path, key))


def _spoiled(value: Any, path: tuple[Any, ...], junk: Any) -> bytes:
    changed = copy.deepcopy(value)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = copy.deepcopy(junk)
    return json.dumps(changed).encode()


def every_action(to: Address) -> tuple[Outbound, ...]:
    """Return one action of each kind."""
    return (
        OutboundMessage(to=to, text=Text(text="x")),
        Edit(to=to, external_id="1", text=Text(text="x")),
        Delete(to=to, external_id="1"),
        React(to=to, external_id="1", emoji="👍"),
        Pin(to=to, external_id="1"),
        TopicCreate(to=to, name="x"),
        TopicEdit(to=to, name="x"),
        MarkRead(to=to),
        Typing(to=to),
        Block(to=to, user_id="1"),
        Answer(callback_id="1"),
        Native(to=to, method="getMe"),
    )


def beyond(can: Capabilities, to: Address) -> Iterator[Outbound]:
    """Yield actions that these capabilities do not name."""
    named = {
        Edit: can.edit,
        Delete: bool(can.delete_within_seconds),
        React: can.reactions,
        TopicCreate: can.topics,
        TopicEdit: can.topics,
        MarkRead: can.mark_read,
        Typing: can.typing,
        Block: can.block,
        Answer: can.buttons,
    }
    yield from (one for one in every_action(to) if not named.get(type(one), True))
    for kind in sorted(set(MediaKind) - can.media):
        yield OutboundMessage(to=to, media=(Media(kind=kind, file_id="f"),))
    if not can.buttons:
        row = (Button(text="x", callback="y"),)
        yield OutboundMessage(to=to, text=Text(text="x"), buttons=(row,))
    if can.media:
        item = Media(kind=min(can.media), file_id="f")
        yield OutboundMessage(to=to, media=(item,) * (can.max_album + 1))


def too_long(can: Capabilities, to: Address) -> Iterator[Outbound]:
    """Yield a text and files over the limits."""
    yield OutboundMessage(to=to, text=Text(text="x" * (can.max_text + 1)))
    for kind, size in sorted(can.max_upload.items()):
        yield OutboundMessage(to=to, media=(Media(kind=kind, file_id="f", size=size + 1),))


def name_of(action: Outbound) -> str:
    """Return what a fault calls this action."""
    if isinstance(action, OutboundMessage) and action.media:
        kinds = "+".join(item.kind.value for item in action.media[:3])
        return f"message with {len(action.media)} {kinds}"
    return type(action).__name__


def _page(status: int, body: bytes = b"<html>gateway</html>", **headers: str) -> HttpAnswer:
    return HttpAnswer(status, headers, body)


_AGAIN = (Temporary, OutcomeUnknown)
_NO = (Temporary, Rejected, AuthExpired)

ANSWERS: tuple[tuple[HttpAnswer, tuple[type, ...]], ...] = (
    # Something took the request and its answer is lost on us: never "try again" for a message.
    (_page(200), (OutcomeUnknown,)),
    (_page(200, b""), (OutcomeUnknown, Sent)),
    (_page(200, b'{"cut": '), (OutcomeUnknown,)),
    (_page(200, b"[" * 50_000), (OutcomeUnknown,)),
    (_page(302, location="https://elsewhere.example/"), _NO),
    (_page(400), _NO),
    (_page(401), _NO),
    (_page(403), _NO),
    (_page(404), _NO),
    (_page(408), (*_NO, OutcomeUnknown)),
    (_page(409), _NO),
    (_page(413), _NO),
    (_page(418), _NO),
    (_page(429), (RateLimited,)),
    (_page(429, b"{}", **{"retry-after": "7"}), (RateLimited,)),
    (_page(500), _AGAIN),
    (_page(502), _AGAIN),
    (_page(503, b"", **{"retry-after": "soon"}), _AGAIN),
    (_page(504), _AGAIN),
    (_page(599, b"null"), _AGAIN),
)
