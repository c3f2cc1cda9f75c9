"""Transactions know for whom they act, and end in one order."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.kit.db import Database, Tx, open_database
from services.kit.errors import Unavailable
from services.kit.roles import check_role
from tests.conftest import Dsns

WHO = "SELECT current_setting('app.tenant', true), current_user"


@pytest.fixture
async def database(dsns: Dsns) -> AsyncIterator[Database]:
    opened = await open_database(dsns.app_dsn)
    yield opened
    await opened.close()


async def test_last_works_run_by_rank_and_may_add_more(database: Database) -> None:
    seen: list[int] = []

    def work(rank: int, more: int | None = None) -> object:
        async def run(tx: Tx) -> None:
            seen.append(rank)
            if more is not None:
                tx.before_commit(more, work(more))  # type: ignore[arg-type]

        return run

    async with database.tenant(uuid4()) as tx:
        tx.before_commit(20, work(20))  # type: ignore[arg-type]
        tx.before_commit(10, work(10, 15))  # type: ignore[arg-type]
        assert seen == []

    assert seen == [10, 15, 20]


async def test_rings_sound_after_the_commit_and_never_after_a_rollback(database: Database) -> None:
    heard: list[str] = []

    async with database.tenant(uuid4()) as tx:
        tx.after_commit(lambda: heard.append("rung"))
        tx.on_rollback(lambda: heard.append("undone"))
        assert heard == []
    with pytest.raises(ValueError, match="no"):
        await _refused(database, heard)

    assert heard == ["rung", "undone"]


async def _refused(database: Database, heard: list[str]) -> None:
    async with database.tenant(uuid4()) as tx:
        tx.after_commit(lambda: heard.append("rung twice"))
        tx.on_rollback(lambda: heard.append("undone"))
        raise ValueError("no")


async def test_acting_for_another_tenant_ends_with_its_block(database: Database) -> None:
    one, other = uuid4(), uuid4()

    async with database.tenant(one) as tx:
        with pytest.raises(ValueError, match="out"):
            await _leave(tx, other)
        assert (await tx.row(WHO))[0] == str(one)
        assert tx.tenant_id == one


async def _leave(tx: Tx, other: UUID) -> None:
    async with tx.acting_for(other):
        assert (await tx.row(WHO))[0] == str(other)
        raise ValueError("out")


async def test_seeing_everything_ends_with_its_block(database: Database) -> None:
    async with database.tenant(uuid4()) as tx:
        before = (await tx.row(WHO))[1]
        async with tx.system("test"):
            async with tx.system("inside"):
                pass
            assert (await tx.row(WHO))[1] == "vishenka_system"
        assert (await tx.row(WHO))[1] == before
    async with database.system("test") as tx:
        async with tx.system("inside"):
            pass
        assert (await tx.row(WHO))[1] == "vishenka_system"


async def test_nothing_of_a_tenant_stays_on_the_connection(database: Database) -> None:
    async with database.tenant(uuid4()):
        pass
    async with database.system("test"):
        pass

    async with database.connection() as conn:
        row = await conn.fetchrow(WHO)

    assert row[0] in (None, "")
    assert row[1] != "vishenka_system"


async def test_a_lost_connection_is_unavailable_and_undone(database: Database) -> None:
    undone: list[UUID] = []
    tenant = uuid4()

    with pytest.raises(Unavailable):
        await _cut_off(database, tenant, undone)

    assert undone == [tenant]
    async with database.tenant(tenant) as tx:
        assert await tx.value("SELECT 1") == 1


async def _cut_off(database: Database, tenant: UUID, undone: list[UUID]) -> None:
    async with database.tenant(tenant) as tx:
        tx.on_rollback(lambda: undone.append(tenant))
        pid = await tx.value("SELECT pg_backend_pid()")
        async with database.connection() as other:
            await other.execute("SELECT pg_terminate_backend($1)", pid)
        await tx.value("SELECT 1")


async def test_no_database_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        await open_database("postgresql://nobody@127.0.0.1:1/none")


@pytest.mark.parametrize("right", ["", "BYPASSRLS", "SUPERUSER", "INHERIT", "owner"])
async def test_only_a_powerless_role_may_serve(dsns: Dsns, right: str) -> None:
    database = await open_database(await _role(dsns, right))
    try:
        if right:
            with pytest.raises(PermissionError):
                await check_role(database)
        else:
            await check_role(database)
    finally:
        await database.close()


async def _role(dsns: Dsns, right: str) -> str:
    """Return the address of a fresh role with one right too many."""
    if right == "owner":
        return dsns.owner_dsn
    conn = await asyncpg.connect(dsns.owner_dsn)
    name = f"probe_{right.lower() or 'plain'}_{uuid4().hex[:8]}"
    try:
        await conn.execute(
            f"CREATE ROLE {name} LOGIN NOINHERIT {right} PASSWORD 'x'".replace(
                "NOINHERIT INHERIT", "INHERIT"
            )
        )
    finally:
        await conn.close()
    head, _, tail = dsns.app_dsn.partition("@")
    assert head
    return f"postgresql://{name}:x@{tail}"
