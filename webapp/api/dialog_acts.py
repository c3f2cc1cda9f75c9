"""Acts on a dialog: lead it, give it away, close, put off, block, open again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.conversations.assigning import Outcome
from services.desk.acts import Acts
from services.desk.undo import MAX_TOKEN
from services.desk.values import Viewer
from services.kit.db import Tx
from services.tenants.actor import Actor
from webapp.api.schema import Answer, Body, Done, answer, body, describe, path_id
from webapp.auth.session import require
from webapp.desk import seat, undoable


class ActDone(Answer):
    """`changed`: False when it was so already; `undo`: the token that takes it back, "" when there
    is nothing to take back.
    """

    changed: bool
    undo: str = ""


class TakenShown(Answer):
    """`is_mine`: the caller leads the dialog; `name`: who does; `undo`: takes it back."""

    is_mine: bool
    name: str
    undo: str


class Assignee(Body):
    """Who leads from now on; null: nobody."""

    user_id: Annotated[UUID, Field(strict=False)] | None


class Length(Body):
    """For how long: `1h`, `3h` or until the `morning`."""

    length: Annotated[str, Field(max_length=16)]


class SnoozeShown(Answer):
    """Until when the dialog is put off; `undo`: the token that takes it back."""

    until: datetime
    undo: str


class Token(Body):
    """What an act answered as `undo`."""

    token: Annotated[str, Field(max_length=MAX_TOKEN)]


@require("dialogs.take")
@describe("Lead the dialog oneself", answer=TakenShown)
async def take(request: web.Request) -> web.Response:
    """Answer POST /api/v1/dialogs/{id}/take."""
    one = path_id(request)
    async with seat(request) as at:
        act = partial(at.desk.acts.take, at.tx, at.viewer, at.actor, one)
        taken, undo = await undoable(at, one, act)
    is_mine = taken.outcome is Outcome.MINE
    return answer(TakenShown(is_mine=is_mine, name=taken.name, undo=undo))


@require("dialogs.assign")
@describe("Give the dialog to a member", body=Assignee, answer=ActDone)
async def assign(request: web.Request) -> web.Response:
    """Answer POST /api/v1/dialogs/{id}/assign."""
    wanted, one = await body(request, Assignee), path_id(request)
    async with seat(request) as at:
        act = partial(at.desk.acts.assign, at.tx, at.viewer, at.actor, one, wanted.user_id)
        done, undo = await undoable(at, one, act)
    return answer(ActDone(changed=done, undo=undo))


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
    async with seat(request) as at:
        done = await at.desk.acts.block(at.tx, at.viewer, at.actor, path_id(request))
    return answer(ActDone(changed=done))  # the other side was told: no way back from here


@require("dialogs.close")
@describe("Put the dialog off", body=Length, answer=SnoozeShown)
async def snooze(request: web.Request) -> web.Response:
    """Answer POST /api/v1/dialogs/{id}/snooze."""
    wanted, one = await body(request, Length), path_id(request)
    async with seat(request) as at:
        act = partial(at.desk.acts.snooze, at.tx, at.viewer, at.actor, one, wanted.length)
        until, undo = await undoable(at, one, act)
    return answer(SnoozeShown(until=until, undo=undo))


@require("dialogs.close")
@describe("Take one's own last act back, while nobody acted since", body=Token, answer=Done)
async def undo(request: web.Request) -> web.Response:
    """Answer POST /api/v1/dialogs/{id}/undo."""
    wanted = await body(request, Token)
    async with seat(request) as at:
        await at.desk.undo.undo(at.tx, at.viewer, at.actor, path_id(request), wanted.token)
    return answer(Done())


Act = Callable[[Acts, Tx, Viewer, Actor, UUID], Awaitable[bool]]


async def _do(request: web.Request, act: Act) -> web.Response:
    one = path_id(request)
    async with seat(request) as at:
        bound = partial(act, at.desk.acts, at.tx, at.viewer, at.actor, one)
        done, undo = await undoable(at, one, bound)
    return answer(ActDone(changed=done, undo=undo))
