"""Tasks of channels: three lines each."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from taskiq import TaskiqDepends

from services.channels.job_work import JobWorker
from services.channels.jobs import TASK
from services.kit.queue import task


@task(TASK)
async def do_job(job_id: str, worker: Annotated[JobWorker, TaskiqDepends()]) -> None:
    """Do one job a dialogue waits for."""
    await worker.work(UUID(job_id))
