"""Pages of dialogs: the list with its views and search, and one dialog with its messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from aiohttp import web

from services.conversations.rules import web_link
from services.desk.acts import Said
from services.desk.values import DialogPage, Thread, View, Wanted
from services.kit.errors import InvalidInput
from webapp.api.dialogs import DialogsQuery, ThreadQuery
from webapp.api.envelope import parse
from webapp.api.schema import path_id
from webapp.auth.session import page, session
from webapp.cabinet import frame, words
from webapp.cabinet.counts import badges
from webapp.cabinet.pieces import Toast, go
from webapp.cabinet.turns import Turn, turns
from webapp.desk import Seat, seat
from webapp.keys import SERVICES
from webapp.reply_form import Typed, typed
from webapp.speech import apart

LIST, ONE = "dialogs/list.html", "dialogs/one.html"
SAID = frozenset(
    {"closed", "reopened", "snoozed", "taken", "held", "assigned", "freed", "undone", "late"}
)
SHOWN_VIEWS = (View.WAITING, View.MINE, View.ALL, View.SNOOZED, View.CLOSED)


@page("dialogs.read")
async def listed(request: web.Request) -> web.Response:
    """Answer GET /app/dialogs."""
    query = parse(DialogsQuery, {k: v for k, v in request.query.items() if v})
    wanted = Wanted(query.view, query.q, query.channel, query.assignee, query.cursor)
    async with seat(request) as at:
        found = await at.desk.dialogs.page(at.tx, at.viewer, wanted)
        counts = (await badges(request, at)).views
    shown = _open_one(request)
    listing = _list(found, wanted, counts)
    return await frame.render(request, LIST, tab="dialogs", shown=shown, **listing)


def _open_one(request: web.Request) -> str:
    """Return the id of the dialog this list stands beside; htmx says where the person is."""
    if request.headers.get("HX-Target") != "beside":
        return ""
    return request.headers.get("HX-Current-URL", "").partition("?")[0].rpartition("/")[2]


def _list(found: DialogPage, wanted: Wanted, counts: Mapping[View, int]) -> dict[str, Any]:
    return {
        "found": found,
        "wanted": wanted,
        "view_counts": counts,
        "views": SHOWN_VIEWS,
        "words": words,
    }


@page("dialogs.read")
async def one(request: web.Request) -> web.Response:
    """Answer GET /app/dialogs/{id}; `version`: what the asker shows, 204 when nothing changed."""
    known = request.query.get("version", "")
    query = parse(ThreadQuery, {k: v for k, v in request.query.items() if k == "before"})
    async with seat(request) as at:
        thread = await at.desk.dialogs.thread(
            at.tx, at.viewer, path_id(request), before=query.before
        )
        if known == thread.version:
            return web.Response(status=204)
        shown = await _show(request, at, thread, is_older=query.before is not None)
    if "said" in request.query:  # said once: neither reload nor Back says it again
        shown.headers["HX-Replace-Url"] = request.path
    return shown


@page("dialogs.reply")
async def reply(request: web.Request) -> web.Response:
    """Answer POST /app/dialogs/{id}/reply."""
    return await _say(request, is_note=False)


@page("dialogs.note")
async def note(request: web.Request) -> web.Response:
    """Answer POST /app/dialogs/{id}/note."""
    return await _say(request, is_note=True)


async def _say(request: web.Request, *, is_note: bool) -> web.Response:
    one, form = path_id(request), Typed()
    async with seat(request) as at:
        dialog = await at.desk.dialogs.one(at.tx, at.viewer, one)
    try:
        uploads, tenant_id = at.desk.uploads, session(request).tenant_id
        form = await typed(request, uploads, tenant_id, dialog.provider)
        if form.refused is not None:
            raise form.refused
        said = Said(one, form.text, form.key or str(uuid4()), is_note, form.media)
        async with seat(request) as at:
            await at.desk.acts.say(at.tx, at.viewer, at.actor, said)
    except InvalidInput as error:
        async with seat(request) as at:
            thread = await at.desk.dialogs.thread(at.tx, at.viewer, one)
            more = {"refused": error, "typed": form.text, "is_note": is_note}
            return await _show(request, at, thread, status=422, **more)
    return go(f"/app/dialogs/{one}")


async def _show(
    request: web.Request, at: Seat, thread: Thread, *, status: int = 200, **more: Any
) -> web.Response:
    context = {
        "thread": thread,
        "subject_url": web_link(thread.subject_url),
        "turns": await _turns(request, thread),
        "canned": await at.desk.canned.list(at.tx) if session(request).may("canned.read") else [],
        "words": words,
        "key": f"{thread.version}{len(thread.items)}",  # the same page is the same act
        "refused": None,
        "typed": thread.draft,
        "is_note": False,
        "is_older": False,
        "toast": toast(request, thread),
    }
    return await frame.render(request, ONE, tab="dialogs", status=status, **context | more)


def toast(request: web.Request, thread: Thread) -> Toast | None:
    """Return what the act that led here came to, for `?said=` of `dialog_acts`."""
    said, token = request.query.get("said", ""), request.query.get("undo", "")
    if said not in SAID:
        return None
    s, dialog = frame.speech(request), thread.dialog
    until = s.when(dialog.snoozed_until) if dialog.snoozed_until else ""
    text = s.t(f"dialogs.said.{said}", name=apart(dialog.assignee or "—"), at=until)
    return Toast(text, f"/app/dialogs/{dialog.id}/undo" if token else "", token)


async def _turns(request: web.Request, thread: Thread) -> list[Turn]:
    tenant_id = session(request).tenant_id
    attachments = request.app[SERVICES].features.desk.attachments
    links = {
        (item.id, file.ordinal): f"/app/files/{await attachments.link(tenant_id, item.id, n)}"
        for item in thread.items
        for n, file in enumerate(item.files)
        if file.state == "remote"
    }
    return turns(frame.speech(request), thread, links)
