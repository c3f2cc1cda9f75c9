"""Alerts are proved by promtool, expressions count real things, every alert is explained."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from services.incidents.rules import RULES
from services.kit import metrics

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "deploy/prometheus"
GRAFANA = ROOT / "deploy/grafana"
RUNBOOK = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
SELF = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total"}
NAME = re.compile(r"\b((?:vishenka|process)_[a-z0-9_]+)\b")
PROMTOOL = shutil.which("promtool")


def rules() -> list[dict]:
    groups = yaml.safe_load((PROMETHEUS / "vishenka.rules.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def exported() -> set[str]:
    """Names a scrape may hold: of a histogram its three, of a counter its total."""
    names: set[str] = set()
    for family in metrics.registry.collect():
        if family.type == "histogram":
            names |= {f"{family.name}_{part}" for part in ("bucket", "count", "sum")}
        else:
            names.add(f"{family.name}_total" if family.type == "counter" else family.name)
    return names


def expressions() -> Iterator[tuple[str, str]]:
    for rule in rules():
        yield rule["alert"], rule["expr"]
    for path in sorted((GRAFANA / "dashboards").glob("*.json")):
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            for target in panel["targets"]:
                yield f"{path.name}: {panel['title']}", target["expr"]


def promtool(*args: str) -> subprocess.CompletedProcess[str]:
    assert PROMTOOL, "promtool is needed: it comes with Debian's package prometheus"
    return subprocess.run(
        [PROMTOOL, *args], cwd=PROMETHEUS, capture_output=True, text=True, check=False, timeout=50
    )


@pytest.mark.parametrize(
    "args",
    [
        ("check", "rules", "vishenka.rules.yml"),
        ("check", "config", "--syntax-only", "prometheus.yml"),
        ("test", "rules", "vishenka.test.yml"),
    ],
)
def test_promtool_is_content(args: tuple[str, ...]) -> None:
    done = promtool(*args)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tried_by_a_unit_test() -> None:
    tests = (PROMETHEUS / "vishenka.test.yml").read_text()
    patterns = re.findall(r'alertname=~?"([^"]+)"|alertname: (\w+)', tests)
    tried = "|".join(first or second for first, second in patterns)

    assert [r["alert"] for r in rules() if not re.fullmatch(tried, r["alert"])] == []


@pytest.mark.parametrize(("where", "expr"), list(expressions()))
def test_every_expression_counts_what_we_export(where: str, expr: str) -> None:
    used = set(NAME.findall(expr))

    assert used - exported() - SELF == set(), where
    assert used or "up{" in expr, where


def test_every_promised_metric_is_on_a_dashboard() -> None:
    shown = " ".join(expr for where, expr in expressions() if ".json" in where)
    promised = set(re.findall(r"vishenka_[a-z_]+", " ".join(exported())))
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name in promised}
    hidden = {name for name in families if name not in shown}

    assert hidden <= {"vishenka_row_refresh_failures_total"}


def test_every_alert_has_its_entry_in_the_runbook() -> None:
    for rule in rules():
        name = rule["alert"]
        assert rule["annotations"]["runbook"] == f"docs/runbook.md#{name.lower()}"
        entry = RUNBOOK.split(f"### {name}\n", 1)[1].split("\n##", 1)[0]
        assert all(part in entry for part in ("**What:**", "**Look:**", "**Do:**")), name
        assert rule["labels"]["severity"] in {"page", "ticket"}


def test_every_rule_of_the_product_has_its_line_in_the_runbook() -> None:
    lines = set(re.findall(r"^\| `(\w+)` \|", RUNBOOK, re.MULTILINE))

    assert lines == set(RULES)


def test_dashboards_have_ids_of_their_own_and_the_one_source() -> None:
    boards = [json.loads(path.read_text()) for path in (GRAFANA / "dashboards").glob("*.json")]
    source = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())

    assert len({board["uid"] for board in boards}) == len(boards) == 3
    uids = {panel["datasource"]["uid"] for board in boards for panel in board["panels"]}
    assert uids == {source["datasources"][0]["uid"]}
