"""The page of hours and terms: when the team works, what is said outside, who is called when."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from babel.dates import get_day_names

from services.conversations.hours import DAYS
from services.conversations.policy import Callee
from services.conversations.terms import MAX_AWAY, TermsView
from services.conversations.timetable import write_dates, write_week
from services.kit.errors import InvalidInput
from webapp.auth.session import page, session
from webapp.cabinet import frame, terms_form, zones
from webapp.cabinet.pieces import go
from webapp.cabinet.terms_form import Faulty
from webapp.cabinet.typed import typed
from webapp.cabinet.work_words import faults
from webapp.desk import seat
from webapp.keys import SERVICES
from webapp.speech import Speech

FORM, FACTS = "workspaces/terms.html", "workspaces/terms_facts.html"
HERE = "/app/workspaces/terms"


@page("workspaces.read")
async def show(request: web.Request) -> web.Response:
    """Answer GET /app/workspaces/terms: the form for who may change, facts for the others."""
    terms, s = request.app[SERVICES].features.terms, frame.speech(request)
    async with seat(request) as at:
        view = await terms.read(at.tx)
    if not session(request).may("workspaces.write"):
        return await frame.render(
            request, FACTS, tab="workspaces", view=view, facts=facts(s, view)
        )
    return await _form(request, view, terms_form.fields(s, view), {})


@page("workspaces.write")
async def save(request: web.Request) -> web.Response:
    """Answer POST /app/workspaces/terms."""
    terms, s = request.app[SERVICES].features.terms, frame.speech(request)
    values = await typed(request)
    try:
        async with seat(request) as at:
            view = await terms.read(at.tx)
            change = terms_form.read(values, s.today, view)
            await terms_form.apply(terms, at.tx, at.actor, change, view)
    except Faulty as error:
        return await _form(request, view, values, error.faults)
    return go(f"{HERE}?saved=1")


async def _form(
    request: web.Request,
    view: TermsView,
    values: Mapping[str, str],
    found: dict[str, InvalidInput],
) -> web.Response:
    s = frame.speech(request)
    return await frame.render(
        request, FORM, tab="workspaces", status=422 if found else 200, view=view, values=values,
        faults=faults(s, found), days=days(s), callees=list(Callee), most_away=MAX_AWAY,
        rungs=terms_form.rows(values), zones=zones.options(s, values.get("zone", "") or view.zone),
        week=write_week(s.locale, view.week), is_saved="saved" in request.query,
    )  # fmt: skip


def days(s: Speech) -> list[tuple[str, str]]:
    """Return days of the week by their field, with their full names."""
    names = get_day_names("wide", context="stand-alone", locale=s.locale)
    return [(day, names[number].capitalize()) for number, day in enumerate(DAYS)]


def facts(s: Speech, view: TermsView) -> list[tuple[str, str]]:
    """Return the terms as lines for who may not change them."""
    ladder = ", ".join(
        s.t("terms.step", minutes=rung.minutes, callee=s.t(f"terms.callee.{rung.callee}"))
        for rung in view.rungs
    )
    closed = write_dates([day for day in view.closed_on if day >= s.today])
    return [
        (s.t("work.hours"), write_week(s.locale, view.week)),
        (s.t("work.zone"), zones.name(s, view.zone)),
        (s.t("work.closed"), closed or s.t("work.none")),
        (s.t("work.away"), view.away_text if view.is_away_on else s.t("work.away.off")),
        (s.t("work.ladder"), ladder),
        (s.t("work.target"), s.n("web.span.minutes", view.target_minutes)),
    ]
