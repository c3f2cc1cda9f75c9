"""A business with something on every page, and the same with naughty words wherever people or
providers write.

`fill` makes the rows; `scribble` writes a text over all that others wrote, in every table. What
columns those are stands in `WRITTEN`; the rest of the text columns, in `OURS`, hold words of the
program. A new column must be put into one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import asyncpg
import msgspec

from services.connectors.messages import Media, MediaKind
from services.kit.ids import new_id
from services.tenants.actor import Role
from tests.services.desk.shops import Shop
from tests.webapp.people import Person, Town

WRITTEN: dict[str, tuple[str, ...]] = {
    "canned_reply": ("name", "text"),
    "channel": ("name", "title", "username"),
    "channel_error": ("endpoint", "code"),
    "contact": ("name",),
    "conversation": (
        "person_name",
        "person_url",
        "subject_title",
        "subject_price",
        "subject_url",
        "subject_image_ref",
        "title_shown",
    ),
    "delivery": ("reason", "detail"),
    "delivery_stuck": ("reason",),
    "draft": ("text",),
    "identity": ("display",),
    "link_offer": ("author_name",),
    "message": ("author_name", "text", "reason"),
    "message_revision": ("text",),
    "parked": ("detail",),
    "tenant": ("name",),
    "user_session": ("device",),
    "users": ("name", "username"),
    "workspace": ("name", "title", "state_reason"),
}
OURS = [
    "api_key.name",
    "api_key.prefix",
    "attachment.kind",
    "attachment.state",
    "audit_entry.action",
    "audit_entry.actor_kind",
    "audit_entry.object_id",
    "audit_entry.object_kind",
    "audit_entry.trace",
    "batch.owner_type",
    "batch.reason",
    "batch.state",
    "channel.external_id",
    "channel.hook_key",
    "channel.hook_state",
    "channel.kind",
    "channel.provider",
    "channel.status",
    "channel.status_reason",
    "channel_error.trace",
    "channel_job.kind",
    "channel_job.locale",
    "channel_job.outcome",
    "channel_job.reply_chat",
    "channel_job.state",
    "consent_event.action",
    "consent_event.channel",
    "consent_event.purpose",
    "consent_event.source",
    "consent_event.source_event_id",
    "consent_event.text_version",
    "contact.locale",
    "contact.status",
    "contact.zone",
    "conversation.away_period",
    "conversation.external_chat_id",
    "conversation.person_id",
    "conversation.state",
    "conversation.subject_id",
    "delivery.coalesce_key",
    "delivery.direction",
    "delivery.external_id",
    "delivery.idempotency_key",
    "delivery.order_key",
    "delivery.purpose",
    "delivery.recipient",
    "delivery.state",
    "delivery.target_kind",
    "delivery.trace",
    "delivery_attempt.bucket",
    "delivery_attempt.outcome",
    "delivery_attempt.reason",
    "delivery_open.coalesce_key",
    "delivery_open.order_key",
    "delivery_stuck.state",
    "early_receipt.external_id",
    "early_receipt.reason",
    "early_receipt.status",
    "fsm_state.state",
    "identity.provider",
    "identity.scope_account",
    "identity.state",
    "inbox.event_key",
    "inbox.lane_name",
    "inbox.source",
    "inbox.trace",
    "incident.rule",
    "incident.state",
    "incident.subject",
    "incident.trace",
    "lane.owner",
    "link_offer.bot_chat_id",
    "link_offer.bot_message_id",
    "link_offer.group_id",
    "link_offer.reason",
    "link_offer.service_id",
    "link_offer.state",
    "link_offer.thread_id",
    "link_offer.trace",
    "link_token.purpose",
    "login_attempt.nonce",
    "login_attempt.return_to",
    "login_attempt.verifier",
    "login_subject.issuer",
    "login_subject.subject",
    "membership.role",
    "membership.status",
    "message.author_kind",
    "message.bot_chat_id",
    "message.bot_message_id",
    "message.direction",
    "message.external_chat_id",
    "message.external_id",
    "message.group_id",
    "message.kind",
    "message.proof",
    "message.service_id",
    "message.state",
    "message.visibility",
    "message_link.chat_id",
    "message_link.remote_id",
    "message_link.side",
    "notice.audience",
    "notice.kind",
    "notice.reason",
    "notice.rule",
    "notice.state",
    "notice.subject",
    "notice.trace",
    "notice_copy.chat_id",
    "notice_copy.external_id",
    "notice_copy.kind",
    "notice_copy.reason",
    "notice_copy.state",
    "notice_mute.rule",
    "notice_mute.subject",
    "parked.reason",
    "poll_expected.event_key",
    "poll_mark.name",
    "process_minute.process",
    "process_minute.role",
    "schedule_fire.schedule",
    "source_lease.breaker",
    "source_lease.cursor",
    "source_lease.last_code",
    "source_lease.owner",
    "source_lease.provider",
    "stored_file.mime",
    "stored_file.sha256",
    "suppression.channel",
    "suppression.reason",
    "tenant.currency",
    "tenant.locale",
    "tenant.plan",
    "tenant.slug",
    "tenant.status",
    "tenant.zone",
    "tenant_key.key_id",
    "topic_link.card_id",
    "topic_link.state",
    "topic_link.thread_id",
    "user_session.ended_why",
    "user_session.kind",
    "users.locale",
    "users.status",
    "users.zone",
    "workspace.chat_id",
    "workspace.kind",
    "workspace.state",
]
ALONE = {("canned_reply", "name"), ("workspace", "name"), ("channel", "name")}
"""No two rows may hold the same."""
COLUMNS = """
SELECT table_name, column_name, coalesce(character_maximum_length, 4000) AS most
FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'aerich'
  AND data_type IN ('text', 'character varying')
