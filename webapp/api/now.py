"""What needs a person now, and how the day goes."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from aiohttp import web

from webapp.api.dialogs import DialogShown, Shown
from webapp.api.schema import answer, describe
from webapp.api.undelivered import StuckGroupShown
from webapp.auth.session import require
from webapp.desk import seat
from webapp.keys import SERVICES


class TaskShown(Shown):
    """Something to do. `kind`, the worst first: channel, workspace, overdue, undelivered, waiting;
    `rule` and `params`: of the incident behind it; `dialog`: the one to open first.
    """

    kind: str
    count: int
    has_more: bool
    since: datetime | None
    rule: str
    subject: UUID | None
    params: dict[str, str] | None
    dialog: DialogShown | None


class StepsShown(Shown):
    """What a newcomer has done."""

    bot: bool
    account: bool
    workspace: bool
    done: bool


class DayShown(Shown):
    """Dialogs that wait now; the rest since midnight of the business's zone."""

    waiting: int
    fresh: int
    received: int
    answered: int


class HomeShown(Shown):
    """The page "Now". `median_minutes`: of working time to the first answer, of the last day."""

    tasks: list[TaskShown]
    steps: StepsShown
    day: DayShown
    median_minutes: float | None
    undelivered: list[StuckGroupShown]


@require("home.read")
@describe("What needs a person now", answer=HomeShown)
async def show_home(request: web.Request) -> web.Response:
    """Answer GET /api/v1/home."""
    now = request.app[SERVICES].clock.now().astimezone(UTC)
    async with seat(request) as at:
        found = await at.desk.home.read(at.tx, at.viewer, now)
    return answer(HomeShown.model_validate(found))
