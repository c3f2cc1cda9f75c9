"""Fills one business with a hundred thousand dialogs and five million messages, for `pages`.

The rows are the ones the product leaves behind: message, links to both sides, the delivery that
carried it, attempts of a month, events of two weeks, audit. Sealed columns hold sealed bytes of
the right length (no page opens them). Written by SQL, two statements side by side; indexes that no
constraint needs are built afterwards, and statistics taken as autovacuum does.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from benchmarks import fill_sql as sql
from services.connectors.messages import Address, OutboundMessage, Text, encode_outbound
from services.kit.crypto import TenantKeys
from services.outbox.flush import out_lane

TABLES = (
    "conversation", "contact", "identity", "topic_link", "message", "message_link", "attachment",
    "delivery", "delivery_attempt", "delivery_stuck", "lane", "inbox", "audit_entry",
)  # fmt: skip
ANNA, BORIS, VERA, VIKTOR, GLEB = 1001, 1002, 1003, 1004, 1005
BOT = {"name": "support", "token": "4200001:AAE-bench-bot-of-the-pages-benchmark-0"}
SPARE_BOT = {"name": "spare", "token": "4200002:AAE-bench-bot-of-the-pages-benchmark-1"}
STRANGER_BOT = {"name": "other", "token": "4200003:AAE-bench-bot-of-the-pages-benchmark-2"}
NAMES = ("avito-north", "avito-south", "avito-west", "avito-rare")


@dataclass(frozen=True, slots=True)
class Size:
    """How much. `long`: messages of one dialog; `stuck`: deliveries that wait for a person."""

    dialogs: int = 100_000
    messages: int = 5_000_000
    long: int = 20_000
    stuck: int = 5_000


@dataclass(frozen=True, slots=True)
class Business:
    """What was made, by the ids that pages are asked for."""

    tenant: UUID
    members: Mapping[str, UUID]
    bot: UUID
    channels: tuple[UUID, ...]
    workspaces: tuple[UUID, ...]

    @property
    def rare(self) -> UUID:
        """Return the account with a handful of dialogs among all."""
        return self.channels[-1]


def document() -> dict[str, Any]:
    """Return what `main.py seed` gets: a business with a team, another with next to nothing."""
    people = {ANNA: "owner", BORIS: "manager", VERA: "manager", VIKTOR: "manager"}
    members = [{"telegram_id": n, "name": f"Person {n}", "role": r} for n, r in people.items()]
    channels = [
        {
            "name": name,
            "provider": "avito",
            "account_id": str(94_000_000 + n),
            "credentials": {"client_id": f"client-{n}", "client_secret": f"secret-{n}"},
        }
        for n, name in enumerate(NAMES)
    ]
    workspaces = [
        {"name": "sales", "bot": "support", "chat_id": -1001, "serves": list(NAMES[:2])},
        {"name": "repair", "bot": "support", "chat_id": -1002, "serves": list(NAMES[2:])},
    ]
    big = {"slug": "big", "name": "Big", "members": members, "channels": channels}
    big |= {"bots": [BOT, SPARE_BOT], "workspaces": workspaces}
    owner = {"telegram_id": GLEB, "name": "Gleb", "role": "owner"}
    return {
        "tenants": [
            big,
            {"slug": "small", "name": "Small", "members": [owner], "bots": [STRANGER_BOT]},
        ]
    }


async def fill(dsn: str, made: Mapping[str, Any], size: Size) -> Business:
    """Write the rows for the first business of what seed printed."""
    conns = [await asyncpg.connect(dsn) for _ in range(2)]
    try:
        for conn in conns:
            await conn.execute(
                "SET session_replication_role = replica; SET synchronous_commit = off;"
                "SET work_mem = '512MB'; SET maintenance_work_mem = '512MB'"
            )
        return await _fill(conns, made, size)
    finally:
        for conn in conns:
            await conn.close()


async def _fill(conns: Sequence[Any], made: Mapping[str, Any], size: Size) -> Business:
    one, other = conns
    await one.execute(sql.GROUND)
    business = await _shape(one, made, size)
    await one.execute(sql.TALK)
    await one.execute(sql.WORD)
    indexes = await one.fetch(sql.SMALL, list(TABLES))
    for index in indexes:
        await one.execute(f"DROP INDEX {index['name']}")
    await asyncio.gather(one.execute(sql.MESSAGES), other.execute(sql.DELIVERIES))
    await asyncio.gather(one.execute(sql.LINKS), other.execute(sql.PEOPLE + sql.ENGINE))
    await one.execute("DROP SCHEMA bench CASCADE")
    await asyncio.gather(*(_build(conn, indexes[n::2]) for n, conn in enumerate(conns)))
    await one.execute("VACUUM ANALYZE")
    await one.execute("CHECKPOINT")
    return business


async def _build(conn: Any, indexes: Sequence[Any]) -> None:
    for index in indexes:
        await conn.execute(index["ddl"])


async def _shape(conn: Any, made: Mapping[str, Any], size: Size) -> Business:
    found = made["tenants"][0]
    members = await conn.fetch(
        "SELECT u.telegram_user_id AS number, u.id FROM membership m"
        " JOIN users u ON u.id = m.user_id WHERE m.tenant_id = $1", UUID(found["id"])
    )  # fmt: skip
    business = Business(
        tenant=UUID(found["id"]),
        members={str(row["number"]): row["id"] for row in members},
        bot=UUID(found["bots"][0]["id"]),
        channels=tuple(UUID(one["id"]) for one in found["channels"]),
        workspaces=tuple(UUID(one["id"]) for one in found["workspaces"]),
    )
    anna, boris, vera = (business.members[str(n)] for n in (ANNA, BORIS, VERA))
    lanes = [out_lane(business.bot), out_lane(business.channels[0])]
    await conn.execute(
        f"INSERT INTO bench.shape VALUES ({', '.join(f'${n}' for n in range(1, 19))})",
        business.tenant, size.dialogs, size.messages, size.long, size.stuck, anna, boris, vera,
        list(business.channels[:-1]), business.rare, business.bot, *business.workspaces[:2], lanes,
        *_sealed(),
    )  # fmt: skip
    await conn.execute(
        "UPDATE membership SET scope = jsonb_build_object('channels', jsonb_build_array($2::text))"
        " WHERE tenant_id = $1 AND user_id = $3",
        business.tenant, str(business.rare), business.members[str(VIKTOR)],
    )  # fmt: skip
    return business


def _sealed() -> list[bytes]:
    """Return an action, an address, a file's reference and an event's body as rows hold them."""
    keys = TenantKeys(os.urandom(32))
    action = OutboundMessage(to=Address(chat_id="-1001", thread_id="1"), text=Text(text="т" * 60))
    plain = (encode_outbound(action), b"94235311", b"r" * 160, b"b" * 600)
    return [keys.seal("bench", "row", one) for one in plain]
