"""What only bots have: their groups with the self-test of rights, and the way into another one."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from services.channels.job_rules import group_link
from services.desk.places import Place
from webapp.api.channels import caller
from webapp.api.schema import path_id
from webapp.auth.session import page, session
from webapp.cabinet.connection_words import proof
from webapp.cabinet.pieces import go
from webapp.cabinet.workspaces import state_of
from webapp.desk import seat
from webapp.speech import Speech


@dataclass(frozen=True, slots=True)
class Group:
    """A group of a bot: how its rights are, in one word and line by line."""

    id: UUID
    title: str
    tone: str
    chip: str
    rows: tuple[object, ...]


@page("bots.write")
async def self_test(request: web.Request) -> web.Response:
    """Answer POST /app/bots/{id}/groups/{group}/test: open a trial topic, write, pin, close."""
    accounts, who, viewer = caller(request)
    bot, group = path_id(request), path_id(request, "group")
    await accounts.self_test(who.tenant_id, viewer, bot, group, who.locale)
    return go(f"/app/bots/{bot}")


async def groups_of(request: web.Request, s: Speech, bot_id: UUID) -> list[Group]:
    """Return the groups this bot holds, if the caller may see groups at all."""
    if not session(request).may("workspaces.read"):
        return []
    async with seat(request) as at:
        places = await at.desk.places.all(at.tx)
    return [_group(s, place) for place in places if place.bot_id == bot_id]


def invitation(username: str) -> str:
    """Return the link that adds a bot to a group with its rights ticked; "" for a nameless one."""
    return group_link(username) if username else ""


def _group(s: Speech, place: Place) -> Group:
    state = state_of(place)
    name, rows = place.title or place.name, tuple(proof(s, place.checks))
    return Group(place.id, name, state.tone, s.t(f"conn.groups.{state.word}"), rows)
