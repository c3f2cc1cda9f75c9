"""A delivery made ready for a feature's own statement, which writes more than the delivery."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from services.kit.db import Record


@dataclass(frozen=True, slots=True)
class Ready:
    """`args`: the o_ arguments of vishenka_relay, the process's name first. `done` takes the rows
    of vishenka_add once they are on disk; `undo` takes back what was reserved.
    """

    args: Sequence[Any]
    done: Callable[[Sequence[Record]], None]
    undo: Callable[[], None]
