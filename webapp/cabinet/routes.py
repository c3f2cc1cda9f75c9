"""Every URL of the cabinet's pages on one page."""

from __future__ import annotations

from aiohttp import web

from webapp.cabinet import dialog_acts, dialogs, undelivered


def add(app: web.Application) -> None:
    """Add the pages."""
    _dialogs(app)
    _undelivered(app)


def _dialogs(app: web.Application) -> None:
    one = "/app/dialogs/{id}"
    app.router.add_get("/app/dialogs", dialogs.listed)
    app.router.add_get(one, dialogs.one)
    app.router.add_post(f"{one}/reply", dialogs.reply)
    app.router.add_post(f"{one}/note", dialogs.note)
    app.router.add_get(f"{one}/sheet/{{name}}", dialog_acts.sheet)
    app.router.add_post(f"{one}/take", dialog_acts.take)
    app.router.add_post(f"{one}/assign", dialog_acts.assign)
    app.router.add_post(f"{one}/close", dialog_acts.close)
    app.router.add_post(f"{one}/reopen", dialog_acts.reopen)
    app.router.add_post(f"{one}/snooze", dialog_acts.snooze)
    app.router.add_post(f"{one}/block", dialog_acts.block)
    app.router.add_post(f"{one}/messages/{{message}}/retry", dialog_acts.retry)


def _undelivered(app: web.Application) -> None:
    app.router.add_get("/app/undelivered", undelivered.show)
    app.router.add_post("/app/undelivered/retry", undelivered.retry)
    app.router.add_get("/app/undelivered/drop", undelivered.ask)
    app.router.add_post("/app/undelivered/drop", undelivered.drop)
