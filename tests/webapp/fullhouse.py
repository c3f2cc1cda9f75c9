"""A business with something on every page, and the same with naughty words wherever people or
providers write.

`fill` makes the rows; `scribble` writes over all that others wrote, in every table, another text
in each row. What columns those are stands in `tests/data/text_columns.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from services.connectors.messages import MediaKind
from services.kit.ids import new_id
from services.tenants.actor import Role
from tests.services.desk.shops import Shop
from tests.webapp.people import Person, Town

ROOM = tomllib.loads(
    (Path(__file__).parents[1] / "data" / "text_columns.toml").read_text(encoding="utf-8")
)
WRITTEN: dict[str, list[str]] = ROOM["written"]
OURS: dict[str, list[str]] = ROOM["ours"]
ALONE = {("canned_reply", "name"), ("workspace", "name"), ("channel", "name")}
"""No two rows may hold the same."""
COLUMNS = """
SELECT table_name, column_name, coalesce(character_maximum_length, 4000) AS most
FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'aerich'
  AND data_type IN ('text', 'character varying')
"""


@dataclass
class House:
    """What pages need in their addresses."""

    dialog: UUID
    invite: str


async def fill(town: Town, shop: Shop) -> House:
    """Give the first business a row of everything that has a page; Anna and Boris are in."""
    dialog = await _talks(town, shop)
    await _rooms(town, shop)
    await _give_up(town.boris, shop, dialog)
    await _other_seats(town)
    _, invite = await town.anna.call("POST", "/api/v1/invites", {"role": "manager"})
    return House(dialog, invite["token"])


async def scribble(owner: asyncpg.Connection, texts: Sequence[str], start: int = 0) -> int:
    """Write texts over everything people and providers wrote, as far as they fit, each row
    another one from `start` on; return where the next go begins.
    """
    most = {(row[0], row[1]): row[2] for row in await owner.fetch(COLUMNS)}
    for table, columns in WRITTEN.items():
        rows = await owner.fetch(f"SELECT ctid FROM {table}")
        for row in rows:
            mark = f"{start:04d}"
            values = [texts[(start + n) % len(texts)] for n in range(len(columns))]
            start += len(columns)
            fits = [
                (mark + text if (table, column) in ALONE else text)[: most[table, column]]
                for column, text in zip(columns, values, strict=True)
            ]
            sets = ", ".join(f"{column} = ${n}" for n, column in enumerate(columns, 2))
            sql = f"UPDATE {table} SET {sets} WHERE ctid = $1"
            await owner.execute(sql, row[0], *fits)
    return start


async def _talks(town: Town, shop: Shop) -> UUID:
    """Dialogs in every state; the first has every kind of message."""
    first = await shop.talk("Иван", "В наличии?", "А цвет?", subject="Велосипед", minutes=50)
    await shop.write(
        "UPDATE conversation SET subject_price = '100', subject_url = 'https://avito.invalid/1',"
        " person_url = 'https://avito.invalid/2' WHERE tenant_id = $1 AND id = $2",
        first,
    )
    mine: dict[str, Any] = {"direction": "out", "author_kind": "member"}
    shown = await shop.say(first, 3, "Да", state="read", **mine)
    changed = await shop.say(first, 4, "Синий", state="sent", **mine)
    await shop.say(first, 5, "торгуется", visibility="note", **mine)
    gone = await shop.say(first, 6, "лишнее")
    picture = await shop.say(first, 7, "", kind="image")
    await shop.attach(picture, MediaKind.IMAGE)
    paper = await shop.say(first, 8, "", kind="file")
    await shop.attach(paper, MediaKind.FILE)
    await shop.write(
        "UPDATE message SET author_name = 'Борис', edited_at = CASE WHEN id = $2 THEN now() END,"
        " deleted_at = CASE WHEN id = $3 THEN now() END,"
        " reply_to_id = CASE WHEN id = $2 THEN $4::uuid END WHERE tenant_id = $1",
        changed,
        gone,
        shown,
    )
    await shop.write(
        "UPDATE conversation SET last_seq = 8 WHERE tenant_id = $1 AND id = $2", first
    )
    for state in ("closed", "snoozed", "spam", "open"):
        await shop.talk(f"Пётр {state}", "?", state=state, channel=-1)
    await town.boris.call("POST", f"/api/v1/dialogs/{first}/take")
    for person in (town.anna, town.boris):
        await person.call("PUT", f"/api/v1/dialogs/{first}/draft", {"text": "не готово"})
    return first


async def _rooms(town: Town, shop: Shop) -> None:
    """A group that serves, a ready answer, failed calls, an open incident, the terms' words."""
    place = new_id()
    await shop.write(
        "INSERT INTO workspace (tenant_id, id, channel_id, chat_id, name, title)"
        " VALUES ($1, $2, $3, -1001, 'sales', 'Продажи')",
        place,
        town.door.channels["telegram"],
    )
    for channel in shop.channels:
        await shop.write(
            "INSERT INTO workspace_channel (tenant_id, channel_id, workspace_id)"
            " VALUES ($1, $2, $3)",
            channel,
            place,
        )
    await shop.write(
        "INSERT INTO canned_reply (tenant_id, id, name, text) VALUES ($1, $2, 'цена', 'Сто')",
        new_id(),
    )
    await shop.write(
        "INSERT INTO channel_error (tenant_id, id, channel_id, endpoint, code)"
        " SELECT tenant_id, gen_random_uuid(), id, 'send', 'timeout' FROM channel"
        " WHERE tenant_id = $1"
    )


async def _give_up(boris: Person, shop: Shop, dialog: UUID) -> None:
    """Two answers that did not get through, one of them in doubt."""
    for number, state in enumerate(("parked", "unknown")):
        words = {"text": f"ответ {number}", "key": f"k{number}"}
        await boris.call("POST", f"/api/v1/dialogs/{dialog}/messages", words)
        await shop.write("DELETE FROM delivery_open WHERE tenant_id = $1")
        await shop.write(
            "UPDATE delivery SET state = $2, reason = 'provider_down'"
            " WHERE tenant_id = $1 AND purpose = 'to_buyer' AND reason = ''",
            state,
        )
    await shop.write(
        "UPDATE message m SET state = 'failed', reason = 'provider_down' FROM delivery d"
        " WHERE m.tenant_id = $1 AND d.tenant_id = $1 AND d.ref = m.id AND d.state = 'parked'"
    )


async def _other_seats(town: Town) -> None:
    """Anna works in the other business too, and is signed in a second time."""
    services = town.door.services
    async with services.database.system("a test prepares") as tx:
        user = await tx.value("SELECT id FROM users WHERE telegram_user_id = 1001")
    async with services.database.tenant(town.plum) as tx:
        await tx.execute(
            "INSERT INTO membership (tenant_id, id, user_id, role) VALUES ($1, $2, $3, $4)",
            town.plum,
            new_id(),
            user,
            Role.ANALYST,
        )
    elsewhere = Person(town.door, town.anna.telegram_id, town.anna.name)
    elsewhere.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
    await elsewhere.enter()
