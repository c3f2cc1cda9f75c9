"""Every URL on one page."""

from __future__ import annotations

from aiohttp import web

from webapp import assets, attachments, complaints, files, health, home, hooks
from webapp.api import (
    accounts,
    auth,
    bots,
    canned,
    deliveries,
    dialog_acts,
    dialogs,
    docs,
    docs_page,
    invites,
    me,
    members,
    moves,
    now,
    security,
    sessions,
    settings,
    undelivered,
    workspaces,
)
from webapp.auth import login
from webapp.cabinet import business, gallery, more, opening
from webapp.cabinet import home as now_page
from webapp.cabinet import routes as pages


def add(app: web.Application) -> None:
    """Add all routes."""
    app.router.add_post("/hooks/{provider}/{key}", hooks.receive_hook)
    app.router.add_get("/hooks/{provider}/{key}", hooks.receive_hook)
    app.router.add_get("/", home.index)
    app.router.add_get("/f/{token}", files.show)
    app.router.add_get("/healthz", health.healthz)
    app.router.add_get("/readyz", health.readyz)
    app.router.add_get("/metrics", health.metrics)
    app.router.add_post("/app/errors", complaints.take)
    app.router.add_get("/app/login", login.begin)
    app.router.add_get("/app/login/callback", login.callback)
    app.router.add_post("/api/v1/auth/telegram", auth.telegram)
    app.router.add_post("/api/v1/auth/refresh", auth.refresh)
    app.router.add_post("/api/v1/auth/logout", auth.logout)
    app.router.add_get("/api/v1/me", me.show)
    app.router.add_patch("/api/v1/me", me.change)
    app.router.add_post("/api/v1/me/tenant", me.choose)
    app.router.add_post("/api/v1/me/leave", me.leave)
    app.router.add_get("/api/v1/sessions", sessions.list_sessions)
    app.router.add_delete("/api/v1/sessions/{id}", sessions.end_session)
    app.router.add_post("/api/v1/auth/logout-all", sessions.end_all)
    app.router.add_post("/api/v1/auth/code", sessions.give_code)
    app.router.add_post("/api/v1/second-factor", sessions.new_factor)
    app.router.add_post("/api/v1/second-factor/on", sessions.turn_on)
    app.router.add_post("/api/v1/second-factor/off", sessions.turn_off)
    app.router.add_post("/api/v1/second-factor/codes", sessions.renew_codes)
    app.router.add_get("/api/v1/security", security.show)
    app.router.add_put("/api/v1/security", security.change)
    app.router.add_get("/api/v1/members", members.list_members)
    app.router.add_patch("/api/v1/members/{id}", members.change_member)
    app.router.add_delete("/api/v1/members/{id}", members.remove_member)
    app.router.add_get("/api/v1/invites", invites.list_invites)
    app.router.add_post("/api/v1/invites", invites.make_invite)
    app.router.add_delete("/api/v1/invites/{id}", invites.withdraw_invite)
    app.router.add_post("/api/v1/invites/look", invites.look)
    app.router.add_post("/api/v1/invites/accept", invites.accept)
    _add_desk(app)
    _add_channels(app)
    _add_work(app)
    app.router.add_get("/app/files/{name}", attachments.show)
    app.router.add_get("/api/v1/deliveries", deliveries.list_deliveries)
    app.router.add_get("/api/v1/inbox", deliveries.list_inbox)
    app.router.add_post("/api/v1/deliveries/{id}/retry", moves.retry_delivery)
    app.router.add_post("/api/v1/deliveries/{id}/drop", moves.drop_delivery)
    app.router.add_post("/api/v1/inbox/{id}/replay", moves.replay_event)
    app.router.add_get("/api/v1/audit", deliveries.list_audit)
    app.router.add_get("/api/docs", docs_page.show)
    app.router.add_get("/api/v1/openapi.json", docs.openapi)
    _add_pages(app)


