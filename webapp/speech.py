"""How a page speaks to one person: texts, times, spans, numbers and money in their language and
zone.

Times are said as people say them: `09:51` today, `вчера, 18:20`, `12 мая, 18:20`, with the year
when it is another one. Units hang on their numbers by a no-break space.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal, get_decimal_symbol

from services.kit import i18n

MINUTE, HOUR, DAY = 60, 3_600, 86_400
UNITS = (("days", DAY), ("hours", HOUR), ("minutes", MINUTE))
MEGABYTE = 1024 * 1024
FIRST_STRONG, END = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
BOUND = "\N{NO-BREAK SPACE}"


def apart(name: str) -> str:
    """Return a name that keeps its own direction amid a sentence of the other one."""
    return f"{FIRST_STRONG}{name}{END}" if name else ""


@dataclass(frozen=True, slots=True)
class Speech:
    """One person's language, zone and moment."""

    locale: str
    zone: ZoneInfo
    now: datetime

    def t(self, key: str, **params: object) -> str:
        """Return the text of a key."""
        return i18n.t(self.locale, key, **params)

    def n(self, key: str, count: int, *, more: bool = False, **params: object) -> str:
        """Return the text for a number: plural form and `{n}`, written as numbers are here;
        `more`: there are that many at least.
        """
        written = self.number(count) + ("+" if more else "")
        return i18n.tn(self.locale, key, count, written=written, **params)

    def number(self, value: float | Decimal) -> str:
        """Return a number with its groups apart."""
        return format_decimal(value, locale=self.locale)

    def money(self, kopecks: int, currency: str = "RUB") -> str:
        """Return a sum; whole ones without the pennies."""
        whole = kopecks % 100 == 0
        amount = Decimal(kopecks) / 100
        text = format_currency(amount, currency, locale=self.locale)
        return text.replace(f"{get_decimal_symbol(self.locale)}00", "") if whole else text

    def size(self, count: int) -> str:
        """Return a file's size."""
        if count >= MEGABYTE:
            return self.t("web.size.mb", n=self.number(round(count / MEGABYTE, 1)))
        return self.t("web.size.kb", n=self.number(max(1, round(count / 1024))))

    def time(self, at: datetime) -> str:
        """Return the hour and minute."""
        return format_time(at, "HH:mm", tzinfo=self.zone, locale=self.locale)

    def day(self, at: datetime) -> str:
        """Return the day as people call it: today, yesterday, 12 May."""
        day, today = at.astimezone(self.zone).date(), self.today
        if day == today:
            return self.t("web.day.today")
        if day == today - timedelta(days=1):
            return self.t("web.day.yesterday")
        return format_date(day, self._pattern(day), locale=self.locale)

    def when(self, at: datetime) -> str:
        """Return the shortest true name of a moment."""
        if at.astimezone(self.zone).date() == self.today:
            return self.time(at)
        return self.t("web.day.at", day=self.day(at), time=self.time(at))

    def ago(self, at: datetime) -> str:
        """Return how long it has been."""
        return self.span((self.now - at).total_seconds())

    def span(self, seconds: float) -> str:
        """Return a length of time in its largest unit; hours with their minutes."""
        whole = max(0, int(seconds))
        for name, unit in UNITS:
            if whole >= unit:
                return self._span(name, whole, unit)
        return self.t("web.span.now")

    @property
    def today(self) -> date:
        """Return the person's date."""
        return self.now.astimezone(self.zone).date()

    @property
    def greeting(self) -> str:
        """Return the key of a greeting for this hour."""
        hour = self.now.astimezone(self.zone).hour
        for before, key in ((5, "night"), (12, "morning"), (18, "day"), (24, "evening")):
            if hour < before:
                return f"web.hello.{key}"
        raise AssertionError("a day has 24 hours")

    def _pattern(self, day: date) -> str:
        return "d MMMM" if day.year == self.today.year else "d MMMM y"

    def _span(self, name: str, seconds: int, unit: int) -> str:
        text = self.n(f"web.span.{name}", seconds // unit)
        minutes = seconds % HOUR // MINUTE
        if name == "hours" and minutes:
            return f"{text}{BOUND}{self.n('web.span.minutes', minutes)}"
        return text
