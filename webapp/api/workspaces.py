"""Groups where the team works, and its terms: hours, out-of-office text, ladder, target."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import Field, RootModel

from services.conversations.hours import DAYS
from services.conversations.policy import Callee
from services.conversations.terms import Rung, Terms, TermsView
from services.desk.places import Place
from services.kit.db import Tx
from services.tenants.actor import Actor
from webapp.api.schema import Answer, Body, answer, body, describe, path_id
from webapp.auth.session import require, session
from webapp.desk import seat
from webapp.keys import SERVICES

Clock = Annotated[time, Field(strict=False)]
Span = Annotated[list[Clock], Field(min_length=2, max_length=2)]
Day = Annotated[list[Span], Field(max_length=5)]


class PlaceShown(RootModel[Place]):
    """One group. `serves`: accounts whose buyers come there; `url` opens it in Telegram."""


class PlacesShown(Answer):
    """Every group of the business."""

    items: list[Place]
    next_cursor: None = None


class Serves(Body):
    """Whose buyers come to this group: exactly these accounts."""

    serves: Annotated[list[Annotated[UUID, Field(strict=False)]], Field(max_length=100)]


class RungShown(Answer):
    """After so many working minutes of waiting this one is called."""

    minutes: int
    callee: str


class TermsShown(Answer):
    """The terms. `week`: spans by day; an end of "00:00" is midnight, a day without is closed."""

    zone: str
    week: dict[str, list[list[str]]]
    closed_on: list[date]
    ladder: list[RungShown]
    target_minutes: int
    is_target_own: bool
    away_text: str
    is_away_on: bool


class NewRung(Body):
    """After so many working minutes of waiting this one is called."""

    minutes: Annotated[int, Field(ge=1, le=10_080)]
    callee: Annotated[Callee, Field(strict=False)]


class TermsChange(Body):
    """What is to change; what is not named stays. `target_minutes` 0: the second rung."""

    zone: Annotated[str, Field(max_length=64)] | None = None
    week: Annotated[dict[str, Day], Field(max_length=7)] | None = None
    closed_on: (
        Annotated[list[Annotated[date, Field(strict=False)]], Field(max_length=366)] | None
    ) = None
    ladder: Annotated[list[NewRung], Field(max_length=5)] | None = None
    target_minutes: Annotated[int, Field(ge=0, le=10_080)] | None = None
    away_text: Annotated[str, Field(max_length=1000)] | None = None
    is_away_on: bool | None = None


@require("workspaces.read")
@describe("Groups of the team", answer=PlacesShown)
async def list_places(request: web.Request) -> web.Response:
    """Answer GET /api/v1/workspaces."""
    async with seat(request) as at:
        found = await at.desk.places.all(at.tx)
    return answer(PlacesShown(items=found))


@require("workspaces.read")
@describe("One group", answer=PlaceShown)
async def show_place(request: web.Request) -> web.Response:
    """Answer GET /api/v1/workspaces/{id}."""
    async with seat(request) as at:
        found = await at.desk.places.one(at.tx, path_id(request))
    return answer(PlaceShown(found))


@require("workspaces.write")
@describe("Say whose buyers come to a group", body=Serves, answer=PlaceShown)
async def set_serves(request: web.Request) -> web.Response:
    """Answer PUT /api/v1/workspaces/{id}/serves."""
    wanted = await body(request, Serves)
    async with seat(request) as at:
        places = at.desk.places
        found = await places.serve(at.tx, at.actor, path_id(request), wanted.serves)
    return answer(PlaceShown(found))


@require("workspaces.read")
@describe("Hours and terms of work", answer=TermsShown)
async def show_terms(request: web.Request) -> web.Response:
    """Answer GET /api/v1/terms."""
    services = request.app[SERVICES]
    async with services.database.tenant(session(request).tenant_id) as tx:
        found = await services.features.terms.read(tx)
    return answer(_terms(found))


@require("workspaces.write")
@describe("Change hours and terms of work", body=TermsChange, answer=TermsShown)
async def change_terms(request: web.Request) -> web.Response:
    """Answer PATCH /api/v1/terms."""
    wanted, who = await body(request, TermsChange), session(request)
    services = request.app[SERVICES]
    terms = services.features.terms
    async with services.database.tenant(who.tenant_id) as tx:
        await apply(terms, tx, who.actor, wanted)
        found = await terms.read(tx)
    return answer(_terms(found))


async def apply(terms: Terms, tx: Tx, actor: Actor, wanted: TermsChange) -> None:
    """Change what is named, all of it or nothing. Raises InvalidInput, Forbidden."""
    if wanted.zone is not None:
        await terms.set_zone(tx, actor, wanted.zone)
    if wanted.week is not None:
        week = tuple(_spans(wanted.week.get(day, [])) for day in DAYS)
        await terms.set_hours(tx, actor, week)
    if wanted.closed_on is not None:
        await terms.set_closed(tx, actor, wanted.closed_on)
    if wanted.ladder is not None:
        await terms.set_ladder(tx, actor, [Rung(r.minutes, r.callee) for r in wanted.ladder])
    if wanted.target_minutes is not None:
        await terms.set_target(tx, actor, wanted.target_minutes or None)
    if wanted.away_text is not None:
        await terms.set_away(tx, actor, wanted.away_text)
    if wanted.is_away_on is not None:
        await terms.switch_away(tx, actor, on=wanted.is_away_on)


def _spans(day: list[list[time]]) -> tuple[tuple[time, time], ...]:
    return tuple((start.replace(tzinfo=None), end.replace(tzinfo=None)) for start, end in day)


def _terms(found: TermsView) -> TermsShown:
    week = {
        day: [[f"{start:%H:%M}", f"{end:%H:%M}"] for start, end in spans]
        for day, spans in zip(DAYS, found.week, strict=True)
    }
    return TermsShown(
        zone=found.zone,
        week=week,
        closed_on=list(found.closed_on),
        ladder=[RungShown(minutes=rung.minutes, callee=rung.callee) for rung in found.rungs],
        target_minutes=found.target_minutes,
        is_target_own=found.is_target_own,
        away_text=found.away_text,
        is_away_on=found.is_away_on,
    )
