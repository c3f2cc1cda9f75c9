"""Nobody answers: assignee, then the group, then the owners, in working time. Also wakes what was
snoozed. Owners hear of a few one by one and of many in one list, once in ten minutes.

Only conversations whose moment has come are looked at (`next_check_at`); each look sets the next
one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from services.connectors.messages import Entity, Text
from services.conversations import hours, words
from services.conversations.members import Members
from services.conversations.models import ConversationState
from services.conversations.policy import Callee, Policies, Policy
from services.conversations.replies import Topic, topic_notice
from services.conversations.titles import Titles
from services.conversations.values import Notices, Post
from services.kit.clock import Clock
from services.kit.db import Record, Tx
from services.kit.i18n import t

BATCH = 200
DUE = f"""
SELECT c.id, c.state, c.waiting_since, c.snoozed_until, c.ladder_step, c.assignee_id,
    c.person_name, c.subject_title,
    c.workspace_id, c.channel_id, w.channel_id AS bot_id, w.chat_id, t.thread_id, t.state AS
        link_state,
    (SELECT m.text FROM message m WHERE m.tenant_id = c.tenant_id AND m.conversation_id = c.id
        AND m.direction = 'in'
     ORDER BY m.seq DESC LIMIT 1) AS quote
FROM conversation c
LEFT JOIN workspace w ON w.tenant_id = c.tenant_id AND w.id = c.workspace_id
LEFT JOIN topic_link t ON t.tenant_id = c.tenant_id AND t.conversation_id = c.id AND t.is_current
WHERE c.tenant_id = $1 AND c.next_check_at <= $2
ORDER BY c.next_check_at LIMIT {BATCH} FOR NO KEY UPDATE OF c SKIP LOCKED
"""
TENANTS = "SELECT DISTINCT tenant_id FROM conversation WHERE next_check_at <= $1"
NEXT = (
    "UPDATE conversation SET next_check_at = $3, ladder_step = $4 WHERE tenant_id = $1 AND id = $2"
)
WAKE = """
UPDATE conversation SET state = CASE WHEN waiting_since IS NULL THEN 'open' ELSE 'waiting' END,
    snoozed_until = NULL
