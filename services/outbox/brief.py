"""The short way of an outcome: a delivery that arrived, recorded by one statement.

A subscriber of outcomes may say beforehand, without I/O, that it has nothing to do, or name a
statement that records the outcome (by vishenka_sent) and keeps what the subscriber would. With one
such statement, or none, no transaction is opened; else all subscribers run in theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.outbox.models import Settled, SettledSubscriber


@dataclass(frozen=True, slots=True)
class Brief:
    """A statement of an outcome. Its first arguments are tenant, delivery, fence, the provider's
    id and the ids of the parts as jsonb.
    """

    sql: str
    args: Sequence[Any] = ()


NOTHING_MORE = Brief("SELECT vishenka_sent($1, $2, $3, $4, $5::jsonb)")

Briefing = Callable[[Settled], Brief | None]
"""Returns the brief of a delivery that arrived: NOTHING_MORE, a statement of the subscriber's own,
or None when the subscriber wants its transaction.
"""


def brief_of(
    subscribers: Iterable[SettledSubscriber],
    briefings: Mapping[SettledSubscriber, Briefing],
    settled: Settled,
) -> Brief | None:
    """Return the statement that does for all of them, None when there is none."""
    found = NOTHING_MORE
    for subscriber in subscribers:
        briefing = briefings.get(subscriber)
        brief = briefing(settled) if briefing is not None else None
        if brief is None or (brief is not NOTHING_MORE and found is not NOTHING_MORE):
            return None
        if brief is not NOTHING_MORE:
            found = brief
    return found
