"""`./run events`: every event the product logs, with its level and where, read from the code.

An event's name is a constant; its values are fields. This is the catalogue for whoever writes a
query or an alert on the log.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = ("services", "webapp", "bot", "handlers", "main.py")
LEVELS = {
    "debug": "debug",
    "info": "info",
    "warning": "warning",
    "error": "error",
    "exception": "error",
    "critical": "critical",
}
LOGGERS = {"log", "logger", "logging"}


@dataclass(frozen=True, slots=True)
class Logged:
    """One place that logs."""

    where: str
    level: str
    call: ast.Call

    @property
    def name(self) -> str:
        """Return the event's name, "" where it is not a constant."""
        first = self.call.args[0] if self.call.args else None
        known = isinstance(first, ast.Constant) and isinstance(first.value, str)
        return str(first.value) if known and isinstance(first, ast.Constant) else ""

    @property
    def fields(self) -> list[str]:
        """Return the names of its values, as far as they are written in place."""
        extra = next((k.value for k in self.call.keywords if k.arg == "extra"), None)
        keys = extra.keys if isinstance(extra, ast.Dict) else []
        return sorted(str(key.value) for key in keys if isinstance(key, ast.Constant))


def logged() -> Iterator[Logged]:
    """Yield every place of the product that logs."""
    for part in PRODUCT:
        path = ROOT / part
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _is_log(node.func):
                    assert isinstance(node.func, ast.Attribute)  # noqa: S101 - just looked at
                    where = f"{file.relative_to(ROOT)}:{node.lineno}"
                    yield Logged(where, LEVELS[node.func.attr], node)


def _is_log(func: ast.expr) -> bool:
    return (
        isinstance(func, ast.Attribute)
        and func.attr in LEVELS
        and isinstance(func.value, ast.Name)
        and func.value.id in LOGGERS
    )


def catalogue() -> list[str]:
    """Return a line per event: level, name, fields, place."""
    found = sorted(logged(), key=lambda one: (one.name, one.where))
    return [
        f"{one.level:8} {one.name:45} {' '.join(one.fields):40} {one.where}".rstrip()
        for one in found
    ]


if __name__ == "__main__":
    sys.stdout.write("\n".join(catalogue()) + "\n")
