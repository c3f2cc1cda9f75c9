"""Ready answers: all of them, a new one, changing one, removing one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from aiohttp import web

from services.conversations.canned import MAX_NAME, MAX_TEXT, MOST, clean_name
from services.kit.db import Record
from services.kit.errors import InvalidInput, NotFound
from webapp.api.schema import path_id
from webapp.auth.session import page
from webapp.cabinet import frame
from webapp.cabinet.pieces import go, sheet
from webapp.cabinet.typed import typed
from webapp.cabinet.work_words import fault
from webapp.desk import Seat, seat

LIST, FORM, REMOVE = "canned/list.html", "canned/form.html", "canned/remove.html"
PLACE = "/app/canned"


@page("canned.read")
async def listed(request: web.Request) -> web.Response:
    """Answer GET /app/canned."""
    async with seat(request) as at:
        rows = await at.desk.canned.list(at.tx)
    is_saved = "saved" in request.query
    return await frame.render(request, LIST, tab="canned", rows=rows, is_saved=is_saved, most=MOST)


@page("canned.write")
async def ask_new(request: web.Request) -> web.Response:
    """Answer GET /app/canned/new."""
    return await _form(request, None, {})


@page("canned.write")
async def add(request: web.Request) -> web.Response:
    """Answer POST /app/canned/new."""
    return await _keep(request, None)


@page("canned.write")
async def one(request: web.Request) -> web.Response:
    """Answer GET /app/canned/{id}."""
    async with seat(request) as at:
        row = _find(await at.desk.canned.list(at.tx), path_id(request))
    return await _form(request, row["id"], {"name": row["name"], "text": row["text"]})


@page("canned.write")
async def change(request: web.Request) -> web.Response:
    """Answer POST /app/canned/{id}; by another name it stays the same one."""
    return await _keep(request, path_id(request))


@page("canned.write")
async def ask_remove(request: web.Request) -> web.Response:
    """Answer GET /app/canned/{id}/remove."""
    async with seat(request) as at:
        row = _find(await at.desk.canned.list(at.tx), path_id(request))
    return sheet(request, REMOVE, row=row)


@page("canned.write")
async def remove(request: web.Request) -> web.Response:
    """Answer POST /app/canned/{id}/remove."""
    async with seat(request) as at:
        row = _find(await at.desk.canned.list(at.tx), path_id(request))
        await at.desk.canned.drop(at.tx, row["name"])
    return go(PLACE)


async def _keep(request: web.Request, known: UUID | None) -> web.Response:
    values = await typed(request)
    try:
        async with seat(request) as at:
            await _write(at, known, values)
    except InvalidInput as error:
        return await _form(request, known, values, error)
    return go(f"{PLACE}?saved=1")


async def _write(at: Seat, known: UUID | None, values: Mapping[str, str]) -> None:
    """Keep one under its name. Raises NotFound, InvalidInput; a name of another one too."""
    rows = await at.desk.canned.list(at.tx)
    before = _find(rows, known)["name"] if known else ""
    name = clean_name(values.get("name", ""))
    if name != before and any(row["name"] == name for row in rows):
        raise InvalidInput("work.canned.taken", field="name", name=name)
    if before and before != name:
        await at.desk.canned.rename(at.tx, before, name)
    await at.desk.canned.keep(at.tx, name, values.get("text", ""), at.viewer.user_id)


async def _form(
    request: web.Request,
    known: UUID | None,
    values: Mapping[str, str],
    error: InvalidInput | None = None,
) -> web.Response:
    faults = {error.field: fault(frame.speech(request), error)} if error else {}
    return await frame.render(
        request, FORM, tab="canned", status=422 if error else 200, known=known, values=values,
        faults=faults, most_name=MAX_NAME, most_text=MAX_TEXT,
    )  # fmt: skip


def _find(rows: Sequence[Record], wanted: UUID) -> Record:
    for row in rows:
        if row["id"] == wanted:
            return row
    raise NotFound("error.not_found")
