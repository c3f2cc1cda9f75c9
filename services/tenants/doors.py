"""Ways into the cabinet from messages: for a private chat with the master bot, for any chat."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.kit.clock import Clock
from services.kit.db import Tx
from services.kit.deeplinks import Spot, private_url, shared_url
from services.tenants import queries

FRESH = timedelta(minutes=1)
"""How long the master bot's name is taken for known."""


class Doors:
    """Makes the addresses; none until opened, none without an https address of the program."""

    def __init__(self, clock: Clock, public_url: str | None = None) -> None:
        self._clock = clock
        self._public_url = public_url
        self._known: tuple[datetime, str] | None = None

    def open(self, public_url: str | None) -> None:
        """Say where the program is reached."""
        self._public_url = public_url

    @property
    def are_open(self) -> bool:
        """Say whether Telegram would open our pages at all."""
        return (self._public_url or "").startswith("https://")

    def private(self, spot: Spot) -> str:
        """Return the address of a Mini App button, for private chats with the master bot; ""
        where there is none.
        """
        return private_url(self._public_url, spot)

    async def shared(self, tx: Tx, spot: Spot) -> str:
        """Return the link for groups and other bots' chats; "" where there is none."""
        return shared_url(self._public_url, await self._name(tx), spot) if self.are_open else ""

    async def _name(self, tx: Tx) -> str:
        now = self._clock.now()
        if self._known is None or self._known[0] <= now:
            async with tx.system("the master bot belongs to the platform"):
                name = await tx.value(queries.MASTER_NAME)
            self._known = (now + FRESH, name or "")
        return self._known[1]
