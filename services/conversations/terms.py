"""Hours and terms of a business: when it works, what is said outside, who is called and when.

The one place that writes `tenant.settings["bridge"]` and the tenant's zone: chat, cabinet and API
call it with values (texts are read by `timetable` and `read_rungs`), an owner's Actor, and get an
audit row of field names. Every process follows within `policy.FRESH_SECONDS`; what waits is
looked at anew by the new terms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import pairwise
from uuid import UUID

import orjson

from services.audit.service import Audit, Object
from services.conversations.hours import DAYS, parse_calendar
from services.conversations.policy import (
    FRESH_SECONDS,
    Callee,
    Policies,
    by_place,
    make_policy,
    read_bridge,
)
from services.conversations.timetable import STEM, Week
from services.kit.clock import Clock
from services.kit.db import Tx
from services.kit.errors import InvalidInput, NotFound
from services.kit.i18n import locales, t
from services.tenants.actor import Actor, Role
from services.tenants.service import check_zone

MAX_AWAY = 1000
"""One message of the strictest marketplace."""
MAX_RUNGS = 5
MOST_MINUTES = 7 * 24 * 60

READ = "SELECT name, locale, zone, settings FROM tenant WHERE id = $1"
LOCK = "SELECT settings FROM tenant WHERE id = $1 FOR NO KEY UPDATE"
WRITE = """
UPDATE tenant SET updated_at = now(), row_version = row_version + 1, settings = jsonb_set(settings,
    '{bridge}', CASE jsonb_typeof(settings -> 'bridge') WHEN 'object' THEN settings -> 'bridge'
    ELSE '{}' END || $2::jsonb)
WHERE id = $1
"""
WRITE_ZONE = """
UPDATE tenant SET zone = $2, updated_at = now(), row_version = row_version + 1 WHERE id = $1
"""
LOOK_ANEW = """
UPDATE conversation SET next_check_at = $2
WHERE tenant_id = $1 AND state = 'waiting' AND waiting_since IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Rung:
    """After so many working minutes of waiting, this one is called."""

    minutes: int
    callee: Callee


@dataclass(frozen=True, slots=True)
class TermsView:
    """The terms in force. `is_target_own`: the target was set, it is not the second rung's."""

    business: str
    locale: str
    zone: str
    week: Week
    closed_on: tuple[date, ...]
    rungs: tuple[Rung, ...]
    target_minutes: int
    is_target_own: bool
    away_text: str
    is_away_on: bool


class Terms:
    """Reads and changes the terms of the transaction's tenant; every change is an owner's."""

    def __init__(self, audit: Audit, policies: Policies, *, clock: Clock) -> None:
        self._audit = audit
        self._policies = policies
        self._clock = clock

    async def read(self, tx: Tx) -> TermsView:
        """Return the terms. Raises NotFound."""
        row = await tx.row(READ, tx.tenant_id)
        if row is None:
            raise NotFound("error.not_found")
        bridge = read_bridge(row["settings"])
        policy = make_policy(row["locale"], row["zone"], bridge)
        calendar = policy.calendar
        rungs = (Rung(m, policy.callee(step)) for step, m in enumerate(policy.ladder, 1))
        return TermsView(
            business=row["name"],
            locale=row["locale"],
            zone=row["zone"],
            week=calendar.week,
            closed_on=tuple(sorted(calendar.closed_on)),
            rungs=tuple(rungs),
            target_minutes=policy.target_minutes,
            is_target_own=policy.target > 0,
            away_text=bridge.away_text,
            is_away_on=bridge.is_away_on and bool(bridge.away_text),
        )

    async def set_hours(self, tx: Tx, actor: Actor, week: Week) -> None:
        """Set the working week; closed dates stay. Raises InvalidInput, Forbidden."""
        _check_week(week)
        hours = {
            day: [_pair(span) for span in spans] for day, spans in zip(DAYS, week, strict=True)
        }
        await self._change_hours(tx, actor, hours)

    async def set_closed(self, tx: Tx, actor: Actor, days: Sequence[date]) -> None:
        """Set the dates on which nobody works; none: only the week counts."""
        await self._change_hours(tx, actor, {"closed": sorted({day.isoformat() for day in days})})

    async def set_away(self, tx: Tx, actor: Actor, text: str) -> None:
        """Set what a person hears outside hours, and say it. Raises InvalidInput, Forbidden."""
        said = text.strip()
        if not said or len(said) > MAX_AWAY:
            raise InvalidInput("terms.away_length", field="away_text", most=MAX_AWAY)
        await self._change(tx, actor, {"away_text": said, "is_away_on": True})

    async def switch_away(self, tx: Tx, actor: Actor, *, on: bool) -> None:
        """Say the text outside hours, or keep quiet; the text is kept."""
        await self._change(tx, actor, {"is_away_on": on})

    async def set_ladder(self, tx: Tx, actor: Actor, rungs: Sequence[Rung]) -> None:
        """Set after how many working minutes who is called. Raises InvalidInput, Forbidden."""
        minutes = [rung.minutes for rung in rungs]
        if not 1 <= len(rungs) <= MAX_RUNGS:
            raise InvalidInput("terms.rungs_count", field="ladder", most=MAX_RUNGS)
        if not 0 < minutes[0] <= minutes[-1] <= MOST_MINUTES or minutes != sorted(set(minutes)):
            raise InvalidInput("terms.rungs_order", field="ladder", most=MOST_MINUTES)
        calls = [str(rung.callee) for rung in rungs]
        await self._change(tx, actor, {"ladder": minutes, "calls": calls})

    async def set_target(self, tx: Tx, actor: Actor, minutes: int | None) -> None:
        """Set within how many working minutes people are answered; None: the second rung."""
        if minutes is not None and not 0 < minutes <= MOST_MINUTES:
            raise InvalidInput("terms.target_range", field="target_minutes", most=MOST_MINUTES)
        await self._change(tx, actor, {"target_minutes": minutes or 0})

    async def set_zone(self, tx: Tx, actor: Actor, zone: str) -> None:
        """Set the zone of the hours. Raises InvalidInput, Forbidden."""
        check_zone(zone)
        tenant_id = _owned(tx, actor)
        await tx.execute(WRITE_ZONE, tenant_id, zone)
        await self._note(tx, actor, tenant_id, {"zone": zone})

    # ---- writing ----------------------------------------------------------------------------

    async def _change_hours(self, tx: Tx, actor: Actor, part: Mapping[str, object]) -> None:
        tenant_id = _owned(tx, actor)
        bridge = read_bridge(await tx.value(LOCK, tenant_id) or "{}")
        # a week nobody set is always open, and must say so once there are closed dates
        kept = bridge.hours or {day: [["00:00", "24:00"]] for day in DAYS}
        await self._change(tx, actor, {"hours": {**kept, **part}})

    async def _change(self, tx: Tx, actor: Actor, fields: Mapping[str, object]) -> None:
        tenant_id = _owned(tx, actor)
        await tx.execute(WRITE, tenant_id, orjson.dumps(fields).decode())
        await self._note(tx, actor, tenant_id, dict.fromkeys(fields))

    async def _note(
        self, tx: Tx, actor: Actor, tenant_id: UUID, fields: Mapping[str, str | None]
    ) -> None:
        await self._audit.record(tx, actor, "terms.change", Object("tenant", tenant_id), fields)
        # not before every process has forgotten the old terms
        look = self._clock.now() + timedelta(seconds=FRESH_SECONDS)
        await tx.execute(LOOK_ANEW, tenant_id, look)
        tx.after_commit(lambda: self._policies.forget(tenant_id))


