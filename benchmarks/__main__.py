"""`./run bench NAME [--json]`: run one benchmark, print what it found; `./run bench list` names
them.
"""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import sys

import benchmarks
from benchmarks.kit import Result

TOOLS = {"kit", "load", "bare", "bare_list", "floor", "stack", "world", "bulk", "poll", "asking"}
TOOLS |= {"fill", "fill_sql", "visits", "__main__"}


def names() -> list[str]:
    """Return the benchmarks there are."""
    found = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return sorted(name for name in found if name not in TOOLS)


def main(arguments: list[str]) -> int:
    """Run what was asked for."""
    wanted = [name for name in arguments if not name.startswith("-")]
    if not wanted or wanted[0] not in names():
        sys.stderr.write("benchmarks: " + " ".join(names()) + "\n")
        return 2
    result: Result = asyncio.run(importlib.import_module(f"benchmarks.{wanted[0]}").run())
    sys.stdout.write(result.as_json() if "--json" in arguments else result.as_text())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
