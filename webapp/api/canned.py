"""Ready answers of the business."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.conversations.canned import MAX_TEXT, clean_name
from services.kit.errors import NotFound
from webapp.api.schema import Answer, Body, Done, answer, body, describe
from webapp.auth.session import require
from webapp.desk import seat


class CannedShown(Answer):
    """A ready answer; `{name}` in it becomes the buyer's name."""

    id: UUID
    name: str
    text: str


class CannedList(Answer):
    """All of them, by name."""

    items: list[CannedShown]
    next_cursor: None = None


class CannedText(Body):
    """What it says."""

    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]


@require("canned.read")
@describe("Ready answers", answer=CannedList)
async def list_canned(request: web.Request) -> web.Response:
    """Answer GET /api/v1/canned."""
    async with seat(request) as at:
        rows = await at.desk.canned.list(at.tx)
    return answer(CannedList(items=[CannedShown(**dict(row)) for row in rows]))


@require("canned.write")
@describe("Keep a ready answer under a name", body=CannedText, answer=CannedShown)
async def keep_canned(request: web.Request) -> web.Response:
    """Answer PUT /api/v1/canned/{name}."""
    wanted, name = await body(request, CannedText), request.match_info["name"]
    async with seat(request) as at:
        await at.desk.canned.keep(at.tx, name, wanted.text, at.viewer.user_id)
        rows = await at.desk.canned.list(at.tx)
    kept = next(row for row in rows if row["name"] == clean_name(name))
    return answer(CannedShown(**dict(kept)))


@require("canned.write")
@describe("Forget a ready answer", answer=Done)
async def drop_canned(request: web.Request) -> web.Response:
    """Answer DELETE /api/v1/canned/{name}."""
    async with seat(request) as at:
        if not await at.desk.canned.drop(at.tx, request.match_info["name"]):
            raise NotFound("error.not_found")
    return answer(Done())
