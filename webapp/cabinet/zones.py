"""Time zones as people choose them: a city and its distance from Greenwich, west to east."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_location

from webapp.speech import Speech

OFFERED = (
    "UTC",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Belgrade",
    "Europe/Kaliningrad",
    "Europe/Helsinki",
    "Asia/Jerusalem",
    "Europe/Moscow",
    "Europe/Minsk",
    "Europe/Istanbul",
    "Europe/Samara",
    "Asia/Tbilisi",
    "Asia/Yerevan",
    "Asia/Baku",
    "Asia/Dubai",
    "Asia/Yekaterinburg",
    "Asia/Almaty",
    "Asia/Tashkent",
    "Asia/Omsk",
    "Asia/Bishkek",
    "Asia/Novosibirsk",
    "Asia/Krasnoyarsk",
    "Asia/Bangkok",
    "Asia/Irkutsk",
    "Asia/Yakutsk",
    "Asia/Vladivostok",
    "Asia/Magadan",
    "Asia/Kamchatka",
)


@dataclass(frozen=True, slots=True)
class Option:
    """A row of a choice: what is sent, what is read."""

    value: str
    name: str


def options(s: Speech, chosen: str) -> list[Option]:
    """Return the zones offered, the chosen one among them whatever it is, west to east."""
    names = dict.fromkeys((*OFFERED, chosen))
    known = [(offset, name) for name in names if (offset := _offset(s, name)) is not None]
    return [Option(name, _label(s, name, offset)) for offset, name in sorted(known)]


def name(s: Speech, zone: str) -> str:
    """Return what people call a zone."""
    offset = _offset(s, zone)
    return zone if offset is None else _label(s, zone, offset)


def _label(s: Speech, zone: str, offset: timedelta) -> str:
    city = (
        zone
        if "/" not in zone
        else get_timezone_location(ZoneInfo(zone), locale=s.locale, return_city=True)
    )
    hours, minutes = divmod(int(abs(offset).total_seconds()) // 60, 60)
    sign = "−" if offset < timedelta(0) else "+"
    return f"{city}, UTC{sign}{hours}{f':{minutes:02}' if minutes else ''}"


def _offset(s: Speech, zone: str) -> timedelta | None:
    try:
        return s.now.astimezone(ZoneInfo(zone)).utcoffset()
    except (KeyError, ValueError, OSError):
        return None
