"""An event that brings its process down is parked after at most three restarts."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.engine import Engine

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
async def test_a_killer_is_parked_after_three_deaths_and_its_neighbours_are_done(
    engine: Engine, environ: Mapping[str, str]
) -> None:
    for number, text in enumerate(["good", "kill", "fine"]):
        await engine.store("cherry", f"e{number}", text)

    deaths = 0
    while await _run(environ) == 9:
        deaths += 1
        assert deaths <= 3
        expire = "UPDATE lane SET lease_until = now() - interval '1 second' RETURNING 1"
        await engine.rows("cherry", expire)

    parked = await engine.rows("cherry", "SELECT reason, seq FROM parked")
    assert [tuple(row) for row in parked] == [("crashed", 2)]
    [lane] = await engine.rows("cherry", "SELECT done_seq, last_seq FROM lane WHERE kind = 1")
    assert tuple(lane) == (3, 3)


async def _run(environ: Mapping[str, str]) -> int:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.services.lanes.killer",
        "4",
        cwd=ROOT,
        env={**environ, "PATH": "/usr/bin:/bin"},
    )
    return await child.wait()
