"""Acts on a conversation from its topic: commands, and what the bridge says about a message it does not relay."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

from services.connectors.messages import Address, Block, Delete, React, Text, TopicEdit
from services.connectors.registry import Registry
from services.conversations import hours, words
from services.conversations.canned import Canned
from services.conversations.members import Members
from services.conversations.models import LinkState, MessageState, Purpose
from services.conversations.policy import Policy
from services.conversations.replies import Replies, Spot, spot_of
from services.conversations.rules import Refusal
from services.conversations.titles import Titles
from services.conversations.topics import TARGET, order_key
from services.conversations.values import ManagerMessage, Post
from services.kit.clock import Clock
from services.kit.db import Record, Tx
from services.kit.i18n import t
from services.kit.ids import new_id
from services.outbox.models import Class, NewDelivery

NOTED = "🙈"
CLOSE = """
UPDATE conversation SET state = 'closed', waiting_since = NULL, next_check_at = NULL, ladder_step = 0,
    snoozed_until = NULL, updated_at = now(), row_version = row_version + 1
WHERE tenant_id = $1 AND id = $2 AND state <> 'closed'
"""
REOPEN = """
UPDATE conversation SET state = 'open', updated_at = now(), row_version = row_version + 1
WHERE tenant_id = $1 AND id = $2 AND state IN ('closed', 'snoozed', 'spam')
"""
ASSIGN = """
UPDATE conversation SET assignee_id = $3, updated_at = now(), row_version = row_version + 1
WHERE tenant_id = $1 AND id = $2 AND assignee_id IS DISTINCT FROM $3
"""
TAKE = """
UPDATE conversation SET assignee_id = $3, updated_at = now(), row_version = row_version + 1
WHERE tenant_id = $1 AND id = $2 AND (assignee_id IS NULL OR assignee_id = $3)
"""
HOLDER = """
SELECT u.name FROM conversation c JOIN users u ON u.id = c.assignee_id WHERE c.tenant_id = $1 AND c.id = $2
"""
SNOOZE = """
UPDATE conversation SET state = 'snoozed', snoozed_until = $3, next_check_at = $3, updated_at = now(),
    row_version = row_version + 1
WHERE tenant_id = $1 AND id = $2 AND state NOT IN ('spam', 'closed')
"""
SPAM = """
UPDATE conversation SET state = 'spam', waiting_since = NULL, next_check_at = NULL, updated_at = now(),
    row_version = row_version + 1
WHERE tenant_id = $1 AND id = $2 AND state <> 'spam'
"""
ORIGINAL = """
SELECT m.id, m.sent_at, m.state, m.direction, m.visibility, m.deleted_at,
    (SELECT array_agg(l.remote_id ORDER BY l.ordinal) FROM message_link l
     WHERE l.tenant_id = m.tenant_id AND l.message_id = m.id AND l.side = 'channel') AS remote,
    (SELECT array_agg(d.id) FROM delivery d WHERE d.tenant_id = m.tenant_id AND d.ref = m.id
     AND d.purpose = 'to_buyer' AND d.state IN ('due', 'retry', 'parked', 'unknown')) AS waiting
