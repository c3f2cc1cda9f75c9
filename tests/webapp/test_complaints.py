"""What browsers complain of: counted and logged in closed words, never believed or endless."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import metrics
from services.kit.errors import InvalidInput
from tests.webapp.hookdoor import Door
from webapp.assets import assets
from webapp.cabinet.policy import HEADERS, POLICY
from webapp.complaints import ERRORS, FROM_ADDRESS, KINDS, MAX_BODY, Complaint, read

SCRIPT = b'{"kind": "error", "name": "TypeError", "file": "ui.js", "line": 12}'
POLICY_REPORT = (
    b'{"csp-report": {"effective-directive": "style-src-attr", "line-number": 3,'
    b' "source-file": "https://c.example/static/1/ui.js", "blocked-uri": "inline"}}'
)
SECRET = "Ivan+79161234567"


def counted(kind: str) -> float:
    return metrics.FRONT_ERRORS.labels(kind)._value.get()


def test_what_is_known_is_kept() -> None:
    assert read(SCRIPT) == Complaint("error", "TypeError", "ui.js", 12)
    assert read(POLICY_REPORT) == Complaint("policy", "style-src", "ui.js", 3)
    assert read(b'{"kind": "unhandledrejection"}') == Complaint(
        "unhandledrejection", "other", "", 0
    )


def test_what_people_wrote_is_not_kept() -> None:
    text = (
        f'{{"kind": "{SECRET}", "name": "{SECRET}", "file": "https://x/{SECRET}", "line": -5,'
        f' "message": "{SECRET}"}}'
    )

    assert read(text.encode()) == Complaint("other", "other", "other", 0)
    report = f'{{"csp-report": {{"violated-directive": "{SECRET}", "source-file": "{SECRET}"}}}}'
    assert read(report.encode()) == Complaint("policy", "other", "other", 0)


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_anything_is_a_complaint_in_closed_words_or_refused(body: bytes) -> None:
    try:
        found = read(body)
    except InvalidInput:
        return

    assert found.kind in KINDS | {"other", "policy"}
    assert found.what in ERRORS | {"other"} | POLICY.keys()
    assert found.place in {"", "other"} | assets().files.keys()


async def test_nobody_signs_in_to_complain_and_the_log_is_constant(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    before = counted("error")
    with caplog.at_level(logging.WARNING, "webapp.complaints"):
        status, body = await door.post("/app/errors", data=SCRIPT)

    assert (status, body) == (204, b"")
    assert counted("error") == before + 1
    (record,) = [one for one in caplog.records if one.name == "webapp.complaints"]
    assert record.getMessage() == "a page failed in a browser"
    assert (record.what, record.place, record.line) == ("TypeError", "ui.js", 12)  # type: ignore[attr-defined]
    assert "report-uri /app/errors" in HEADERS["Content-Security-Policy"]


async def test_too_long_too_often_and_nonsense_are_refused(door: Door) -> None:
    assert (await door.post("/app/errors", data=b"x" * (MAX_BODY + 1)))[0] == 413
    assert (await door.post("/app/errors", data=b"[]"))[0] == 422

    statuses = [(await door.post("/app/errors", data=SCRIPT))[0] for _ in range(FROM_ADDRESS.size)]

    assert statuses[0] == 204
    assert statuses[-1] == 429
