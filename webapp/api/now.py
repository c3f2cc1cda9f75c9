"""What needs a person now, and how the day goes."""

from __future__ import annotations

from datetime import UTC

from aiohttp import web

from services.desk.home import Task
from services.desk.values import StuckGroup
from services.tenants.overview import Stats
from webapp.api.dialogs import Shown
from webapp.api.schema import answer, describe
from webapp.auth.session import require
from webapp.desk import seat
from webapp.keys import SERVICES


class StepsShown(Shown):
    """What a newcomer has done."""

    bot: bool
    account: bool
    workspace: bool
    done: bool


class HomeShown(Shown):
    """The page "Now". `median_minutes`: of working time to the first answer, of the last day."""

    tasks: list[Task]
    steps: StepsShown
    day: Stats
    median_minutes: float | None
    undelivered: list[StuckGroup]


@require("home.read")
@describe("What needs a person now", answer=HomeShown)
async def show_home(request: web.Request) -> web.Response:
    """Answer GET /api/v1/home."""
    now = request.app[SERVICES].clock.now().astimezone(UTC)
    async with seat(request) as at:
        found = await at.desk.home.read(at.tx, at.viewer, now)
    return answer(HomeShown.model_validate(found))
