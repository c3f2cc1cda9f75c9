"""A stack of real processes on this test's own database; a failure shows what they logged."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.processes import tail
from tests.faults.nursery import Nursery
from tests.faults.stack import Stack, open_stack

SHOWN_LINES = 60


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that no other test run cleans away."""
    folder = Path(tempfile.mkdtemp(prefix="vishenka-faults-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """What forks the roles; started once for all fault tests of a test process."""
    built = Nursery()
    yield built
    built.close()


@pytest.fixture
async def stack(environ: dict[str, str], place: Path, nursery: Nursery) -> AsyncIterator[Stack]:
    async with open_stack(environ, place, nursery=nursery) as built:
        yield built


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Generator[None, Any, Any]:
    report = yield
    folder = getattr(item, "funcargs", {}).get("place")
    if report.failed and folder is not None:
        report.sections.append(("the processes' log", tail(folder / "roles.log", SHOWN_LINES)))
    return report
