"""`./run diagram`: docs/data-model.md, drawn from a migrated database and the models' own words.

The catalogue says what is there (columns, keys, references), the models say what it is for and
where it lives. A test compares the document with the schema of the moment.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import asyncpg
from tortoise import Tortoise

from sandbox.servers import EmbeddedPostgres
from services.database import migrate, tortoise_config

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "data-model.md"
HEAD = """# Data model

Drawn by `./run diagram` from the migrated schema; a test keeps it true. Every table with
`tenant_id` has two row-level policies; keys and references carry the tenant. The diagrams show
keys and what refers to what by a constraint; other ids are looked up by their feature.
"""
KEYS = """
SELECT c.conrelid::regclass::text AS tab, c.contype::text AS kind,
    (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(c.conkey)
        WITH ORDINALITY AS k(number, place)
     JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number) AS cols,
    c.confrelid::regclass::text AS target
FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
WHERE n.nspname = 'public' AND c.contype IN ('p', 'u', 'f') ORDER BY 1, 2, 3
"""
UNIQUE = """
SELECT i.indrelid::regclass::text AS tab, pg_get_indexdef(i.indexrelid) AS written
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND i.indisunique AND NOT i.indisprimary
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid) ORDER BY 1, 2
"""
COLUMNS = """
SELECT table_name AS tab, column_name AS col, udt_name AS kind FROM information_schema.columns
WHERE table_schema = 'public' ORDER BY table_name, ordinal_position
"""


Rows = list[asyncpg.Record]


@dataclass(frozen=True, slots=True)
class Table:
    """One table: what it is for, and its keys."""

    name: str
    feature: str
    words: str
    columns: tuple[tuple[str, str], ...]
    primary: tuple[str, ...]
    unique: tuple[str, ...]
    targets: tuple[tuple[tuple[str, ...], str], ...]


async def read(owner_dsn: str) -> list[Table]:
    """Return every table of ours, by feature and name."""
    conn = await asyncpg.connect(owner_dsn)
    try:
        keys, indexes = await conn.fetch(KEYS), await conn.fetch(UNIQUE)
        columns = await conn.fetch(COLUMNS)
    finally:
        await conn.close()
    await Tortoise.init(config=tortoise_config(owner_dsn))
    models = {one._meta.db_table: one for one in Tortoise.apps["models"].values()}
    await Tortoise.close_connections()
    found = [
        _table(name, models[name], list(rows), keys, indexes)
        for name, rows in groupby(columns, key=lambda row: str(row["tab"]))
        if name != "aerich"
    ]
    return sorted(found, key=lambda table: (table.feature, table.name))


def _table(name: str, model: type, rows: Rows, keys: Rows, indexes: Rows) -> Table:
    mine = [key for key in keys if key["tab"] == name]
    unique = [", ".join(key["cols"]) for key in mine if key["kind"] == "u"]
    unique += [_index(one["written"]) for one in indexes if one["tab"] == name]
    targets = [(tuple(key["cols"]), key["target"]) for key in mine if key["kind"] == "f"]
    return Table(
        name=name,
        feature=model.__module__.split(".")[1],
        words=" ".join((model.__doc__ or "").split("\n\n")[0].split()),
        columns=tuple((str(row["col"]), str(row["kind"])) for row in rows),
        primary=next((tuple(key["cols"]) for key in mine if key["kind"] == "p"), ()),
        unique=tuple(sorted(unique)),
        targets=tuple(sorted(set(targets))),
    )


def _index(written: str) -> str:
    """Return the columns of a unique index and its condition, as a person reads them."""
    columns, _, where = written.partition(" USING ")[2].partition(" WHERE ")
    columns = columns.partition("(")[2].rpartition(")")[0]
    condition = re.sub(r"::[a-z ]+(\[\])?|[()]", "", where)
    return f"{columns} where {condition}" if where else columns


def document(tables: Iterable[Table]) -> str:
    """Return the document."""
    parts = [HEAD]
    for feature, group in groupby(tables, key=lambda table: table.feature):
        parts.append(_section(feature, list(group)))
    return "\n".join(parts)


def _section(feature: str, tables: list[Table]) -> str:
    lines = [f"## {feature}", "", "```mermaid", "erDiagram"]
    for table in tables:
        lines += [f"    {table.name} {{", *_fields(table), "    }"]
    for table in tables:
        for columns, target in table.targets:
            label = ", ".join(one for one in columns if one != "tenant_id") or "tenant_id"
            lines.append(f'    {target} ||--o{{ {table.name} : "{label}"')
    lines += ["```", "", "| table | what it is | unique |", "|---|---|---|"]
    for table in tables:
        unique = "; ".join(one.replace("|", "\\|") for one in table.unique) or "–"
        lines.append(f"| `{table.name}` | {table.words} | {unique} |")
    return "\n".join([*lines, ""])


def _fields(table: Table) -> list[str]:
    foreign = {name for columns, _ in table.targets for name in columns}
    lines = []
    for name, kind in table.columns:
        marks = ["PK"] * (name in table.primary) + ["FK"] * (name in foreign)
        if marks:
            lines.append(f"        {kind} {name} {', '.join(marks)}")
    return lines or [f"        {kind} {name}" for name, kind in table.columns]


def main() -> None:
    """Start a server, migrate, draw, take the server down."""
    folder = Path(tempfile.mkdtemp(prefix="vishenka-diagram-"))
    folder.chmod(0o711)
    try:
        with EmbeddedPostgres(folder / "postgres", durable=False) as server:
            tables = asyncio.run(_draw(server.owner_dsn, server.app_dsn))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    DOCUMENT.write_text(document(tables), encoding="utf-8")
    sys.stdout.write(f"{len(tables)} tables in {DOCUMENT.name}\n")


async def _draw(owner_dsn: str, app_dsn: str) -> list[Table]:
    await migrate(owner_dsn, app_dsn)
    return await read(owner_dsn)


if __name__ == "__main__":
    main()