WHERE tenant_id = $1 AND id = $2
"""
MAX_QUOTE = 200
FEW = 2
"""So many at one look are told one by one, each with its button."""
LISTED = 10
DIGEST_APART = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class _Late:
    """A conversation the owners are to hear of."""

    row: Record
    name: str
    minutes: str
    step: int


class Ladder:
    """Reminds."""

    def __init__(
        self,
        outbox: Post,
        clock: Clock,
        policies: Policies,
        members: Members,
        titles: Titles,
        notices: Notices,
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._policies = policies
        self._members = members
        self._titles = titles
        self._notices = notices

    async def due_tenants(self, tx: Tx) -> list[UUID]:
        """Return tenants with conversations to look at."""
        rows = await tx.fetch(TENANTS, self._clock.now())
        return [row["tenant_id"] for row in rows]

    async def tick(self, tx: Tx) -> int:
        """Look at what is due; return how many."""
        now = self._clock.now()
        rows = await tx.fetch(DUE, tx.tenant_id, now)
        policy = await self._policies.of(tx)
        late: list[_Late] = []
        for row in rows:
            if row["state"] == ConversationState.SNOOZED:
                await self._wake(tx, row, policy, now)
            elif row["state"] == ConversationState.WAITING and row["waiting_since"] is not None:
                found = await self._waiting(tx, row, policy, now, row["ladder_step"])
                late += [found] if found is not None else []
            else:
                await tx.execute(NEXT, tx.tenant_id, row["id"], None, 0)
        await self._owners(tx, late, policy, now)
        return len(rows)

    async def _wake(self, tx: Tx, row: Record, policy: Policy, now: datetime) -> None:
        await tx.execute(WAKE, tx.tenant_id, row["id"])
        since = row["waiting_since"]
        look = next_look(policy, since, row["ladder_step"], now) if since else None
        await tx.execute(NEXT, tx.tenant_id, row["id"], look, row["ladder_step"])
        self._say(
            tx,
            row,
            Text(text=t(policy.locale, "bridge.woken")),
            f"woken:{row['id']}:{row['snoozed_until']}",
        )
        await self._titles.refresh(tx, row["id"])

    async def _waiting(
        self, tx: Tx, row: Record, policy: Policy, now: datetime, step: int
    ) -> _Late | None:
        """Call whoever is next; return what the owners are to hear instead."""
        late = None
        reached = steps_reached(policy, row["waiting_since"], now)
        if reached > step and hours.is_open(policy.calendar, now):
            if policy.callee(reached) is Callee.OWNER:
                late = _late(row, policy, reached)
            else:
                await self._call(tx, row, policy, reached, now)
            step = reached
        look = next_look(policy, row["waiting_since"], step, now)
        await tx.execute(NEXT, tx.tenant_id, row["id"], look, step)
        await self._titles.refresh(tx, row["id"])
        return late

    async def _call(
        self, tx: Tx, row: Record, policy: Policy, reached: int, now: datetime
    ) -> None:
        late = _late(row, policy, reached)
        said = t(policy.locale, "bridge.waits", name=late.name, minutes=late.minutes)
        key = f"waits:{row['id']}:{row['waiting_since'].isoformat()}:{reached}"
        if policy.callee(reached) is Callee.ASSIGNEE and row["assignee_id"] is not None:
            self._say(tx, row, await self._to_assignee(tx, row, said, now), key)
        else:
            self._say(tx, row, words.bold(said), key)

    async def _to_assignee(self, tx: Tx, row: Record, said: str, now: datetime) -> Text:
        """Name the assignee, unless it is night for them: then the group hears it."""
        team = await self._members.team(tx)
        person = next((m for m in team if m["id"] == row["assignee_id"]), None)
        if person is None or is_quiet(person, now):
            return words.bold(said)
        name = person["name"] or "—"
        link = f"tg://user?id={person['telegram_user_id']}"
        return Text(
            text=f"{name}, {said}",
            entities=(Entity(kind="link", offset=0, length=len(name), url=link),),
        )

    async def _owners(self, tx: Tx, late: Sequence[_Late], policy: Policy, now: datetime) -> None:
        if not late or tx.tenant_id is None:
            return
        if len(late) <= FEW:
            for one in late:
                about, params = str(one.row["id"]), _told_alone(one)
                await self._notices.tell(tx, tx.tenant_id, "unanswered", about, params)
            return
        params = _told_together(late, policy)
        if not await self._notices.tell(tx, tx.tenant_id, "unanswered_many", "many", params):
            for one in late:  # a list went out lately: these come with the next
                again = (one.row["id"], now + DIGEST_APART, one.row["ladder_step"])
                await tx.execute(NEXT, tx.tenant_id, *again)

    def _say(self, tx: Tx, row: Record, text: Text, key: str) -> None:
        if row["bot_id"] is None:
            return
        topic = Topic(
            bot_id=row["bot_id"],
            workspace_id=row["workspace_id"],
            conversation_id=row["id"],
            chat_id=row["chat_id"],
            thread_id=row["thread_id"] or "",
        )
        self._outbox.add(tx, topic_notice(topic, key, text, silent=False))


def _late(row: Record, policy: Policy, reached: int) -> _Late:
    name = row["person_name"] or t(policy.locale, "bridge.person.unknown")
    return _Late(row, name, words.minutes(policy.locale, policy.ladder[reached - 1]), reached)


def _told_alone(late: _Late) -> dict[str, str]:
    return {
        "name": late.name,
        "minutes": late.minutes,
        "about": late.row["subject_title"],
        "quote": " ".join((late.row["quote"] or "").split())[:MAX_QUOTE],
        "conversation": str(late.row["id"]),
    }


def _told_together(late: Sequence[_Late], policy: Policy) -> dict[str, str]:
    lines = [
        " · ".join(part for part in (one.name, one.row["subject_title"], one.minutes) if part)
        for one in late[:LISTED]
    ]
    rest = len(late) - LISTED
    lines += [t(policy.locale, "bridge.waits.more", count=rest)] if rest > 0 else []
    return {"count": str(len(late)), "list": "\n".join(lines)}


def steps_reached(policy: Policy, since: datetime, now: datetime) -> int:
    """Return how many rungs of the ladder the waiting has passed."""
    waited = hours.worked(policy.calendar, since, now)
    return sum(1 for minutes in policy.ladder if waited >= timedelta(minutes=minutes))


def next_look(policy: Policy, since: datetime, step: int, now: datetime) -> datetime | None:
    """Return when this conversation must be looked at again: next rung, next colour, next edge of
    the hours.
    """
    target = policy.target_minutes
    marks = {float(minutes) for minutes in policy.ladder[step:]} | {target / 2, float(target)}
    moments = [hours.after_work(policy.calendar, since, timedelta(minutes=m)) for m in marks]
    if step < len(policy.ladder):
        moments.append(hours.next_edge(policy.calendar, now))
    ahead = [moment for moment in moments if moment is not None and moment > now]
    return min(ahead, default=None)


def is_quiet(person: Record, now: datetime) -> bool:
    """Say whether it is night for a member by their own settings (`users.settings.quiet`)."""
    quiet = orjson.loads(person["settings"] or "{}").get("quiet")
    span = (str(quiet[0]), str(quiet[1])) if isinstance(quiet, list) and len(quiet) == 2 else None
    return hours.in_quiet_hours(person["zone"] or "UTC", span, now)
