"""Everything that crossed the border of a fake, in order. The judge reads only this and the chats.

Two directions: `call` is the product calling a provider, `hook` is a provider calling the product.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sandbox.city.feed import Feed


class Outcome(StrEnum):
    """What became of one crossing."""

    PENDING = "pending"
    ACCEPTED = "accepted"  # it took effect, whether or not the caller ever heard so
    REFUSED = "refused"  # the provider said no, as the real one would
    FAULT = "fault"  # a fault on demand answered instead


@dataclass(slots=True)
class Entry:
    """One crossing. `answered` is False where the caller got no answer."""

    seq: int
    at: float
    kind: str
    provider: str
    account: str
    method: str
    chat: str
    body: dict[str, Any]
    trace: str
    outcome: Outcome = Outcome.PENDING
    status: int = 0
    ms: float = 0.0
    answered: bool = False
    note: str = ""


class Journal:
    """Keeps the newest `keep` entries and counts all."""

    def __init__(self, clock: Callable[[], float], feed: Feed, keep: int = 200_000) -> None:
        """Entries take their time from `clock`."""
        self._clock = clock
        self._feed = feed
        self.entries: deque[Entry] = deque(maxlen=keep)
        self.count = 0

    def open(
        self,
        kind: str,
        provider: str,
        account: str,
        method: str,
        chat: str,
        body: dict[str, Any],
        trace: str = "",
    ) -> Entry:
        """Write a crossing down as it begins."""
        self.count += 1
        entry = Entry(
            self.count, self._clock(), kind, provider, account, method, chat, body, trace
        )
        self.entries.append(entry)
        return entry

    def close(self, entry: Entry, status: int, outcome: Outcome | None = None) -> None:
        """Write down what was answered and how long it took."""
        entry.status = status
        entry.answered = True
        entry.ms = (self._clock() - entry.at) * 1000
        if outcome is not None:
            entry.outcome = outcome
        self._feed.touch()

    def find(
        self,
        *,
        provider: str = "",
        kind: str = "",
        method: str = "",
        account: str = "",
        chat: str = "",
        outcome: Outcome | None = None,
    ) -> Iterator[Entry]:
        """Entries that match every filter given, oldest first."""
        wanted = {"provider": provider, "kind": kind, "account": account, "chat": chat}
        wanted = {name: str(value) for name, value in wanted.items() if value}
        for entry in self.entries:
            if method and entry.method.lower() != method.lower():
                continue
            if outcome is not None and entry.outcome is not outcome:
                continue
            if all(getattr(entry, name) == value for name, value in wanted.items()):
                yield entry

    def accepted(
        self,
        provider: str = "",
        method: str = "",
        *,
        account: str | int = "",
        chat: str | int = "",
    ) -> list[Entry]:
        """Calls of the product that took effect: the only count that judges it."""
        return list(
            self.find(
                provider=provider,
                kind="call",
                method=method,
                account=str(account),
                chat=str(chat),
                outcome=Outcome.ACCEPTED,
            )
        )

    def calls(self, provider: str = "", method: str = "") -> list[Entry]:
        """Every call of the product, accepted or not."""
        return list(self.find(provider=provider, kind="call", method=method))

    def hooks(self, provider: str = "") -> list[Entry]:
        """Every webhook sent to the product."""
        return list(self.find(provider=provider, kind="hook"))

    def tail(self, limit: int, before: int = 0) -> list[dict[str, Any]]:
        """The newest entries as plain data, newest first."""
        found: list[dict[str, Any]] = []
        for entry in reversed(self.entries):
            if before and entry.seq >= before:
                continue
            found.append(asdict(entry))
            if len(found) >= limit:
                break
        return found

    def clear(self) -> None:
        """Forget everything; numbers go on."""
        self.entries.clear()
        self._feed.touch()
