"""When a job is tried again, and what its outcome says. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from services.channels.jobs import Said, Words
from services.channels.ports import Connected
from services.connectors.base import Check
from services.connectors.messages import Button
from services.kit.errors import AppError

MAX_TRIES = 5
BACKOFF_SECONDS = (2.0, 8.0, 20.0, 40.0)
MARKS = {"ok": "✅", "warn": "⚠️", "bad": "❌", "idle": "➖", "unknown": "❔"}
GROUP_RIGHTS = "manage_topics+pin_messages+delete_messages"


def pause(tries: int) -> float:
    """Return the seconds before the next try."""
    return BACKOFF_SECONDS[min(max(tries, 1), len(BACKOFF_SECONDS)) - 1]


def is_last(tries: int) -> bool:
    """Say whether this try was the last."""
    return tries >= MAX_TRIES


def check_lines(words: Words, locale: str, checks: Sequence[Check]) -> str:
    """Return one line per check: its mark, its name, what it means."""
    return "\n".join(_line(words, locale, check) for check in checks)


def _line(words: Words, locale: str, check: Check) -> str:
    name = words.t(locale, f"channels.check.{check.name}")
    mark = MARKS.get(check.state, "❔")
    if not check.key or check.state == "ok":
        return f"{mark} {name}"
    meaning = words.t(locale, check.key, **dict(check.params))
    return f"{mark} {name}: {meaning}" if meaning != check.key else f"{mark} {name}"


def bot_added(words: Words, locale: str, made: Connected) -> Said:
    """Return what is said of a bot just connected."""
    channel = made.channel
    hook = "hook_ok" if made.hook_is_set else "hook_later"
    text = words.t(
        locale,
        "channels.job.bot_added",
        name=channel.title or channel.name,
        username=channel.username,
        hook=words.t(locale, f"channels.job.{hook}"),
    )
    if made.is_pictured:
        text = f"{text}\n{words.t(locale, 'channels.job.picture')}"
    link = group_link(channel.username)
    button = Button(text=words.t(locale, "channels.job.add_to_group"), url=link)
    return Said(text, ((button,),) if channel.username else ())


def group_link(username: str) -> str:
    """Return the link that adds a bot to a group with the rights it needs ticked already."""
    return f"https://t.me/{username}?startgroup=vishenka&admin={GROUP_RIGHTS}"


def connected(words: Words, locale: str, made: Connected, checks: Sequence[Check]) -> Said:
    """Return what is said of an account just connected."""
    channel = made.channel
    head = words.t(
        locale,
        "channels.job.connected" if made.is_new else "channels.job.reconnected",
        name=channel.title or channel.name,
        listings=made.identity.extra.get("listings", "—"),
    )
    parts = [head, check_lines(words, locale, checks)]
    if made.is_shared:
        parts.append(words.t(locale, "channels.job.shared"))
    return Said("\n".join(part for part in parts if part))


def checked(words: Words, locale: str, key: str, checks: Sequence[Check], name: str = "") -> Said:
    """Return the result of a look: good or not in the first line, then the lines."""
    well = all(check.state in {"ok", "idle"} for check in checks)
    head = words.t(locale, f"{key}.well" if well else f"{key}.trouble", name=name)
    return Said(f"{head}\n{check_lines(words, locale, checks)}")


def refused(words: Words, locale: str, error: AppError) -> Said:
    """Return an expected refusal in words."""
    return Said(words.t(locale, error.key, **error.params))
