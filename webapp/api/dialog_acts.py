"""Acts on a dialog: lead it, give it away, close, put off, block, open again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.conversations.assigning import Outcome
from services.desk.acts import Acts
from services.desk.values import Viewer
from services.kit.db import Tx
from services.tenants.actor import Actor
from webapp.api.schema import Answer, Body, answer, body, describe, path_id
from webapp.auth.session import require
from webapp.desk import seat


class ActDone(Answer):
    """`changed`: False when it was so already."""

    changed: bool


class TakenShown(Answer):
    """`is_mine`: the caller leads the dialog; `name`: who does."""

    is_mine: bool
    name: str


class Assignee(Body):
    """Who leads from now on; null: nobody."""

    user_id: Annotated[UUID, Field(strict=False)] | None


class Length(Body):
    """For how long: `1h`, `3h` or until the `morning`."""

    length: Annotated[str, Field(max_length=16)]


class SnoozeShown(Answer):
    """Until when the dialog is put off."""

    until: datetime


@require("dialogs.take")
@describe("Lead the dialog oneself", answer=TakenShown)
async def take(request: web.Request) -> web.Response:
    """Answer POST /api/v1/dialogs/{id}/take."""
    async with seat(request) as at:
        taken = await at.desk.acts.take(at.tx, at.viewer, at.actor, path_id(request))
    return answer(TakenShown(is_mine=taken.outcome is Outcome.MINE, name=taken.name))


@require("dialogs.assign")
@describe("Give the dialog to a member", body=Assignee, answer=ActDone)
async def assign(request: web.Request) -> web.Response:
    """Answer POST /api/v1/dialogs/{id}/assign."""
    wanted = await body(request, Assignee)
    async with seat(request) as at:
        acts, who = at.desk.acts, wanted.user_id
        done = await acts.assign(at.tx, at.viewer, at.actor, path_id(request), who)
    return answer(ActDone(changed=done))


@require("dialogs.close")
@describe("Close the dialog", answer=ActDone)
async def close(request: web.Request) -> web.Response:
    """Answer POST /api/v1/dialogs/{id}/close."""
    return await _do(request, Acts.close)


@require("dialogs.close")
@describe("Open a closed, put off or blocked dialog again", answer=ActDone)
async def reopen(request: web.Request) -> web.Response:
    """Answer POST /api/v1/dialogs/{id}/reopen."""
    return await _do(request, Acts.reopen)


@require("dialogs.block")
@describe("Stop showing this person", answer=ActDone)
async def block(request: web.Request) -> web.Response:
    """Answer POST /api/v1/dialogs/{id}/block."""
    return await _do(request, Acts.block)


@require("dialogs.close")
@describe("Put the dialog off", body=Length, answer=SnoozeShown)
async def snooze(request: web.Request) -> web.Response:
    """Answer POST /api/v1/dialogs/{id}/snooze."""
    wanted = await body(request, Length)
    async with seat(request) as at:
        acts = at.desk.acts
        until = await acts.snooze(at.tx, at.viewer, at.actor, path_id(request), wanted.length)
    return answer(SnoozeShown(until=until))


Act = Callable[[Acts, Tx, Viewer, Actor, UUID], Awaitable[bool]]


async def _do(request: web.Request, act: Act) -> web.Response:
    async with seat(request) as at:
        done = await act(at.desk.acts, at.tx, at.viewer, at.actor, path_id(request))
    return answer(ActDone(changed=done))
