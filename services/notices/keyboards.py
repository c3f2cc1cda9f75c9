"""Buttons under notices: the act, the way to the thing, and quiet for a while. Pure.

Data is `n:<verb>:<id>[:<unix seconds>]` and proves nothing: whoever presses is asked for the right
to do so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.connectors.messages import Button, Keyboard
from services.kit.i18n import t
from services.notices import rules
from services.notices.models import Kind
from services.notices.words import Fact

ACTS: Mapping[str, tuple[str, str]] = {
    "channel_auth_lost": ("keys", "button.rekey"),
    "unanswered": ("take", "notices.button.take"),
    "parked_notices": ("retell", "notices.button.retell"),
}
"""What a person can do about it at once: the verb, and the label's key."""
OPENS: Mapping[str, str] = {
    "unanswered": "notices.button.topic",
    "parked_deliveries": "notices.button.topic",
    "outcome_unknown": "notices.button.topic",
    "workspace_unreachable": "notices.button.group",
}


@dataclass(frozen=True, slots=True)
class Told:
    """Whose copy it is, and what its buttons need. `until`: when "quiet" would end; `page`: the
    address in the cabinet, "" for who has no seat there.
    """

    copy_id: UUID
    locale: str
    zone: str
    url: str
    until: datetime
    page: str = ""


def buttons_of(fact: Fact, told: Told) -> Keyboard:
    """Return the keyboard: the act alone in its row, then the link and the quiet, then the way
    into the cabinet.
    """
    cabinet = ((_cabinet(told),),) if told.page else ()
    if fact.kind == Kind.CLEAR:
        return (*(((_link(fact, told),),) if told.url else ()), *cabinet)
    rows: list[tuple[Button, ...]] = []
    act = ACTS.get(fact.rule)
    if act is not None:
        label = t(told.locale, act[1])
        rows.append((Button(text=label, callback=f"n:{act[0]}:{fact.subject}"),))
    rest = (_link(fact, told),) if told.url else ()
    if fact.kind == Kind.ALERT:
        rest = (*rest, quiet(told.copy_id, told.locale, told.until, told.zone))
    return (*rows, rest, *cabinet) if rest else (*rows, *cabinet)


def _link(fact: Fact, told: Told) -> Button:
    key = OPENS.get(fact.rule, "notices.button.open")
    return Button(text=t(told.locale, key), url=told.url)


def _cabinet(told: Told) -> Button:
    return Button(text=t(told.locale, "notices.button.cabinet"), web_app=told.page)


def quiet(copy_id: UUID, locale: str, until: datetime, zone: str) -> Button:
    """Return "quieter until 12:00"."""
    label = t(locale, "notices.button.quiet", time=rules.clock(until, zone))
    return Button(text=label, callback=f"n:quiet:{copy_id}:{int(until.timestamp())}")


def loud(copy_id: UUID, locale: str) -> Button:
    """Return the way back."""
    return Button(text=t(locale, "notices.button.loud"), callback=f"n:loud:{copy_id}")
