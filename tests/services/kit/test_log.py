"""Promises of the logs: one line per event, fixed keys, no secret and no person in them."""

import ast
import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import events
from services.kit import log as kit_log
from services.kit.log import bind, configure, current_trace, new_trace

ROOT = Path(__file__).resolve().parents[3]
FIXED = {"ts", "level", "event", "logger", "role", "trace", "tenant", "request", "task"}


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, put back afterwards."""
    logger = logging.getLogger()
    before = (logger.handlers[:], logger.level)
    yield logger
    logger.handlers[:], level = before
    logger.setLevel(level)
    logging.captureWarnings(capture=False)


def written(log_format: str, message: str, *args: object, **kwargs: object) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(kit_log.formatter(log_format, "worker"))
    logger = logging.Logger("services.test")  # noqa: LOG001 - nobody else shall hear it
    logger.addHandler(handler)
    logger.warning(message, *args, **kwargs)  # type: ignore[arg-type]
    return stream.getvalue()


def test_json_line_has_the_fixed_keys_first_and_extras_after() -> None:
    with bind(trace="a" * 32, tenant="t-1"):
        line = json.loads(written("json", "delivery sent", extra={"delivery_id": "d-1", "n": 3}))

    assert list(line)[:9] == list(kit_log.FIRST)
    assert line["event"] == "delivery sent"
    assert line["level"] == "warning"
    assert line["role"] == "worker"
    assert (line["trace"], line["tenant"], line["request"]) == ("a" * 32, "t-1", "")
    assert (line["delivery_id"], line["n"]) == ("d-1", 3)


def test_text_line_shows_event_ids_and_no_empty_keys() -> None:
    with bind(trace="b" * 32):
        line = written("text", "delivery sent", extra={"delivery_id": "d-1"})

    assert " warning delivery sent delivery_id=d-1" in line.replace(f"trace={'b' * 32} ", "")
    assert "tenant=" not in line


def test_russian_letters_stay_readable() -> None:
    assert "вишня" in written("json", "вишня")


@pytest.mark.parametrize("log_format", ["json", "text"])
@pytest.mark.parametrize(
    "evil",
    [
        'x\r\n{"level": "error", "event": "forged"}',
        "x\nERROR forged",
        "x\x0b\x0cforged",
        "x\u2028forged\u2029forged",
        "x\x85forged",
        "x\x1b[2Kforged",
        "x\x00forged",
        "\u202eforged",
    ],
)
def test_forged_line_breaks_make_exactly_one_line(log_format: str, evil: str) -> None:
    def fail() -> None:
        raise ValueError(evil)

    try:
        fail()
    except ValueError:
        line = written(log_format, evil, extra={"why": evil, evil: 1}, exc_info=True)

    assert len(line.splitlines()) == 1
    assert "\x1b" not in line
    assert "\u202e" not in line


@given(st.text(), st.dictionaries(st.text(min_size=1), st.text() | st.binary() | st.integers()))
def test_any_text_makes_one_line_that_json_reads(text: str, extra: dict[str, object]) -> None:
    record = logging.LogRecord("x", 30, "", 1, text, None, None)
    record.__dict__.update({k: v for k, v in extra.items() if k not in record.__dict__})

    line = kit_log.formatter("json", "web").format(record)

    assert len(line.splitlines()) <= 1
    assert json.loads(line)["role"] == "web"


TOKEN = "4200001:AAEcanary_canary_canary_canary_cana"
CANARIES = {
    "bot token": TOKEN,
    "bot token in a url": f"https://api.telegram.org/bot{TOKEN}/sendMessage",
    "bot token escaped": TOKEN.replace(":", "%3A"),
    "bearer": "Authorization: Bearer canary-canary-canary",
    "api key": "vsh_canarycanarycanarycanarycanary",
    "query": "https://x.example/cb?code=canarycanary&access_token=canarycanary2",
    "pair": "client_secret='canarycanary'",
    "dict": "{'refresh_token': 'canarycanary'}",
    "dsn": "postgresql://app:canarycanary@db:5432/v",
    "hook": "/hooks/avito/canarycanarycanary",
    "unsubscribe": "/u/canarycanary",
    "mail": "canary@example.com",
    "mail cyrillic": "канарейка.canary@пример.рф",
    "row": "Key (tenant_id, name)=(canary, Канарейка) already exists.",
    "row2": "Failing row contains (1, canary, Канарейка).",
}
PHONES = ("+7 999 123-45-67", "+79991234567", "8 (999) 123-45-67", "79991234567", "89991234567")


@pytest.mark.parametrize("log_format", ["json", "text"])
@pytest.mark.parametrize("kind", CANARIES)
def test_no_secret_of_any_kind_is_written(log_format: str, kind: str) -> None:
    secret = CANARIES[kind]
    try:
        raise RuntimeError(secret) from KeyError(secret)
    except RuntimeError:
        line = written(
            log_format,
            f"call failed {secret}",
            extra={"detail": secret, "deep": {"a": [secret]}, "obj": ValueError(secret)},
            exc_info=True,
        )

    assert "canary" not in line.replace("cannot", "").lower().replace("test_log", "")
    assert "канарейка" not in line.lower()


@pytest.mark.parametrize("log_format", ["json", "text"])
@pytest.mark.parametrize("phone", PHONES)
def test_no_phone_is_written(log_format: str, phone: str) -> None:
    digits = re.sub(r"\D", "", phone)
    line = written(log_format, "x", extra={"a": phone, "b": f"call {phone} now", "c": int(digits)})

    assert digits[-7:] not in re.sub(r"[^\d]", "", re.sub(r"^\S+ |\"ts\":\"[^\"]+\"", "", line))


@pytest.mark.parametrize("key", ["text", "first_name", "phone", "email", "token", "payload"])
def test_what_is_named_after_people_is_hidden_whole(key: str) -> None:
    assert "Канарейка" not in written("json", "x", extra={key: "Канарейка поёт"})
    assert "Канарейка" not in written("json", "x", extra={"deep": {key: {"a": "Канарейка"}}})


@pytest.mark.parametrize(
    "harmless",
    [
        "0192f0c1-7d5e-7abc-8def-0123456789ab",
        "4f3c2a1b" * 4,
        "-1001234567890",
        "2026-11-24T11:00:00+00:00",
        "services/outbox/work.py:141 drain",
        "17951234567890123",
        "channel_token version 3",
    ],
)
def test_ids_survive_the_mask(harmless: str) -> None:
    assert harmless in written("json", "x", extra={"some_id": harmless})


def test_exception_says_where_and_keeps_its_causes() -> None:
    try:
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise RuntimeError("outer") from error
    except RuntimeError:
        line = json.loads(written("json", "x", exc_info=True))

    assert line["exception"].startswith("RuntimeError: outer @ ")
    assert " <- KeyError: 'inner' @ " in line["exception"]
    assert "test_log.py" in line["exception"]


def test_configure_twice_writes_each_line_once(root: logging.Logger) -> None:
    stream = io.StringIO()
    configure("json", "web")
    configure("json", "web", stream=stream)

    logging.getLogger("services.x").info("started")

    assert stream.getvalue().count("started") == 1


def test_libraries_that_log_addresses_are_quiet(root: logging.Logger) -> None:
    stream = io.StringIO()
    configure("json", "web", stream=stream)

    logging.getLogger("httpx").info("HTTP Request: POST https://x.example/secret")
    logging.getLogger("aiohttp.access").info("GET /u/abc")

    assert stream.getvalue() == ""


def test_trace_is_bound_for_the_block_only() -> None:
    trace = new_trace()
    with bind(trace=trace):
        with bind(tenant="t"):
            assert current_trace() == trace
        assert (kit_log.bound.get() or {}).get("tenant") is None
    assert current_trace() == ""
    assert re.fullmatch(r"[0-9a-f]{32}", trace)


# --- the catalogue of events: what every log call in the product must look like ---------------

FORBIDDEN_EXTRA = {"text", "name", "phone", "email", "token", "secret", "address", "body", "url"}


def test_every_event_is_a_constant_name_with_ids_beside_it() -> None:
    faults = []
    for one in events.logged():
        if not one.name:
            faults.append(f"{one.where}: the message is not a constant")
        elif len(one.call.args) > 1 or "%" in one.name or len(one.name) > 60:
            faults.append(f"{one.where}: values belong into extra, the name stays short")
        named = FORBIDDEN_EXTRA.intersection(one.fields)
        if named:
            faults.append(f"{one.where}: extra names people's data: {sorted(named)}")

    assert faults == []


def test_the_catalogue_of_events_can_be_read() -> None:
    lines = events.catalogue()

    assert len(lines) > 40
    [parked] = [line.split() for line in lines if " event parked " in line]
    assert parked[:3] == ["warning", "event", "parked"]
    assert {"lane", "seq", "reason"} <= set(parked)


def test_nothing_prints() -> None:
    faults = []
    for part in ("services", "webapp", "bot", "handlers"):
        for file in sorted((ROOT / part).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print":
                    faults += [f"{file.relative_to(ROOT)}:{node.lineno}"]

    assert faults == []
