"""Buttons of the bridge. A late or double press is answered politely and changes nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from services.audit.service import Object
from services.connectors.messages import Text
from services.conversations import callbacks, words
from services.conversations.acts import Acts
from services.conversations.answer_queries import BY_ID
from services.conversations.assigning import Assigning, Outcome
from services.conversations.callbacks import Pressed
from services.conversations.corrections import Corrections
from services.conversations.linking import Linking
from services.conversations.marks import Marks
from services.conversations.members import Members, in_scope
from services.conversations.models import MessageState
from services.conversations.policy import Policies, Policy
from services.conversations.replies import Replies, spot_of
from services.conversations.values import Author, Post, Press
from services.kit.db import Record, Tx
from services.kit.i18n import t
from services.tenants.team import has_factor

OF_MESSAGE = """
SELECT m.id, m.state, m.conversation_id,
    (SELECT array_agg(d.id ORDER BY d.seq) FROM delivery d WHERE d.tenant_id = m.tenant_id AND
        d.ref = m.id
     AND d.purpose = 'to_buyer' AND d.state IN ('parked', 'unknown')) AS stuck
FROM message m WHERE m.tenant_id = $1 AND m.id = $2 FOR UPDATE OF m
"""
SET = """
UPDATE message SET state = $3, reason = ''
WHERE tenant_id = $1 AND id = $2 AND state IN ('failed', 'unknown')
"""
OF_OFFER = "SELECT conversation_id FROM link_offer WHERE tenant_id = $1 AND id = $2"
OF_MESSAGES = frozenset({"retry", "drop", "fix", "link"})

Work = Callable[[Tx, Press, Pressed, Record, Record, Policy], Awaitable[str]]


class Presses:
    """Does what buttons say and returns the words of the answer."""

    def __init__(  # noqa: PLR0913 - it lists exactly what it needs
        self,
        outbox: Post,
        policies: Policies,
        replies: Replies,
        members: Members,
        marks: Marks,
        acts: Acts,
        *,
        assigning: Assigning,
        corrections: Corrections,
        linking: Linking,
    ) -> None:
        self._outbox = outbox
        self._policies = policies
        self._replies = replies
        self._members = members
        self._marks = marks
        self._acts = acts
        self._assigning = assigning
        self._corrections = corrections
        self._linking = linking
        self._work: dict[str, Work] = {
            "take": self._take,
            "assign": self._assign,
            "to": self._to,
            "snooze": self._snooze,
            "until": self._until,
            "close": self._close,
            "hire": self._hire,
        }

    async def press(self, tx: Tx, author: Author, press: Press) -> None:
        """Do what the button says, if this person may."""
        pressed = callbacks.read(press.data)
        policy = await self._policies.of(tx)
        member = await self._members.find(tx, author)
        if pressed is None or member is None:
            key = "bridge.press.unknown" if pressed is None else "bridge.press.forbidden"
            self._replies.answer(tx, press, t(policy.locale, key), alert=True)
            return
        key = await self._do(tx, press, pressed, member, policy)
        self._replies.answer(tx, press, key)

    async def _do(
        self, tx: Tx, press: Press, pressed: Pressed, member: Record, policy: Policy
    ) -> str:
        conversation_id = pressed.id
        if pressed.verb in OF_MESSAGES:
            sql = OF_OFFER if pressed.verb == "link" else OF_MESSAGE
            found = await tx.row(sql, tx.tenant_id, pressed.id)
            if found is None:
                return t(policy.locale, "bridge.press.unknown")
            conversation_id = found["conversation_id"]
        row = await tx.row(BY_ID, tx.tenant_id, conversation_id)
        if row is None:
            return t(policy.locale, "bridge.press.unknown")
        if row["chat_id"] != press.chat_id:
            # A button works in its own group; anybody can send its data from elsewhere.
            return t(policy.locale, "bridge.press.unknown")
        if not in_scope(member["scope"], row["channel_id"]):
            return t(policy.locale, "bridge.press.forbidden")
        if pressed.verb in OF_MESSAGES:
            return await self._of_message(tx, press, pressed, member, policy)
        work = self._work.get(pressed.verb)
        if work is None:
            return t(policy.locale, "bridge.press.unknown")
        return await work(tx, press, pressed, row, member, policy)

    async def _of_message(
        self, tx: Tx, press: Press, pressed: Pressed, member: Record, policy: Policy
    ) -> str:
        if pressed.verb == "fix":
            sent = await self._corrections.send(tx, pressed.id)
            if sent:
                self._replies.edit(
                    tx, spot_of(press), Text(text=t(policy.locale, "bridge.fix.sent"))
                )
            return t(policy.locale, "bridge.fix.sent" if sent else "bridge.press.late")
        if pressed.verb == "link":
            key = await self._linking.want(tx, pressed.id, press.message_id)
            return t(policy.locale, key)
        return await self._stuck(tx, press, pressed, member, policy)

    async def _stuck(
        self, tx: Tx, press: Press, pressed: Pressed, member: Record, policy: Policy
    ) -> str:
        found = await tx.row(OF_MESSAGE, tx.tenant_id, pressed.id)
        is_retry = pressed.verb == "retry"
        state = MessageState.QUEUED if is_retry else MessageState.DROPPED
        stuck: list[UUID] = (found["stuck"] or []) if found is not None else []
        if not stuck or not await tx.execute(SET, tx.tenant_id, pressed.id, state):
            return t(policy.locale, "bridge.press.late")
        move = self._outbox.retry if is_retry else self._outbox.drop
        await move(tx, stuck)
        act = "delivery.retried" if is_retry else "delivery.dropped"
        await self._members.note(tx, member, act, [Object("delivery", one) for one in stuck])
        row = await self._marks.find(tx, pressed.id)
        key = "bridge.retrying" if is_retry else "bridge.dropped"
        self._replies.edit(tx, spot_of(press), Text(text=t(policy.locale, key)))
        if row is not None and is_retry:
            self._marks.show(tx, row, MessageState.QUEUED)
        return t(policy.locale, key)

    async def _take(
        self, tx: Tx, press: Press, pressed: Pressed, row: Record, member: Record, policy: Policy
    ) -> str:
        del press, pressed
        before = row["assignee_id"]
        taken = await self._assigning.take(tx, row["id"], member["id"])
        if taken.outcome is Outcome.MINE and before != member["id"]:
            await self._note(tx, member, "dialog.taken", row)
        key = "bridge.taken" if taken.outcome is Outcome.MINE else "bridge.taken_by"
        return t(policy.locale, key, name=taken.name)

    async def _assign(
        self, tx: Tx, press: Press, pressed: Pressed, row: Record, member: Record, policy: Policy
    ) -> str:
        del pressed, member
        self._acts.offer_team(tx, spot_of(press), row["id"], await self._members.team(tx), policy)
        return ""

    async def _to(
        self, tx: Tx, press: Press, pressed: Pressed, row: Record, member: Record, policy: Policy
    ) -> str:
        team = await self._members.team(tx)
        chosen = next((m for m in team if m["id"] == pressed.extra_id), None)
        if chosen is None:
            return t(policy.locale, "bridge.press.unknown")
        if await self._assigning.assign(tx, row["id"], chosen["id"]):
            await self._note(tx, member, "dialog.assigned", row)
        said = t(policy.locale, "bridge.assigned", name=chosen["name"])
        self._replies.edit(tx, spot_of(press), Text(text=said))
        return said

    async def _snooze(
        self, tx: Tx, press: Press, pressed: Pressed, row: Record, member: Record, policy: Policy
    ) -> str:
        del pressed, member
        self._acts.offer_snooze(tx, spot_of(press), row["id"], policy)
        return ""

    async def _until(
        self, tx: Tx, press: Press, pressed: Pressed, row: Record, member: Record, policy: Policy
    ) -> str:
        until = self._acts.until(pressed.extra, policy)
        if until is None or not await self._acts.snooze(tx, row["id"], until):
            return t(policy.locale, "bridge.press.late")
        await self._note(tx, member, "dialog.snoozed", row)
        said = t(policy.locale, "bridge.snoozed", at=words.clock_time(until, policy.zone))
        self._replies.edit(tx, spot_of(press), Text(text=said))
        return said

    async def _close(
        self, tx: Tx, press: Press, pressed: Pressed, row: Record, member: Record, policy: Policy
    ) -> str:
        del press, pressed
        done = await self._acts.close(tx, row)
        if done:
            await self._note(tx, member, "dialog.closed", row)
        return t(policy.locale, "bridge.closed" if done else "bridge.press.late")

    async def _hire(
        self, tx: Tx, press: Press, pressed: Pressed, row: Record, member: Record, policy: Policy
    ) -> str:
        del row
        if member["role"] != "owner" or not pressed.extra.isdigit():
            return t(policy.locale, "bridge.press.owner")
        if await has_factor(tx, member["id"]):  # as invitations: the chat is no way around it
            return t(policy.locale, "bridge.press.second_factor")
        hired = await self._members.hire(tx, int(pressed.extra), "")
        await self._members.note(tx, member, "member.add", [Object("user", hired)])
        said = t(policy.locale, "bridge.hired")
        self._replies.edit(tx, spot_of(press), Text(text=said))
        return said

    async def _note(self, tx: Tx, member: Record, act: str, row: Record) -> None:
        await self._members.note(tx, member, act, [Object("conversation", row["id"])])
