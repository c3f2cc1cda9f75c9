"""A business's own settings: its name, language, and how long texts of messages are kept.

The zone belongs to the hours (`conversations.terms`). `retention_days` 0 keeps texts for ever;
`services.upkeep` makes the rest true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from services.audit.service import Audit, Object
from services.kit.db import Tx
from services.kit.errors import InvalidInput, NotFound
from services.kit.ids import id_at
from services.tenants import rules
from services.tenants.actor import Actor, Role

LOCALES = ("ru", "en")
SHORTEST, LONGEST = 30, 3650
"""Days texts may be kept: a shorter life would end before what waits to be sent again."""

READ = """
SELECT name, locale, zone, settings -> 'retention_days' AS retention_days FROM tenant WHERE id = $1
"""
WRITE_NAME = """
UPDATE tenant SET name = $2, updated_at = now(), row_version = row_version + 1 WHERE id = $1
"""
WRITE_LOCALE = """
UPDATE tenant SET locale = $2, updated_at = now(), row_version = row_version + 1 WHERE id = $1
"""
WRITE_RETENTION = """
UPDATE tenant SET updated_at = now(), row_version = row_version + 1,
    settings = (settings - 'retention') || jsonb_build_object('retention_days', $2::int)
WHERE id = $1
"""
OLD_TEXTS = """
SELECT count(*) FROM (
    SELECT FROM message WHERE tenant_id = $1 AND id < $2 AND text <> '' LIMIT $3) AS old
"""
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class BusinessView:
    """The settings in force. `retention_days` 0: texts are kept for ever."""

    name: str
    locale: str
    zone: str
    retention_days: int


class BusinessSettings:
    """Reads and changes the settings of the transaction's tenant; every change is an owner's."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def read(self, tx: Tx) -> BusinessView:
        """Return them. Raises NotFound."""
        row = await tx.row(READ, tx.tenant_id)
        if row is None:
            raise NotFound("error.not_found")
        days = days_of(row["retention_days"])
        return BusinessView(row["name"], row["locale"], row["zone"], days)

    async def set_name(self, tx: Tx, actor: Actor, name: str) -> None:
        """Name the business. Raises InvalidInput, Forbidden."""
        said = rules.clean_name(name)
        if not said:
            raise InvalidInput("error.tenant_name", field="name")
        tenant_id = _owned(tx, actor)
        await tx.execute(WRITE_NAME, tenant_id, said)
        await self._note(tx, actor, tenant_id, {"name": None})

    async def set_locale(self, tx: Tx, actor: Actor, locale: str) -> None:
        """Set the language of the groups and of what the business's bots say."""
        if locale not in LOCALES:
            raise InvalidInput("error.locale", field="locale")
        tenant_id = _owned(tx, actor)
        await tx.execute(WRITE_LOCALE, tenant_id, locale)
        await self._note(tx, actor, tenant_id, {"locale": locale})

    async def set_retention(self, tx: Tx, actor: Actor, days: int) -> None:
        """Set after how many days texts and attachments are erased; 0: never. Raises
        InvalidInput, Forbidden.
        """
        if days != 0 and not SHORTEST <= days <= LONGEST:
            raise InvalidInput(
                "settings.retention_range", field="retention_days", least=SHORTEST, most=LONGEST
            )
        tenant_id = _owned(tx, actor)
        await tx.execute(WRITE_RETENTION, tenant_id, days)
        await self._note(tx, actor, tenant_id, {"retention_days": str(days)})

    async def old_texts(self, tx: Tx, before: datetime) -> int:
        """Return how many texts are older than a moment, counted up to `MOST_COUNTED`."""
        found: int = await tx.value(OLD_TEXTS, tx.tenant_id, id_at(before), MOST_COUNTED)
        return found

    async def _note(
        self, tx: Tx, actor: Actor, tenant_id: UUID, fields: Mapping[str, str | None]
    ) -> None:
        await self._audit.record(tx, actor, "settings.change", Object("tenant", tenant_id), fields)


def days_of(stored: str | None) -> int:
    """Return the days that settings name; what is no such number keeps everything."""
    found = orjson.loads(stored) if stored else 0
    is_days = isinstance(found, int) and SHORTEST <= found <= LONGEST
    return int(found) if is_days else 0


def _owned(tx: Tx, actor: Actor) -> UUID:
    if tx.tenant_id is None or actor.tenant_id != tx.tenant_id:
        raise NotFound("error.not_found")
    actor.need(Role.OWNER)
    return tx.tenant_id
