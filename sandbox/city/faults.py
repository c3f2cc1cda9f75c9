"""Faults on demand: how a provider misbehaves, for whom, how often and how long.

Answering faults (`FAULTS_BEFORE`) act before a call takes effect, `FAULTS_AFTER` once it did but
before anybody is told. Webhook faults change what the product is sent. All chance is seeded.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from sandbox.city.feed import Feed


class Kind(StrEnum):
    """Ways to misbehave; `params` of each in brackets."""

    ANSWER = "answer"  # (status, body, headers) instead of working
    DELAY = "delay"  # (seconds) before working
    RATE_LIMIT = "rate_limit"  # (retry_after)
    SERVER_ERROR = "server_error"  # (status)
    HTML = "html"  # (status) a page of some proxy
    HUGE = "huge"  # (bytes) a body nobody should read to its end
    ENDLESS = "endless"  # a body that never ends
    DROP = "drop"  # the connection is cut before the call is read
    REVOKE = "revoke"  # the token stopped to exist
    EXPIRE_TOKEN = "expire_token"  # noqa: S105 - tokens given out before now are stale
    REFUSE_REFRESH = "refuse_refresh"  # no new token
    HANG = "accept_then_hang"  # (seconds)
    RESET = "accept_then_reset"
    DUPLICATE = "duplicate"  # (times) each webhook
    REORDER = "reorder"  # (window) webhooks are held and shuffled
    SILENT = "silent"  # no webhooks


WEBHOOK_KINDS = frozenset({Kind.DUPLICATE, Kind.REORDER, Kind.SILENT})
FAULTS_AFTER = frozenset({Kind.HANG, Kind.RESET})


@dataclass(slots=True)
class Fault:
    """One standing order to misbehave. Empty filters match everything."""

    id: int
    provider: str
    kind: Kind
    started_at: float
    method: str = ""
    account: str = ""
    chat: str = ""
    probability: float = 1.0
    remaining: int | None = None
    until: float | None = None
    hits: int = 0
    params: dict[str, Any] = field(default_factory=dict)

    def covers(self, account: str, chat: str, method: str) -> bool:
        """True where every filter given fits."""
        if self.account and self.account != account:
            return False
        if self.chat and self.chat != chat:
            return False
        return not self.method or method.lower() in self.method.lower().split(",")


class Faults:
    """The standing orders of one city."""

    def __init__(self, clock: Callable[[], float], rng: random.Random, feed: Feed) -> None:
        """No faults at first."""
        self._clock = clock
        self._rng = rng
        self._feed = feed
        self._ids = itertools.count(1)
        self._by_provider: dict[str, list[Fault]] = {}

    def add(
        self,
        provider: str,
        kind: Kind | str,
        *,
        method: str = "",
        account: str | int = "",
        chat: str | int = "",
        probability: float = 1.0,
        count: int | None = None,
        seconds: float | None = None,
        **params: Any,
    ) -> Fault:
        """Misbehave from now on: `count` times, for `seconds`, or until removed."""
        now = self._clock()
        fault = Fault(
            next(self._ids),
            provider,
            Kind(kind),
            now,
            method,
            str(account),
            str(chat),
            probability,
            count,
            None if seconds is None else now + seconds,
            0,
            params,
        )
        if fault.kind in {Kind.DELAY, Kind.HANG} and "delay" in params:
            params["seconds"] = params.pop("delay")
        self._by_provider.setdefault(provider, []).append(fault)
        self._feed.touch()
        return fault

    def remove(self, fault: Fault | int) -> None:
        """End one fault; ending it twice is fine."""
        wanted = fault if isinstance(fault, int) else fault.id
        for provider, faults in list(self._by_provider.items()):
            kept = [one for one in faults if one.id != wanted]
            if kept:
                self._by_provider[provider] = kept
            else:
                del self._by_provider[provider]
        self._feed.touch()

    def clear(self, provider: str = "") -> None:
        """End all faults, or those of one provider."""
        if provider:
            self._by_provider.pop(provider, None)
        else:
            self._by_provider.clear()
        self._feed.touch()

    def any(self, provider: str) -> bool:
        """Cheap question of the hot path."""
        return provider in self._by_provider

    def take(
        self,
        provider: str,
        kinds: frozenset[Kind],
        *,
        account: str = "",
        chat: str = "",
        method: str = "",
    ) -> list[Fault]:
        """Faults of these kinds that strike now; each strike is counted."""
        struck = []
        for fault in list(self._by_provider.get(provider, ())):
            if fault.kind not in kinds or not fault.covers(account, chat, method):
                continue
            if fault.until is not None and self._clock() >= fault.until:
                self.remove(fault)
                continue
            if fault.probability < 1.0 and self._rng.random() >= fault.probability:
                continue
            self._strike(fault)
            struck.append(fault)
        return struck

    def _strike(self, fault: Fault) -> None:
        fault.hits += 1
        if fault.remaining is not None:
            fault.remaining -= 1
            if fault.remaining <= 0:
                self.remove(fault)

    def listed(self) -> list[dict[str, Any]]:
        """All standing faults as plain data, for the page."""
        self._drop_expired()
        return [asdict(fault) for faults in self._by_provider.values() for fault in faults]

    def _drop_expired(self) -> None:
        now = self._clock()
        for faults in list(self._by_provider.values()):
            for fault in list(faults):
                if fault.until is not None and now >= fault.until:
                    self.remove(fault)
