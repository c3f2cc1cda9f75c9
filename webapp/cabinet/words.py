"""Words that several pages say alike: providers, kinds of messages, reasons, marks."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.speech import Speech, apart

MAX_FIRST = 16
TONES = {
    "overdue": "bad",
    "soon": "warn",
    "answered": "info",
    "away": "idle",
    "snoozed": "idle",
    "closed": "ok",
    "blocked": "idle",
}
SIGNS = {"snoozed": "moon", "blocked": "lock", "closed": "check"}
MARKS = {
    "queued": "queued",
    "sent": "sent",
    "delivered": "sent",
    "read": "read",
    "unknown": "unknown",
    "failed": "failed",
    "bounced": "failed",
    "dropped": "skipped",
}


def provider(s: Speech, name: str) -> str:
    """Return what people call a provider."""
    key = f"provider.{name}"
    found = s.t(key)
    return name.title() if found == key else found


def answering(s: Speech, names: Sequence[str]) -> str:
    """Return who writes an answer at this moment, by first name: the verb must stay in sight."""
    name, more = apart(_first(names[0])), len(names) - 1
    if more:
        return s.n("dialogs.answering.more", more, name=name)
    return s.t("dialogs.answering", name=name)


def _first(name: str) -> str:
    word = name.split(maxsplit=1)[0] if name.strip() else name
    return word if len(word) <= MAX_FIRST else f"{word[: MAX_FIRST - 1]}…"


def badge(name: str) -> str:
    """Return the letter a provider has on an avatar."""
    return name[:1].upper()


def said(s: Speech, text: str, kind: str) -> str:
    """Return a message in one line: its text, else what it is."""
    if text:
        return " ".join(text.split())
    return s.t(f"bridge.media.{kind}") if kind and kind != "text" else ""


def reason(s: Speech, code: str, channel: str) -> str:
    """Return in plain words why something did not get through."""
    key = f"bridge.reason.{code or 'internal'}"
    found = s.t(key, channel=channel)
    return s.t("bridge.reason.internal", channel=channel) if found == key else found


def stuck_reason(s: Speech, reason: str, state: str) -> str:
    """Return why messages of a heap wait, without naming the channel; an unforeseen reason says
    that we look.
    """
    key = "web.reason.unknown" if state == "unknown" else f"web.reason.{reason}"
    found = s.t(key)
    return s.t("web.reason.other") if found == key else found
