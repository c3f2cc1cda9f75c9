"""Dialogs: the list, one with its messages, and the words typed into it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, RootModel

from services.desk.acts import MAX_DRAFT, MAX_KEY, MAX_TEXT, Said
from services.desk.values import Dialog, Thread, View, Wanted
from webapp.api.envelope import MAX_PAGE, parse
from webapp.api.schema import (
    Answer,
    Body,
    Done,
    answer,
    body,
    describe,
    path_id,
    path_number,
    rows,
)
from webapp.auth.session import require, session
from webapp.desk import seat
from webapp.keys import SERVICES
from webapp.reply_form import typed

Limit = Annotated[int, Field(ge=1, le=MAX_PAGE)]


class Shown(Answer):
    """A row read off the desk's own values."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class DialogsQuery(BaseModel):
    """`view`: a saved filter; `q`: words of a name, an ad or a message."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    view: View = View.WAITING
    q: Annotated[str, Field(max_length=200)] = ""
    channel: UUID | None = None
    assignee: UUID | None = None
    cursor: Annotated[str, Field(max_length=200)] = ""
    limit: Limit = 30


class ThreadQuery(BaseModel):
    """`before`: messages older than this `seq`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    before: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    limit: Limit = 50


class DialogsShown(Answer):
    """A page of dialogs; `next_cursor` is None on the last one."""

    items: list[Dialog]
    next_cursor: str | None


class ThreadShown(RootModel[Thread]):
    """A dialog with a page of its messages, oldest first; `before` asks for older ones."""


class LinkShown(Answer):
    """An address that opens the attachment for five minutes, for whoever has it."""

    url: str


class NewWords(Body):
    """Words for the buyer or the team. `key`: any text of one's own; the same key is one act."""

    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
    key: Annotated[str, Field(min_length=1, max_length=MAX_KEY)]


class NewDraft(Body):
    """An answer that is not finished; "" forgets it."""

    text: Annotated[str, Field(max_length=MAX_DRAFT)]


class Typing(Body):
    """`typing`: True while one writes (say it again every few seconds), False when one stopped."""

    typing: bool


class AnsweringShown(Answer):
    """Names of colleagues who write an answer at this moment; the caller is left out."""

    answering: list[str]


class WordsTaken(Answer):
    """The message was written and goes out by itself."""

    id: UUID


@require("dialogs.read")
@describe("Dialogs of a view, with a search", query=DialogsQuery, answer=DialogsShown)
async def list_dialogs(request: web.Request) -> web.Response:
    """Answer GET /api/v1/dialogs."""
    query = parse(DialogsQuery, request.query)
    wanted = Wanted(query.view, query.q, query.channel, query.assignee, query.cursor, query.limit)
    async with seat(request) as at:
        lines, cursor = await at.desk.dialogs.lines(at.tx, at.viewer, wanted)
    return rows(lines, cursor)  # field for field what DialogsShown says


@require("dialogs.read")
@describe("A dialog with its messages", query=ThreadQuery, answer=ThreadShown)
async def show_dialog(request: web.Request) -> web.Response:
    """Answer GET /api/v1/dialogs/{id}."""
    query = parse(ThreadQuery, request.query)
    async with seat(request) as at:
        found = await at.desk.dialogs.thread(
            at.tx, at.viewer, path_id(request), before=query.before, limit=query.limit
        )
    return answer(ThreadShown(found))


@require("dialogs.reply")
@describe("Answer the buyer", body=NewWords, answer=WordsTaken, status=201)
async def send_message(request: web.Request) -> web.Response:
    """Answer POST /api/v1/dialogs/{id}/messages."""
    return await _say(request, is_note=False)


@require("dialogs.note")
@describe("Leave a note for the team", body=NewWords, answer=WordsTaken, status=201)
async def keep_note(request: web.Request) -> web.Response:
    """Answer POST /api/v1/dialogs/{id}/notes."""
    return await _say(request, is_note=True)


@require("dialogs.reply")
@describe("Keep an answer that is not finished", body=NewDraft, answer=Done)
async def keep_draft(request: web.Request) -> web.Response:
    """Answer PUT /api/v1/dialogs/{id}/draft."""
    wanted = await body(request, NewDraft)
    async with seat(request) as at:
        await at.desk.acts.draft(at.tx, at.viewer, path_id(request), wanted.text)
    return answer(Done())


@require("dialogs.read")
@describe("Who else writes an answer right now", answer=AnsweringShown)
async def show_presence(request: web.Request) -> web.Response:
    """Answer GET /api/v1/dialogs/{id}/presence."""
    async with seat(request) as at:
        dialog = await at.desk.dialogs.one(at.tx, at.viewer, path_id(request))
    return answer(AnsweringShown(answering=list(dialog.answering)))


@require("dialogs.reply")
@describe("Show colleagues for ten seconds that one writes here", body=Typing, answer=Done)
async def set_presence(request: web.Request) -> web.Response:
    """Answer PUT /api/v1/dialogs/{id}/presence."""
    wanted = await body(request, Typing)
    async with seat(request) as at:
        await at.desk.acts.types(at.tx, at.viewer, path_id(request), on=wanted.typing)
    return answer(Done())


@require("dialogs.read")
@describe("A link to an attachment, for five minutes", answer=LinkShown)
async def link_file(request: web.Request) -> web.Response:
    """Answer GET /api/v1/dialogs/{id}/files/{message}/{ordinal}."""
    message, ordinal = path_id(request, "message"), path_number(request, "ordinal")
    async with seat(request) as at:
        await at.desk.dialogs.has(at.tx, at.viewer, path_id(request), message, ordinal)
    attachments = request.app[SERVICES].features.desk.attachments
    name = await attachments.link(session(request).tenant_id, message, ordinal)
    return answer(LinkShown(url=f"/app/files/{name}"))


@require("dialogs.reply")
@describe("Answer with a picture (multipart: file, text, key)", answer=WordsTaken, status=201)
async def send_file(request: web.Request) -> web.Response:
    """Answer POST /api/v1/dialogs/{id}/files."""
    one = path_id(request)
    async with seat(request) as at:
        dialog = await at.desk.dialogs.one(at.tx, at.viewer, one)
    form = await typed(request, at.desk.uploads, session(request).tenant_id, dialog.provider)
    if form.refused is not None:
        raise form.refused
    said = Said(one, form.text, form.key, media=form.media)
    async with seat(request) as at:
        message_id = await at.desk.acts.say(at.tx, at.viewer, at.actor, said)
    return answer(WordsTaken(id=message_id), status=201)


async def _say(request: web.Request, *, is_note: bool) -> web.Response:
    wanted = await body(request, NewWords)
    said = Said(path_id(request), wanted.text, wanted.key, is_note)
    async with seat(request) as at:
        message_id = await at.desk.acts.say(at.tx, at.viewer, at.actor, said)
    return answer(WordsTaken(id=message_id), status=201)
