"""SQL that migrations share: policies of tenant tables, grants, append-only tables.

Every tenant table has two policies: its own tenant (`app.tenant`, set per transaction), and
everything for `vishenka_system`, a role reached by SET LOCAL ROLE only.
"""

from __future__ import annotations

from collections.abc import Iterable

CURRENT_TENANT = "(SELECT nullif(current_setting('app.tenant', true), '')::uuid)"


def tenant_tables(*tables: str) -> str:
    """Return SQL that turns on row-level security with both policies for these tables."""
    return "\n".join(
        _policies(table) + _grants(table, "SELECT, INSERT, UPDATE, DELETE") for table in tables
    )


def global_tables(*tables: str) -> str:
    """Return grants for tables that belong to no tenant (MISSION 4 names them)."""
    return "\n".join(_grants(table, "SELECT, INSERT, UPDATE, DELETE") for table in tables)


def append_only(*tables: str) -> str:
    """Return SQL after which the application may only read and insert."""
    return "\n".join(
        f"REVOKE UPDATE, DELETE ON {table} FROM vishenka_app_group, vishenka_system;"
        for table in tables
    )


def _policies(table: str) -> str:
    return f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY {table}_tenant ON {table}
    USING (tenant_id = {CURRENT_TENANT}) WITH CHECK (tenant_id = {CURRENT_TENANT});
CREATE POLICY {table}_system ON {table} TO vishenka_system USING (true) WITH CHECK (true);
"""


def _grants(table: str, rights: str) -> str:
    return f"GRANT {rights} ON {table} TO vishenka_app_group, vishenka_system;\n"


def drop(tables: Iterable[str]) -> str:
    """Return SQL that removes tables, last first."""
    return "\n".join(f"DROP TABLE IF EXISTS {table} CASCADE;" for table in reversed(list(tables)))
