"""What a long-lived process says to the garbage collector once it has started."""

from __future__ import annotations

import gc


def settle() -> None:
    """Take what the start made out of the collector's sight: a full collection over modules,
    routes and catalogues stands still for 90 ms, under load every few thousand events.
    """
    gc.collect()
    gc.freeze()