"""


@dataclass
class House:
    """What pages need in their addresses."""

    dialog: UUID
    invite: str


async def fill(town: Town, shop: Shop) -> House:
    """Give the first business a row of everything that has a page; Anna and Boris are in."""
    dialog = await _talks(town, shop)
    await _rooms(town, shop)
    await _give_up(town.boris, shop, dialog)
    await _other_seats(town)
    _, invite = await town.anna.call("POST", "/api/v1/invites", {"role": "manager"})
    return House(dialog, invite["token"])


async def scribble(owner: asyncpg.Connection, text: str) -> None:
    """Write a text over everything people and providers wrote, as far as it fits."""
    most = {(row[0], row[1]): row[2] for row in await owner.fetch(COLUMNS)}
    for table, columns in WRITTEN.items():
        for column in columns:
            value = "left($1, $2)"
            if (table, column) in ALONE:
                value = "left(right(md5(ctid::text), 4) || $1, $2)"
            await owner.execute(
                f"UPDATE {table} SET {column} = {value}", text, most[table, column]
            )


async def _talks(town: Town, shop: Shop) -> UUID:
    """Dialogs in every state; the first has every kind of message."""
    first = await shop.talk("Иван", "В наличии?", "А цвет?", subject="Велосипед", minutes=50)
    await shop.write(
        "UPDATE conversation SET subject_price = '100', subject_url = 'https://avito.invalid/1',"
        " person_url = 'https://avito.invalid/2' WHERE tenant_id = $1 AND id = $2",
        first,
    )
    mine = {"direction": "out", "author_kind": "member"}
    shown = await shop.say(first, 3, "Да", state="read", **mine)
    changed = await shop.say(first, 4, "Синий", state="sent", **mine)
    await shop.say(first, 5, "торгуется", visibility="note", **mine)
    gone = await shop.say(first, 6, "лишнее")
    picture = await shop.say(first, 7, "", kind="image")
    await _attach(town, shop, picture, MediaKind.IMAGE)
    paper = await shop.say(first, 8, "", kind="file")
    await _attach(town, shop, paper, MediaKind.FILE)
    await shop.write(
        "UPDATE message SET author_name = 'Борис', edited_at = CASE WHEN id = $2 THEN now() END,"
        " deleted_at = CASE WHEN id = $3 THEN now() END,"
        " reply_to_id = CASE WHEN id = $2 THEN $4::uuid END WHERE tenant_id = $1",
        changed,
        gone,
        shown,
    )
    await shop.write(
        "UPDATE conversation SET last_seq = 8 WHERE tenant_id = $1 AND id = $2", first
    )
    for state in ("closed", "snoozed", "spam", "open"):
        await shop.talk(f"Пётр {state}", "?", state=state, channel=-1)
    await town.boris.call("POST", f"/api/v1/dialogs/{first}/take")
    for person in (town.anna, town.boris):
        await person.call("PUT", f"/api/v1/dialogs/{first}/draft", {"text": "не готово"})
    return first


async def _attach(town: Town, shop: Shop, message: UUID, kind: MediaKind) -> None:
    keys = await town.door.services.keyring.of(town.cherry)
    media = Media(kind=kind, ref="r", name="фото.png", origin=str(shop.channels[0]))
    sealed = keys.seal("attachment:media", f"{message}:0", msgspec.msgpack.encode(media))
    await shop.write(
        "INSERT INTO attachment (tenant_id, message_id, ordinal, kind, media, size)"
        " VALUES ($1, $2, 0, $3, $4, 108)",
        message,
        str(kind),
        sealed,
    )


async def _rooms(town: Town, shop: Shop) -> None:
    """A group that serves, a ready answer, failed calls, an open incident, the terms' words."""
    place = new_id()
    await shop.write(
        "INSERT INTO workspace (tenant_id, id, channel_id, chat_id, name, title)"
        " VALUES ($1, $2, $3, -1001, 'sales', 'Продажи')",
        place,
        town.door.channels["telegram"],
    )
    for channel in shop.channels:
        await shop.write(
            "INSERT INTO workspace_channel (tenant_id, channel_id, workspace_id)"
            " VALUES ($1, $2, $3)",
            channel,
            place,
        )
    await shop.write(
        "INSERT INTO canned_reply (tenant_id, id, name, text) VALUES ($1, $2, 'цена', 'Сто')",
        new_id(),
    )
    await shop.write(
        "INSERT INTO channel_error (tenant_id, id, channel_id, endpoint, code)"
        " SELECT tenant_id, gen_random_uuid(), id, 'send', 'timeout' FROM channel"
        " WHERE tenant_id = $1"
    )


