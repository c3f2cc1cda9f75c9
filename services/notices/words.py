"""Notices in people's words: the fact in bold, then why and what is safe, then what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.connectors.messages import Entity, Text
from services.kit.i18n import t
from services.notices.models import Kind
from services.notices.rules import zone_of

SUPPORT_CODE = 8


@dataclass(frozen=True, slots=True)
class Fact:
    """What a text is made of."""

    kind: str
    rule: str
    subject: str
    params: Mapping[str, object]
    opened_at: datetime | None
    closed_at: datetime | None
    trace: str = ""


def text_of(fact: Fact, locale: str, zone: str) -> Text:
    """Return the message for a person's language and clock."""
    params = _params(fact, locale)
    if fact.kind == Kind.CLEAR:
        head, lines = _clear(fact, locale, params)
    else:
        head, lines = _alert(fact, locale, zone, params)
    body = "\n".join(line for line in lines if line)
    # Entities count code points here; the connector translates.
    bold = Entity(kind="bold", offset=head.index(" ") + 1, length=len(head) - head.index(" ") - 1)
    return Text(text=f"{head}\n{body}".strip(), entities=(bold,))


def _alert(
    fact: Fact, locale: str, zone: str, params: Mapping[str, object]
) -> tuple[str, list[str]]:
    mark = "⚠️" if fact.kind == Kind.ALERT else "ℹ️"
    lines = [_known(locale, f"notices.{fact.rule}.body", params)]
    if fact.kind == Kind.ALERT and fact.opened_at is not None:
        lines.append(t(locale, "notices.since", time=_clock(fact.opened_at, zone)))
    if fact.trace:
        lines.append(t(locale, "notices.code", code=fact.trace[:SUPPORT_CODE]))
    head = _known(locale, f"notices.{fact.rule}.head", params) or t(locale, "notices.other.head")
    return f"{mark} {head}", lines


def _clear(fact: Fact, locale: str, params: Mapping[str, object]) -> tuple[str, list[str]]:
    head = _known(locale, f"notices.{fact.rule}.clear", params) or t(locale, "notices.clear.head")
    lines = []
    if fact.opened_at is not None and fact.closed_at is not None:
        seconds = (fact.closed_at - fact.opened_at).total_seconds()
        lines.append(t(locale, "notices.clear.lasted", duration=duration(seconds, locale)))
    caught_up = str(params.get("parked", "0"))
    if caught_up.isdigit() and int(caught_up) > 0:
        lines.append(t(locale, "notices.clear.caught_up", count=caught_up))
    return f"✅ {head}", lines


def duration(seconds: float, locale: str) -> str:
    """Return "1 ч 21 мин", "5 мин", "меньше минуты"."""
    hours, minutes = divmod(int(seconds) // 60, 60)
    if hours:
        return t(locale, "notices.duration.hours", hours=hours, minutes=minutes)
    key = "notices.duration.minutes" if minutes else "notices.duration.moment"
    return t(locale, key, minutes=minutes)


def _params(fact: Fact, locale: str) -> dict[str, object]:
    params: dict[str, object] = {"fault": "nobody", "minutes": 1, "waiting": 0, **fact.params}
    params["where"] = _known(locale, f"notices.where.{fact.subject}", {}) or fact.subject
    if "fault" in params:
        params["fault"] = t(locale, f"notices.fault.{params['fault']}")
    minutes = params.get("minutes")
    if isinstance(minutes, int | float):  # news of features bring their own words here
        params["ago"] = duration(minutes * 60, locale)
    return params


def _known(locale: str, key: str, params: Mapping[str, object]) -> str:
    found = t(locale, key, **params)
    return "" if found == key else found


def _clock(moment: datetime, zone: str) -> str:
    return moment.astimezone(zone_of(zone)).strftime("%H:%M")
