"""Settings in, every service out: the engine with the features on it. One call per process, and
the
tests' container too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from services import tasks
from services.assembly import Features, assemble
from services.channels.job_work import JobWorker
from services.connectors.registry import Factory
from services.core import Core, open_core
from services.kit.clock import Clock
from services.kit.queue import bind
from services.kit.settings import Settings
from services.lanes.runner import LaneRunner


@dataclass(kw_only=True)
class Services(Core):
    """Everything a door of this process may call."""

    features: Features

    async def close(self) -> None:
        """Let go of everything."""
        await self.features.desk.presence.close()
        await super().close()


async def bootstrap(
    settings: Settings,
    *,
    clock: Clock | None = None,
    connectors: Mapping[str, Factory] | None = None,
    use_broker: bool = True,
) -> Services:
    """Connect and build. Raises Unavailable (database away), PermissionError (a role past the
    tenant wall).
    """
    core = await open_core(settings, clock=clock, connectors=connectors, use_broker=use_broker)
    features = assemble(core)
    core.suspend = features.channels.suspend
    _register_tasks(core, features)
    parts: dict[str, Any] = {field.name: getattr(core, field.name) for field in fields(Core)}
    return Services(**parts, features=features)


def _register_tasks(core: Core, features: Features) -> None:
    if core.broker is None:
        return
    tasks.load()
    bind(core.broker)
    core.broker.add_dependency_context({LaneRunner: core.runner, JobWorker: features.job_worker})
