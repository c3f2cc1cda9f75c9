"""What the bridge says in the members' chat: texts of the catalogue, with their formatting and
buttons.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from services.connectors.messages import Button, Entity, Keyboard, Media, MediaKind, Text
from services.conversations.callbacks import data, pack
from services.kit.db import Record
from services.kit.i18n import t, tn

ICONS = {"answered": "🟢", "soon": "🟡", "overdue": "🔴", "snoozed": "🌙", "away": "⚪️"}


def provider_name(locale: str, provider: str) -> str:
    """Return what people call a provider."""
    key = f"provider.{provider}"
    found = t(locale, key)
    return provider.title() if found == key else found


def bold(text: str) -> Text:
    """Return the text in bold."""
    return Text(
        text=text, entities=(Entity(kind="bold", offset=0, length=len(text)),) if text else ()
    )


def headed(head: str, body: str) -> Text:
    """Return the fact in bold, then the rest."""
    text = f"{head} {body}".strip()
    return Text(
        text=text, entities=(Entity(kind="bold", offset=0, length=len(head)),) if head else ()
    )


MAX_MEMBERS = 90


def failed(locale: str, reason: str, channel: str, some: tuple[int, int] | None = None) -> Text:
    """Return why a reply did not arrive, in plain words. `some`: so many parts of so many did."""
    key = f"bridge.reason.{reason or 'internal'}"
    words = t(locale, key, channel=channel)
    if words == key:
        words = t(locale, "bridge.reason.internal", channel=channel)
    head = _head(locale, "bridge.failed.head", some)
    return headed(head, f"{words} {t(locale, 'bridge.failed.order')}")


def bounced(locale: str, reason: str, channel: str) -> Text:
    """Return that a channel took a reply and did not deliver it."""
    body = t(locale, "bridge.bounced.body", channel=channel)
    key = f"bridge.reason.{reason}"
    why = t(locale, key, channel=channel) if reason else key
    return headed(t(locale, "bridge.failed.head"), body if why == key else f"{body} {why}")


def unknown(locale: str, channel: str, some: tuple[int, int] | None = None) -> Text:
    """Return that the outcome of a reply cannot be told."""
    head = _head(locale, "bridge.unknown.head", some)
    return headed(head, t(locale, "bridge.unknown.body", channel=channel))


def _head(locale: str, key: str, some: tuple[int, int] | None) -> str:
    if some is None:
        return t(locale, key)
    return t(locale, "bridge.failed.partly", arrived=some[0], total=some[1])


def failed_buttons(locale: str, message_id: UUID) -> Keyboard:
    """Return Retry and Do not send."""
    return (
        (Button(text=t(locale, "bridge.button.retry"), callback=data("retry", message_id)),),
        (Button(text=t(locale, "bridge.button.drop"), callback=data("drop", message_id)),),
    )


def card_buttons(locale: str, conversation_id: UUID) -> Keyboard:
    """Return the four acts on a conversation."""
    rows = (("take", "assign"), ("snooze", "close"))
    return tuple(
        tuple(
            Button(text=t(locale, f"bridge.button.{verb}"), callback=data(verb, conversation_id))
            for verb in row
        )
        for row in rows
    )


def cabinet_button(locale: str, url: str) -> Keyboard:
    """Return the row that opens the dialog in the cabinet; none without an address."""
    return ((Button(text=t(locale, "bridge.button.cabinet"), url=url),),) if url else ()


def member_buttons(conversation_id: UUID, members: Sequence[tuple[UUID, str]]) -> Keyboard:
    """Return one button per member to assign to, as many as a message takes; others are named
    after the command.
    """
    return tuple(
        (Button(text=name[:60], callback=data("to", conversation_id, pack(member_id))),)
        for member_id, name in members[:MAX_MEMBERS]
    )


def snooze_buttons(locale: str, conversation_id: UUID) -> Keyboard:
    """Return how long to snooze."""
    return tuple(
        (
            Button(
                text=t(locale, f"bridge.snooze.{length}"),
                callback=data("until", conversation_id, length),
            ),
        )
        for length in ("1h", "3h", "morning")
    )


def placeholder(locale: str, media: Media, link: str, channel: str) -> str:
    """Return a line for an attachment that cannot be carried: what, how big, where to see it."""
    kind = t(locale, f"bridge.media.{media.kind.value}")
    if media.kind in (MediaKind.LINK, MediaKind.ITEM) and media.url:
        return " ".join(part for part in (kind + ":", media.title, media.url) if part)
    name = media.title or media.name
    size = f" ({_size(locale, media.size)})" if media.size else ""
    where = t(locale, "bridge.media.see", channel=channel)
    return " — ".join(
        part for part in (f"{kind}{f' «{name}»' if name else ''}{size}", where, link) if part
    )


def link_line(locale: str, media: Media, size: int, url: str) -> str:
    """Return a line for a file that is opened by a link."""
    kind = t(locale, f"bridge.media.{media.kind.value}")
    name = f" «{media.name}»" if media.name else ""
    return f"{kind}{name} ({_size(locale, size)}): {url}"


def clock_time(at: datetime, zone: str) -> str:
    """Return the time of day people see."""
    return at.astimezone(ZoneInfo(zone)).strftime("%H:%M")


def _size(locale: str, size: int) -> str:
    return t(locale, "bridge.media.size", n=max(1, round(size / 1048576)))


def history(
    locale: str, times: int, last: tuple[datetime, str, str] | None, now: datetime, zone: str
) -> str:
    """Return the line about earlier talks: how often, when last, about what, with whom; "" for a
    first one.
    """
    if times < 2:
        return ""
    line = t(locale, "bridge.card.times", n=times)
    if last is None:
        return line
    at, about, who = last
    parts = [day(locale, at, now, zone) + (f" — {about}" if about else "")]
    if who:
        parts.append(t(locale, "bridge.card.with", who=who))
    return f"{line} {', '.join(parts)}"


def day(locale: str, at: datetime, now: datetime, zone: str) -> str:
    """Return a day as people say it."""
    place = ZoneInfo(zone)
    days = (now.astimezone(place).date() - at.astimezone(place).date()).days
    if days in (0, 1):
        return t(locale, "bridge.day.today" if days == 0 else "bridge.day.yesterday")
    return at.astimezone(place).strftime("%d.%m.%Y")


def minutes(locale: str, n: int) -> str:
    """Return a number of minutes in words."""
    return tn(locale, "bridge.minutes", n)


def past_line(locale: str, row: Record) -> str:
    """Return an earlier message in one line."""
    who = row["author_name"] or t(locale, f"bridge.who.{row['direction']}")
    if row["visibility"] == "note":
        who = t(locale, "bridge.who.note")
    text = " ".join(row["text"].split()) or t(locale, f"bridge.media.{row['kind']}")
    return f"{who}: {text if len(text) <= 300 else text[:299] + '…'}"
