"""The schema: migrations up and down, alike the models, and known to the migration tool."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import asyncpg
from aerich.utils import decompress_dict, get_models_describe
from tortoise import Tortoise

from sandbox import diagram
from services.database import MIGRATIONS, migrate, tortoise_config
from tests.conftest import Dsns

FILES = sorted(MIGRATIONS.glob("models/[0-9]*.py"), key=lambda path: int(path.name.split("_")[0]))
COLUMNS = """
SELECT table_name, column_name, is_nullable = 'YES' AS is_null FROM information_schema.columns
WHERE table_schema = 'public' AND table_name <> 'aerich'
"""
TABLES = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"


async def columns(dsn: str) -> dict[str, dict[str, bool]]:
    conn = await asyncpg.connect(dsn)
    found: defaultdict[str, dict[str, bool]] = defaultdict(dict)
    for row in await conn.fetch(COLUMNS):
        found[row["table_name"]][row["column_name"]] = row["is_null"]
    await conn.close()
    return dict(found)


async def described(dsn: str) -> dict[str, dict[str, bool]]:
    await Tortoise.init(config=tortoise_config(dsn))
    found = {}
    for model in Tortoise.apps["models"].values():
        fields = model._meta.fields_map.items()
        table = {f.source_field or name: f.null for name, f in fields if f.has_db_field}
        found[model._meta.db_table] = table
    await Tortoise.close_connections()
    found.pop("aerich")
    return found


async def test_every_table_has_a_model_with_the_same_columns(dsns: Dsns) -> None:
    assert await columns(dsns.owner_dsn) == await described(dsns.owner_dsn)


async def test_the_data_model_is_drawn_as_it_is(dsns: Dsns) -> None:
    drawn = diagram.document(await diagram.read(dsns.owner_dsn))

    assert drawn == diagram.DOCUMENT.read_text(encoding="utf-8"), "run: ./run diagram"


async def test_a_second_run_applies_nothing(dsns: Dsns) -> None:
    assert await migrate(dsns.owner_dsn, dsns.app_dsn) == []


async def test_three_starts_at_once_migrate_once(empty_dsns: Dsns) -> None:
    code = "import asyncio, sys; from services.database import migrate; "
    code += "print(len(asyncio.run(migrate(sys.argv[1], sys.argv[2]))))"
    root = Path(__file__).resolve().parent.parent
    jobs = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            code,
            empty_dsns.owner_dsn,
            empty_dsns.app_dsn,
            cwd=root,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]
    counts = [int((await job.communicate())[0]) for job in jobs]

    assert sorted(counts) == [0, 0, len(FILES)]


async def test_the_stairs_lead_down_and_up_again(dsns: Dsns) -> None:
    before = await columns(dsns.owner_dsn)
    conn = await asyncpg.connect(dsns.owner_dsn)
    for file in reversed(FILES):
        module = importlib.import_module(f"migrations.models.{file.stem}")
        await conn.execute(await module.downgrade(None))
    assert await columns(dsns.owner_dsn) == {}

    await conn.execute("DROP TABLE aerich")
    await conn.close()
    await migrate(dsns.owner_dsn, dsns.app_dsn)

    assert await columns(dsns.owner_dsn) == before


async def test_the_newest_migration_knows_the_models_as_they_are(dsns: Dsns) -> None:
    """Else `./run migration` would find no difference, or a false one (renew: `--state`)."""
    module = importlib.import_module(f"migrations.models.{FILES[-1].stem}")
    known = decompress_dict(module.MODELS_STATE)
    await Tortoise.init(config=tortoise_config(dsns.owner_dsn))
    models = get_models_describe("models")
    await Tortoise.close_connections()

    assert {name: names(state) for name, state in known.items()} == {
        name: names(state) for name, state in models.items()
    }


def names(state: dict[str, Any]) -> set[str]:
    return {str(field["name"]) for field in state["data_fields"]}


def test_downgrades_are_written_for_every_file() -> None:
    for file in FILES:
        module = importlib.import_module(f"migrations.models.{file.stem}")
        assert inspect.iscoroutinefunction(module.downgrade), file.name
