"""What a bot's or an account's page says: the worst truth first, then line by line what works.

A line is one capability: the key, the webhook, reading the history, answers on their way. Each has
a name, what is known, a tone and one word; what the provider was asked comes from the checks, the
rest from our own rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.channels.models import HookState, Status
from services.connectors.values import Check
from services.desk.accounts import Card
from services.polling.models import SourceState
from webapp.cabinet import words
from webapp.speech import Speech

TONES = {"unknown": "unk"}
SIGNS = {
    "token": "key",
    "webhook": "hook",
    "poll": "retry",
    "messenger": "chat",
    "answers": "send",
    "orders": "box",
    "pending": "inbox",
    "last_error": "warn",
}
ORDER = ("token", "webhook", "poll", "messenger", "answers", "pending", "last_error", "orders")
HOOKS = {
    HookState.UNSET: "info",
    HookState.ASSUMED: "info",
    HookState.SET: "ok",
    HookState.NONE: "idle",
    HookState.RESET: "warn",
    HookState.LOST: "bad",
}
BEHIND_SECONDS = 120.0
"""Reading later than this is worth a word."""


@dataclass(frozen=True, slots=True)
class Banner:
    """The truth about the whole page. `act`: what helps (`keys`, `check`, `undelivered`,
    `invite`).
    """

    tone: str
    title: str
    text: str
    act: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One capability."""

    name: str
    title: str
    text: str
    tone: str
    sign: str
    chip: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the list beside its name: what went wrong or came last, and how its webhook is."""

    text: str
    hook: str
    tone: str


def banner(s: Speech, card: Card) -> Banner:
    """Return the worst that is true."""
    info, states = card.info, {one.state: one for one in reversed(card.info.checks)}
    refused = next((one for one in info.checks if one.name == "token"), None)
    if info.status == Status.SUSPENDED or (refused and refused.state == "bad"):
        return _no_key(s, card)
    if card.source is not None and card.source.is_open:
        return _away(s, card.source)
    if info.hook_state == HookState.LOST:
        text = s.t(f"conn.banner.hook.{'bots' if _is_bot(card) else 'accounts'}")
        return Banner("warn", s.t("conn.banner.hook"), text, "check")
    if "bad" in states:
        return Banner("bad", s.t("conn.banner.trouble"), meaning(s, states["bad"]), "check")
    if card.stuck:
        title = s.n("conn.banner.stuck", card.stuck)
        return Banner("warn", title, s.t("conn.banner.stuck_text"), "undelivered")
    if "warn" in states:
        return Banner("warn", s.t("conn.banner.trouble"), meaning(s, states["warn"]), "check")
    if info.checked_at is None:
        return Banner("info", s.t("conn.banner.checking"), s.t("conn.banner.checking_text"))
    return Banner("ok", s.t("conn.banner.well"), _well(s, card))


def lines(s: Speech, card: Card) -> list[Line]:
    """Return what works and what does not, in the order people look for it."""
    found = {one.name: _asked(s, one) for one in card.info.checks}
    if card.source is not None:
        found["poll"] = _poll(s, card.source)
    found["answers"] = _answers(s, card)
    last = len(ORDER)
    known = {name: number for number, name in enumerate(ORDER)}
    return sorted(found.values(), key=lambda line: known.get(line.name, last))


def row(s: Speech, card: Card) -> Row:
    """Return what the list says of one."""
    info = card.info
    text = s.t("conn.row.no_event")
    if info.last_event_at is not None:
        text = s.t("conn.row.event", time=s.when(info.last_event_at))
    if card.error_code and card.error_at is not None:
        reason = words.stuck_reason(s, card.error_code, "")
        text = s.t("conn.row.trouble", time=s.when(card.error_at), reason=reason)
    return Row(text, s.t(f"conn.hook.{info.hook_state}"), HOOKS[HookState(info.hook_state)])


def meaning(s: Speech, check: Check) -> str:
    """Return what a line of a check list means, from a capital letter; "" without words."""
    if not check.key:
        return ""
    text = s.t(check.key, **check.params)
    return "" if text == check.key else text[:1].upper() + text[1:]


def proof(s: Speech, checks: tuple[Check, ...]) -> list[Mapping[str, str]]:
    """Return the rows of a self-test for the check list."""
    return [
        {"name": title(s, one.name), "tone": tone(one), "note": _note(s, one)} for one in checks
    ]


def title(s: Speech, name: str) -> str:
    """Return what people call a capability."""
    key = f"conn.line.{name}"
    found = s.t(key)
    if found == key:
        found = s.t(f"channels.check.{name}")
    return found[:1].upper() + found[1:]


def tone(check: Check) -> str:
    """Return the colour of a check."""
    return TONES.get(check.state, check.state)


def call(s: Speech, endpoint: str) -> str:
    """Return in plain words what failed, by the name of the call."""
    key = f"conn.call.{endpoint}"
    found = s.t(key)
    return s.t("conn.call.other") if found == key else found


def _note(s: Speech, check: Check) -> str:
    return "" if check.state == "ok" else meaning(s, check)


def _asked(s: Speech, check: Check) -> Line:
    return _line(s, check.name, meaning(s, check), tone(check))


def _line(s: Speech, name: str, text: str, shade: str, called: str = "") -> Line:
    own = f"conn.chip.{name}.{shade}"
    chip = s.t(own)
    if chip == own:
        chip = s.t(f"conn.chip.{shade}")
    return Line(name, called or title(s, name), text, shade, SIGNS.get(name, "info"), chip)


def _poll(s: Speech, source: SourceState) -> Line:
    last = source.last_success_at
    if source.is_open:
        reason = words.stuck_reason(s, source.last_code, "")
        since = s.t("conn.poll.since", time=s.when(last)) if last else s.t("conn.poll.never")
        return _line(s, "poll", f"{reason}. {since}", "bad")
    if last is None:
        return _line(s, "poll", s.t("conn.poll.never"), "info")
    if source.lag_seconds > BEHIND_SECONDS:
        return _line(s, "poll", s.t("conn.poll.behind", span=s.span(source.lag_seconds)), "warn")
    text = s.t("conn.poll.ok", span=s.ago(last))
    missed = f" {s.n('conn.poll.misses', source.misses)}" if source.misses else ""
    return _line(s, "poll", text + missed, "ok")


def _answers(s: Speech, card: Card) -> Line:
    called = s.t("conn.line.answers.bots") if _is_bot(card) else ""
    queued = s.n("conn.answers.queued", card.queued) if card.queued else ""
    if card.info.status == Status.SUSPENDED:
        text = queued or s.t("conn.answers.none")
        return _line(s, "answers", f"{text}. {s.t('conn.answers.key')}", "bad", called)
    if card.stuck:
        stuck = s.n("conn.answers.stuck", card.stuck)
        text = f"{stuck} · {queued}" if queued else stuck
        return _line(s, "answers", text, "warn", called)
    return _line(s, "answers", queued or s.t("conn.answers.none"), "ok", called)


def _no_key(s: Speech, card: Card) -> Banner:
    where = words.provider(s, card.info.provider)
    parts = []
    if card.info.last_success_at is not None:
        parts.append(s.t("conn.banner.key_since", time=s.when(card.info.last_success_at)))
    parts.append(s.n("conn.banner.key_queued", card.queued) if card.queued else "")
    parts.append(s.t("conn.banner.key_text"))
    text = " ".join(part for part in parts if part)
    return Banner("bad", s.t("conn.banner.key", channel=where), text, "keys")


def _away(s: Speech, source: SourceState) -> Banner:
    text = s.t("conn.banner.away_text")
    if source.last_success_at is not None:
        text = f"{s.t('conn.poll.since', time=s.when(source.last_success_at))} {text}"
    return Banner("warn", s.t("conn.banner.away"), text)


def _well(s: Speech, card: Card) -> str:
    seen = card.info.last_event_at
    text = s.t("conn.banner.event", span=s.ago(seen)) if seen else s.t("conn.banner.no_event")
    if card.source is None:
        return text
    misses = card.source.misses
    missed = s.n("conn.poll.misses", misses) if misses else s.t("conn.banner.no_misses")
    return f"{text} {missed}"


def _is_bot(card: Card) -> bool:
    return card.info.kind in {"master", "client"}
