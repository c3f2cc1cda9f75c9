"""Every URL of the cabinet's pages on one page."""

from __future__ import annotations

from aiohttp import web

from webapp.cabinet import (
    bots,
    canned,
    channels,
    dialog_acts,
    dialogs,
    factor,
    invites,
    security,
    settings,
    team,
    terms,
    undelivered,
    workspaces,
)
from webapp.cabinet.channels import Kind, view


def add(app: web.Application) -> None:
    """Add the pages."""
    _dialogs(app)
    _undelivered(app)
    _team(app)
    _security(app)
    _channels(app)
    _work(app)


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
    app.router.add_post(f"{one}/undo", dialog_acts.undo)
    app.router.add_post(f"{one}/messages/{{message}}/retry", dialog_acts.retry)


def _undelivered(app: web.Application) -> None:
    app.router.add_get("/app/undelivered", undelivered.show)
    app.router.add_post("/app/undelivered/retry", undelivered.retry)
    app.router.add_get("/app/undelivered/drop", undelivered.ask)
    app.router.add_post("/app/undelivered/drop", undelivered.drop)
    app.router.add_get("/app/undelivered/{id}", undelivered.one)
    app.router.add_get("/app/undelivered/{id}/drop", undelivered.ask_one)


def _team(app: web.Application) -> None:
    one, invitations, joining = "/app/team/{id}", "/app/team/invites", "/app/join/{token}"
    app.router.add_get("/app/team", team.show)
    app.router.add_get("/app/team/leave", team.ask_leave)
    app.router.add_post("/app/team/leave", team.leave)
    app.router.add_get(invitations, invites.show)
    app.router.add_post(invitations, invites.make)
    app.router.add_post(f"{invitations}/{{id}}/withdraw", invites.withdraw)
    app.router.add_get(one, team.one)
    app.router.add_post(one, team.change)
    app.router.add_get(f"{one}/remove", team.ask_remove)
    app.router.add_post(f"{one}/remove", team.remove)
    app.router.add_get(joining, invites.look)
    app.router.add_post(joining, invites.accept)


def _security(app: web.Application) -> None:
    here = "/app/security"
    app.router.add_get(here, security.show)
    app.router.add_post(f"{here}/sessions/{{id}}/end", security.end)
    app.router.add_get(f"{here}/everywhere", security.ask_everywhere)
    app.router.add_post(f"{here}/logout", security.logout)
    app.router.add_post(f"{here}/lifetime", security.lifetime)
    app.router.add_get(f"{here}/code", factor.ask_code)
    app.router.add_post(f"{here}/code", factor.give_code)
    app.router.add_get(f"{here}/factor", factor.show)
    app.router.add_post(f"{here}/factor", factor.begin)
    app.router.add_post(f"{here}/factor/on", factor.turn_on)
    app.router.add_post(f"{here}/factor/codes", factor.renew)
    app.router.add_post(f"{here}/factor/off", factor.turn_off)


def _channels(app: web.Application) -> None:
    for kind in Kind:
        place, one = f"/app/{kind}", f"/app/{kind}/{{id}}"
        app.router.add_get(place, view(kind, "read", channels.listed))
        app.router.add_get(f"{place}/new", view(kind, "write", channels.ask_new))
        app.router.add_post(f"{place}/new", view(kind, "write", channels.connect))
        app.router.add_get(one, view(kind, "read", channels.one))
        app.router.add_get(f"{one}/keys", view(kind, "write", channels.ask_keys))
        app.router.add_post(f"{one}/keys", view(kind, "write", channels.rotate))
        app.router.add_get(f"{one}/errors", view(kind, "read", channels.errors))
        app.router.add_post(f"{one}/check", view(kind, "write", channels.check))
        app.router.add_get(f"{one}/hook", view(kind, "write", channels.ask_renew))
        app.router.add_post(f"{one}/hook", view(kind, "write", channels.renew))
        app.router.add_get(f"{one}/remove", view(kind, "write", channels.ask_remove))
        app.router.add_post(f"{one}/remove", view(kind, "write", channels.remove))
    app.router.add_post("/app/bots/{id}/groups/{group}/test", bots.self_test)


def _work(app: web.Application) -> None:
    one = "/app/workspaces/{id}"
    app.router.add_get("/app/workspaces", workspaces.listed)
    app.router.add_get("/app/workspaces/terms", terms.show)
    app.router.add_post("/app/workspaces/terms", terms.save)
    app.router.add_get(one, workspaces.one)
    app.router.add_post(f"{one}/serves", workspaces.serve)
    app.router.add_post(f"{one}/test", workspaces.test)
    app.router.add_get("/app/canned", canned.listed)
    app.router.add_get("/app/canned/new", canned.ask_new)
    app.router.add_post("/app/canned/new", canned.add)
    app.router.add_get("/app/canned/{id}", canned.one)
    app.router.add_post("/app/canned/{id}", canned.change)
    app.router.add_get("/app/canned/{id}/remove", canned.ask_remove)
    app.router.add_post("/app/canned/{id}/remove", canned.remove)
    app.router.add_get("/app/settings", settings.show)
    app.router.add_post("/app/settings/business", settings.save_business)
    app.router.add_post("/app/settings/me", settings.save_own)
