"""What edges hand to the bridge, what it answers, and what it asks of its neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from services.channels.view import ChannelView
from services.connectors.messages import Media, Receipt, Text
from services.kit.db import Record, Tx
from services.outbox.models import NewDelivery
from services.outbox.ready import Ready


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes in the members' chat, as Telegram tells it. `is_person`: no channel, no
    anonymous admin, no bot.
    """

    telegram_user_id: int
    name: str = ""
    is_person: bool = True


@dataclass(frozen=True, slots=True)
class ManagerMessage:
    """A message in a topic. `refused_kind`: a kind nobody can carry (dice, story), "" for none."""

    bot: ChannelView
    chat_id: str
    thread_id: str
    message_id: str
    at: datetime
    text: Text = Text()
    media: tuple[Media, ...] = ()
    reply_to: str = ""
    group_id: str = ""
    refused_kind: str = ""


@dataclass(frozen=True, slots=True)
class AppAnswer:
    """An answer typed in the cabinet. `key` makes a double tap one message; a note stays here."""

    conversation_id: UUID
    user_id: UUID
    author_name: str
    key: str
    text: Text = Text()
    media: tuple[Media, ...] = ()
    is_note: bool = False


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button of ours. `data` begins with `b:`."""

    bot: ChannelView
    callback_id: str
    chat_id: str
    thread_id: str
    message_id: str
    data: str


class Answered(StrEnum):
    """What became of a message in a members' chat."""

    RELAYED = "relayed"
    NOTED = "noted"
    COMMAND = "command"
    REFUSED = "refused"
    DUPLICATE = "duplicate"
    NOT_OURS = "not_ours"


class Post(Protocol):
    """The outbox as the bridge needs it (`services.outbox.service.Outbox`)."""

    def add(self, tx: Tx, new: NewDelivery) -> UUID:
        """Write a delivery with the transaction."""
        ...

    def ready(self, tenant_id: UUID, new: NewDelivery) -> Ready | None:
        """Return a delivery for a statement of the bridge's own."""
        ...

    def wake(self, tx: Tx, channel_id: UUID, order_key: str) -> None:
        """Look at a held key right after the commit."""
        ...

    async def retry(self, tx: Tx, delivery_ids: Sequence[UUID]) -> int:
        """Move parked and unknown deliveries back to due, in their old order."""
        ...

    async def drop(self, tx: Tx, delivery_ids: Sequence[UUID]) -> int:
        """Give deliveries up for good."""
        ...

    async def confirm(self, tx: Tx, delivery_id: UUID, external_id: str) -> bool:
        """Settle a delivery whose outcome the other side has just shown; tells no subscriber."""
        ...

    async def receipt(self, tx: Tx, channel_id: UUID, receipt: Receipt) -> list[Record]:
        """Raise the deliveries a receipt speaks of and return them; one that is early is kept."""
        ...


class Notices(Protocol):
    """Tells members in private (`services.notices`)."""

    async def tell(
        self, tx: Tx, tenant_id: UUID, rule: str, subject: str, params: Mapping[str, str]
    ) -> bool:
        """Tell the owners once per rule and subject; False when they were told just before."""
        ...
