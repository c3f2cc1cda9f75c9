"""What the database asks for again is tried again, and is never a stranger's error (I21, I27)."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from services.kit.db import AWAY, Database, open_database
from services.kit.errors import Unavailable
from tests.conftest import Dsns

SAY = "DO $$ BEGIN RAISE EXCEPTION 'forced' USING ERRCODE = '{code}'; END $$"
CONTENDED, FULL = ("40001", "40P01"), ("53100", "53200", "58030")


@pytest.fixture
async def database(dsns: Dsns) -> AsyncIterator[Database]:
    opened = await open_database(dsns.app_dsn)
    yield opened
    await opened.close()


async def fail(database: Database, code: str) -> None:
    async with database.tenant(uuid4()) as tx:
        await tx.execute(SAY.format(code=code))


@pytest.mark.parametrize("code", [*CONTENDED, *FULL])
async def test_a_transaction_the_database_gave_up_is_unavailable(
    database: Database, code: str
) -> None:
    with pytest.raises(Unavailable) as refused:
        await fail(database, code)

    assert isinstance(refused.value.__cause__, asyncpg.PostgresError)
    async with database.tenant(uuid4()) as tx:
        assert await tx.value("SELECT 1") == 1


@pytest.mark.parametrize("code", CONTENDED)
async def test_contended_work_is_done_again_three_times_at_most(
    database: Database, code: str
) -> None:
    tries: list[int] = []

    async def work(failures: int) -> str:
        tries.append(1)
        if len(tries) <= failures:
            await fail(database, code)
        return "done"

    assert await database.retry(lambda: work(2)) == "done"
    assert len(tries) == 3
    tries.clear()
    with pytest.raises(Unavailable):
        await database.retry(lambda: work(9))
    assert len(tries) == 3


async def test_what_nobody_asked_for_again_is_not_repeated(database: Database) -> None:
    tries: list[int] = []

    async def work() -> None:
        tries.append(1)
        await fail(database, "53100")

    with pytest.raises(Unavailable):
        await database.retry(work)

    assert len(tries) == 1


def test_a_full_disk_is_no_fault_of_what_was_written() -> None:
    assert issubclass(asyncpg.DiskFullError, AWAY)
    assert not issubclass(asyncpg.UniqueViolationError, AWAY)
