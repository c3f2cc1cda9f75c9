"""What did not get through: by reason, what is safe, what helps; again, or never."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.desk.undelivered import AT_ONCE
from services.desk.values import StuckFilter
from webapp.api.envelope import parse
from webapp.api.schema import path_id
from webapp.api.undelivered import StuckQuery
from webapp.auth.session import page
from webapp.cabinet import frame, heaps, words
from webapp.cabinet.heaps import Heap, address
from webapp.cabinet.pieces import go, sheet
from webapp.desk import Seat, seat

SAMPLES = 3
NOTHING = "-"
"""A reason no delivery has: an empty form moves nothing."""
NAMED = frozenset({"reason", "state", "channel"})


class Looked(StuckQuery):
    """The page's address: a filter, and what the act before it came to."""

    done: Literal["", "retry", "drop"] = ""
    moved: int = Field(default=0, ge=0, le=1_000_000)


@page("deliveries.read")
async def show(request: web.Request) -> web.Response:
    """Answer GET /app/undelivered; with `reason`: all of that heap, page by page."""
    query = parse(Looked, {name: value for name, value in request.query.items() if value})
    wanted = StuckFilter(query.reason, query.state, query.channel)
    async with seat(request) as at:
        shares = await at.desk.undelivered.shares(at.tx, at.viewer)
        found = heaps.wanted_only(shares, wanted)
        made = heaps.heaps(frame.speech(request), found, frame.paths(request.app))
        filled, cursor = await _filled(at, made, query)
    s = frame.speech(request)
    return await frame.render(
        request, "undelivered/list.html", tab="undelivered", heaps=filled, wanted=wanted,
        total=sum(heap.count for heap in filled), everything=sum(one.count for one in shares),
        states=heaps.states(s, shares, wanted), channels=heaps.channels(s, shares, wanted),
        query=query, cursor=cursor, words=words, address=address,
    )  # fmt: skip


@page("deliveries.read")
async def one(request: web.Request) -> web.Response:
    """Answer GET /app/undelivered/{id}: one message in a sheet."""
    async with seat(request) as at:
        found = await at.desk.undelivered.one(at.tx, at.viewer, path_id(request))
    helps = heaps.help_of(found.reason, found.state)
    return sheet(request, "undelivered/one.html", one=found, helps=helps, words=words)


@page("deliveries.retry")
async def retry(request: web.Request) -> web.Response:
    """Answer POST /app/undelivered/retry: one by its id, or all of a filter."""
    typed = await _typed(request)
    async with seat(request) as at:
        moved = await at.desk.undelivered.retry(at.tx, at.viewer, at.actor, *_chosen(typed))
    return go(_back(typed, "retry", moved))


@page("deliveries.drop")
async def ask(request: web.Request) -> web.Response:
    """Answer GET /app/undelivered/drop: what would be lost, in numbers."""
    query = parse(StuckQuery, {name: value for name, value in request.query.items() if value})
    wanted = StuckFilter(query.reason, query.state, query.channel)
    async with seat(request) as at:
        shares = await at.desk.undelivered.shares(at.tx, at.viewer)
    found = heaps.wanted_only(shares, wanted)
    made = heaps.heaps(frame.speech(request), found, frozenset())
    count, out = sum(heap.count for heap in made), sum(heap.out for heap in made)
    return sheet(
        request, "undelivered/drop.html", count=count, out=out, wanted=wanted, ids="",
        at_once=min(count, AT_ONCE),
    )  # fmt: skip


@page("deliveries.drop")
async def ask_one(request: web.Request) -> web.Response:
    """Answer GET /app/undelivered/{id}/drop."""
    async with seat(request) as at:
        found = await at.desk.undelivered.one(at.tx, at.viewer, path_id(request))
    out = int(found.direction == "out")
    return sheet(
        request, "undelivered/drop.html", count=1, out=out, wanted=StuckFilter(), ids=found.id,
        at_once=1,
    )  # fmt: skip


@page("deliveries.drop")
async def drop(request: web.Request) -> web.Response:
    """Answer POST /app/undelivered/drop."""
    typed = await _typed(request)
    async with seat(request) as at:
        moved = await at.desk.undelivered.drop(at.tx, at.viewer, at.actor, *_chosen(typed))
    return go(_back(typed, "drop", moved))


async def _filled(at: Seat, made: list[Heap], query: Looked) -> tuple[list[Heap], str]:
    """Return the heaps with their newest rows, and where the rows go on (one heap only)."""
    filled, more = [], ""
    for heap in made:
        items, more = await at.desk.undelivered.page(
            at.tx,
            at.viewer,
            StuckFilter(heap.reason, heap.state, query.channel),
            cursor=query.cursor if query.reason else "",
            limit=query.limit if query.reason else SAMPLES,
        )
        filled.append(replace(heap, items=tuple(items)))
    return filled, more if query.reason and len(made) == 1 else ""


async def _typed(request: web.Request) -> dict[str, str]:
    return {name: str(value) for name, value in (await request.post()).items() if value}


def _chosen(typed: Mapping[str, str]) -> tuple[StuckFilter, list[UUID] | None]:
    """Return what a form names: one message, or a heap; an empty form names nothing."""
    query = parse(StuckQuery, {name: typed[name] for name in NAMED & typed.keys()})
    if "id" in typed:
        return StuckFilter(), [_uuid(typed["id"])]
    return StuckFilter(query.reason or NOTHING, query.state, query.channel), None


def _back(typed: Mapping[str, str], done: str, moved: int) -> str:
    """Return the page with what is left under the same account."""
    query = parse(StuckQuery, {name: typed[name] for name in {"channel"} & typed.keys()})
    return address(StuckFilter(channel_id=query.channel), done=done, moved=str(moved))


def _uuid(text: str) -> UUID:
    return parse(StuckQuery, {"channel": text}).channel or UUID(int=0)
