"""Texts in the language of one person, safe to put into an HTML message."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from services.kit import i18n


@dataclass(frozen=True, slots=True)
class Words:
    """`words("key", name=…)` is HTML with its parameters escaped; `plain` is for buttons and
    alerts.
    """

    locale: str

    def __call__(self, key: str, **params: object) -> str:
        """Return HTML."""
        return i18n.t(self.locale, key, **{name: _safe(value) for name, value in params.items()})

    def plain(self, key: str, **params: object) -> str:
        """Return the text as it is."""
        return i18n.t(self.locale, key, **params)

    def many(self, key: str, n: int, **params: object) -> str:
        """Return HTML with the plural form for `n`."""
        safe: dict[str, Any] = {name: _safe(value) for name, value in params.items()}
        return i18n.tn(self.locale, key, n, **safe)


def _safe(value: object) -> object:
    return escape(value, quote=False) if isinstance(value, str) else value