async def _give_up(boris: Person, shop: Shop, dialog: UUID) -> None:
    """Two answers that did not get through, one of them in doubt."""
    for number, state in enumerate(("parked", "unknown")):
        words = {"text": f"ответ {number}", "key": f"k{number}"}
        await boris.call("POST", f"/api/v1/dialogs/{dialog}/messages", words)
        await shop.write("DELETE FROM delivery_open WHERE tenant_id = $1")
        await shop.write(
            "UPDATE delivery SET state = $2, reason = 'provider_down'"
            " WHERE tenant_id = $1 AND purpose = 'to_buyer' AND reason = ''",
            state,
        )
    await shop.write(
        "UPDATE message m SET state = 'failed', reason = 'provider_down' FROM delivery d"
        " WHERE m.tenant_id = $1 AND d.tenant_id = $1 AND d.ref = m.id AND d.state = 'parked'"
    )


async def _other_seats(town: Town) -> None:
    """Anna works in the other business too, and is signed in a second time."""
    services = town.door.services
    async with services.database.system("a test prepares") as tx:
        user = await tx.value("SELECT id FROM users WHERE telegram_user_id = 1001")
    async with services.database.tenant(town.plum) as tx:
        await tx.execute(
            "INSERT INTO membership (tenant_id, id, user_id, role) VALUES ($1, $2, $3, $4)",
            town.plum,
            new_id(),
            user,
            Role.ANALYST,
        )
    elsewhere = Person(town.door, town.anna.telegram_id, town.anna.name)
    elsewhere.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
    await elsewhere.enter()
