"""Own messages that come back from the provider: ours are recognised, what was typed elsewhere is
shown.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.channels.view import ChannelView
from services.connectors.base import SupportsHistory
from services.connectors.messages import Message, OutboundMessage, decode_outbound
from services.connectors.registry import Registry
from services.conversations import rules
from services.conversations.rules import Candidate
from services.conversations.values import Post
from services.kit.crypto import Keyring
from services.kit.db import Record, Tx

KNOWN = """
SELECT 1 FROM message_link WHERE tenant_id = $1 AND channel_id = $2 AND chat_id = $3 AND
    remote_id = $4
UNION ALL
SELECT 1 FROM message WHERE tenant_id = $1 AND channel_id = $2 AND external_chat_id = $3 AND
    external_id = $4
UNION ALL
SELECT 1 FROM delivery d JOIN conversation c ON c.tenant_id = d.tenant_id AND c.id =
    d.conversation_id
WHERE c.tenant_id = $1 AND c.channel_id = $2 AND c.external_chat_id = $3 AND d.channel_id = $2
  AND d.created_at > $5::timestamptz - interval '1 day' AND (d.external_id = $4 OR d.parts ? $4)
LIMIT 1
"""
OPEN = """
SELECT d.id, d.action, d.created_at, d.ref FROM delivery d
JOIN conversation c ON c.tenant_id = d.tenant_id AND c.id = d.conversation_id
WHERE c.tenant_id = $1 AND c.channel_id = $2 AND c.external_chat_id = $3 AND d.channel_id = $2
  AND d.created_at > now() - interval '1 day' AND coalesce(d.called_at, d.created_at) > now() -
      interval '10 minutes'
  AND (d.state IN ('calling', 'unknown') OR (d.state = 'retry' AND d.possible_repeat))
ORDER BY d.created_at
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A delivery the other side has just shown."""

    delivery_id: UUID
    ref: UUID | None
    channel_id: UUID
    message: Message


Arrived = Callable[[Tx, Shown], Awaitable[None]]


class Echo:
    """Tells our own deliveries from what people typed elsewhere."""

    def __init__(
        self, outbox: Post, registry: Registry, keyring: Keyring, arrived: Arrived
    ) -> None:
        self._outbox = outbox
        self._arrived = arrived
        self._registry = registry
        self._keyring = keyring

    async def known(self, tx: Tx, channel: ChannelView, message: Message) -> bool:
        """Say whether this own message is one of our deliveries; one in flight is settled."""
        if await self._recorded(tx, channel, message):
            return True
        rows = await tx.fetch(OPEN, tx.tenant_id, channel.id, message.chat_id)
        found = await self._match(tx, channel, message, rows) if rows else None
        if found is None:
            # Its outcome may have been recorded between the two looks.
            return await self._recorded(tx, channel, message)
        if await self._outbox.confirm(tx, found.delivery_id, message.external_id):
            ref = next((row["ref"] for row in rows if row["id"] == found.delivery_id), None)
            await self._arrived(tx, Shown(found.delivery_id, ref, channel.id, message))
        return True

    async def _recorded(self, tx: Tx, channel: ChannelView, message: Message) -> bool:
        args = (tx.tenant_id, channel.id, message.chat_id, message.external_id, message.at)
        return bool(message.external_id and await tx.value(KNOWN, *args))

    async def _match(
        self, tx: Tx, channel: ChannelView, message: Message, rows: Sequence[Record]
    ) -> Candidate | None:
        assert tx.tenant_id is not None  # noqa: S101 - the bridge acts inside one tenant
        keys = await self._keyring.of(tx.tenant_id)
        connector = self._registry[channel.provider]
        texts: list[Candidate] = []
        for row in rows:
            action = decode_outbound(keys.open("delivery:action", row["id"], row["action"]))
            if not isinstance(action, OutboundMessage):
                continue
            candidate = Candidate(row["id"], action.text.text, row["created_at"])
            if isinstance(connector, SupportsHistory) and connector.same(action, message):
                return candidate
            if bool(action.media) == bool(message.media):
                texts.append(candidate)
        chosen = rules.match_echo(message.text.text, message.at, texts)
        return next((c for c in texts if c.delivery_id == chosen), None)
