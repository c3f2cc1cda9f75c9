"""What the judge says, and the two kinds of things it compares."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

Key = tuple[str, str]  # kind and what it is known again by


@dataclass(slots=True)
class Line:
    """One direction of one conversation."""

    conversation: str
    direction: str  # "in": buyer to managers, "out": managers to buyer
    written: int = 0
    arrived: int = 0
    waiting: int = 0
    marked: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    out_of_order: int = 0


@dataclass(slots=True)
class Verdict:
    """The sum, and every line it is made of."""

    lines: list[Line]

    @property
    def lost(self) -> int:
        """Messages that are nowhere on the other side."""
        return sum(len(line.lost) for line in self.lines)

    @property
    def doubled(self) -> int:
        """Unmarked copies too many."""
        return sum(len(line.doubled) for line in self.lines)

    @property
    def out_of_order(self) -> int:
        """Neighbours that came the other way round."""
        return sum(line.out_of_order for line in self.lines)

    @property
    def waiting(self) -> int:
        """Written so recently that they may still be on the way."""
        return sum(line.waiting for line in self.lines)

    @property
    def marked(self) -> int:
        """Copies that say of themselves that they may be one."""
        return sum(line.marked for line in self.lines)

    @property
    def is_clean(self) -> bool:
        """Nothing lost, nothing doubled, nothing out of order."""
        return not (self.lost or self.doubled or self.out_of_order)

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "lost": self.lost,
            "doubled": self.doubled,
            "out_of_order": self.out_of_order,
            "waiting": self.waiting,
            "marked": self.marked,
            "lines": [asdict(line) for line in self.lines],
        }


@dataclass(slots=True)
class Wanted:
    """Something written that must be seen on the other side."""

    id: str
    key: Key
    seq: int
    at: float


@dataclass(slots=True)
class Seen:
    """Something that is on the other side."""

    key: Key
    seq: int
    is_marked: bool = False
    is_visible: bool = True
