"""A refused file goes as a link: pressed for, sent once its file is kept, or given up in words.

The work outside transactions is `filelinks`; this is what it means for the conversation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from services.connectors.messages import Button, Media, Text
from services.connectors.registry import Registry
from services.conversations import rules, words
from services.conversations.answer_queries import BY_ID
from services.conversations.answering import Answering
from services.conversations.callbacks import data
from services.conversations.models import OfferState
from services.conversations.outgoing import Words
from services.conversations.policy import Policies, Policy
from services.conversations.refusals import Content
from services.conversations.replies import Replies, Spot
from services.kit.clock import Clock
from services.kit.db import Record, Tx
from services.kit.i18n import t
from services.kit.log import current_trace

NAMESPACE = UUID("0f7a8c4e-7f0c-4a35-9b53-3c8e9ad6a1d4")
WANT = """
UPDATE link_offer SET state = 'wanted', service_id = $3, reason = '', tries = 0, trace = $4,
    lease_until = '-infinity'
WHERE tenant_id = $1 AND id = $2 AND state IN ('offered', 'failed') RETURNING id
"""
STATE = "SELECT state FROM link_offer WHERE tenant_id = $1 AND id = $2"
SETTLE = """
UPDATE link_offer SET state = $3, reason = $4, settled_at = now()
WHERE tenant_id = $1 AND id = $2 AND state = 'wanted' RETURNING *
"""

Fulfil = Callable[[UUID, UUID], None]
"""Begin to keep the files of an offer (tenant, offer); called after the commit."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A kept file and its address."""

    media: Media
    size: int
    url: str
    expires_at: datetime


class Linking:
    """Turns offers into messages."""

    def __init__(
        self,
        clock: Clock,
        registry: Registry,
        policies: Policies,
        replies: Replies,
        answering: Answering,
        *,
        fulfil: Fulfil | None,
    ) -> None:
        self._clock = clock
        self._registry = registry
        self._policies = policies
        self._replies = replies
        self._answering = answering
        self._fulfil = fulfil

    async def want(self, tx: Tx, offer_id: UUID, service_id: str) -> str:
        """Somebody pressed; return the key of what to say. A second press changes nothing."""
        tenant_id, fulfil = tx.tenant_id, self._fulfil
        if fulfil is None or tenant_id is None:
            return "bridge.press.unknown"
        if await tx.value(WANT, tenant_id, offer_id, service_id[:32], current_trace()) is not None:
            tx.after_commit(lambda: fulfil(tenant_id, offer_id))
            return "bridge.link.preparing"
        state = await tx.value(STATE, tenant_id, offer_id)
        is_on = state == OfferState.WANTED
        return "bridge.link.preparing" if is_on else "bridge.press.late"

    async def sent(
        self, tx: Tx, offer_id: UUID, content: Content, files: Sequence[Linked]
    ) -> bool:
        """The files are kept: the links go to the other side, as the member's own message."""
        offer = await tx.row(SETTLE, tx.tenant_id, offer_id, OfferState.SENT, "")
        row = await tx.row(BY_ID, tx.tenant_id, offer["conversation_id"]) if offer else None
        if offer is None or row is None:
            return False
        policy = await self._policies.of(tx)
        said = self._words(offer, rules.joined(_texts(content, files, policy)))
        caps = self._registry[row["provider"]].capabilities
        await self._answering.say(tx, row, said, caps)
        until = _date(files[0].expires_at, policy)
        self._edit(tx, offer, Text(text=t(policy.locale, "bridge.link.sent", date=until)))
        return True

    async def failed(self, tx: Tx, offer_id: UUID, reason: str) -> None:
        """It cannot be done now: said where the button was, with another try."""
        offer = await tx.row(SETTLE, tx.tenant_id, offer_id, OfferState.FAILED, reason[:32])
        if offer is None:
            return
        policy = await self._policies.of(tx)
        key = f"bridge.link.failed.{reason}"
        text = t(policy.locale, key)
        if text == key:
            text = t(policy.locale, "bridge.link.failed.later")
        button = Button(
            text=t(policy.locale, "bridge.button.link"), callback=data("link", offer_id)
        )
        self._edit(tx, offer, Text(text=text), button)

    def _words(self, offer: Record, text: Text) -> Words:
        return Words(
            id=uuid5(NAMESPACE, str(offer["id"])),
            author_id=offer["author_id"],
            author_name=offer["author_name"],
            text=text,
            media=(),
            at=self._clock.now(),
            bot_id=offer["bot_channel_id"],
            chat_id=offer["bot_chat_id"],
            message_id=offer["bot_message_id"],
            reply_id=offer["reply_id"],
        )

    def _edit(self, tx: Tx, offer: Record, text: Text, button: Button | None = None) -> None:
        if not offer["service_id"]:
            return
        spot = Spot(
            offer["bot_channel_id"], offer["bot_chat_id"], offer["thread_id"], offer["service_id"]
        )
        self._replies.edit(tx, spot, text, ((button,),) if button is not None else ())


def _texts(content: Content, files: Sequence[Linked], policy: Policy) -> list[Text]:
    lines = [words.link_line(policy.locale, one.media, one.size, one.url) for one in files]
    until = t(policy.locale, "bridge.link.until", date=_date(files[0].expires_at, policy))
    links = Text(text="\n".join([*lines, until]))
    return [content.text, links] if content.text.text.strip() else [links]


def _date(moment: datetime, policy: Policy) -> str:
    return moment.astimezone(ZoneInfo(policy.zone)).strftime("%d.%m.%Y")
