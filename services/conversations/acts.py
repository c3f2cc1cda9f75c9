"""Acts on a conversation: close, reopen, snooze, block; for commands and buttons."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from services.connectors.messages import Address, Block, React, Text, TopicEdit
from services.connectors.registry import Registry
from services.conversations import hours, words
from services.conversations.models import LinkState, Purpose
from services.conversations.policy import Policy
from services.conversations.replies import Replies, Spot
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
UPDATE conversation SET state = 'closed', waiting_since = NULL, next_check_at = NULL,
    ladder_step = 0, snoozed_until = NULL, updated_at = now(), row_version = row_version + 1
WHERE tenant_id = $1 AND id = $2 AND state <> 'closed'
"""
REOPEN = """
UPDATE conversation SET state = 'open', updated_at = now(), row_version = row_version + 1
WHERE tenant_id = $1 AND id = $2 AND state IN ('closed', 'snoozed', 'spam')
"""
SNOOZE = """
UPDATE conversation SET state = 'snoozed', snoozed_until = $3, next_check_at = $3,
    updated_at = now(), row_version = row_version + 1
WHERE tenant_id = $1 AND id = $2 AND state NOT IN ('spam', 'closed')
"""
SPAM = """
UPDATE conversation SET state = 'spam', waiting_since = NULL, next_check_at = NULL,
    updated_at = now(), row_version = row_version + 1
WHERE tenant_id = $1 AND id = $2 AND state <> 'spam'
"""
SNOOZES = {"1h": timedelta(hours=1), "3h": timedelta(hours=3)}


class Acts:
    """Does what members ask for. Everything may be asked twice."""

    def __init__(
        self,
        outbox: Post,
        clock: Clock,
        registry: Registry,
        replies: Replies,
        titles: Titles,
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._registry = registry
        self._replies = replies
        self._titles = titles

    # ---- state ------------------------------------------------------------------------------

    async def close(self, tx: Tx, row: Record) -> bool:
        """Close the conversation; False when it was closed."""
        if not await tx.execute(CLOSE, tx.tenant_id, row["id"]):
            return False
        await self._titles.refresh(tx, row["id"])
        self.close_topic(tx, row)
        return True

    async def reopen(self, tx: Tx, row: Record) -> bool:
        """Open a closed, snoozed or blocked conversation again."""
        if not await tx.execute(REOPEN, tx.tenant_id, row["id"]):
            return False
        await self._titles.refresh(tx, row["id"])
        self.reopen_topic(tx, row)
        return True

    async def snooze(self, tx: Tx, conversation_id: UUID, until: datetime) -> bool:
        """Put off until then."""
        done = bool(await tx.execute(SNOOZE, tx.tenant_id, conversation_id, until))
        if done:
            await self._titles.refresh(tx, conversation_id)
        return done

    def until(self, length: str, policy: Policy) -> datetime | None:
        """Return when a snooze ends; "morning" is the next opening, or nine o'clock where there
        are no hours.
        """
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

    def offer_snooze(self, tx: Tx, spot: Spot, conversation_id: UUID, policy: Policy) -> None:
        """Ask for how long."""
        buttons = words.snooze_buttons(policy.locale, conversation_id)
        self._replies.reply(
            tx, spot, "snooze", Text(text=t(policy.locale, "bridge.snooze.ask")), buttons
        )

    def noted(self, tx: Tx, message: ManagerMessage, row: Record) -> None:
        """Mark a note: the other side does not see it."""
        self._cosmetic(
            tx, row, React(to=_place(row), external_id=message.message_id, emoji=NOTED), new_id()
        )

    # ---- topic ------------------------------------------------------------------------------

    def reopen_topic(self, tx: Tx, row: Record) -> None:
        """Open the topic people or we closed."""
        self._topic_edit(tx, row, closed=False)

    def close_topic(self, tx: Tx, row: Record) -> None:
        """Close the topic of a closed conversation."""
        self._topic_edit(tx, row, closed=True)

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
