"""Each benchmark that can be made small runs small; what it prints has the promised shape."""

from __future__ import annotations

import os
from typing import Any

import orjson
import pytest

from benchmarks import bots, ingest, pacing, relay
from benchmarks.__main__ import main, names
from benchmarks.kit import TICKS, Result, cpu_seconds, cpu_spent, middle, percentile


def body_of(result: Result) -> dict[str, Any]:
    return dict(orjson.loads(result.as_json()))


def assert_shape(body: dict[str, Any], name: str) -> None:
    assert set(body) == {"name", "ratio", "goal", "better", "detail"}
    assert body["name"] == name
    assert body["ratio"] > 0
    assert body["better"] in {"higher", "lower"}
    assert body["detail"]["machine"]
    assert body["detail"]["load_average"] >= 0


def test_every_benchmark_has_a_name_and_tools_are_not_listed() -> None:
    assert names() == [
        "bots",
        "ingest",
        "list",
        "login",
        "noisy",
        "pacing",
        "pages",
        "poller",
        "relay",
    ]


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no-such-benchmark"]) == 2
    assert "relay" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("ratio", "better", "met"),
    [(0.7, "higher", True), (0.5, "higher", False), (0.5, "lower", True), (0.7, "lower", False)],
)
def test_a_goal_is_met_in_its_direction(ratio: float, better: str, met: bool) -> None:
    result = Result("x", ratio, 0.6, better)

    assert result.is_met is met
    assert ("MISSED" in result.as_text()) is not met


def test_medians_and_percentiles_are_of_all_values() -> None:
    assert middle([3, 1, 2]) == 2
    assert percentile(list(range(100)), 0.99) == 99
    assert percentile([5], 0.5) == 5


def test_a_process_that_did_less_than_one_tick_did_not_do_nothing() -> None:
    spent = cpu_spent(cpu_seconds(os.getpid()) + 60.0, os.getpid())

    assert spent == 1 / TICKS


@pytest.mark.parametrize(
    ("times", "most"),
    [([], 0), ([0.0], 1), ([0.0, 0.5, 1.0, 1.4], 3), ([0.0, 1.0, 2.0], 1), ([0.9, 0.0, 0.1], 3)],
)
def test_the_fullest_second_is_any_window_of_one_second(times: list[float], most: int) -> None:
    assert pacing._fullest(times) == most


async def test_bots_runs_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bots, "BOTS", 20)
    monkeypatch.setattr(bots, "ROUNDS", 1)

    body = body_of(await bots.run())

    assert_shape(body, "bots")
    assert body["detail"]["bots"] == 20


async def test_ingest_runs_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "AMOUNT", 200)
    monkeypatch.setattr(ingest, "WARM", 100)
    monkeypatch.setattr(ingest, "ROUNDS", 1)

    assert_shape(body_of(await ingest.run()), "ingest")


async def test_relay_loses_nothing_when_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "SECONDS", 1.0)
    monkeypatch.setattr(relay, "PER_SECOND", 20)
    monkeypatch.setattr(relay, "CONVERSATIONS", 4)
    monkeypatch.setattr(relay, "ROUNDS", 1)

    found = await relay.measure(2)

    assert found["p50_ratio"] > 0
