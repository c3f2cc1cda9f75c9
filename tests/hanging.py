"""What a test that ran out of time was waiting for: each task with the lines it stands at."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any


def still_going() -> str:
    """Return the tasks of this thread's loop that have not ended, innermost line last."""
    with contextlib.suppress(RuntimeError, DeprecationWarning):
        loop = asyncio.get_event_loop_policy().get_event_loop()
        return "\n".join(_told(task) for task in asyncio.all_tasks(loop))
    return ""


def _told(task: asyncio.Task[Any]) -> str:
    lines, inner = [repr(task)], task.get_coro()
    while (frame := _of(inner, "frame")) is not None:
        lines.append(f"    {frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}")
        inner = _of(inner, "await")
    return "\n".join(lines)


def _of(work: object, what: str) -> Any:
    """Return the frame, or what is awaited, of a coroutine, an async or a plain generator."""
    found = (getattr(work, f"{kind}_{what}", None) for kind in ("cr", "ag", "gi"))
    return next((one for one in found if one is not None), None)
