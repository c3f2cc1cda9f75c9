"""The database refuses statements at random: serialization failures and deadlocks on demand."""

from __future__ import annotations

from typing import Any

import asyncpg

from tests.faults.stack import Stack
from tests.faults.town import Size, fair, until

TABLES = ("inbox", "lane", "delivery", "delivery_open", "message", "conversation")
REFUSE = """
CREATE SEQUENCE refused;
GRANT USAGE ON SEQUENCE refused TO PUBLIC;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF random() < {share} THEN
        PERFORM nextval('refused');
        RAISE EXCEPTION 'forced'
            USING ERRCODE = CASE WHEN random() < 0.5 THEN '40001' ELSE '40P01' END;
    END IF;
    RETURN NULL;
END $$;
"""
TRIGGER = """
CREATE TRIGGER refuse AFTER INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse();
"""
DROP = "DROP TRIGGER refuse ON {table};"


async def contended(stack: Stack, dsn: str, *, share: float, size: Size, rounds: int) -> int:
    """Play it; everything promised is asserted. How many statements were refused."""
    town = await stack.begin(size)
    await town.opened()
    pids = [role.child.pid for role in stack.roles]
    rows: Any = await asyncpg.connect(dsn)
    try:
        await rows.execute(REFUSE.format(share=share))
        await rows.execute("".join(TRIGGER.format(table=table) for table in TABLES))
        await town.chatter(range(rounds), rounds * 1.0)
        await until(lambda: not town.missing(), 180)
        await rows.execute("".join(DROP.format(table=table) for table in TABLES))
        refused = int(await rows.fetchval("SELECT last_value FROM refused"))
    finally:
        await rows.close()

    fair(town, await stack.settled(60))
    assert not await stack.parked()
    assert [role.child.pid for role in stack.roles] == pids
    return refused
