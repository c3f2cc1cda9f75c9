"""The list of dialogs and one dialog with its messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from services.conversations.models import ConversationState
from services.conversations.policy import Policies, Policy
from services.conversations.titles import status
from services.desk import queries, rules
from services.desk.presence import Answering, Presence
from services.desk.values import (
    Badges,
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
from services.kit.connection import FOR_VALUES
from services.kit.db import Record, Tx
from services.kit.errors import NotFound

MAX_PAGE = 100
FOUND = 500
END = 2**63 - 1
MOST, EVERY = 1_000, 2**31
MARKS = {ConversationState.CLOSED: "closed", ConversationState.SPAM: "blocked"}


class Dialogs:
    """Reads for the cabinet. All inside a transaction of the caller's business."""

    def __init__(self, clock: Clock, policies: Policies, presence: Presence | None = None) -> None:
        self._clock = clock
        self._policies = policies
        self._presence = presence

    async def page(self, tx: Tx, viewer: Viewer, wanted: Wanted) -> DialogPage:
        """Return a page of a view. Raises InvalidInput for a broken cursor."""
        rows = await self._rows(tx, viewer, wanted)
        policy = await self._policies.of(tx)
        writing = await self._writing(tx, viewer, rows)
        items = tuple(self._dialog(row, policy, writing) for row in rows)
        return DialogPage(items, _next(rows, wanted))

    async def lines(
        self, tx: Tx, viewer: Viewer, wanted: Wanted
    ) -> tuple[list[dict[str, Any]], str]:
        """Return the same page as plain rows ready to be written as JSON, and its cursor: the list
        every open Mini App asks for, so it makes no objects for each row.
        """
        rows = await self._rows(tx, viewer, wanted)
        policy = await self._policies.of(tx)
        writing = await self._writing(tx, viewer, rows)
        now = self._clock.now()
        items = [_line(row, policy, now, writing) for row in rows]
        return items, _next(rows, wanted)

    async def _rows(self, tx: Tx, viewer: Viewer, wanted: Wanted) -> list[Record]:
        at, row_id = rules.unpack(wanted.cursor)
        found = await self._found(tx, wanted.query)
        assignee = viewer.user_id if wanted.view is View.MINE else wanted.assignee_id
        given = {
            "scope": viewer.scope,
            "channel": wanted.channel_id,
            "assignee": assignee,
            "found": found,
            "at": at,
            "id": row_id if at is not None else None,
        }
        if not found and (viewer.channels is not None or wanted.channel_id or wanted.assignee_id):
            await tx.execute(FOR_VALUES)  # a few dialogs among all, or nearly all of them
        view = View.ALL if wanted.query and found else wanted.view
        sql, values = queries.listing(view, given, _size(wanted))
        return await tx.fetch(sql, tx.tenant_id, *values)

    async def _found(self, tx: Tx, query: str) -> list[UUID] | None:
        words = rules.search_words(query)
        if not words:
            return [] if query.strip() else None
        rows = await tx.fetch("SELECT id FROM vishenka_search($1, $2)", words, FOUND)
        return [row["id"] for row in rows]

    async def counts(self, tx: Tx, viewer: Viewer) -> Mapping[View, int]:
        """Return how many dialogs wait, are the viewer's, are put off: to the last one."""
        return (await self._count(tx, viewer, EVERY)).views

    async def badges(self, tx: Tx, viewer: Viewer) -> Badges:
        """Return the same as tabs and views show them: what is more than MOST is told as MOST."""
        return await self._count(tx, viewer, MOST)

    async def _count(self, tx: Tx, viewer: Viewer, most: int) -> Badges:
        scope = [] if viewer.scope is None else [viewer.scope]
        sql = queries.counts(is_scoped=bool(scope), most=most)
        row = await tx.row(sql, tx.tenant_id, viewer.user_id, *scope)
        assert row is not None  # noqa: S101 - counts always give a row
        views = {view: row[view.value] for view in (View.WAITING, View.MINE, View.SNOOZED)}
        return Badges(views, row["stuck"])

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
        rows = await tx.fetch(queries.ITEMS, tx.tenant_id, conversation_id, before or END, size)
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
        return Dialog(*_values(row, policy, self._clock.now(), writing, _preview(row)))


def _size(wanted: Wanted) -> int:
    return min(max(wanted.limit, 1), MAX_PAGE)


def _next(rows: Sequence[Record], wanted: Wanted) -> str:
    if len(rows) < _size(wanted):
        return ""
    last = rows[-1]
    by_wait = wanted.view is View.WAITING and not wanted.query
    return rules.pack(last["waiting_since"] if by_wait else last["active_at"], last["id"])


def _values(
    row: Record, policy: Policy, now: datetime, writing: Answering, preview: object
) -> tuple[Any, ...]:
    """Return what a Dialog says, in the order of its fields; the columns stand in that order."""
    one, state, *middle = row[: queries.SHOWN_COLUMNS]
    mark = MARKS.get(state) or status(row, policy, now)
    return one, state, mark, *middle, preview, writing.get(one, ())


def _preview(row: Record) -> Preview | None:
    return Preview(*row[queries.PREVIEW_COLUMNS]) if row["sent_at"] is not None else None


def _line(row: Record, policy: Policy, now: datetime, writing: Answering) -> dict[str, Any]:
    preview = None
    if row["sent_at"] is not None:
        preview = dict(zip(Preview.__slots__, row[queries.PREVIEW_COLUMNS], strict=True))
    return dict(zip(Dialog.__slots__, _values(row, policy, now, writing, preview), strict=True))


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
