"""Now: what needs the person, the worst first; for a newcomer three steps; how the day goes."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC
from typing import TypeVar

from aiohttp import web

from services.desk.home import LOOK, HomeView, Kind, Steps, Task
from services.desk.values import StuckGroup
from services.kit.i18n import t
from services.notices.words import Fact, text_of
from services.tenants.service import Seat
from webapp.auth.session import page, session
from webapp.cabinet import frame
from webapp.cabinet.opening import told
from webapp.cabinet.words import stuck_reason
from webapp.desk import seat
from webapp.keys import SERVICES
from webapp.speech import Speech, apart

SHOWN = 8
NAMES = frozenset({"channel", "workspace", "name"})
"""What of an alert somebody named, perhaps from right to left."""
Linked = TypeVar("Linked", "Row", "Step")
TONES = {
    Kind.CHANNEL: ("bad", "key"),
    Kind.WORKSPACE: ("bad", "users"),
    Kind.OVERDUE: ("bad", "clock"),
    Kind.UNDELIVERED: ("warn", "inbox"),
    Kind.WAITING: ("info", "chat"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A task in words: what, how bad, the one act."""

    title: str
    text: str
    tone: str
    sign: str
    href: str
    act: str
    more_href: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A newcomer's step: done, the one to do now, or later."""

    name: str
    title: str
    text: str
    is_done: bool
    is_next: bool
    href: str
    act: str


@page("home.read")
async def show(request: web.Request) -> web.Response:
    """Answer GET /app."""
    now = frame.moment(request).astimezone(UTC)
    async with seat(request) as at:
        home = await at.desk.home.read(at.tx, at.viewer, now)
    s, there = frame.speech(request), frame.paths(request.app)
    template = "home/now.html" if home.steps.done else "home/first.html"
    shown = await frame.render(
        request,
        template,
        tab="now",
        home=home,
        seats=await _seats(request),
        rows=[_linked(row(task, home, s), there) for task in home.tasks[:SHOWN]],
        left=len(home.tasks[SHOWN:]),
        steps=[_linked(step, there) for step in steps(home.steps, s)],
        may_connect=session(request).may("bots.write"),
        toast=await told(request),
    )
    if "said" in request.query:
        shown.headers["HX-Replace-Url"] = "/app"
    return shown


async def _seats(request: web.Request) -> Sequence[Seat]:
    sessions = request.app[SERVICES].features.identity.sessions
    return await sessions.seats_of(session(request).user.id)


def row(task: Task, home: HomeView, s: Speech) -> Row:
    """Return a task in a person's words."""
    tone, sign = TONES[task.kind]
    match task.kind:
        case Kind.CHANNEL | Kind.WORKSPACE:
            return _trouble(task, s, tone, sign)
        case Kind.UNDELIVERED:
            title = s.n("web.now.undelivered", task.count)
            text = reasons(home.undelivered, s)
            return Row(title, text, tone, sign, "/app/undelivered", s.t("web.now.sort_out"))
        case _:
            return _people(task, s, tone, sign)


def reasons(groups: Sequence[StuckGroup], s: Speech) -> str:
    """Return why messages wait, the most frequent first."""
    found = [
        f"{stuck_reason(s, one.reason, one.state)} — {s.number(one.count)}" for one in groups[:2]
    ]
    return " · ".join(found)


def steps(done: Steps, s: Speech) -> list[Step]:
    """Return the three steps; the first that is not done is the next."""
    flags = {"bot": done.bot, "workspace": done.workspace, "account": done.account}
    following = next((name for name, is_done in flags.items() if not is_done), "")
    hrefs = {
        "bot": "/app/bots/new",
        "workspace": "/app/workspaces",
        "account": "/app/accounts/new",
    }
    return [
        Step(
            name,
            s.t(f"web.first.{name}.done" if is_done else f"web.first.{name}.title"),
            "" if is_done else s.t(_step(name, done, "text")),
            is_done,
            name == following,
            hrefs[name],
            s.t(_step(name, done, "act")),
        )
        for name, is_done in flags.items()
    ]


def _step(name: str, done: Steps, part: str) -> str:
    """Return the key of a step's words: a group may be there and lack rights."""
    is_half = name == "workspace" and done.needs_rights
    return f"first.rights.{part}" if is_half else f"web.first.{name}.{part}"


def _linked(one: Linked, there: Set[str]) -> Linked:
    """Return it without its link where this program has no such page."""
    place = "/".join(one.href.split("/")[:3])
    return one if place in there else replace(one, href="")


def _trouble(task: Task, s: Speech, tone: str, sign: str) -> Row:
    given = task.params or {}
    names = {key: apart(str(given[key])) for key in NAMES & given.keys()}
    fact = Fact("alert", task.rule, "", {**given, **names}, None, None)
    head, _, body = text_of(fact, s.locale, s.zone.key).text.partition("\n")
    place = "accounts" if task.kind is Kind.CHANNEL else "workspaces"
    if task.rule == "workspace_unreachable":  # the notice speaks of chat commands
        body = s.t("first.lost")
    href = f"/app/{place}/{task.subject}" if task.subject else f"/app/{place}"
    title = head.partition(" ")[2] or t(s.locale, "notices.other.head")
    return Row(title, body, tone, sign, href, s.t("web.now.look"))


def _people(task: Task, s: Speech, tone: str, sign: str) -> Row:
    is_part = task.has_more and (task.kind is Kind.WAITING or task.count >= LOOK)
    title = s.n(f"web.now.{task.kind}", task.count, more=is_part)
    dialog = task.dialog
    if dialog is None:
        return Row(title, "", tone, sign, "/app/dialogs", s.t("web.now.all"))
    ago = s.ago(task.since) if task.since else ""
    text = s.t("web.now.longest", name=apart(dialog.person), span=ago)
    act = s.t("web.now.answer", name=apart(dialog.person))
    more = s.t("web.now.all") if task.count > 1 else ""
    return Row(title, text, tone, sign, f"/app/dialogs/{dialog.id}", act, "/app/dialogs", more)
