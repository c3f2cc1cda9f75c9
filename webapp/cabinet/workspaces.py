"""Groups of the team: all of them, one with its rights and whose buyers come there, a new one."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from services.channels.job_rules import group_link
from services.conversations.timetable import write_week
from services.desk.accounts import Card
from services.desk.places import Place
from services.kit.errors import InvalidInput, NotFound, Unavailable
from webapp.api.channels import caller
from webapp.api.schema import path_id
from webapp.auth.session import page, session
from webapp.cabinet import frame, words
from webapp.cabinet.connection_words import proof
from webapp.cabinet.pieces import go
from webapp.cabinet.work_words import fault
from webapp.desk import seat
from webapp.keys import SERVICES

LIST, ONE = "workspaces/list.html", "workspaces/one.html"
PLACE = "/app/workspaces"
GOOD = frozenset({"ok", "idle"})
SAID = ("serves", "tested", "away")


@dataclass(frozen=True, slots=True)
class State:
    """How a group fares, in a colour and one word."""

    tone: str
    word: str


@page("workspaces.read")
async def listed(request: web.Request) -> web.Response:
    """Answer GET /app/workspaces."""
    terms = request.app[SERVICES].features.terms
    async with seat(request) as at:
        places = await at.desk.places.all(at.tx)
        view = await terms.read(at.tx)
    week = write_week(session(request).locale, view.week)
    names = {card.info.id: _name(card) for card in await _cards(request, bots=False)}
    return await frame.render(
        request, LIST, tab="workspaces", places=places, state=state_of, names=names, view=view,
        week=week, bots=_invitations(await _cards(request, bots=True)), at_bots=_has_bots(request),
    )  # fmt: skip


@page("workspaces.read")
async def one(request: web.Request) -> web.Response:
    """Answer GET /app/workspaces/{id}."""
    async with seat(request) as at:
        place = await at.desk.places.one(at.tx, path_id(request))
    said = request.query.get("said", "")
    return await _show(request, place, frozenset(place.serves), said=said if said in SAID else "")


@page("workspaces.write")
async def serve(request: web.Request) -> web.Response:
    """Answer POST /app/workspaces/{id}/serves: whose buyers come here, exactly these."""
    typed = [str(value) for value in (await request.post()).getall("serves", [])]
    try:
        async with seat(request) as at:
            place = await at.desk.places.one(at.tx, path_id(request))
            await at.desk.places.serve(at.tx, at.actor, place.id, [_uuid(one) for one in typed])
    except InvalidInput as error:
        said = fault(frame.speech(request), error)
        return await _show(request, place, frozenset(place.serves), refused=said)
    return go(f"{PLACE}/{place.id}?said=serves")


@page("workspaces.write")
async def test(request: web.Request) -> web.Response:
    """Answer POST /app/workspaces/{id}/test: do there once what the bridge will do."""
    accounts, who, viewer = caller(request)
    async with seat(request) as at:
        place = await at.desk.places.one(at.tx, path_id(request))
    if place.bot_id is None:
        raise NotFound("error.not_found")
    try:
        await accounts.self_test(who.tenant_id, viewer, place.bot_id, place.id, who.locale)
    except Unavailable:
        return go(f"{PLACE}/{place.id}?said=away")
    return go(f"{PLACE}/{place.id}?said=tested")


def state_of(place: Place) -> State:
    """Return the worst that is true of a group."""
    states = {check.state for check in place.checks}
    if place.state != "live":
        return State("bad", "lost")
    if not states:
        return State("info", "unchecked")
    if states <= GOOD:
        return State("ok", "ready")
    return State("bad" if "bad" in states else "warn", "mend")


async def _show(
    request: web.Request,
    place: Place,
    chosen: frozenset[UUID],
    *,
    refused: str = "",
    said: str = "",
) -> web.Response:
    s = frame.speech(request)
    return await frame.render(
        request, ONE, tab="workspaces", status=422 if refused else 200, place=place, said=said,
        refused=refused, state=state_of(place), rows=proof(s, place.checks), chosen=chosen,
        accounts=await _cards(request, bots=False), words=words,
        invitation=group_link(place.bot) if place.bot else "",
    )  # fmt: skip


async def _cards(request: web.Request, *, bots: bool) -> list[Card]:
    accounts, who, viewer = caller(request)
    return await accounts.cards(who.tenant_id, viewer, bots=bots)


def _name(card: Card) -> str:
    return card.info.title or card.info.name


def _invitations(cards: list[Card]) -> list[tuple[str, str]]:
    """Return the bots that can come into a group, by name, each with its link."""
    return [
        (one.info.username, group_link(one.info.username)) for one in cards if one.info.username
    ]


def _has_bots(request: web.Request) -> bool:
    return "/app/bots/new" in frame.paths(request.app)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput("desk.no_such_account", field="serves") from None
