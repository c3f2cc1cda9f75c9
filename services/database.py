"""Migrations and the list of model modules; the only place that knows both Tortoise's and aerich's
settings.
"""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
from aerich import Command
from tortoise import Tortoise

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
MIGRATION_LOCK = 7_146_238_001
FEATURES = (
    "tenants",
    "identity",
    "channels",
    "contacts",
    "consents",
    "lanes",
    "inbox",
    "outbox",
    "conversations",
)
FEATURES_LATE = ("desk", "audit", "incidents", "notices", "polling", "imports")


def _model_modules() -> list[str]:
    names = [f"services.{feature}.models" for feature in FEATURES + FEATURES_LATE]
    return [name for name in names if _exists(name)]


def _exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


MODEL_MODULES = _model_modules()


def tortoise_config(dsn: str) -> dict[str, Any]:
    """Return Tortoise's settings for a database URL."""
    return {
        "connections": {
            "default": dsn.replace("postgresql://", "asyncpg://").replace(
                "postgres://", "asyncpg://"
            )
        },
        "apps": {
            "models": {
                "models": [*MODEL_MODULES, "aerich.models"],
                "default_connection": "default",
            }
        },
        "use_tz": True,
    }


async def migrate(owner_dsn: str, app_dsn: str) -> Sequence[str]:
    """Bring the schema to the newest version under a lock; return the files applied. Safe to run
    from several places.
    """
    guard = await asyncpg.connect(owner_dsn)
    try:
        await guard.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        applied = await _upgrade(owner_dsn)
        await grant_application(guard, _user(app_dsn))
        return applied
    finally:
        await guard.close()


async def _upgrade(owner_dsn: str) -> Sequence[str]:
    config = tortoise_config(owner_dsn)
    # aerich skips its own init once Tortoise ran in this process, even with connections closed.
    await Tortoise.init(config=config)
    command = Command(tortoise_config=config, app="models", location=str(MIGRATIONS))
    await command.init()
    try:
        return list(await command.upgrade(run_in_transaction=True))
    finally:
        await Tortoise.close_connections()


def _user(dsn: str) -> str:
    return urlsplit(dsn).username or "vishenka_app"


GRANTS = """
SELECT table_name, string_agg(privilege_type, ', ') AS rights
FROM information_schema.role_table_grants
WHERE grantee = 'vishenka_app_group' AND table_schema = 'public' GROUP BY table_name
"""


async def grant_application(conn: Any, role: str) -> None:
    """Give the application role exactly the rights of vishenka_app_group, and the door to
    vishenka_system.

    The role is NOINHERIT, so membership alone gives it nothing.
    """
    name = '"' + role.replace('"', '""') + '"'
    if await conn.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = $1", role):
        return
    await conn.execute(f"GRANT USAGE ON SCHEMA public TO {name}; GRANT vishenka_system TO {name}")
    await conn.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name}")
    for row in await conn.fetch(GRANTS):
        await conn.execute(f'GRANT {row["rights"]} ON "{row["table_name"]}" TO {name}')
    await conn.execute(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {name}")
