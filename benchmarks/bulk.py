"""Queues campaign-class deliveries the way a campaign does: in chunks, through the outbox.

`python -m benchmarks.bulk` reads `[{"slug", "chats", "amount"}]` from stdin and says when it ends.
"""

from __future__ import annotations

import asyncio
import os
import sys
from itertools import cycle, islice
from typing import Any
from uuid import UUID

import msgspec

from services.bootstrap import bootstrap
from services.connectors.messages import Address, OutboundMessage, Text
from services.kit.ids import new_id
from services.kit.settings import load_settings
from services.outbox.models import Class, NewDelivery

CHUNK = 500
BOT = """
SELECT c.tenant_id, c.id FROM channel c JOIN tenant t ON t.id = c.tenant_id
WHERE t.slug = $1 AND c.kind = 'client'
"""


class Order(msgspec.Struct, frozen=True):
    """So many deliveries of one tenant's bot, spread over these chats."""

    slug: str
    chats: list[str]
    amount: int


def deliveries(channel: UUID, order: Order) -> list[NewDelivery]:
    found = []
    for number, chat in enumerate(islice(cycle(order.chats), order.amount)):
        action = OutboundMessage(to=Address(chat_id=chat), text=Text(text=f"bulk {number}"))
        new = NewDelivery(
            channel_id=channel,
            action=action,
            idempotency_key=f"bulk:{new_id()}",
            order_key=f"bulk:{chat}",
            purpose="campaign",
            cls=Class.CAMPAIGN,
        )
        found.append(new)
    return found


async def queue(services: Any, order: Order) -> None:
    async with services.database.system("benchmark") as tx:
        bot = await tx.row(BOT, order.slug)
    waiting = deliveries(bot["id"], order)
    for start in range(0, len(waiting), CHUNK):
        async with services.database.tenant(bot["tenant_id"]) as tx:
            for new in waiting[start : start + CHUNK]:
                services.outbox.add(tx, new)


async def main() -> None:
    services = await bootstrap(load_settings(os.environ), use_broker=False)
    for order in msgspec.json.decode(sys.stdin.buffer.read(), type=list[Order]):
        await queue(services, order)
    await services.close()


if __name__ == "__main__":
    asyncio.run(main())
