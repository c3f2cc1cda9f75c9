"""What broke in a browser: a script of ours, or our own policy. Counted and logged, without a word
of what people wrote.

    {"kind": "error", "name": "TypeError", "file": "ui.js", "line": 12}        static/live.js
    {"csp-report": {"effective-directive": "style-src", "source-file": …}}     browsers

Anybody can send anything here: only names from closed lists are kept, the rest is "other".
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from services.kit import metrics
from services.kit.errors import InvalidInput, QuotaExceeded
from services.kit.limits import Bucket, LimiterAway
from webapp.assets import assets
from webapp.auth.limits import LIMITER
from webapp.auth.peer import address
from webapp.cabinet.policy import POLICY

log = logging.getLogger(__name__)

MAX_BODY = 8 * 1024
MAX_LINE = 1_000_000
FROM_ADDRESS = Bucket("complaints:address", 20, 0.1)
FROM_ALL = Bucket("complaints:all", 300, 2)
KINDS = frozenset({"error", "unhandledrejection"})
ERRORS = frozenset(
    {"Error", "TypeError", "ReferenceError", "RangeError", "SyntaxError", "URIError", "EvalError",
     "AggregateError", "AbortError", "DataCloneError", "InvalidStateError", "NetworkError",
     "NotAllowedError", "NotFoundError", "NotSupportedError", "QuotaExceededError",
     "SecurityError", "TimeoutError"}
)  # fmt: skip
OTHER = "other"


class Broke(msgspec.Struct, frozen=True):
    """A script that failed."""

    kind: str
    name: str = ""
    file: str | None = ""
    line: int = 0


class Violated(msgspec.Struct, frozen=True, rename="kebab"):
    """What a browser did not let a page do."""

    effective_directive: str = ""
    violated_directive: str = ""
    source_file: str = ""
    line_number: int = 0


class Report(msgspec.Struct, frozen=True, rename="kebab"):
    """The envelope of `report-uri`."""

    csp_report: Violated


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is kept of it."""

    kind: str
    what: str
    place: str
    line: int


async def take(request: web.Request) -> web.Response:
    """Answer POST /app/errors."""
    length = request.content_length
    if length is None or length > MAX_BODY:
        raise web.HTTPRequestEntityTooLarge(MAX_BODY, length or 0)
    if not await _may_speak(request):
        return web.Response(status=204)
    found = read(await request.read())
    metrics.FRONT_ERRORS.labels(found.kind).inc()
    log.warning(
        "a page failed in a browser",
        extra={"kind": found.kind, "what": found.what, "place": found.place, "line": found.line},
    )
    return web.Response(status=204)


async def _may_speak(request: web.Request) -> bool:
    """Count it; nobody is heard while nobody counts. Raises QuotaExceeded."""
    limiter = request.app[LIMITER]
    try:
        waits = (
            await limiter.take(FROM_ADDRESS, address(request)),
            await limiter.take(FROM_ALL, "all"),
        )
    except LimiterAway:
        return False
    if any(waits):
        raise QuotaExceeded("error.too_often", retry_after_seconds=round(max(waits)) or 1)
    return True


def read(body: bytes) -> Complaint:
    """Return what is kept of a complaint. Raises InvalidInput for what is none."""
    try:
        said = msgspec.json.decode(body, type=dict[str, object])
        if "csp-report" in said:
            return _violated(msgspec.convert(said, Report).csp_report)
        return _broke(msgspec.convert(said, Broke))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput("error.invalid_input") from error


def _broke(said: Broke) -> Complaint:
    kind = said.kind if said.kind in KINDS else OTHER
    what = said.name if said.name in ERRORS else OTHER
    return Complaint(kind, what, _file(said.file or ""), _line(said.line))


def _violated(said: Violated) -> Complaint:
    directive = (said.effective_directive or said.violated_directive).partition(" ")[0]
    name = directive.removesuffix("-elem").removesuffix("-attr")
    what = name if name in POLICY else OTHER
    return Complaint("policy", what, _file(said.source_file), _line(said.line_number))


def _file(text: str) -> str:
    try:
        name = urlsplit(text).path.rpartition("/")[2]
    except ValueError:
        return OTHER
    return name if not text or name in assets().files else OTHER


def _line(number: int) -> int:
    return number if 0 <= number <= MAX_LINE else 0
