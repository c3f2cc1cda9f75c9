"""What a provider took and did not deliver after all: said at the message, with the reason."""

from __future__ import annotations

from collections.abc import Iterable

from services.conversations import words
from services.conversations.marks import Marks
from services.conversations.models import MessageState
from services.conversations.policy import Policies
from services.kit.db import Record, Tx


class Bounces:
    """Tells."""

    def __init__(self, policies: Policies, marks: Marks) -> None:
        self._policies = policies
        self._marks = marks

    async def tell(self, tx: Tx, rows: Iterable[Record], reason: str = "") -> None:
        """Mark these messages (`Marks.rise`) and say why they did not arrive."""
        policy = await self._policies.of(tx)
        for row in rows:
            channel = words.provider_name(policy.locale, row["provider"])
            told = words.bounced(policy.locale, reason, channel)
            self._marks.say(tx, row, "bounced", told)
            self._marks.show(tx, row, MessageState.BOUNCED)
