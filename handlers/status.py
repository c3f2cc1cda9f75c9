"""How accounts and groups look in a list: icon, name, state in words."""

from __future__ import annotations

from html import escape

import msgspec

from handlers.talk import at
from handlers.words import Words
from services.channels import job_rules
from services.connectors.base import Check
from services.kit import i18n
from services.kit.db import Record
from services.tenants.overview import ChannelLine, Failures, Stats, Trouble

REASONS = ("kicked", "no_rights", "chat_not_found")
ICONS = {"active": "✅", "suspended": "❌"}


def line(words: Words, channel: ChannelLine) -> str:
    """Return an account in one line."""
    name = f"@{channel.username}" if channel.username else channel.shown_name
    icon = "⚠️" if _is_unwell(channel) else ICONS.get(channel.status, "❔")
    return f"{icon} {escape(name, quote=False)}: {words(_state_key(channel))}"


def _is_unwell(channel: ChannelLine) -> bool:
    return channel.status == "active" and channel.hook_state == "lost"


def _state_key(channel: ChannelLine) -> str:
    if channel.status == "suspended":
        return f"state.suspended.{'auth' if channel.status_reason == 'auth' else 'other'}"
    return "state.hook_lost" if _is_unwell(channel) else "state.active"


def failed(words: Words, found: Failures | None, zone: str | None) -> list[str]:
    """Return how many calls of an account failed within a day, and why the last one did."""
    if found is None:
        return []
    key = f"web.reason.{found.code}"
    why = words.plain(key)
    why = words.plain("web.reason.other") if why == key else why
    status = f" ({found.status})" if found.status else ""
    said = f"{why[:1].lower()}{why[1:]}{status}"
    return [words.many("health.errors", found.count, time=at(found.last_at, zone), why=said)]


def card(
    words: Words, channel: ChannelLine, zone: str | None, failures: Failures | None = None
) -> str:
    """Return everything about an account: its state, what failed within a day, what the last
    check found, when it was last heard.
    """
    parts = [f"<b>{escape(channel.shown_name, quote=False)}</b>", line(words, channel)]
    parts += failed(words, failures, zone)
    found = checks(words, channel.checks)
    if found:
        parts.append(found)
    for key, moment in (
        ("state.checked_at", channel.checked_at),
        ("state.heard_at", channel.last_event_at),
        ("state.sent_at", channel.last_success_at),
    ):
        if moment is not None:
            parts.append(words(key, time=at(moment, zone), date=f"{moment:%d.%m}"))
    return "\n".join(parts)


def checks(words: Words, encoded: str) -> str:
    """Return a stored check list, a line each."""
    found = msgspec.json.decode(encoded, type=tuple[Check, ...])
    return escape(job_rules.check_lines(i18n, words.locale, found), quote=False)


def trouble(words: Words, found: Trouble) -> str:
    """Return what did not get through, or that everything did."""
    if not (found.parked or found.unknown or found.events):
        return words("health.clean", waiting=found.waiting)
    return words(
        "health.trouble",
        parked=found.parked,
        unknown=found.unknown,
        events=found.events,
        waiting=found.waiting,
    )


def lost(words: Words, group: Record) -> str:
    """Return why a group cannot be reached, how many messages wait for it, and what to do."""
    reason = str(group["state_reason"])
    why = words.plain(f"health.lost.{reason if reason in REASONS else 'other'}")
    name = group["title"] or group["name"]
    return words.many("health.lost", int(group["waiting"]), name=name, why=why)


def stats(words: Words, found: Stats) -> str:
    """Return today's work in words."""
    return words(
        "stats.today",
        waiting=found.waiting,
        fresh=found.fresh,
        received=found.received,
        answered=found.answered,
    )
