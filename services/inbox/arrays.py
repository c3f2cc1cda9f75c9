"""The arguments of vishenka_ingest: channels named once a flush, lanes once, rows by number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from services.channels.view import ChannelView
from services.inbox.models import Incoming
from services.lanes.models import LaneKind


class Arrays:
    """Rows of one statement. Raises ValueError when two channels or chats share a lane's number:
    such rows go in statements of their own.
    """

    __slots__ = ("_counts", "_first", "_ranks", "rows")

    def __init__(self, rows: Sequence[Incoming]) -> None:
        self.rows = rows
        self._first: dict[int, Incoming] = {}
        self._counts: dict[int, int] = {}
        self._ranks: list[int] = []
        for row in rows:
            first = self._first.setdefault(row.lane, row)
            if first.name != row.name or not _is_same(first.channel, row.channel):
                raise ValueError("one lane, two names")
            rank = self._counts[row.lane] = self._counts.get(row.lane, 0) + 1
            self._ranks.append(rank)

    def arguments(self) -> tuple[list[Any], ...]:
        """Return them; lanes sorted, so that no two flushes lock them crosswise."""
        lanes = sorted(self._first)
        firsts = [self._first[lane] for lane in lanes]
        channels = {row.channel.id: row.channel for row in firsts}
        places = {channel_id: place for place, channel_id in enumerate(channels, 1)}
        return (
            [channel.tenant_id for channel in channels.values()],
            list(channels),
            [int(kind_of(channel)) for channel in channels.values()],
            lanes,
            [places[row.channel.id] for row in firsts],
            [row.name for row in firsts],
            [self._counts[lane] for lane in lanes],
            *self._of_rows(lanes),
        )

    def _of_rows(self, lanes: Sequence[int]) -> tuple[list[Any], ...]:
        places = {lane: place for place, lane in enumerate(lanes, 1)}
        return (
            [places[row.lane] for row in self.rows],
            self._ranks,
            [row.key for row in self.rows],
            [row.at for row in self.rows],
            [row.trace for row in self.rows],
            [row.body for row in self.rows],
        )

    def by_kind(self, lanes: Iterable[int]) -> dict[LaneKind, list[int]]:
        """Return lanes by who drains them."""
        found: dict[LaneKind, list[int]] = {}
        for lane in lanes:
            found.setdefault(kind_of(self._first[lane].channel), []).append(lane)
        return found


def kind_of(channel: ChannelView) -> LaneKind:
    """Return who drains events of a channel."""
    return LaneKind.BOT if channel.is_bot else LaneKind.IN


def _is_same(one: ChannelView, other: ChannelView) -> bool:
    return one is other or one.id == other.id
