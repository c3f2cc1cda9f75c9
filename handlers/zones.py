"""Time zones offered as buttons; any other can be typed by its name."""

from __future__ import annotations

from handlers.callbacks import Presses
from handlers.keyboards import Button
from handlers.words import Words

ZONES = (
    "Europe/Kaliningrad",
    "Europe/Moscow",
    "Europe/Samara",
    "Asia/Yekaterinburg",
    "Asia/Omsk",
    "Asia/Krasnoyarsk",
    "Asia/Irkutsk",
    "Asia/Yakutsk",
    "Asia/Vladivostok",
    "Asia/Kamchatka",
)
PRESS = "zone"


def rows(words: Words, presses: Presses) -> list[list[Button]]:
    """Return two zones in a row, Moscow alone and first."""
    first = [_button("Europe/Moscow", words, presses)]
    rest = [_button(zone, words, presses) for zone in ZONES if zone != "Europe/Moscow"]
    return [first, *[rest[i : i + 2] for i in range(0, len(rest), 2)]]


def _button(zone: str, words: Words, presses: Presses) -> Button:
    city = zone.split("/")[1].lower()
    return words.plain(f"zone.{city}"), presses.make(PRESS, zone)
