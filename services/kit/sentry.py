"""Errors to Sentry, when a DSN is given: unexpected ones only, no person and no secret in them.

Everything an event carries passes `kit.masking`; local variables, requests, breadcrumbs and the
host's name are never collected. Tags say where and for whom by ids: role, trace, tenant, task and
attempt. Expected refusals (AppError, a provider's errors) are decisions of the product, no
reports.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import sentry_sdk
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.transport import Transport
from sentry_sdk.types import Event, Hint

from services.kit.errors import AppError
from services.kit.log import bound
from services.kit.masking import clean, mask

TAGS = ("trace", "tenant", "task", "attempt", "request")
DROPPED = ("user", "request", "breadcrumbs", "server_name", "modules")

Scrubber = Callable[[Event, Hint], Event | None]


def configure(
    dsn: str | None,
    role: str,
    *,
    release: str = "",
    expected: tuple[type[BaseException], ...] = (),
    transport: Transport | None = None,
) -> bool:
    """Start reporting; False without a DSN. `expected`: more kinds of errors not to report."""
    if not dsn:
        return False
    sentry_sdk.init(
        dsn=dsn,
        release=release or None,
        transport=transport,
        before_send=scrubber(role, (AppError, *expected)),
        default_integrations=False,
        integrations=[LoggingIntegration(level=None, event_level=logging.ERROR)],
        max_breadcrumbs=0,
        include_local_variables=False,
        include_source_context=False,
        server_name="",
        traces_sample_rate=None,
        auto_session_tracking=False,
    )
    return True


def scrubber(role: str, expected: tuple[type[BaseException], ...]) -> Scrubber:
    """Return the gate every event passes on its way out."""

    def before_send(event: Event, hint: Hint) -> Event | None:
        if _is_expected(hint, expected):
            return None
        scrubbed: Event = _scrub(event, role)
        return scrubbed

    return before_send


def _is_expected(hint: Hint, expected: tuple[type[BaseException], ...]) -> bool:
    info = hint.get("exc_info")
    return info is not None and isinstance(info[1], expected)


def _scrub(event: Any, role: str) -> Any:
    kept = {key: value for key, value in event.items() if key not in DROPPED}
    cleaned: Any = clean(kept)
    ids = {name: value for name, value in (bound.get() or {}).items() if name in TAGS}
    tags = {name: mask(str(value)) for name, value in ids.items()}
    return {**cleaned, "timestamp": event.get("timestamp"), "tags": {"role": role, **tags}}
