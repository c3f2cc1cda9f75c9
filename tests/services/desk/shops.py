"""Two businesses with conversations written straight into their tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from services.bootstrap import Services
from services.connectors.messages import Media, MediaKind
from services.desk.dialogs import Dialogs
from services.desk.values import Dialog, Thread, Viewer, Wanted
from services.kit.ids import new_id

NOW = datetime.now(UTC).replace(microsecond=0)


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


@dataclass
class Shop:
    """One business: two accounts, a manager, whatever conversations a test writes."""

    services: Services
    dialogs: Dialogs
    id: UUID = field(default_factory=new_id)
    user: UUID = field(default_factory=new_id)
    channels: list[UUID] = field(default_factory=list)

    async def open(self, slug: str) -> Shop:
        async with self.services.database.system("test") as tx:
            await tx.execute(
                "INSERT INTO tenant (id, slug, name) VALUES ($1, $2, $2)", self.id, slug
            )
            await tx.execute(
                "INSERT INTO users (id, telegram_user_id, name) VALUES ($1, $2, 'Борис')",
                self.user,
                hash(slug) % 10**9 + 1,
            )
        await self.services.keyring.of(self.id)
        for name in ("avito-1", "avito-2"):
            self.channels.append(await self.channel(name))
        return self

    async def channel(self, name: str) -> UUID:
        channel = new_id()
        await self.write(
            "INSERT INTO channel (tenant_id, id, provider, kind, name, external_id, credentials,"
            " hook_key) VALUES ($1, $2, 'avito', 'account', $3, $3, '\\x00', $4)",
            channel,
            name,
            f"hook-{channel}",
        )
        return channel

    async def group(self, bot: UUID) -> UUID:
        """Connect a group of this bot's."""
        row = new_id()
        await self.write(
            "INSERT INTO workspace (tenant_id, id, name, channel_id, chat_id, title, kind)"
            " VALUES ($1, $2, 'sales', $3, '-1002200', 'Продажи', 'forum')",
            row,
            bot,
        )
        return row

    async def attach(self, message: UUID, kind: MediaKind) -> None:
        """Give a message one attachment."""
        keys = await self.services.keyring.of(self.id)
        media = Media(kind=kind, ref="r", name="фото.png", origin=str(self.channels[0]))
        sealed = keys.seal("attachment:media", f"{message}:0", msgspec.msgpack.encode(media))
        await self.write(
            "INSERT INTO attachment (tenant_id, message_id, ordinal, kind, media, size)"
            " VALUES ($1, $2, 0, $3, $4, 108)",
            message,
            str(kind),
            sealed,
        )

    async def write(self, sql: str, *args: Any) -> None:
        async with self.services.database.tenant(self.id) as tx:
            await tx.execute(sql, self.id, *args)

    async def talk(
        self,
        person: str,
        *says: str,
        state: str = "waiting",
        minutes: float = 5,
        channel: int = 0,
        mine: bool = False,
        subject: str = "",
    ) -> UUID:
        """Write a conversation; the person's last words came so many minutes ago."""
        contact, row = new_id(), new_id()
        await self.write(
            "INSERT INTO contact (tenant_id, id, name) VALUES ($1, $2, $3)", contact, person
        )
        await self.write(
            "INSERT INTO conversation (tenant_id, id, channel_id, external_chat_id, contact_id,"
            " state, person_name, subject_title, assignee_id, waiting_since, last_in_at, last_seq)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            row,
            self.channels[channel],
            f"u2i-{row}",
            contact,
            state,
            person,
            subject,
            self.user if mine else None,
            ago(minutes) if state == "waiting" else None,
            ago(minutes),
            len(says),
        )
        for number, text in enumerate(says, 1):
            await self.say(row, number, text, at=ago(minutes + len(says) - number))
        return row

    async def say(
        self,
        conversation: UUID,
        seq: int,
        text: str,
        *,
        at: datetime = NOW,
        direction: str = "in",
        **more: Any,
    ) -> UUID:
        row = new_id()
        values = {"state": "received", "visibility": "public", "author_kind": "person", **more}
        await self.write(
            "INSERT INTO message (tenant_id, id, conversation_id, seq, direction, author_kind,"
            " text, channel_id, external_chat_id, state, visibility, sent_at)"
            " SELECT $1, $2, id, $4, $5, $6, $7, channel_id, external_chat_id, $8, $9, $10"
            " FROM conversation WHERE tenant_id = $1 AND id = $3",
            row,
            conversation,
            seq,
            direction,
            values["author_kind"],
            text,
            values["state"],
            values["visibility"],
            at,
        )
        return row

    def viewer(self, *channels: int) -> Viewer:
        """Return the manager, seeing all or the accounts of these numbers."""
        scope = frozenset(self.channels[number] for number in channels) if channels else None
        return Viewer(self.user, "Борис", scope)

    async def page(self, wanted: Wanted, *channels: int) -> list[Dialog]:
        async with self.services.database.tenant(self.id) as tx:
            return list((await self.dialogs.page(tx, self.viewer(*channels), wanted)).items)

    async def names(self, wanted: Wanted, *channels: int) -> list[str]:
        return [dialog.person for dialog in await self.page(wanted, *channels)]

    async def thread(self, conversation: UUID, *channels: int, **more: Any) -> Thread:
        async with self.services.database.tenant(self.id) as tx:
            return await self.dialogs.thread(tx, self.viewer(*channels), conversation, **more)
