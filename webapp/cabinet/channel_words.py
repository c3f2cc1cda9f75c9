"""How a bot or account fares, in words and colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.channels.models import HookState, Status
from services.desk.accounts import Card
from services.kit.errors import AppError
from webapp.cabinet.bots import Group
from webapp.cabinet.connection_words import Banner
from webapp.speech import Speech

CALM = frozenset({"ok", "info"})
LOST = frozenset({HookState.LOST, HookState.RESET})


@dataclass(frozen=True, slots=True)
class State:
    """One word for a whole channel."""

    tone: str
    key: str


def state(card: Card) -> State:
    """Return the worst that is true of a channel."""
    info = card.info
    states = {found.state for found in info.checks}
    if info.status == Status.SUSPENDED:
        return State("bad", "web.channel.suspended")
    if "bad" in states:
        return State("bad", "web.channel.bad")
    if info.hook_state in LOST or "warn" in states or card.stuck:
        return State("warn", "web.channel.warn")
    if info.checked_at is None:
        return State("info", "web.channel.unchecked")
    return State("ok", "web.channel.ok")


def unready(s: Speech, groups: Sequence[Group]) -> Banner | None:
    """Return that a bot may not work in one of its groups, if so."""
    for group in groups:
        if group.tone == "bad":
            title = s.t("first.group_rights", name=group.title)
            return Banner("warn", title, s.t("first.group_rights_text"))
    return None


def news(s: Speech, said: str, kind: str, truth: Banner, listings: str = "") -> Banner:
    """Return what was just done here, unless there is trouble to tell. `listings`: how many were
    found, as the address says.
    """
    if truth.tone not in CALM:
        return truth
    match said:
        case "new":
            text = s.t(f"web.channel.connected_text.{kind}")
            if listings.isdecimal() and len(listings) < 7:
                text = f"{s.n('first.listings', int(listings))} {text}"
            act = "invite" if kind == "bots" else ""
            return Banner("ok", s.t("web.channel.connected"), text, act)
        case "renewed" | "renewed_later":
            return Banner("ok", s.t("conn.banner.renewed"), s.t(f"conn.banner.{said}_text"))
        case _:
            return truth


def refusal(s: Speech, error: AppError, provider: str) -> list[str]:
    """Return why keys were not kept, line by line, naming the field as the form does."""
    field = str(error.params.get("field", ""))
    label = s.t(f"credentials.{provider}.{field}")
    return s.t(error.key, **{**error.params, "field": label}).split("\n")


def facts(s: Speech, card: Card) -> tuple[tuple[str, str], ...]:
    """Return the figures of the moment, name by name."""
    info, source = card.info, card.source
    found = [
        ("web.channel.last_event", s.when(info.last_event_at) if info.last_event_at else "–"),
        ("web.channel.queued", s.number(card.queued)),
        ("web.channel.stuck", s.number(card.stuck)),
    ]
    if source is not None:
        polled = s.when(source.last_success_at) if source.last_success_at else "–"
        found += [
            ("web.channel.polled", polled),
            ("web.channel.lag", s.span(source.lag_seconds)),
            ("web.channel.misses", s.number(source.misses)),
        ]
    return tuple((s.t(key), value) for key, value in found)
