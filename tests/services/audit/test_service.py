"""The audit says who did what to which row, without the values, and cannot be rewritten."""

from __future__ import annotations

import asyncpg
import pytest

from services.audit.service import Audit, Object
from services.kit.ids import new_id
from services.kit.log import bind
from services.tenants.actor import SYSTEM
from tests.services.tenants.conftest import Home, database, home

__all__ = ["database", "home"]


async def test_entry_names_rows_and_fields_and_keeps_no_value(home: Home) -> None:
    audit, row = Audit(home.keyring), new_id()
    async with home.database.tenant(home.cherry) as tx:
        with bind(trace="abc"):
            what = {"name": "Секретное имя", "zone": None}
            await audit.record(tx, home.anna, "tenant.rename", Object("tenant", row), what)
            await audit.record(tx, SYSTEM, "tenant.rename", Object("tenant", row), what)
        second, first, *_ = await audit.entries(tx)

    assert (first["actor_kind"], first["actor_id"]) == ("member", home.anna.id)
    assert (second["actor_kind"], second["actor_id"]) == ("system", None)
    assert (first["action"], first["object_id"], first["trace"]) == (
        "tenant.rename",
        str(row),
        "abc",
    )
    assert "Секретное" not in str(dict(first))
    assert first["fields"] == second["fields"]  # digests of one value compare


async def test_digests_of_two_tenants_do_not_compare(home: Home) -> None:
    audit = Audit(home.keyring)
    found = []
    for tenant_id in (home.cherry, home.plum):
        async with home.database.tenant(tenant_id) as tx:
            await audit.record(tx, SYSTEM, "x", Object(), {"name": "одно"})
            found.append((await audit.entries(tx))[0]["fields"])

    assert found[0] != found[1]


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET action = 'y'", "DELETE FROM audit_entry"]
)
async def test_application_cannot_rewrite_history(home: Home, statement: str) -> None:
    async with home.database.tenant(home.cherry) as tx:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await tx.execute(statement)
