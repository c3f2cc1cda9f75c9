"""docs/promises.md names the test of each promise: each of them exists, and none is missing."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "promises.md").read_text()
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")
INVARIANTS = [*range(1, 7), *range(12, 17), *range(18, 29), 30, 34, 35]
THREATS = [1, *range(3, 15), 17, 18, 22, 23, 27, 29, 30, 32, 35, 36]


@cache
def functions_of(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / "tests" / path).read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, functions))


def test_every_named_test_exists() -> None:
    named = NAMED.findall(PAGE)

    assert len(named) > 100
    assert [place for place in named if place[1] not in functions_of(place[0])] == []


def test_every_row_names_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|")]
    silent = [line for line in rows if "held by" not in line and not line.startswith("|---")]

    assert [line for line in silent if not NAMED.search(line)] == []


def test_no_promise_is_missing() -> None:
    wanted = [f"| I{number} |" for number in INVARIANTS] + [f"| S{number} |" for number in THREATS]

    assert [start for start in wanted if PAGE.count(start) != 1] == []
