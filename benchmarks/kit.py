"""What every benchmark needs: results, CPU of a process from the kernel's books, medians."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import orjson

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Result:
    """A ratio beside its goal; `better` says which way."""

    name: str
    ratio: float
    goal: float
    better: str
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_met(self) -> bool:
        return self.ratio >= self.goal if self.better == "higher" else self.ratio <= self.goal

    def as_json(self) -> str:
        body = {
            "name": self.name,
            "ratio": round(self.ratio, 3),
            "goal": self.goal,
            "better": self.better,
            "detail": {**self.detail, "machine": machine()},
        }
        return orjson.dumps(body).decode() + "\n"

    def as_text(self) -> str:
        word = "met" if self.is_met else "MISSED"
        lines = [
            f"{self.name}: {self.ratio:.3f} (goal {self.goal}, {self.better} is better): {word}"
        ]
        lines += [f"  {key}: {value}" for key, value in self.detail.items()]
        return "\n".join(lines) + "\n"


def cpu_seconds(*pids: int) -> float:
    """Return user and system seconds these processes have used so far, their dead children
    included.
    """
    return sum(_ticks(pid) for pid in pids) / TICKS


def cpu_spent(before: float, *pids: int) -> float:
    """Return what these processes used since `before`, one tick at least: the kernel's books hold
    whole ticks only, so that nothing counted means less than one, not nothing.
    """
    return max(cpu_seconds(*pids) - before, 1 / TICKS)


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:  # a server's helper that just ended; its parent's books hold it
        return 0
    return sum(int(value) for value in fields[11:15])


def tree(pid: int) -> list[int]:
    """Return the process and all its descendants."""
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        with suppress(FileNotFoundError):
            for task in Path(f"/proc/{one}/task").glob("*/children"):
                todo += [int(child) for child in task.read_text().split()]
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which that share lies."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def middle(values: Sequence[float]) -> float:
    """Return the median."""
    return median(values)


def machine() -> str:
    """Say what this ran on."""
    system = f"{platform.system()} {platform.machine()}"
    return f"{os.cpu_count()} cores, {system}, Python {platform.python_version()}"


def load_average() -> float:
    """Return the load of the last minute: foreign work shows here."""
    return os.getloadavg()[0]
