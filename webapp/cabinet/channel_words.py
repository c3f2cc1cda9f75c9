"""How a bot or account fares, in words and colours."""

from __future__ import annotations

from dataclasses import dataclass

from services.channels.models import HookState, Status
from services.connectors.values import Check
from services.desk.accounts import Card
from webapp.speech import Speech

TONES = {"unknown": "unk"}
SIGNS = {"token": "key", "webhook": "hook", "messenger": "chat", "orders": "box"}
LOST = frozenset({HookState.LOST, HookState.RESET})


@dataclass(frozen=True, slots=True)
class State:
    """One word for a whole channel."""

    tone: str
    key: str


@dataclass(frozen=True, slots=True)
class Line:
    """One capability: what is asked, the answer, in which tone."""

    name: str
    text: str
    tone: str
    sign: str


@dataclass(frozen=True, slots=True)
class Look:
    """A channel's page in words."""

    state: State
    lines: tuple[Line, ...]
    facts: tuple[tuple[str, str], ...]


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


def shown(s: Speech, card: Card) -> Look:
    """Return everything the page says."""
    return Look(state(card), tuple(_line(s, found) for found in card.info.checks), _facts(s, card))


def _line(s: Speech, found: Check) -> Line:
    name = s.t(f"channels.check.{found.name}")
    text = s.t(found.key, **found.params) if found.key else ""
    tone = TONES.get(found.state, found.state)
    return Line(name[:1].upper() + name[1:], text, tone, SIGNS.get(found.name, "info"))


def _facts(s: Speech, card: Card) -> tuple[tuple[str, str], ...]:
    info, source = card.info, card.source
    facts = [
        ("web.channel.last_event", s.when(info.last_event_at) if info.last_event_at else "–"),
        ("web.channel.queued", s.number(card.queued)),
        ("web.channel.stuck", s.number(card.stuck)),
    ]
    if source is not None:
        polled = s.when(source.last_success_at) if source.last_success_at else "–"
        facts += [
            ("web.channel.polled", polled),
            ("web.channel.lag", s.span(source.lag_seconds)),
            ("web.channel.misses", s.number(source.misses)),
        ]
    return tuple((s.t(key), value) for key, value in facts)
