"""What did not get through: by reason, what is safe, what helps; again, or never."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web

from services.connectors.errors import Reason
from services.desk.values import Stuck, StuckFilter, StuckGroup
from webapp.api.envelope import parse
from webapp.api.undelivered import StuckQuery
from webapp.auth.session import page
from webapp.cabinet import frame, words
from webapp.cabinet.pieces import go, sheet
from webapp.desk import Seat, seat
from webapp.speech import Speech

SAMPLES = 3
UNKNOWN = "unknown"
NOTHING = "-"
"""A reason no delivery has: an empty form moves nothing."""


class Help(StrEnum):
    """What a person can do about a reason."""

    AGAIN = "again"
    KEY = "key"
    GROUP = "group"
    NEVER = "never"
    DOUBT = "doubt"


KEYS = {Reason.AUTH, Reason.CHANNEL_SUSPENDED, Reason.NOT_PAID}
GROUPS = {
    Reason.KICKED,
    Reason.NO_RIGHTS,
    Reason.TOPIC_CLOSED,
    Reason.TOPIC_MISSING,
    Reason.CHAT_NOT_FOUND,
}
NEVER = {
    Reason.BAD_REQUEST,
    Reason.BLOCKED,
    Reason.EXPIRED,
    Reason.MEDIA_GONE,
    Reason.POISON,
    Reason.TOO_BIG,
    Reason.UNREADABLE,
    Reason.UNSUPPORTED,
}
LOOKS = {
    Help.AGAIN: ("warn", "retry"),
    Help.KEY: ("bad", "key"),
    Help.GROUP: ("warn", "bot"),
    Help.NEVER: ("bad", "bad"),
    Help.DOUBT: ("unk", "q"),
}


@dataclass(frozen=True, slots=True)
class Heap:
    """The messages of one reason, in a person's words, with the newest of them."""

    group: StuckGroup
    title: str
    text: str
    tone: str
    sign: str
    may_retry: bool
    items: tuple[Stuck, ...]


@page("deliveries.read")
async def show(request: web.Request) -> web.Response:
    """Answer GET /app/undelivered; with `reason` or `state`: all of that heap, page by page."""
    query = parse(StuckQuery, {name: value for name, value in request.query.items() if value})
    wanted = StuckFilter(query.reason, query.state, query.channel)
    is_one = bool(query.reason or query.state)
    async with seat(request) as at:
        groups = await at.desk.undelivered.groups(at.tx, at.viewer)
        if is_one:
            groups = [one for one in groups if (one.reason, one.state) == _of(wanted)]
        size = query.limit if is_one else SAMPLES
        heaps, cursor = await _heaps(request, at, groups, query.cursor, size)
    total = sum(group.count for group in groups)
    return await frame.render(
        request, "undelivered/list.html", tab="undelivered", heaps=heaps, total=total,
        is_one=is_one, cursor=cursor, words=words,
    )  # fmt: skip


@page("deliveries.retry")
async def retry(request: web.Request) -> web.Response:
    """Answer POST /app/undelivered/retry."""
    wanted = await _chosen(request)
    async with seat(request) as at:
        await at.desk.undelivered.retry(at.tx, at.viewer, at.actor, wanted)
    return go("/app/undelivered")


@page("deliveries.drop")
async def ask(request: web.Request) -> web.Response:
    """Answer GET /app/undelivered/drop: what would be lost, in numbers."""
    query = parse(StuckQuery, dict(request.query))
    async with seat(request) as at:
        groups = await at.desk.undelivered.groups(at.tx, at.viewer)
    found = [one for one in groups if (one.reason, one.state) == (query.reason, query.state)]
    count = sum(group.count for group in found)
    return sheet(request, "undelivered/drop.html", count=count, query=query)


@page("deliveries.drop")
async def drop(request: web.Request) -> web.Response:
    """Answer POST /app/undelivered/drop."""
    wanted = await _chosen(request)
    async with seat(request) as at:
        await at.desk.undelivered.drop(at.tx, at.viewer, at.actor, wanted)
    return go("/app/undelivered")


def help_of(group: StuckGroup) -> Help:
    """Return what can be done; a reason nobody foresaw may be tried again."""
    if group.state == UNKNOWN:
        return Help.DOUBT
    for found, kinds in ((Help.KEY, KEYS), (Help.GROUP, GROUPS), (Help.NEVER, NEVER)):
        if group.reason in kinds:
            return found
    return Help.AGAIN


async def _heaps(
    request: web.Request, at: Seat, groups: list[StuckGroup], cursor: str, size: int
) -> tuple[list[Heap], str]:
    s, heaps, more = frame.speech(request), [], ""
    for group in groups:
        wanted = StuckFilter(group.reason, group.state)
        items, more = await at.desk.undelivered.page(
            at.tx, at.viewer, wanted, cursor=cursor, limit=size
        )
        heaps.append(_heap(s, group, items))
    return heaps, more


def _heap(s: Speech, group: StuckGroup, items: list[Stuck]) -> Heap:
    found = help_of(group)
    tone, sign = LOOKS[found]
    return Heap(
        group,
        words.stuck_reason(s, group.reason, group.state),
        s.t(f"web.stuck.{found}"),
        tone,
        sign,
        found is not Help.NEVER,
        tuple(items),
    )


def _of(wanted: StuckFilter) -> tuple[str, str]:
    return wanted.reason, wanted.state


async def _chosen(request: web.Request) -> StuckFilter:
    """Return the heap a form names: always one reason, never everything by an empty form."""
    typed = {k: str(v) for k, v in (await request.post()).items() if k in {"reason", "state"}}
    query = parse(StuckQuery, typed)
    return StuckFilter(query.reason or ("" if query.state else NOTHING), query.state)
