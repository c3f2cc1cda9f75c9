"""The second wall: with no predicate of ours at all, a tenant still sees its own rows only."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.kit.db import Database, open_database
from tests.conftest import Dsns

GLOBAL = {
    "tenant": "the tenants themselves",
    "users": "people, who may belong to several tenants",
    "lane": "the engine's counters: names no person, holds no content",
    "schedule_fire": "which minute a schedule fired",
    "source_lease": "which process polls a source",
    "poll_mark": "how far the auditor has looked",
    "process_minute": "which process was alive when",
    "user_session": "a person's sign-in, in whichever business; no tenant sees any",
    "second_factor": "a person's; no tenant sees any",
    "login_attempt": "somebody on the way to a sign-in; no tenant sees any",
    "login_subject": "which person an issuer means; no tenant sees any",
    "aerich": "migrations",
}

KEYS_WITHOUT_TENANT = {
    # found before the tenant is known, or by the engine across tenants
    "link_token": "a token's hash is unique everywhere",
    "api_key": "a key's hash is unique everywhere",
    "channel": "found by id and by hook key before the tenant is known",
    "inbox": "keyed by lane and place; a lane belongs to one channel",
    "poll_expected": "keyed by channel and event, as the inbox is",
    "parked": "keyed by lane and place; a lane belongs to one channel",
    "delivery_open": "keyed by lane, class and place; a lane belongs to one channel",
    "delivery_attempt": "a log with a running number; read through its delivery",
}

TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY 1
"""
WITHOUT_TENANT = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT EXISTS (
    SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
"""
POLICIES = """
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
    array_agg(p.polname::text ORDER BY p.polname) FILTER (WHERE p.polname IS NOT NULL) AS names,
    bool_or(p.polqual IS NOT NULL AND pg_get_expr(p.polqual, p.polrelid) LIKE '%app.tenant%'
        AND pg_get_expr(p.polwithcheck, p.polrelid) LIKE '%app.tenant%') AS walled,
    bool_or('vishenka_system'::regrole = ANY(p.polroles)) AS has_system
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_policy p ON p.polrelid = c.oid
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') GROUP BY 1, 2, 3
"""
KEYS = """
SELECT c.conrelid::regclass::text AS tab, c.contype::text AS kind,
    c.confrelid::regclass::text AS target,
    array(SELECT attname::text FROM pg_attribute a
          WHERE a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)) AS columns
FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
WHERE n.nspname = 'public' AND c.contype IN ('p', 'u', 'f')
"""


@pytest.fixture
async def owner(dsns: Dsns) -> AsyncIterator[asyncpg.Connection]:
    conn = await asyncpg.connect(dsns.owner_dsn)
    yield conn
    await conn.close()


@pytest.fixture
async def database(dsns: Dsns) -> AsyncIterator[Database]:
    opened = await open_database(dsns.app_dsn)
    yield opened
    await opened.close()


async def tenant_tables(owner: asyncpg.Connection) -> list[str]:
    return [row[0] for row in await owner.fetch(TABLES) if row[0] not in GLOBAL]


async def test_every_tenant_table_has_both_policies(owner: asyncpg.Connection) -> None:
    rows = {row["relname"]: row for row in await owner.fetch(POLICIES)}
    tables = await tenant_tables(owner)

    assert len(tables) >= 20
    for table in tables:
        row = rows[table]
        assert row["relrowsecurity"], table
        assert row["relforcerowsecurity"], table
        assert len(row["names"] or []) == 2, table
        assert row["walled"], table
        assert row["has_system"], table


async def test_keys_and_references_carry_the_tenant(owner: asyncpg.Connection) -> None:
    tables = set(await tenant_tables(owner))

    without = {
        (row["tab"], row["kind"], tuple(row["columns"]))
        for row in await owner.fetch(KEYS)
        if row["tab"] in tables
        and "tenant_id" not in row["columns"]
        and row["tab"] not in KEYS_WITHOUT_TENANT
        and not (row["kind"] == "f" and row["target"] in GLOBAL)
    }

    assert without == set()


async def test_every_table_without_a_tenant_is_known_with_its_reason(
    owner: asyncpg.Connection,
) -> None:
    found = {row[0] for row in await owner.fetch(WITHOUT_TENANT)}

    assert found <= set(GLOBAL)


async def test_each_exception_still_exists(owner: asyncpg.Connection) -> None:
    assert set(await tenant_tables(owner)) >= set(KEYS_WITHOUT_TENANT)


async def test_raw_sql_sees_no_foreign_row_in_any_table(
    owner: asyncpg.Connection, database: Database
) -> None:
    cherry, plum = uuid4(), uuid4()
    filled = [table for table in await tenant_tables(owner) if await _fill(owner, table, cherry)]

    assert len(filled) == len(await tenant_tables(owner))
    async with database.connection() as conn:
        for table in filled:
            assert await conn.fetchval(f"SELECT count(*) FROM {table}") == 0, table
    async with database.tenant(plum) as tx:
        for table in filled:
            assert await tx.value(f"SELECT count(*) FROM {table}") == 0, table
    async with database.tenant(cherry) as tx:
        for table in filled:
            assert await tx.value(f"SELECT count(*) FROM {table}") == 1, table


async def test_a_foreign_row_can_be_neither_written_nor_taken_over(
    owner: asyncpg.Connection, database: Database
) -> None:
    cherry, plum = uuid4(), uuid4()
    for table in await tenant_tables(owner):
        await _fill(owner, table, cherry)

    for table in await tenant_tables(owner):
        columns, values = await _sample(owner, table, cherry)
        insert = f"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE VALUES ({values})"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.tenant(plum) as tx:
                await tx.execute(insert)
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedColumnError)):
            async with database.tenant(cherry) as tx:
                await tx.execute(f"UPDATE {table} SET tenant_id = '{plum}'")


COLUMNS = """
SELECT column_name, data_type, udt_name FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = $1 AND is_nullable = 'NO'
    AND (column_default IS NULL OR column_name = 'id') AND is_identity = 'NO'
"""
SAMPLES = {
    "uuid": "gen_random_uuid()",
    "bytea": "decode(md5(random()::text), 'hex')",
    "timestamptz": "now()",
    "date": "current_date",
    "bool": "false",
    "jsonb": "'{}'",
    "int2": "1",
    "int4": "1",
    "int8": "1",
    "float8": "1",
    "float4": "1",
    "varchar": "left(md5(random()::text), 4)",
    "text": "md5(random()::text)",
    "_text": "'{}'",
    "_uuid": "'{}'",
}


async def _sample(owner: asyncpg.Connection, table: str, tenant: UUID) -> tuple[str, str]:
    names, values = [], []
    for row in await owner.fetch(COLUMNS, table):
        names.append(f'"{row["column_name"]}"')
        own = row["column_name"] == "tenant_id"
        values.append(f"'{tenant}'::uuid" if own else SAMPLES[row["udt_name"]])
    return ", ".join(names), ", ".join(values)


async def _fill(owner: asyncpg.Connection, table: str, tenant: UUID) -> bool:
    """Write one row of a tenant, as the superuser, without its references."""
    columns, values = await _sample(owner, table, tenant)
    await owner.execute("SET session_replication_role = replica")
    await owner.execute(f"INSERT INTO {table} ({columns}) VALUES ({values})")
    return True
