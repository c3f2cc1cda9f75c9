"""The ring of a cold lane: hand it to this process's runner and end; the runner takes the
lease.
"""

from __future__ import annotations

from typing import Annotated

from taskiq import TaskiqDepends

from services.kit.queue import task
from services.lanes.runner import LaneRunner


@task("lanes.wake")
async def wake(lane_id: int, runner: Annotated[LaneRunner, TaskiqDepends()]) -> None:
    """Want one lane."""
    runner.want([lane_id])
