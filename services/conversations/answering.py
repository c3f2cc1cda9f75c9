"""From the members to the other side. What must not leave is decided before anything is
written.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid5

import msgspec

from services.connectors.base import Capabilities
from services.connectors.messages import Address, MarkRead, OutboundMessage, Text
from services.connectors.registry import Registry
from services.conversations import carrying, queries, rules
from services.conversations.acts import Acts
from services.conversations.albums import Albums
from services.conversations.answer_queries import BY_ID, CONTEXT, WRITE
from services.conversations.attaching import attach
from services.conversations.commands import Commands
from services.conversations.marks import Marks
from services.conversations.members import Members
from services.conversations.models import ConversationState, LinkState, MessageState, Purpose
from services.conversations.outgoing import Outgoing, Words
from services.conversations.policy import Policies, Policy
from services.conversations.refusals import Refusals
from services.conversations.titles import Titles
from services.conversations.topics import TARGET, order_key
from services.conversations.values import Answered, AppAnswer, Author, ManagerMessage, Post
from services.kit.clock import Clock
from services.kit.crypto import Keyring
from services.kit.db import Record, Tx
from services.kit.errors import InvalidInput, NotFound
from services.kit.i18n import t
from services.kit.ids import new_id
from services.outbox.models import Class, NewDelivery

NAMESPACE = UUID("7f4a9e7a-0d0b-4a53-9f0c-6f1f6a1c2b11")


class Answering:
    """Takes what members write."""

    def __init__(  # noqa: PLR0913 - it lists exactly what it needs
        self,
        outbox: Post,
        clock: Clock,
        registry: Registry,
        policies: Policies,
        members: Members,
        *,
        outgoing: Outgoing,
        albums: Albums,
        marks: Marks,
        titles: Titles,
        acts: Acts,
        commands: Commands,
        keyring: Keyring,
        refusals: Refusals,
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._registry = registry
        self._policies = policies
        self._members = members
        self._outgoing = outgoing
        self._albums = albums
        self._marks = marks
        self._titles = titles
        self._acts = acts
        self._commands = commands
        self._keyring = keyring
        self._refusals = refusals

    async def answer(self, tx: Tx, author: Author, message: ManagerMessage) -> Answered:
        """Relay, note, obey or refuse a message written in a topic."""
        row = await self.context(tx, author, message)
        if row is None:
            return Answered.NOT_OURS
        policy = await self._policies.of(tx)
        if not self._members.may(tx, author, message, row, policy):
            return Answered.REFUSED
        note = rules.note_text(message.text.text)
        if note is None and await self._albums.is_note(tx, message):
            note = message.text.text
        if note is not None:
            return await self._note(tx, message, row, note)
        if message.text.text.startswith("/"):
            said = await self._commands.command(tx, message, row, policy)
            if said is None:
                return Answered.COMMAND
            message = replace(message, text=said)
        return await self._relay(tx, message, row, policy)

    async def context(self, tx: Tx, author: Author, message: ManagerMessage) -> Record | None:
        """Return the conversation of the topic and the member who writes."""
        return await tx.row(
            CONTEXT,
            tx.tenant_id,
            message.bot.id,
            message.chat_id,
            message.thread_id,
            message.reply_to,
            author.telegram_user_id,
        )

    async def _note(self, tx: Tx, message: ManagerMessage, row: Record, note: str) -> Answered:
        words = _words(message, row, Text(text=note))
        if not await self._write(tx, row["id"], words, note=True):
            return Answered.DUPLICATE
        await self._albums.into_note(tx, message)
        self._acts.noted(tx, message, row)
        return Answered.NOTED

    async def _relay(
        self, tx: Tx, message: ManagerMessage, row: Record, policy: Policy
    ) -> Answered:
        caps = self._registry[row["provider"]].capabilities
        refused = carrying.refusal(message.text, message.media, caps)
        if message.refused_kind or refused is not None:
            await self._refusals.refuse(tx, message, row, refused, policy)
            return Answered.REFUSED
        words = _words(message, row, message.text)
        joined = await self._albums.join(tx, row, words, caps)
        if joined is not None:
            return Answered.RELAYED if joined else Answered.DUPLICATE
        if not await self._write(tx, row["id"], words):
            return Answered.DUPLICATE
        self._outgoing.send(tx, row, words, caps)
        await self._after(tx, row, words, caps)
        return Answered.RELAYED

    async def say(self, tx: Tx, row: Record, words: Words, caps: Capabilities) -> None:
        """Send words in a member's place (`row`: BY_ID); the same id says them once."""
        if await self._write(tx, row["id"], words):
            self._outgoing.send(tx, row, words, caps)
            await self._after(tx, row, words, caps)

    async def from_app(self, tx: Tx, answer: AppAnswer) -> UUID:
        """Send an answer of the cabinet, or keep a note; it appears in the topic with its author's
        name. Raises NotFound, InvalidInput.
        """
        row = await tx.row(BY_ID, tx.tenant_id, answer.conversation_id)
        if row is None:
            raise NotFound("error.not_found")
        words = self._typed(answer)
        if answer.is_note:
            if await self._write(tx, row["id"], words, note=True):
                policy = await self._policies.of(tx)
                head = t(policy.locale, "bridge.note.head", name=words.author_name)
                self._show(tx, row, words, head)
            return words.id
        caps = self._registry[row["provider"]].capabilities
        refused = carrying.refusal(answer.text, answer.media, caps)
        if refused is not None:
            raise InvalidInput(refused.key, field="text", limit=refused.limit)
        if await self._write(tx, row["id"], words):
            self._outgoing.send(tx, row, words, caps)
            self._show(tx, row, words, words.author_name)
            await self._after(tx, row, words, caps)
        return words.id

    def _typed(self, answer: AppAnswer) -> Words:
        key = f"{answer.conversation_id}:{answer.user_id}:{answer.key}"
        return Words(
            id=uuid5(NAMESPACE, key),
            author_id=answer.user_id,
            author_name=answer.author_name,
            text=answer.text,
            media=answer.media,
            at=self._clock.now(),
        )

    # ---- writing and sending ----

    async def _write(
        self, tx: Tx, conversation_id: UUID, words: Words, *, note: bool = False
    ) -> bool:
        kind = words.media[0].kind.value if words.media else "text"
        written = await tx.value(
            WRITE,
            tx.tenant_id,
            words.id,
            conversation_id,
            words.author_id,
            words.author_name[:200],
            words.text.text,
            queries.entities_json(words.text),
            words.bot_id,
            words.chat_id,
            words.message_id,
            kind,
            words.group_id,
            "note" if note else "public",
            "noted" if note else "queued",
            words.reply_id,
            words.at,
        )
        if written is not None:
            await attach(tx, self._keyring, words.id, words.media)
        return written is not None

    def _show(self, tx: Tx, row: Record, words: Words, head: str) -> None:
        if row["workspace_id"] is None:
            return
        bot = self._registry_caps(row)
        text = rules.prefixed(f"{head}:\n", words.text, "bold")
        pieces = carrying.pieces(text, words.media, bot)
        for number, piece in enumerate(pieces):
            live = row["link_state"] == LinkState.LIVE
            to = Address(chat_id=row["chat_id"], thread_id=row["thread_id"] if live else "")
            self._outbox.add(
                tx,
                NewDelivery(
                    channel_id=row["bot_channel_id"],
                    action=OutboundMessage(to=to, text=piece.text, media=piece.media),
                    idempotency_key=f"bridge:{words.id}:t{number}",
                    order_key=order_key(row["id"]),
                    purpose=Purpose.TO_TOPIC,
                    direction="in",
                    target_kind=TARGET,
                    target_id=row["workspace_id"],
                    ref=words.id,
                    conversation_id=row["id"],
                ),
            )

    def _registry_caps(self, row: Record) -> Capabilities:
        return self._registry[row["bot_provider"]].capabilities

    async def _after(self, tx: Tx, row: Record, words: Words, caps: Capabilities) -> None:
        """Show the state, stop the clock where people see it, and mark the chat read there."""
        shown = await self._marks.find(tx, words.id)
        if shown is not None and words.message_id:
            self._marks.show(
                tx, shown, MessageState.QUEUED, delay_seconds=rules.QUEUED_AFTER_SECONDS
            )
        if row["state"] == ConversationState.CLOSED:
            self._acts.reopen_topic(tx, row)
        await self._titles.refresh(tx, row["id"])
        if caps.mark_read:
            key = f"read:{row['id']}"
            self._outbox.add(
                tx,
                NewDelivery(
                    channel_id=row["channel_id"],
                    action=MarkRead(to=Address(chat_id=row["external_chat_id"])),
                    idempotency_key=f"{key}:{new_id()}",
                    order_key=key,
                    purpose=Purpose.COSMETIC,
                    cls=Class.COSMETIC,
                    conversation_id=row["id"],
                    coalesce_key=key,
                ),
            )


def _words(message: ManagerMessage, row: Record, text: Text) -> Words:
    origin = str(message.bot.id)
    return Words(
        id=new_id(),
        author_id=row["user_id"],
        author_name=row["user_name"] or "",
        text=text,
        media=tuple(msgspec.structs.replace(item, origin=origin) for item in message.media),
        at=message.at,
        bot_id=message.bot.id,
        chat_id=message.chat_id,
        message_id=message.message_id,
        group_id=message.group_id,
        reply_id=row["reply_id"],
        reply_to=row["reply_link"] or row["reply_external"] or "",
    )
