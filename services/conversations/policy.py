"""A tenant's rules for the bridge: language, hours, ladder, away reply. Cached for seconds,
because every message asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import msgspec

from services.conversations.hours import Calendar, parse_calendar
from services.kit.clock import Clock
from services.kit.db import Tx

FRESH_SECONDS = 15.0
LADDER = (10, 20, 30)
SQL = "SELECT locale, zone, settings FROM tenant WHERE id = $1"


class Callee(StrEnum):
    """Who is called when nobody answers; without an assignee the group is."""

    ASSIGNEE = "assignee"
    GROUP = "group"
    OWNER = "owner"


class BridgeSettings(msgspec.Struct, frozen=True):
    """`tenant.settings["bridge"]`, written by `terms.Terms` only, read leniently.

    `ladder`: working minutes until somebody is called; `calls`: who, one for each, else by place:
    first the assignee, last the owners, between them the group. `target_minutes`: within which a
    person is answered, 0: the second rung.
    """

    hours: dict[str, object] | None = None
    ladder: tuple[int, ...] = LADDER
    calls: tuple[str, ...] = ()
    target_minutes: int = 0
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
    calls: tuple[Callee, ...] = ()
    target: int = 0

    @property
    def target_minutes(self) -> int:
        """Return the working minutes within which a person is answered."""
        return self.target or self.ladder[min(1, len(self.ladder) - 1)]

    def callee(self, step: int) -> Callee:
        """Return who is called at a rung, counted from 1."""
        return self.calls[step - 1] if self.calls else by_place(step, len(self.ladder))


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
        locale, zone, settings = row or ("ru", "UTC", "{}")
        policy = make_policy(locale, zone, read_bridge(settings))
        self._known[tx.tenant_id] = (now, policy)
        return policy

    def known(self, tenant_id: UUID) -> Policy | None:
        """Return the policy while it is fresh, without I/O."""
        found = self._known.get(tenant_id)
        if found is None or self._clock.monotonic() - found[0] >= FRESH_SECONDS:
            return None
        return found[1]

    def forget(self, tenant_id: UUID) -> None:
        """Drop the cached policy after a change."""
        self._known.pop(tenant_id, None)


def by_place(step: int, count: int) -> Callee:
    """Return who is called at a rung where nobody said who: one of `count`, from 1."""
    if step == count > 1:
        return Callee.OWNER
    return Callee.ASSIGNEE if step == 1 else Callee.GROUP


def read_bridge(settings: str) -> BridgeSettings:
    """Return what a tenant's settings say; what cannot be read is as if never set."""
    try:
        return msgspec.json.decode(settings, type=_Settings, strict=False).bridge
    except msgspec.DecodeError:
        return BridgeSettings()


def make_policy(locale: str, zone: str, bridge: BridgeSettings) -> Policy:
    """Return the rules in force under these settings: bad ones must not stop messages."""
    steps = tuple(sorted(minutes for minutes in bridge.ladder if minutes > 0)) or LADDER
    return Policy(
        locale,
        zone,
        parse_calendar(zone, bridge.hours),
        steps,
        bridge.away_text if bridge.is_away_on else "",
        _calls(bridge.calls, len(steps)),
        max(bridge.target_minutes, 0),
    )


def _calls(names: tuple[str, ...], count: int) -> tuple[Callee, ...]:
    if len(names) != count or not set(names) <= set(Callee):
        return ()
    return tuple(Callee(name) for name in names)
