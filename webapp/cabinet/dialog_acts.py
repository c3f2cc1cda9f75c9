"""Acts on a dialog from its page, and the sheets that ask which."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import web

from services.conversations.assigning import Outcome
from services.desk.values import Viewer
from services.kit.db import Tx
from services.kit.errors import Conflict, InvalidInput, NotFound
from services.tenants.actor import Actor
from webapp.api.schema import path_id
from webapp.auth.session import page, session
from webapp.cabinet.pieces import go
from webapp.cabinet.pieces import sheet as draw_sheet
from webapp.desk import Seat, seat, undoable

SHEETS = {
    "more": "dialogs.read",
    "snooze": "dialogs.close",
    "assign": "dialogs.assign",
    "block": "dialogs.block",
}


@page("dialogs.read")
async def sheet(request: web.Request) -> web.Response:
    """Answer GET /app/dialogs/{id}/sheet/{name}."""
    name = request.match_info["name"]
    if name not in SHEETS or not session(request).may(SHEETS[name]):
        raise NotFound("error.not_found")
    async with seat(request) as at:
        dialog = await at.desk.dialogs.one(at.tx, at.viewer, path_id(request))
        team = await at.desk.acts.team(at.tx, at.viewer, dialog.channel_id)
    return draw_sheet(request, f"dialogs/sheet_{name}.html", d=dialog, team=team)


@page("dialogs.close")
async def close(request: web.Request) -> web.Response:
    """Answer POST /app/dialogs/{id}/close."""
    return await _done(request, "closed", lambda at, one: at.desk.acts.close(*_who(at), one))


@page("dialogs.close")
async def reopen(request: web.Request) -> web.Response:
    """Answer POST /app/dialogs/{id}/reopen."""
    return await _done(request, "reopened", lambda at, one: at.desk.acts.reopen(*_who(at), one))


@page("dialogs.block")
async def block(request: web.Request) -> web.Response:
    """Answer POST /app/dialogs/{id}/block: asked before, the other side is told."""
    one = path_id(request)
    async with seat(request) as at:
        await at.desk.acts.block(*_who(at), one)
    return go(f"/app/dialogs/{one}")


@page("dialogs.close")
async def snooze(request: web.Request) -> web.Response:
    """Answer POST /app/dialogs/{id}/snooze."""
    length = str((await request.post()).get("length", ""))
    act = partial(_snooze, length=length)
    return await _done(request, "snoozed", act)


async def _snooze(at: Seat, one: UUID, *, length: str) -> object:
    return await at.desk.acts.snooze(*_who(at), one, length)


@page("dialogs.assign")
async def take(request: web.Request) -> web.Response:
    """Answer POST /app/dialogs/{id}/take; whoever was quicker is named."""
    one = path_id(request)
    async with seat(request) as at:
        taken, undo = await undoable(at, one, partial(at.desk.acts.take, *_who(at), one))
    return _shown(one, "taken" if taken.outcome is Outcome.MINE else "held", undo)


@page("dialogs.assign")
async def assign(request: web.Request) -> web.Response:
    """Answer POST /app/dialogs/{id}/assign."""
    chosen = str((await request.post()).get("user_id", ""))
    user_id = _uuid(chosen) if chosen else None
    said = "assigned" if user_id else "freed"
    return await _done(request, said, lambda at, one: at.desk.acts.assign(*_who(at), one, user_id))


@page("dialogs.close")
async def undo(request: web.Request) -> web.Response:
    """Answer POST /app/dialogs/{id}/undo: as before the act, unless somebody acted since."""
    one, token = path_id(request), str((await request.post()).get("token", ""))
    said = "undone"
    async with seat(request) as at:
        try:
            await at.desk.undo.undo(*_who(at), one, token)
        except (Conflict, InvalidInput):
            said = "late"
    return _shown(one, said)


@page("deliveries.retry")
async def retry(request: web.Request) -> web.Response:
    """Answer POST /app/dialogs/{id}/messages/{message}/retry."""
    one, message = path_id(request), path_id(request, "message")
    async with seat(request) as at:
        thread = await at.desk.dialogs.thread(at.tx, at.viewer, one)
        stuck = [d for item in thread.items if item.id == message for d in item.stuck]
        await at.desk.undelivered.retry(*_who(at), ids=stuck)
    return go(f"/app/dialogs/{one}")


def _who(at: Seat) -> tuple[Tx, Viewer, Actor]:
    return at.tx, at.viewer, at.actor


async def _done(
    request: web.Request, said: str, act: Callable[[Seat, UUID], Awaitable[object]]
) -> web.Response:
    """Do it and show the dialog as it is now, with the way back."""
    one = path_id(request)
    async with seat(request) as at:
        _, undo = await undoable(at, one, partial(act, at, one))
    return _shown(one, said if undo else "", undo)


def _shown(one: UUID, said: str, undo: str = "") -> web.Response:
    words = {name: value for name, value in (("said", said), ("undo", undo)) if value}
    return go(f"/app/dialogs/{one}{'?' if words else ''}{urlencode(words)}")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput("desk.no_such_member", field="user_id") from None
