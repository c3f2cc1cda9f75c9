"""What every journey's test is marked with."""

from __future__ import annotations

import pytest

MARKS = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.slow,
    pytest.mark.timeout(120),
]
