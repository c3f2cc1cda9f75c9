r"""Logs: one line per event, fixed keys, ids only; and the ids bound to the task at hand.

`bind(tenant=…)` adds ids to every line of a block; the trace id lives there too and follows an
event from webhook to provider call. Modules log through the standard library with a constant
message and `extra`; `configure` makes structlog render them, as text for eyes or JSON for a
collector:

    {"ts": "2026-11-24T11:00:00.000000Z", "level": "info", "event": "delivery sent",
     "logger": "services.outbox.work", "role": "worker", "trace": "…", "tenant": "…",
     "request": "", "task": "", "delivery_id": "…"}

Whatever an event carries, it stays one line (line breaks are escaped) and passes `masking`.
"""

from __future__ import annotations

import json
import logging
import random
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import IO, Any, Final

import orjson
import structlog

from services.kit.masking import clean, mask

bound: ContextVar[dict[str, str] | None] = ContextVar("bound", default=None)

IDS: Final = ("trace", "tenant", "request", "task")
FIRST: Final = ("ts", "level", "event", "logger", "role", *IDS)
FRAMES = 12
# Everything str.splitlines() or a terminal takes for a new line or a command.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
# They log URLs with tokens in them, or a line per request.
QUIET = ("httpx", "httpcore", "asyncio", "taskiq", "aiogram.event", "tortoise", "aiohttp.access")

Event = MutableMapping[str, Any]


@contextmanager
def bind(**ids: str) -> Iterator[None]:
    """Add ids (trace, tenant, request, task) to every log line of this block."""
    token = bound.set({**(bound.get() or {}), **ids})
    try:
        yield
    finally:
        bound.reset(token)


def new_trace() -> str:
    """Return a fresh trace id: 32 lower-case hex digits (W3C trace-id)."""
    return f"{random.getrandbits(128):032x}"


def current_trace() -> str:
    """Return the trace id of this task, or ""."""
    return (bound.get() or {}).get("trace", "")


def configure(
    log_format: str, role: str, *, debug: bool = False, stream: IO[str] | None = None
) -> None:
    """Send every log line of this process to stderr, as "text" or "json"; safe to call again."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter(log_format, role))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    warnings.simplefilter("default", ResourceWarning)


def formatter(log_format: str, role: str) -> logging.Formatter:
    """Return the formatter of a format; every processor before it works on values, not on text."""
    render = _json if log_format == "json" else _text
    return structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _masked,
            _Shape(role),
            render,
        ],
        foreign_pre_chain=[
            structlog.stdlib.ExtraAdder(),
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
            _exception,
            _ids,
        ],
    )


class _Shape:
    """Puts the fixed keys first, in one order, present even when empty."""

    def __init__(self, role: str) -> None:
        self._role = role

    def __call__(self, logger: Any, name: str, event: Event) -> Event:
        del logger, name
        fixed = {key: event.get(key, "") for key in FIRST} | {"role": self._role}
        return fixed | {key: value for key, value in event.items() if key not in fixed}


def _ids(logger: Any, name: str, event: Event) -> Event:
    del logger, name
    for key, value in (bound.get() or {}).items():
        event.setdefault(key, value)
    return event


def _exception(logger: Any, name: str, event: Event) -> Event:
    """Replace exc_info by one line: the chain of errors, each with where it was raised."""
    del logger, name
    info = event.pop("exc_info", None)
    event.pop("stack_info", None)
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["exception"] = " <- ".join(_chain(error))
    return event


def _chain(error: BaseException | None) -> Iterator[str]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen and len(seen) < 6:
        seen.add(id(error))
        yield f"{type(error).__name__}: {error} @ {_where(error.__traceback__)}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _where(trace: TracebackType | None) -> str:
    frames = []
    while trace is not None:
        code = trace.tb_frame.f_code
        path = "/".join(code.co_filename.rsplit("/", 3)[1:])
        frames.append(f"{path}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return " > ".join(frames[-FRAMES:])


def _masked(logger: Any, name: str, event: Event) -> Event:
    del logger, name
    return {key: _value(key, value) for key, value in event.items()}


def _value(key: str, value: object) -> object:
    if key in {"ts", "level", "logger"}:
        return value
    if key in {"event", "exception", *IDS}:
        return mask(str(value))
    return clean(value, key)


def _escape(text: str) -> str:
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _json(logger: Any, name: str, event: Event) -> str:
    del logger, name
    try:
        line = orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except orjson.JSONEncodeError:
        # Numbers over 64 bits and lone surrogates: slower, and everything foreign is escaped.
        line = json.dumps(event, default=str)
    return _escape(line)


def _text(logger: Any, name: str, event: Event) -> str:
    del logger, name
    head = f"{event['ts'][:23]} {event['level']:<7} {event['event']}"
    rest = (f"{key}={value}" for key, value in _said(event))
    return _escape(" ".join([head, *rest, f"[{event['logger']}]"]))


def _said(event: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what is worth a person's eye: not the head again, not empty ids."""
    for key, value in event.items():
        if key not in {"ts", "level", "event", "logger", "role"} and value not in ("", None):
            yield key, value
