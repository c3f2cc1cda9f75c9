"""Provider city: fake Avito and Telegram that check, remember, and misbehave on demand.

`City` runs in a test's own loop or, by `python -m sandbox.city`, as a process with a page to play.
Its journal and chats are the judge of loss, doubles and order; the product's counters never are.
"""

from __future__ import annotations

from sandbox.city.city import City

__all__ = ["City"]
