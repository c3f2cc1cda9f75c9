"""What needs a person now, in order of harm; how the day goes; a newcomer's first steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import orjson

from services.conversations.service import Conversations
from services.desk.dialogs import Dialogs
from services.desk.undelivered import Undelivered
from services.desk.values import Dialog, StuckGroup, View, Viewer, Wanted
from services.incidents.rules import OF_CHANNELS
from services.incidents.service import Incidents
from services.kit.db import Record, Tx
from services.tenants.overview import Overview, Stats

LOOK = 100
"""Waiting dialogs looked at to say how many are overdue; more are told as "and more"."""
COUNTED = frozenset({"parked_deliveries", "outcome_unknown"})
"""Told by the undelivered themselves, with their number of now."""


class Kind(StrEnum):
    """What a task is about, the worst first."""

    CHANNEL = "channel"
    WORKSPACE = "workspace"
    OVERDUE = "overdue"
    UNDELIVERED = "undelivered"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do. `rule`, `subject`, `params`: of the incident behind it; `count`: how many;
    `since`: the oldest; `dialog`: the one to open first.
    """

    kind: Kind
    count: int = 1
    since: datetime | None = None
    rule: str = ""
    subject: UUID | None = None
    params: Mapping[str, str] | None = None
    dialog: Dialog | None = None
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class Steps:
    """What a newcomer has done. `needs_rights`: there is a group, and its bot may not work in it;
    who is at work already hears of that by a task.
    """

    bot: bool
    account: bool
    workspace: bool
    needs_rights: bool = False

    @property
    def done(self) -> bool:
        """Say whether the bridge can work."""
        return self.bot and self.account and self.workspace


@dataclass(frozen=True, slots=True)
class HomeView:
    """The page "Now". `median_minutes`: of working time to the first answer today."""

    tasks: tuple[Task, ...]
    steps: Steps
    day: Stats
    median_minutes: float | None
    undelivered: tuple[StuckGroup, ...]


class Home:
    """Reads the page "Now" for one caller."""

    def __init__(
        self,
        dialogs: Dialogs,
        undelivered: Undelivered,
        conversations: Conversations,
        *,
        incidents: Incidents,
        overview: Overview,
    ) -> None:
        self._dialogs = dialogs
        self._undelivered = undelivered
        self._bridge = conversations
        self._incidents = incidents
        self._overview = overview

    async def read(self, tx: Tx, viewer: Viewer, now: datetime) -> HomeView:
        """Return what the caller may see of it."""
        groups = await self._undelivered.groups(tx, viewer)
        policy = await self._bridge.policies.of(tx)
        tasks = [
            *await self._troubles(tx, viewer),
            *_stuck(groups),
            *await self._people(tx, viewer),
        ]
        order = list(Kind)
        return HomeView(
            tasks=tuple(sorted(tasks, key=lambda task: order.index(task.kind))),
            steps=await self._steps(tx),
            day=await self._overview.stats(tx, policy.zone, now),
            median_minutes=await self._bridge.journal.median(tx),
            undelivered=tuple(groups),
        )

    async def _troubles(self, tx: Tx, viewer: Viewer) -> list[Task]:
        found = await self._incidents.listed(tx, limit=LOOK)
        tasks = [_trouble(row) for row in found if row["state"] == "open"]
        return [task for task in tasks if task is not None and _concerns(task, viewer)]

    async def _people(self, tx: Tx, viewer: Viewer) -> list[Task]:
        page = await self._dialogs.page(tx, viewer, Wanted(View.WAITING, limit=LOOK))
        overdue = [dialog for dialog in page.items if dialog.mark == "overdue"]
        waiting = [dialog for dialog in page.items if dialog.mark != "overdue"]
        return [
            Task(
                kind,
                len(dialogs),
                dialogs[0].waiting_since,
                dialog=dialogs[0],
                has_more=bool(page.cursor),
            )
            for kind, dialogs in ((Kind.OVERDUE, overdue), (Kind.WAITING, waiting))
            if dialogs
        ]

    async def _steps(self, tx: Tx) -> Steps:
        groups = await self._overview.workspaces(tx)
        account = bool(await self._overview.channels(tx, bots=False))
        usable = any(not is_refused(row["checks"]) for row in groups)
        return Steps(
            bot=bool(await self._overview.channels(tx, bots=True)),
            account=account,
            workspace=usable or (account and bool(groups)),
            needs_rights=bool(groups) and not usable,
        )


def is_refused(checks: str) -> bool:
    """Say whether a group's bot lacks what it cannot work without."""
    return any(check.get("state") == "bad" for check in orjson.loads(checks or "[]"))


def _trouble(row: Record) -> Task | None:
    if row["rule"] in COUNTED:
        return None
    kind = Kind.CHANNEL if row["rule"] in OF_CHANNELS else Kind.WORKSPACE
    params = orjson.loads(row["params"])
    return Task(kind, 1, row["opened_at"], row["rule"], _uuid(row["subject"]), params)


def _concerns(task: Task, viewer: Viewer) -> bool:
    return task.kind is not Kind.CHANNEL or task.subject is None or viewer.sees(task.subject)


def _stuck(groups: list[StuckGroup]) -> list[Task]:
    if not groups:
        return []
    count, oldest = sum(group.count for group in groups), min(group.oldest for group in groups)
    return [Task(Kind.UNDELIVERED, count, oldest)]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