def _add_desk(app: web.Application) -> None:
    app.router.add_get("/api/v1/dialogs", dialogs.list_dialogs)
    app.router.add_get("/api/v1/dialogs/{id}", dialogs.show_dialog)
    app.router.add_post("/api/v1/dialogs/{id}/messages", dialogs.send_message)
    app.router.add_post("/api/v1/dialogs/{id}/notes", dialogs.keep_note)
    app.router.add_put("/api/v1/dialogs/{id}/draft", dialogs.keep_draft)
    app.router.add_get("/api/v1/dialogs/{id}/presence", dialogs.show_presence)
    app.router.add_put("/api/v1/dialogs/{id}/presence", dialogs.set_presence)
    app.router.add_post("/api/v1/dialogs/{id}/files", dialogs.send_file)
    app.router.add_get("/api/v1/dialogs/{id}/files/{message}/{ordinal}", dialogs.link_file)
    app.router.add_post("/api/v1/dialogs/{id}/take", dialog_acts.take)
    app.router.add_post("/api/v1/dialogs/{id}/assign", dialog_acts.assign)
    app.router.add_post("/api/v1/dialogs/{id}/close", dialog_acts.close)
    app.router.add_post("/api/v1/dialogs/{id}/reopen", dialog_acts.reopen)
    app.router.add_post("/api/v1/dialogs/{id}/snooze", dialog_acts.snooze)
    app.router.add_post("/api/v1/dialogs/{id}/block", dialog_acts.block)
    app.router.add_post("/api/v1/dialogs/{id}/undo", dialog_acts.undo)
    app.router.add_get("/api/v1/undelivered", undelivered.list_undelivered)
    app.router.add_post("/api/v1/undelivered/retry", undelivered.retry_undelivered)
    app.router.add_post("/api/v1/undelivered/drop", undelivered.drop_undelivered)
    app.router.add_get("/api/v1/canned", canned.list_canned)
    app.router.add_put("/api/v1/canned/{name}", canned.keep_canned)
    app.router.add_delete("/api/v1/canned/{name}", canned.drop_canned)


def _add_channels(app: web.Application) -> None:
    app.router.add_get("/api/v1/bots", bots.list_bots)
    app.router.add_post("/api/v1/bots", bots.add_bot)
    app.router.add_get("/api/v1/bots/{id}", bots.show_bot)
    app.router.add_delete("/api/v1/bots/{id}", bots.remove_bot)
    app.router.add_get("/api/v1/bots/{id}/errors", bots.list_errors)
    app.router.add_post("/api/v1/bots/{id}/check", bots.check_bot)
    app.router.add_post("/api/v1/bots/{id}/credentials", bots.rotate_bot)
    app.router.add_post("/api/v1/bots/{id}/hook", bots.renew_hook)
    app.router.add_get("/api/v1/account-forms", accounts.list_forms)
    app.router.add_get("/api/v1/accounts", accounts.list_accounts)
    app.router.add_post("/api/v1/accounts", accounts.add_account)
    app.router.add_get("/api/v1/accounts/{id}", accounts.show_account)
    app.router.add_delete("/api/v1/accounts/{id}", accounts.remove_account)
    app.router.add_get("/api/v1/accounts/{id}/errors", accounts.list_errors)
    app.router.add_post("/api/v1/accounts/{id}/check", accounts.check_account)
    app.router.add_post("/api/v1/accounts/{id}/credentials", accounts.rotate_account)
    app.router.add_post("/api/v1/accounts/{id}/hook", accounts.renew_hook)


def _add_work(app: web.Application) -> None:
    app.router.add_get("/api/v1/home", now.show_home)
    app.router.add_get("/api/v1/workspaces", workspaces.list_places)
    app.router.add_get("/api/v1/workspaces/{id}", workspaces.show_place)
    app.router.add_put("/api/v1/workspaces/{id}/serves", workspaces.set_serves)
    app.router.add_get("/api/v1/terms", workspaces.show_terms)
    app.router.add_patch("/api/v1/terms", workspaces.change_terms)
    app.router.add_get("/api/v1/settings", settings.show)
    app.router.add_patch("/api/v1/settings", settings.change)
    app.router.add_get("/api/v1/me/quiet", settings.show_quiet)
    app.router.add_put("/api/v1/me/quiet", settings.change_quiet)


def _add_pages(app: web.Application) -> None:
    app.router.add_get(assets.ROUTE, assets.serve)
    app.router.add_get("/app", now_page.show)
    app.router.add_get("/app/", now_page.show)
    app.router.add_get("/app/more", more.show)
    app.router.add_get("/app/open", opening.arrive)
    app.router.add_post("/app/open", opening.move)
    app.router.add_get("/app/businesses", business.listed)
    app.router.add_post("/app/businesses", business.choose)
    gallery.add(app)
    pages.add(app)
    app.router.add_get("/app/{rest:.+}", more.nowhere)  # the last: what no page answers to
