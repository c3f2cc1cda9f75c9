"""The role this process connects as: it must not be able to see past the tenant wall."""

from __future__ import annotations

from services.kit.db import Database

ROLE_CHECK = """
SELECT rolsuper OR rolbypassrls OR rolinherit OR rolcreaterole
    OR EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'public' AND c.relowner = r.oid)
FROM pg_roles r WHERE rolname = current_user
"""


async def check_role(database: Database) -> None:
    """Raise PermissionError when the application role owns tables or can pass row-level
    security.
    """
    async with database.connection() as conn:
        if await conn.fetchval(ROLE_CHECK):
            raise PermissionError(
                "DATABASE_URL must name a role that owns nothing, is no superuser,"
                " has no BYPASSRLS and is NOINHERIT"
            )
