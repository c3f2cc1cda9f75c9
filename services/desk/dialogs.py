"""The list of dialogs and one dialog with its messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime
from uuid import UUID

import orjson

from services.conversations.models import ConversationState
from services.conversations.policy import Policies, Policy
from services.conversations.titles import status
from services.desk import queries, rules
from services.desk.presence import Answering, Presence
from services.desk.values import (
    Dialog,
    DialogPage,
    File,
    Item,
    Preview,
    Thread,
    View,
    Viewer,
    Wanted,
)
from services.kit.clock import Clock
from services.kit.db import Record, Tx
from services.kit.errors import NotFound

MAX_PAGE = 100
FOUND = 500
MARKS = {ConversationState.CLOSED: "closed", ConversationState.SPAM: "blocked"}


class Dialogs:
    """Reads for the cabinet. All inside a transaction of the caller's business."""

    def __init__(self, clock: Clock, policies: Policies, presence: Presence | None = None) -> None:
        self._clock = clock
        self._policies = policies
        self._presence = presence

    async def page(self, tx: Tx, viewer: Viewer, wanted: Wanted) -> DialogPage:
        """Return a page of a view. Raises InvalidInput for a broken cursor."""
        at, row_id = rules.unpack(wanted.cursor)
        found = await self._found(tx, wanted.query)
        limit = min(max(wanted.limit, 1), MAX_PAGE)
        assignee = viewer.user_id if wanted.view is View.MINE else wanted.assignee_id
        sql = queries.LISTINGS[View.ALL if wanted.query and found else wanted.view]
        rows = await tx.fetch(
            sql, tx.tenant_id, viewer.scope, wanted.channel_id, assignee, found, at, row_id, limit
        )
        policy = await self._policies.of(tx)
        writing = await self._writing(tx, viewer, rows)
        items = tuple(self._dialog(row, policy, writing) for row in rows)
        return DialogPage(items, _next(items, limit, wanted))

    async def _found(self, tx: Tx, query: str) -> list[UUID] | None:
        words = rules.search_words(query)
        if not words:
            return [] if query.strip() else None
        rows = await tx.fetch("SELECT id FROM vishenka_search($1, $2)", words, FOUND)
        return [row["id"] for row in rows]

    async def counts(self, tx: Tx, viewer: Viewer) -> dict[View, int]:
        """Return how many dialogs wait, are the viewer's, are put off."""
        row = await tx.row(queries.COUNTS, tx.tenant_id, viewer.scope, viewer.user_id)
        assert row is not None  # noqa: S101 - counts always give a row
        return {view: row[view.value] for view in (View.WAITING, View.MINE, View.SNOOZED)}

    async def one(self, tx: Tx, viewer: Viewer, conversation_id: UUID) -> Dialog:
        """Return one dialog as the list shows it. Raises NotFound."""
        row = await self._row(tx, viewer, conversation_id)
        return await self._shown(tx, viewer, row)

    async def thread(
        self,
        tx: Tx,
        viewer: Viewer,
        conversation_id: UUID,
        *,
        before: int | None = None,
        limit: int = 50,
    ) -> Thread:
        """Return a dialog and a page of its messages; `before`: older than this seq. Raises
        NotFound.
        """
        row = await self._row(tx, viewer, conversation_id)
        size = min(max(limit, 1), MAX_PAGE)
        rows = await tx.fetch(queries.ITEMS, tx.tenant_id, conversation_id, before, size)
        dialog = await self._shown(tx, viewer, row)
        items = tuple(_item(found) for found in reversed(rows))
        return Thread(
            dialog=dialog,
            items=items,
            before=items[0].seq if len(items) == size else None,
            person_url=row["person_url"],
            subject_url=row["subject_url"],
            topic_url=rules.topic_url(row["chat_id"] or "", row["thread_id"] or ""),
            draft=row["draft"] or "",
            version=rules.version(astuple(dialog), [astuple(item) for item in items]),
        )

    async def has(
        self, tx: Tx, viewer: Viewer, conversation_id: UUID, message_id: UUID, ordinal: int
    ) -> None:
        """Raise NotFound unless the viewer sees this attachment in this dialog."""
        args = (tx.tenant_id, viewer.scope, conversation_id, message_id, ordinal)
        if await tx.value(queries.HAS, *args) is None:
            raise NotFound("error.not_found")

    async def _row(self, tx: Tx, viewer: Viewer, conversation_id: UUID) -> Record:
        row = await tx.row(
            queries.ONE, tx.tenant_id, viewer.scope, conversation_id, viewer.user_id
        )
        if row is None:
            raise NotFound("error.not_found")
        return row

    async def _shown(self, tx: Tx, viewer: Viewer, row: Record) -> Dialog:
        writing = await self._writing(tx, viewer, [row])
        return self._dialog(row, await self._policies.of(tx), writing)

    async def _writing(self, tx: Tx, viewer: Viewer, rows: Sequence[Record]) -> Answering:
        shown = {row["id"] for row in rows}
        return await self._presence.of(tx, viewer, shown) if self._presence and shown else {}

    def _dialog(self, row: Record, policy: Policy, writing: Answering) -> Dialog:
        return Dialog(
            id=row["id"],
            state=row["state"],
            mark=_mark(row, policy, self._clock.now()),
            person=row["person_name"],
            subject=row["subject_title"],
            price=row["subject_price"],
            channel_id=row["channel_id"],
            provider=row["provider"],
            channel=row["channel"],
            assignee_id=row["assignee_id"],
            assignee=row["assignee"],
            waiting_since=row["waiting_since"],
            snoozed_until=row["snoozed_until"],
            active_at=row["active_at"],
            preview=_preview(row),
            answering=writing.get(row["id"], ()),
        )


def _next(items: tuple[Dialog, ...], limit: int, wanted: Wanted) -> str:
    if len(items) < limit:
        return ""
    last = items[-1]
    by_wait = wanted.view is View.WAITING and not wanted.query
    return rules.pack(last.waiting_since if by_wait else last.active_at, last.id)


def _mark(row: Record, policy: Policy, now: datetime) -> str:
    found = MARKS.get(ConversationState(row["state"]))
    return found or status(row, policy, now)


def _preview(row: Record) -> Preview | None:
    if row["sent_at"] is None:
        return None
    return Preview(
        text=row["text"][:200],
        kind=row["kind"],
        author=row["author_kind"],
        author_name=row["author_name"],
        is_note=row["visibility"] == "note",
        state=row["message_state"],
        at=row["sent_at"],
    )


def _item(row: Record) -> Item:
    files = orjson.loads(row["files"]) if row["files"] else []
    return Item(
        id=row["id"],
        seq=row["seq"],
        direction=row["direction"],
        author=row["author_kind"],
        author_id=row["author_id"],
        author_name=row["author_name"],
        is_note=row["visibility"] == "note",
        kind=row["kind"],
        text=row["text"],
        state=row["state"],
        reason=row["reason"],
        is_repeat=row["is_repeat"],
        at=row["sent_at"],
        edited_at=row["edited_at"],
        deleted_at=row["deleted_at"],
        reply_to=row["reply_to_id"],
        reply_text=row["reply_text"] or "",
        files=tuple(File(*item) for item in files),
        stuck=tuple(row["stuck"] or ()),
    )
