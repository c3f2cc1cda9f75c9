"""Acts on a dialog from its page, and the sheets that ask which."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from aiohttp import web

from services.conversations.assigning import Outcome
from services.kit.errors import InvalidInput, NotFound
from webapp.api.schema import path_id
from webapp.auth.session import page, session
from webapp.cabinet.pieces import go
from webapp.cabinet.pieces import sheet as draw_sheet
from webapp.desk import Seat, seat

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
    """Answer POST /app/dialogs/{id}/close: back to the list, with a way to undo."""
    return await _done(request, lambda at, one: at.desk.acts.close(at.tx, *_who(at), one))


@page("dialogs.close")
async def reopen(request: web.Request) -> web.Response:
    """Answer POST /app/dialogs/{id}/reopen."""
    return await _done(request, lambda at, one: at.desk.acts.reopen(at.tx, *_who(at), one))


@page("dialogs.block")
async def block(request: web.Request) -> web.Response:
    """Answer POST /app/dialogs/{id}/block."""
    return await _done(request, lambda at, one: at.desk.acts.block(at.tx, *_who(at), one))


@page("dialogs.close")
async def snooze(request: web.Request) -> web.Response:
    """Answer POST /app/dialogs/{id}/snooze."""
    length = str((await request.post()).get("length", ""))
    return await _done(request, lambda at, one: at.desk.acts.snooze(at.tx, *_who(at), one, length))


@page("dialogs.assign")
async def take(request: web.Request) -> web.Response:
    """Answer POST /app/dialogs/{id}/take."""

    async def act(at: Seat, one: UUID) -> str:
        taken = await at.desk.acts.take(at.tx, *_who(at), one)
        return "" if taken.outcome is Outcome.MINE else taken.name

    return await _done(request, act)


@page("dialogs.assign")
async def assign(request: web.Request) -> web.Response:
    """Answer POST /app/dialogs/{id}/assign."""
    chosen = str((await request.post()).get("user_id", ""))
    user_id = _uuid(chosen) if chosen else None

    async def act(at: Seat, one: UUID) -> bool:
        return await at.desk.acts.assign(at.tx, *_who(at), one, user_id)

    return await _done(request, act)


@page("deliveries.retry")
async def retry(request: web.Request) -> web.Response:
    """Answer POST /app/dialogs/{id}/messages/{message}/retry."""
    message = path_id(request, "message")

    async def act(at: Seat, one: UUID) -> int:
        thread = await at.desk.dialogs.thread(at.tx, at.viewer, one)
        stuck = [d for item in thread.items if item.id == message for d in item.stuck]
        return await at.desk.undelivered.retry(at.tx, *_who(at), ids=stuck)

    return await _done(request, act)


def _who(at: Seat) -> tuple[Any, Any]:
    return at.viewer, at.actor


async def _done(
    request: web.Request, act: Callable[[Seat, UUID], Awaitable[object]]
) -> web.Response:
    """Do it and show the dialog as it is now."""
    one = path_id(request)
    async with seat(request) as at:
        await act(at, one)
    return go(f"/app/dialogs/{one}")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput("desk.no_such_member", field="user_id") from None
