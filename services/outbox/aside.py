"""Deliveries of held batches: put aside, so that they take no room from what may go. No I/O.

Only where each batch begins is remembered; its rows are read again when it is held no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from services.outbox.models import Class

LOOK_SECONDS = 2.0
"""How often a lane asks whether its held batches are open again."""


class Aside:
    """What one lane passes over."""

    def __init__(self) -> None:
        self._first: dict[UUID, dict[Class, int]] = {}
        self._next_look = 0.0

    @property
    def batches(self) -> list[UUID]:
        """Return the batches passed over."""
        return list(self._first)

    def hold(self, batch_id: UUID, now: float) -> None:
        """Pass over this batch from now on."""
        if not self._first:
            self._next_look = now + LOOK_SECONDS
        self._first.setdefault(batch_id, {})

    def passes(self, batch_id: UUID | None, cls: Class, seq: int) -> bool:
        """Say whether this row is passed over; then its place is remembered."""
        if batch_id is None or batch_id not in self._first:
            return False
        first = self._first[batch_id]
        first[cls] = min(first.get(cls, seq), seq)
        return True

    def wait(self, now: float, otherwise: float) -> float:
        """Return seconds until batches should be asked for; `otherwise` when there are none."""
        return max(self._next_look - now, 0.0) if self._first else otherwise

    def looked(self, held: Iterable[UUID], now: float) -> dict[Class, int]:
        """Forget the batches held no more; return from where each class must be read again."""
        self._next_look = now + LOOK_SECONDS
        again: dict[Class, int] = {}
        for batch_id in self._first.keys() - set(held):
            for cls, seq in self._first.pop(batch_id).items():
                again[cls] = min(again.get(cls, seq), seq)
        return again
