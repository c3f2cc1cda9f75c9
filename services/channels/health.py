"""What a check of a channel means: is the token good, is the webhook ours, what next. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec
import orjson

from services.channels.models import HookState, Status
from services.connectors.base import Check
from services.kit.db import Record

TOKEN = "token"  # noqa: S105 - the name of a check
WEBHOOK = "webhook"
GOOD = frozenset({"ok", "idle"})
AUTH = "auth"


class Deed(StrEnum):
    """What follows from a check."""

    NOTHING = "nothing"
    SUSPEND = "suspend"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a check: what to store and to do."""

    deed: Deed
    hook_state: HookState
    is_well: bool


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """A channel as people see it: nothing secret."""

    id: UUID
    provider: str
    kind: str
    name: str
    title: str
    username: str
    external_id: str
    status: str
    status_reason: str
    hook_state: str
    checks: tuple[Check, ...]
    checked_at: datetime | None
    last_event_at: datetime | None
    last_success_at: datetime | None


def state_of(checks: Sequence[Check], name: str) -> str:
    """Return the state of one line, "unknown" when there is none."""
    return next((check.state for check in checks if check.name == name), "unknown")


def needs_hook(checks: Sequence[Check], before: str) -> bool:
    """Say whether the webhook is to be set now: it is missing and was not set anew just before."""
    if state_of(checks, TOKEN) == "bad":
        return False
    missing = state_of(checks, WEBHOOK) not in {*GOOD, "unknown"}
    return missing and before not in {HookState.RESET, HookState.LOST}


def judge(
    checks: Sequence[Check],
    *,
    status: str,
    reason: str,
    before: str,
    hook_wanted: bool,
    mended: bool = False,
) -> Verdict:
    """Return what the lines mean.

    `before`: the webhook's state when the check began; `mended`: it was set during the check.
    """
    access = state_of(checks, TOKEN)
    deed = Deed.NOTHING
    if access == "bad" and status == Status.ACTIVE:
        deed = Deed.SUSPEND
    elif access == "ok" and status == Status.SUSPENDED and reason == AUTH:
        deed = Deed.RESUME
    hook = _hook_state(checks, before, hook_wanted, mended)
    return Verdict(deed, hook, all(check.state in GOOD for check in checks))


def _hook_state(
    checks: Sequence[Check], before: str, hook_wanted: bool, mended: bool
) -> HookState:
    state = state_of(checks, WEBHOOK)
    if not hook_wanted:
        return HookState.NONE
    if state in GOOD:
        lost_before = mended and before not in {HookState.UNSET, HookState.ASSUMED}
        return HookState.RESET if lost_before else HookState.SET
    if state == "unknown":
        return HookState(before)
    return HookState.LOST if before in {HookState.RESET, HookState.LOST} else HookState.RESET


def encode(checks: Sequence[Check]) -> str:
    """Return the lines as the column holds them."""
    return orjson.dumps([msgspec.to_builtins(check) for check in checks]).decode()


def decode(column: str) -> tuple[Check, ...]:
    """Return the lines of a column."""
    return msgspec.json.decode(column, type=tuple[Check, ...])


def info(row: Record) -> ChannelInfo:
    """Return a row as people see it."""
    return ChannelInfo(
        id=row["id"],
        provider=row["provider"],
        kind=row["kind"],
        name=row["name"],
        title=row["title"],
        username=row["username"],
        external_id=row["external_id"],
        status=row["status"],
        status_reason=row["status_reason"],
        hook_state=row["hook_state"],
        checks=decode(row["health"]),
        checked_at=row["health_at"],
        last_event_at=row["last_event_at"],
        last_success_at=row["last_success_at"],
    )
