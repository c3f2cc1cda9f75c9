"""Commands in a topic, and what the bridge says about a message it does not relay."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from services.connectors.messages import Address, Delete, Text
from services.connectors.registry import Registry
from services.conversations import words
from services.conversations.acts import Acts
from services.conversations.assigning import Assigning, Outcome
from services.conversations.canned import Canned
from services.conversations.members import Members
from services.conversations.models import MessageState, Purpose
from services.conversations.policy import Policy
from services.conversations.replies import Replies, spot_of
from services.conversations.topics import order_key
from services.conversations.values import ManagerMessage, Post
from services.kit.clock import Clock
from services.kit.db import Record, Tx
from services.kit.i18n import t
from services.outbox.models import NewDelivery

ORIGINAL = """
SELECT m.id, m.sent_at, m.state, m.direction, m.visibility, m.deleted_at,
    (SELECT array_agg(l.remote_id ORDER BY l.ordinal) FROM message_link l
     WHERE l.tenant_id = m.tenant_id AND l.message_id = m.id AND l.side = 'channel') AS remote,
    (SELECT array_agg(d.id) FROM delivery d WHERE d.tenant_id = m.tenant_id AND d.ref = m.id
     AND d.purpose = 'to_buyer' AND d.state IN ('due', 'retry', 'parked', 'unknown')) AS waiting
FROM message m WHERE m.tenant_id = $1 AND m.id = $2
"""
DROPPED = """
UPDATE message SET state = $3
WHERE tenant_id = $1 AND id = $2 AND state IN ('queued', 'failed', 'unknown')
"""

Command = Callable[[Tx, ManagerMessage, Record, Policy, str], Awaitable[Text | None]]


class Commands:
    """Obeys. Everything may be asked twice."""

    def __init__(
        self,
        outbox: Post,
        clock: Clock,
        registry: Registry,
        replies: Replies,
        members: Members,
        acts: Acts,
        *,
        assigning: Assigning,
        canned: Canned,
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._registry = registry
        self._replies = replies
        self._members = members
        self._acts = acts
        self._assigning = assigning
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
        """Obey a command; return a text when it asks for one to be sent (a canned reply), else
        None.
        """
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

    async def _on_close(
        self, tx: Tx, message: ManagerMessage, row: Record, policy: Policy, rest: str
    ) -> None:
        del rest
        self.say(tx, message, policy, "bridge.closed")
        await self._acts.close(tx, row)

    async def _on_reopen(
        self, tx: Tx, message: ManagerMessage, row: Record, policy: Policy, rest: str
    ) -> None:
        del rest
        await self._acts.reopen(tx, row)
        self.say(tx, message, policy, "bridge.reopened")

    async def _on_take(
        self, tx: Tx, message: ManagerMessage, row: Record, policy: Policy, rest: str
    ) -> None:
        del rest
        taken = await self._assigning.take(tx, row["id"], row["user_id"])
        key = "bridge.taken" if taken.outcome is Outcome.MINE else "bridge.taken_by"
        self.say(tx, message, policy, key, name=taken.name)

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
            await self._assigning.assign(tx, row["id"], found[0]["id"])
            self.say(tx, message, policy, "bridge.assigned", name=found[0]["name"])
            return
        self._acts.offer_team(tx, spot_of(message), row["id"], team, policy)

    async def _on_snooze(
        self, tx: Tx, message: ManagerMessage, row: Record, policy: Policy, rest: str
    ) -> None:
        until = self._acts.until(rest.lower(), policy)
        if until is None:
            self._acts.offer_snooze(tx, spot_of(message), row["id"], policy)
            return
        await self._acts.snooze(tx, row["id"], until)
        self.say(tx, message, policy, "bridge.snoozed", at=words.clock_time(until, policy.zone))

    async def _on_block(
        self, tx: Tx, message: ManagerMessage, row: Record, policy: Policy, rest: str
    ) -> None:
        del rest
        await self._acts.block(tx, row)
        self.say(tx, message, policy, "bridge.blocked")

    async def _on_delete(
        self, tx: Tx, message: ManagerMessage, row: Record, policy: Policy, rest: str
    ) -> None:
        del rest
        found = await tx.row(ORIGINAL, tx.tenant_id, row["reply_id"]) if row["reply_id"] else None
        if found is None or found["direction"] != "out" or found["visibility"] == "note":
            self.say(tx, message, policy, "bridge.delete.what")
            return
        channel = words.provider_name(policy.locale, row["provider"])
        if found["waiting"]:
            await self._outbox.drop(tx, found["waiting"])
            await tx.execute(DROPPED, tx.tenant_id, found["id"], MessageState.DROPPED)
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
