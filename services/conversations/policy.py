"""A tenant's rules for the bridge: language, hours, ladder, away reply. Cached for seconds,
because every message asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import msgspec

from services.conversations.hours import Calendar, parse_calendar
from services.kit.clock import Clock
from services.kit.db import Tx

FRESH_SECONDS = 15.0
LADDER = (10, 20, 30)
SQL = "SELECT locale, zone, settings FROM tenant WHERE id = $1"


class BridgeSettings(msgspec.Struct, frozen=True):
    """`tenant.settings["bridge"]`. `ladder`: working minutes until assignee, group, owner are
    called.
    """

    hours: dict[str, object] | None = None
    ladder: tuple[int, ...] = LADDER
    away_text: str = ""
    is_away_on: bool = True
    delete_tells: bool = True


class _Settings(msgspec.Struct, frozen=True):
    bridge: BridgeSettings = BridgeSettings()


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules in force. `target_minutes` colours the title: half of it yellow, all of it red."""

    locale: str
    zone: str
    calendar: Calendar
    ladder: tuple[int, ...]
    away_text: str

    @property
    def target_minutes(self) -> int:
        """Return the working minutes within which a person is answered."""
        return self.ladder[1] if len(self.ladder) > 1 else self.ladder[0]


class Policies:
    """Policies by tenant."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[UUID, tuple[float, Policy]] = {}

    async def of(self, tx: Tx) -> Policy:
        """Return the policy of the transaction's tenant."""
        assert tx.tenant_id is not None  # noqa: S101 - the bridge acts inside one tenant
        known = self._known.get(tx.tenant_id)
        now = self._clock.monotonic()
        if known is not None and now - known[0] < FRESH_SECONDS:
            return known[1]
        row = await tx.row(SQL, tx.tenant_id)
        policy = (
            _policy(row["locale"], row["zone"], row["settings"])
            if row
            else _policy("ru", "UTC", "{}")
        )
        self._known[tx.tenant_id] = (now, policy)
        return policy

    def forget(self, tenant_id: UUID) -> None:
        """Drop the cached policy after a change."""
        self._known.pop(tenant_id, None)


def _policy(locale: str, zone: str, settings: str) -> Policy:
    try:
        bridge = msgspec.json.decode(settings, type=_Settings, strict=False).bridge
    except msgspec.DecodeError:
        bridge = BridgeSettings()
    steps = tuple(sorted(minutes for minutes in bridge.ladder if minutes > 0)) or LADDER
    calendar = parse_calendar(zone, bridge.hours)
    return Policy(locale, zone, calendar, steps, bridge.away_text if bridge.is_away_on else "")