FROM message m WHERE m.tenant_id = $1 AND m.id = $2
"""
SNOOZES = {"1h": timedelta(hours=1), "3h": timedelta(hours=3)}

Command = Callable[[Tx, ManagerMessage, Record, Policy, str], Awaitable[Text | None]]


class Acts:
    """Does what members ask for. Everything may be asked twice."""

    def __init__(
        self,
        outbox: Post,
        clock: Clock,
        registry: Registry,
        replies: Replies,
        members: Members,
        titles: Titles,
        *,
        canned: Canned,
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._registry = registry
        self._replies = replies
        self._members = members
        self._titles = titles
        self._canned = canned
        self._commands: dict[str, Command] = {
            "close": self._on_close,
            "reopen": self._on_reopen,
            "take": self._on_take,
            "assign": self._on_assign,
            "snooze": self._on_snooze,
            "block": self._on_block,
            "delete": self._on_delete,
            "r": canned.call,
            "canned": canned.command,
        }

    async def command(
        self, tx: Tx, message: ManagerMessage, row: Record, policy: Policy
    ) -> Text | None:
        """Obey a command; return a text when it asks for one to be sent (a canned reply), else None."""
        head, _, rest = message.text.text[1:].partition(" ")
        work = self._commands.get(head.partition("@")[0].strip().lower())
        if work is None:
            self.say(tx, message, policy, "bridge.command.unknown", command=head[:40])
            return None
        return await work(tx, message, row, policy, rest.strip())

    def say(
        self, tx: Tx, message: ManagerMessage, policy: Policy, key: str, **params: object
    ) -> None:
        """Reply in words."""
        self._replies.reply(tx, spot_of(message), key, Text(text=t(policy.locale, key, **params)))

    def refuse(
        self, tx: Tx, message: ManagerMessage, row: Record, refused: Refusal | None, policy: Policy
    ) -> None:
        """Say why the whole message stays here."""
        channel = row["channel_title"] or row["channel_name"]
        key = refused.key if refused is not None else "bridge.refused.kind"
        kind = refused.kind.value if refused is not None and refused.kind is not None else "other"
        named = t(policy.locale, f"bridge.media.{kind}")
        limit = refused.limit // 1048576 if refused is not None else 0
        text = t(policy.locale, key, channel=channel, kind=named, limit=limit)
        self._replies.reply(tx, spot_of(message), "refused", Text(text=text))

    def noted(self, tx: Tx, message: ManagerMessage, row: Record) -> None:
        """Mark a note: the other side does not see it."""
        self._cosmetic(
            tx, row, React(to=_place(row), external_id=message.message_id, emoji=NOTED), new_id()
        )

    # ---- state -----------------------------------------------------------------------------------------------

    async def close(self, tx: Tx, row: Record) -> bool:
        """Close the conversation; False when it was closed."""
        if not await tx.execute(CLOSE, tx.tenant_id, row["id"]):
            return False
        await self._titles.refresh(tx, row["id"])
        self._topic_edit(tx, row, closed=True)
        return True

    async def reopen(self, tx: Tx, row: Record) -> bool:
        """Open a closed, snoozed or blocked conversation again."""
        if not await tx.execute(REOPEN, tx.tenant_id, row["id"]):
            return False
        await self._titles.refresh(tx, row["id"])
        self.reopen_topic(tx, row)
        return True

    async def take(self, tx: Tx, conversation_id: UUID, user_id: UUID) -> str | None:
        """Assign to oneself; return the name of the one who was quicker, or None."""
        if await tx.execute(TAKE, tx.tenant_id, conversation_id, user_id):
            return None
        return str(await tx.value(HOLDER, tx.tenant_id, conversation_id) or "")

    async def assign(self, tx: Tx, conversation_id: UUID, user_id: UUID | None) -> bool:
        """Assign; False when nothing changed."""
        return bool(await tx.execute(ASSIGN, tx.tenant_id, conversation_id, user_id))

    async def snooze(self, tx: Tx, conversation_id: UUID, until: datetime) -> bool:
        """Put off until then."""
        done = bool(await tx.execute(SNOOZE, tx.tenant_id, conversation_id, until))
        if done:
            await self._titles.refresh(tx, conversation_id)
        return done

    def until(self, length: str, policy: Policy) -> datetime | None:
        """Return when a snooze ends; "morning" is the next opening, or nine o'clock where there are no hours."""
        now = self._clock.now()
        if length in SNOOZES:
            return now + SNOOZES[length]
        if length != "morning":
            return None
        return hours.next_morning(policy.calendar, now)

    async def block(self, tx: Tx, row: Record) -> bool:
        """Stop showing this person; the other side is told where it can be."""
        if not await tx.execute(SPAM, tx.tenant_id, row["id"]):
            return False
        if self._registry[row["provider"]].capabilities.block and row["person_id"]:
            action = Block(
                to=Address(chat_id=row["external_chat_id"]),
                user_id=row["person_id"],
                subject_id=row["subject_id"],
            )
            self._outbox.add(
                tx,
                NewDelivery(
                    channel_id=row["channel_id"],
                    action=action,
                    idempotency_key=f"bridge:block:{row['id']}:{new_id()}",
                    order_key=order_key(row["id"]),
                    purpose=Purpose.NOTICE,
                    cls=Class.SERVICE,
                    conversation_id=row["id"],
                ),
            )
        await self._titles.refresh(tx, row["id"])
        return True

    # ---- commands --------------------------------------------------------------------------------------------

    async def _on_close(
        self, tx: Tx, message: ManagerMessage, row: Record, policy: Policy, rest: str
    ) -> None:
        del rest
        self.say(tx, message, policy, "bridge.closed")
        await self.close(tx, row)

    async def _on_reopen(
        self, tx: Tx, message: ManagerMessage, row: Record, policy: Policy, rest: str
    ) -> None:
        del rest
        await self.reopen(tx, row)
        self.say(tx, message, policy, "bridge.reopened")

    async def _on_take(
        self, tx: Tx, message: ManagerMessage, row: Record, policy: Policy, rest: str
    ) -> None:
        del rest
        holder = await self.take(tx, row["id"], row["user_id"])
        key = "bridge.taken" if holder is None else "bridge.taken_by"
        self.say(tx, message, policy, key, name=holder if holder is not None else row["user_name"])

    async def _on_assign(
        self, tx: Tx, message: ManagerMessage, row: Record, policy: Policy, rest: str
    ) -> None:
        team = await self._members.team(tx)
        wanted = rest.lstrip("@").lower()
        found = [
            m
            for m in team
            if wanted and wanted in (m["name"].lower(), (m["username"] or "").lower())
        ]
        if len(found) == 1:
            await self.assign(tx, row["id"], found[0]["id"])
            self.say(tx, message, policy, "bridge.assigned", name=found[0]["name"])
            return
        self.offer_team(tx, spot_of(message), row["id"], team, policy)

    def offer_team(
        self, tx: Tx, spot: Spot, conversation_id: UUID, team: list[Record], policy: Policy
    ) -> None:
        """Ask whom to assign to."""
        buttons = words.member_buttons(
            conversation_id, [(m["id"], m["name"] or "—") for m in team]
        )
        self._replies.reply(
            tx, spot, "assign", Text(text=t(policy.locale, "bridge.assign.whom")), buttons
        )

    async def _on_snooze(
        self, tx: Tx, message: ManagerMessage, row: Record, policy: Policy, rest: str
    ) -> None:
        until = self.until(rest.lower(), policy)
        if until is None:
            self.offer_snooze(tx, spot_of(message), row["id"], policy)
            return
        await self.snooze(tx, row["id"], until)
        self.say(tx, message, policy, "bridge.snoozed", at=words.clock_time(until, policy.zone))

    def offer_snooze(self, tx: Tx, spot: Spot, conversation_id: UUID, policy: Policy) -> None:
        """Ask for how long."""
        buttons = words.snooze_buttons(policy.locale, conversation_id)
        self._replies.reply(
            tx, spot, "snooze", Text(text=t(policy.locale, "bridge.snooze.ask")), buttons
        )

    async def _on_block(
        self, tx: Tx, message: ManagerMessage, row: Record, policy: Policy, rest: str
    ) -> None:
        del rest
        await self.block(tx, row)
        self.say(tx, message, policy, "bridge.blocked")

    async def _on_delete(
        self, tx: Tx, message: ManagerMessage, row: Record, policy: Policy, rest: str
    ) -> None:
        del rest
        found = await tx.row(ORIGINAL, tx.tenant_id, row["reply_id"]) if row["reply_id"] else None
        if found is None or found["direction"] != "out" or found["visibility"] == "note":
            self.say(tx, message, policy, "bridge.delete.what")
            return
        channel = row["channel_title"] or row["channel_name"]
        if found["waiting"]:
            await self._outbox.drop(tx, found["waiting"])
            await tx.execute(
                "UPDATE message SET state = $3 WHERE tenant_id = $1 AND id = $2 AND state IN ('queued','failed','unknown')",
                tx.tenant_id, found["id"], MessageState.DROPPED,
            )  # fmt: skip
            self.say(tx, message, policy, "bridge.dropped")
        elif found["remote"]:
            self._unsend(tx, message, row, found, policy, channel)

    def _unsend(
        self,
        tx: Tx,
        message: ManagerMessage,
        row: Record,
        found: Record,
        policy: Policy,
        channel: str,
    ) -> None:
        window = self._registry[row["provider"]].capabilities.delete_within_seconds
        age = (self._clock.now() - found["sent_at"]).total_seconds()
        if age > window:
            key = "bridge.delete.never" if not window else "bridge.delete.late"
            self.say(tx, message, policy, key, channel=channel, minutes=window // 60)
            return
        for remote in found["remote"]:
            self._outbox.add(
                tx,
                NewDelivery(
                    channel_id=row["channel_id"],
                    action=Delete(to=Address(chat_id=row["external_chat_id"]), external_id=remote),
                    idempotency_key=f"bridge:unsend:{found['id']}:{remote}"[:200],
                    order_key=order_key(row["id"]),
                    purpose=Purpose.UNSEND,
                    ref=found["id"],
                    conversation_id=row["id"],
                ),
            )

    # ---- topic -----------------------------------------------------------------------------------------------

    def reopen_topic(self, tx: Tx, row: Record) -> None:
        """Open the topic people or we closed."""
        self._topic_edit(tx, row, closed=False)

    def _topic_edit(self, tx: Tx, row: Record, *, closed: bool) -> None:
        if row["workspace_kind"] != "forum" or row["link_state"] != LinkState.LIVE:
            return
        self._outbox.add(
            tx,
            NewDelivery(
                channel_id=row["bot_channel_id"],
                action=TopicEdit(to=_place(row), closed=closed),
                idempotency_key=f"bridge:topic:{row['id']}:{new_id()}",
                order_key=order_key(row["id"]),
                purpose=Purpose.COSMETIC,
                cls=Class.SERVICE,
                direction="in",
                target_kind=TARGET,
                target_id=row["workspace_id"],
                conversation_id=row["id"],
            ),
        )

    def _cosmetic(self, tx: Tx, row: Record, action: React, key: UUID) -> None:
        self._outbox.add(
            tx,
            NewDelivery(
                channel_id=row["bot_channel_id"],
                action=action,
                idempotency_key=f"bridge:cosmetic:{key}",
                order_key=f"m:{key}",
                purpose=Purpose.COSMETIC,
                cls=Class.COSMETIC,
                direction="in",
                target_kind=TARGET,
                target_id=row["workspace_id"],
                conversation_id=row["id"],
            ),
        )


def _place(row: Record) -> Address:
    return Address(chat_id=row["chat_id"], thread_id=row["thread_id"] or "")
