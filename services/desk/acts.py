"""What a member does at a dialog from the cabinet. The bridge does it, so the topic shows it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.audit.service import Audit, Object
from services.connectors.messages import Media, Text
from services.conversations.answer_queries import BY_ID
from services.conversations.assigning import Outcome, Taken
from services.conversations.members import in_scope
from services.conversations.service import Conversations
from services.conversations.values import AppAnswer
from services.desk import queries
from services.desk.presence import Presence
from services.desk.values import Viewer
from services.kit.clock import Clock
from services.kit.db import Record, Tx
from services.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from services.tenants.actor import Actor

MAX_TEXT = 10_000
MAX_KEY = 64
MAX_DRAFT = 10_000


@dataclass(frozen=True, slots=True)
class Said:
    """Words typed in the cabinet. `key` makes a double tap one message."""

    conversation_id: UUID
    text: str
    key: str
    is_note: bool = False
    media: tuple[Media, ...] = ()


class Acts:
    """Acts of the cabinet, each in the caller's transaction. Everything may be asked twice."""

    def __init__(
        self, clock: Clock, conversations: Conversations, audit: Audit, presence: Presence
    ) -> None:
        self._clock = clock
        self._bridge = conversations
        self._audit = audit
        self._presence = presence

    async def say(self, tx: Tx, viewer: Viewer, actor: Actor, said: Said) -> UUID:
        """Send an answer, or keep a note; return the message's id. Raises NotFound,
        InvalidInput.
        """
        text = said.text.strip()
        if not text and not said.media:
            raise InvalidInput("desk.empty", field="text")
        if len(text) > MAX_TEXT:
            raise InvalidInput("desk.too_long", field="text", limit=MAX_TEXT)
        if not said.key or len(said.key) > MAX_KEY:
            raise InvalidInput("error.invalid_input", field="key")
        await row_of(tx, viewer, said.conversation_id)
        answer = AppAnswer(
            conversation_id=said.conversation_id,
            user_id=viewer.user_id,
            author_name=viewer.name,
            key=said.key,
            text=Text(text=text),
            media=said.media,
            is_note=said.is_note,
        )
        message_id = await self._bridge.answer_from_app(tx, answer)
        await tx.execute(queries.NO_DRAFT, tx.tenant_id, said.conversation_id, viewer.user_id)
        act = "dialog.noted" if said.is_note else "dialog.answered"
        await self._record(tx, actor, act, said.conversation_id)
        await self._tell(tx, viewer, said.conversation_id, self._presence.ends)
        return message_id

    async def draft(self, tx: Tx, viewer: Viewer, conversation_id: UUID, text: str) -> None:
        """Keep an answer that is not finished; "" forgets it. Raises NotFound, Forbidden."""
        _person(viewer)
        await row_of(tx, viewer, conversation_id)
        key = (tx.tenant_id, conversation_id, viewer.user_id)
        if text.strip():
            await tx.execute(queries.DRAFT, *key, text[:MAX_DRAFT])
        else:
            await tx.execute(queries.NO_DRAFT, *key)

    async def types(self, tx: Tx, viewer: Viewer, conversation_id: UUID, *, on: bool) -> None:
        """Show colleagues that the viewer writes an answer, for ten seconds, or no more: in the
        cabinet, and the group by "typing…" in the topic. A machine is not shown. Raises NotFound.
        """
        await row_of(tx, viewer, conversation_id)
        tell = self._presence.begins if on else self._presence.ends
        await self._tell(tx, viewer, conversation_id, tell)
        if on and viewer.is_person:
            await self._bridge.typings.show(tx, conversation_id)

    async def take(self, tx: Tx, viewer: Viewer, actor: Actor, conversation_id: UUID) -> Taken:
        """Lead the dialog from now on; whoever was quicker keeps it. Raises NotFound,
        Forbidden.
        """
        _person(viewer)
        await row_of(tx, viewer, conversation_id)
        taken = await self._bridge.assigning.take(tx, conversation_id, viewer.user_id)
        if taken.outcome is Outcome.MINE:
            await self._record(tx, actor, "dialog.taken", conversation_id)
        return taken

    async def assign(
        self, tx: Tx, viewer: Viewer, actor: Actor, conversation_id: UUID, user_id: UUID | None
    ) -> bool:
        """Give the dialog to a member who may see it, None: to nobody; False when it was so.
        Raises NotFound, InvalidInput.
        """
        row = await row_of(tx, viewer, conversation_id)
        if user_id is not None:
            team = await self.team(tx, viewer, row["channel_id"])
            if user_id not in {one["id"] for one in team}:
                raise InvalidInput("desk.no_such_member", field="user_id")
        done = await self._bridge.assigning.assign(tx, conversation_id, user_id)
        if done:
            await self._record(tx, actor, "dialog.assigned", conversation_id)
        return done

    async def team(self, tx: Tx, viewer: Viewer, channel_id: UUID) -> list[Record]:
        """Return members (id, name) who may answer on this account; none to who may not see it."""
        if not viewer.sees(channel_id):
            return []
        found = await self._bridge.members.team(tx)
        return [member for member in found if in_scope(member["scope"], channel_id)]

    async def close(self, tx: Tx, viewer: Viewer, actor: Actor, conversation_id: UUID) -> bool:
        """Close; False when it was closed. Raises NotFound."""
        act = self._bridge.acts.close
        return await self._do(tx, viewer, actor, conversation_id, ("dialog.closed", act))

    async def reopen(self, tx: Tx, viewer: Viewer, actor: Actor, conversation_id: UUID) -> bool:
        """Open a closed, put off or blocked dialog again. Raises NotFound."""
        act = self._bridge.acts.reopen
        return await self._do(tx, viewer, actor, conversation_id, ("dialog.reopened", act))

    async def block(self, tx: Tx, viewer: Viewer, actor: Actor, conversation_id: UUID) -> bool:
        """Stop showing this person; the other side is told where it can be. Raises NotFound."""
        act = self._bridge.acts.block
        return await self._do(tx, viewer, actor, conversation_id, ("dialog.blocked", act))

    async def snooze(
        self, tx: Tx, viewer: Viewer, actor: Actor, conversation_id: UUID, length: str
    ) -> datetime:
        """Put off for `1h`, `3h` or until `morning`; return until when. Raises NotFound,
        InvalidInput, Conflict (closed or blocked).
        """
        await row_of(tx, viewer, conversation_id)
        policy = await self._bridge.policies.of(tx)
        until = self._bridge.acts.until(length, policy)
        if until is None:
            raise InvalidInput("desk.snooze_length", field="length")
        if not await self._bridge.acts.snooze(tx, conversation_id, until):
            raise Conflict("desk.not_open")
        await self._record(tx, actor, "dialog.snoozed", conversation_id)
        return until

    async def _do(
        self,
        tx: Tx,
        viewer: Viewer,
        actor: Actor,
        conversation_id: UUID,
        what: tuple[str, Callable[[Tx, Record], Awaitable[bool]]],
    ) -> bool:
        row = await row_of(tx, viewer, conversation_id)
        name, act = what
        done = await act(tx, row)
        if done:
            await self._record(tx, actor, name, conversation_id)
        return done

    async def _tell(
        self,
        tx: Tx,
        viewer: Viewer,
        conversation_id: UUID,
        tell: Callable[[UUID, UUID, UUID], Awaitable[None]],
    ) -> None:
        if viewer.is_person and tx.tenant_id is not None:
            await tell(tx.tenant_id, conversation_id, viewer.user_id)

    async def _record(self, tx: Tx, actor: Actor, act: str, conversation_id: UUID) -> None:
        await self._audit.record(tx, actor, act, Object("conversation", conversation_id))


async def row_of(tx: Tx, viewer: Viewer, conversation_id: UUID) -> Record:
    """Return the dialog as acts of the bridge take it. Raises NotFound, outside the scope too."""
    row = await tx.row(BY_ID, tx.tenant_id, conversation_id)
    if row is None or not viewer.sees(row["channel_id"]):
        raise NotFound("error.not_found")
    return row


def _person(viewer: Viewer) -> None:
    if not viewer.is_person:
        raise Forbidden("desk.people_only")
