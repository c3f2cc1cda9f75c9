"""`pages` visits every page and every list there is; run small, each of them answers."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from benchmarks import pages
from benchmarks.fill import Size
from benchmarks.visits import LEFT_OUT, Visit, known, missing

SMALL = Size(dialogs=200, messages=4_000, long=300, stuck=40)


def rows_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = body["detail"]["pages"]
    return rows


def test_a_page_that_nobody_visits_is_told() -> None:
    paths = known()

    assert missing([Visit(path, path) for path in paths[1:]]) == [paths[0]]
    assert not set(paths) & LEFT_OUT.keys()


async def test_every_page_and_list_answers_when_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "SIZE", SMALL)
    monkeypatch.setattr(pages, "CALLS", 1)
    monkeypatch.setattr(pages, "WARM", 0)

    result = await pages.run()

    body = orjson.loads(result.as_json())
    assert (body["name"], body["goal"], body["better"]) == ("pages", 1.0, "lower")
    assert {"p50", "p95", "web", "postgres", "status", "bytes"} <= rows_of(body)[0].keys()
    asked = {row["name"].partition(",")[0] for row in rows_of(body)}
    assert asked == set(known())
    assert {row["status"] for row in rows_of(body)} == {200}
    assert "| /app/dialogs, view all |" in result.as_text()