def _owned(tx: Tx, actor: Actor) -> UUID:
    if tx.tenant_id is None or actor.tenant_id != tx.tenant_id:
        raise NotFound("error.not_found")
    actor.need(Role.OWNER)
    return tx.tenant_id


def _check_week(week: Week) -> None:
    """Refuse a week that reads differently from what was meant."""
    if len(week) != len(DAYS) or not any(week):
        raise InvalidInput("hours.never", field="hours")
    stored = {d: [_pair(span) for span in spans] for d, spans in zip(DAYS, week, strict=True)}
    for day, meant, read in zip(DAYS, week, parse_calendar("UTC", stored).week, strict=True):
        is_apart = all(a[1] != time(0) and a[1] <= b[0] for a, b in pairwise(read))
        if tuple(meant) != read or not is_apart:
            raise InvalidInput("hours.overlap", field="hours", day=day)


def _pair(span: tuple[time, time]) -> list[str]:
    start, end = span
    return [f"{start:%H:%M}", "24:00" if end == time(0) else f"{end:%H:%M}"]


# ---- rungs as people write them -----------------------------------------------------------------


def read_rungs(text: str) -> tuple[Rung, ...]:
    """Return the ladder a text means: "10 20 30", "10 assignee, 30 owner". Names for all or none.

    Raises InvalidInput: terms.rungs_unreadable(part), terms.rungs_names.
    """
    minutes: list[int] = []
    names: list[Callee] = []
    for word in re.findall(r"[^\s,;:.()-]+", text.lower()):
        if word.isdecimal():
            minutes.append(int(word[:9]))
        elif (callee := _callee(word)) is not None:
            names.append(callee)
            if len(names) != len(minutes):
                raise InvalidInput("terms.rungs_names", field="ladder")
    if not minutes:
        raise InvalidInput("terms.rungs_unreadable", field="ladder", part=text.strip()[:40])
    if names and len(names) != len(minutes):
        raise InvalidInput("terms.rungs_names", field="ladder")
    count = len(minutes)
    callees = names or [by_place(step, count) for step in range(1, count + 1)]
    return tuple(Rung(*pair) for pair in zip(minutes, callees, strict=True))


def _callee(word: str) -> Callee | None:
    """Return whom a word names, None for a word that says nothing."""
    for locale in locales():
        for callee in Callee:
            if _is_among(word, t(locale, f"terms.words.{callee}")):
                return callee
        if _is_among(word, t(locale, "terms.words.skip")):
            return None
    raise InvalidInput("terms.rungs_unreadable", field="ladder", part=word[:40])


def _is_among(word: str, stems: str) -> bool:
    return any(
        word == stem or (len(stem) >= STEM and word.startswith(stem)) for stem in stems.split()
    )


def read_minutes(text: str) -> int:
    """Return a number of minutes: "20", "20 min". Raises InvalidInput: terms.target_unreadable."""
    found = re.fullmatch(r"\s*(\d{1,6})\s*([^\W\d_]*)\.?\s*", text.lower())
    if found is None or (found[2] and not _says_nothing(found[2])):
        raise InvalidInput("terms.target_unreadable", field="target_minutes")
    return int(found[1])


def _says_nothing(word: str) -> bool:
    return any(_is_among(word, t(locale, "terms.words.skip")) for locale in locales())
