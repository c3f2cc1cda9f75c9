"""What did not get through: by reason, one by one; all of a filter again, or never."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from services.desk.values import Stuck, StuckFilter, StuckGroup
from webapp.api.dialogs import Limit
from webapp.api.envelope import parse
from webapp.api.schema import Answer, Body, answer, body, describe
from webapp.auth.session import require
from webapp.desk import seat

State = Literal["", "parked", "unknown"]
Reason = Annotated[str, Field(max_length=32)]


class StuckQuery(BaseModel):
    """Filters; empty: everything in the caller's scope."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Reason = ""
    state: State = ""
    channel: UUID | None = None
    cursor: Annotated[str, Field(max_length=200)] = ""
    limit: Limit = 30


class Chosen(Body):
    """Which of them: those named and let through by the filter; no `ids`: all of the filter."""

    reason: Reason = ""
    state: State = ""
    channel: Annotated[UUID, Field(strict=False)] | None = None
    ids: Annotated[list[Annotated[UUID, Field(strict=False)]], Field(max_length=100)] | None = None


class StuckPage(Answer):
    """A page, the last to get stuck first, and the sums of all that is in scope."""

    items: list[Stuck]
    groups: list[StuckGroup]
    next_cursor: str | None


class MovedShown(Answer):
    """How many moved; a thousand at most at once: call again while it is not 0."""

    moved: int


@require("deliveries.read")
@describe("What did not get through", query=StuckQuery, answer=StuckPage)
async def list_undelivered(request: web.Request) -> web.Response:
    """Answer GET /api/v1/undelivered."""
    query = parse(StuckQuery, request.query)
    wanted = StuckFilter(query.reason, query.state, query.channel)
    async with seat(request) as at:
        items, cursor = await at.desk.undelivered.page(
            at.tx, at.viewer, wanted, cursor=query.cursor, limit=query.limit
        )
        groups = await at.desk.undelivered.groups(at.tx, at.viewer)  # after: no row without a sum
    return answer(StuckPage(items=items, groups=groups, next_cursor=cursor or None))


@require("deliveries.retry")
@describe("Send again what did not get through", body=Chosen, answer=MovedShown)
async def retry_undelivered(request: web.Request) -> web.Response:
    """Answer POST /api/v1/undelivered/retry."""
    chosen = await body(request, Chosen)
    async with seat(request) as at:
        moved = await at.desk.undelivered.retry(
            at.tx, at.viewer, at.actor, _filter(chosen), chosen.ids
        )
    return answer(MovedShown(moved=moved))


@require("deliveries.drop")
@describe("Give up for good what did not get through", body=Chosen, answer=MovedShown)
async def drop_undelivered(request: web.Request) -> web.Response:
    """Answer POST /api/v1/undelivered/drop."""
    chosen = await body(request, Chosen)
    async with seat(request) as at:
        moved = await at.desk.undelivered.drop(
            at.tx, at.viewer, at.actor, _filter(chosen), chosen.ids
        )
    return answer(MovedShown(moved=moved))


def _filter(chosen: Chosen) -> StuckFilter:
    return StuckFilter(chosen.reason, chosen.state, chosen.channel)
