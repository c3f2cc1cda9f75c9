"""What is not relayed: said in words beside it, with the offer to send the file by a link.

An offer keeps the message's text and media, sealed, so that a press days later or after a restart
finds them. Refused parts of one album share an offer and are spoken of once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from services.connectors.messages import Button, Keyboard, Media, MediaKind, Text
from services.conversations import words
from services.conversations.callbacks import data
from services.conversations.carrying import Refusal
from services.conversations.policy import Policy
from services.conversations.replies import Replies, spot_of
from services.conversations.values import ManagerMessage
from services.kit.crypto import Keyring
from services.kit.db import Record, Tx
from services.kit.i18n import t
from services.kit.ids import new_id

LINKED = frozenset(
    {
        MediaKind.FILE,
        MediaKind.IMAGE,
        MediaKind.VOICE,
        MediaKind.VIDEO,
        MediaKind.AUDIO,
        MediaKind.ANIMATION,
    }
)
MAX_BYTES = 20 * 1024 * 1024
"""What a bot can fetch from Telegram."""
MAX_FILES = 10
KEPT = timedelta(days=7)
"""How long a link opens."""
BAD_ENDINGS = frozenset(
    {"apk", "app", "bat", "bin", "cmd", "com", "cpl", "dll", "exe", "hta", "htm", "html", "iso",
     "jar", "js", "jse", "lnk", "msi", "mjs", "ps1", "reg", "scr", "sh", "svg", "swf", "vbe",
     "vbs", "wsf", "xhtml", "xml", "xsl"}
)  # fmt: skip
"""Names under which a file that looks harmless does harm."""
OFFERABLE = frozenset({"bridge.refused.kind", "bridge.refused.size"})

ADD = """
INSERT INTO link_offer (tenant_id, id, conversation_id, bot_channel_id, bot_chat_id,
    bot_message_id, thread_id, group_id, author_id, author_name, reply_id, content)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (tenant_id, bot_channel_id, bot_chat_id, bot_message_id) DO NOTHING RETURNING id
"""
KNOWN = """
SELECT id FROM link_offer
WHERE tenant_id = $1 AND bot_channel_id = $2 AND bot_chat_id = $3 AND bot_message_id = $4
"""
OF_GROUP = """
SELECT id, content FROM link_offer
WHERE tenant_id = $1 AND bot_channel_id = $2 AND bot_chat_id = $3 AND group_id = $4
  AND group_id <> '' AND state = 'offered' AND created_at > now() - interval '1 minute'
ORDER BY created_at LIMIT 1 FOR UPDATE
"""
GROW = "UPDATE link_offer SET content = $3 WHERE tenant_id = $1 AND id = $2"
PLACE = "link_offer:content"


class Content(msgspec.Struct, frozen=True):
    """What a refused message holds."""

    text: Text
    media: tuple[Media, ...]


class Refusals:
    """Refuses. `links`: whether there is an address under which files could be opened."""

    def __init__(self, keyring: Keyring, replies: Replies, *, links: bool) -> None:
        self._keyring = keyring
        self._replies = replies
        self._links = links

    async def refuse(
        self, tx: Tx, message: ManagerMessage, row: Record, refused: Refusal | None, policy: Policy
    ) -> None:
        """Say why the message stays here, and offer the link where one can be made."""
        can_link = self._links and refused is not None and can_go_by_link(refused, message.media)
        if can_link and await self._joined(tx, message):
            return
        buttons: Keyboard = ()
        if can_link:
            offer = await self._offer(tx, message, row)
            label = t(policy.locale, "bridge.button.link")
            buttons = ((Button(text=label, callback=data("link", offer)),),)
        text = _said(message, row, refused, policy)
        self._replies.reply(tx, spot_of(message), "refused", Text(text=text), buttons)

    async def _offer(self, tx: Tx, message: ManagerMessage, row: Record) -> UUID:
        offer_id = new_id()
        origin = str(message.bot.id)
        media = tuple(msgspec.structs.replace(item, origin=origin) for item in message.media)
        sealed = await self._seal(tx, offer_id, Content(message.text, media))
        place = (message.bot.id, message.chat_id, message.message_id)
        more = (message.thread_id, message.group_id, row["user_id"], row["user_name"] or "")
        args = (offer_id, row["id"], *place, *more, row["reply_id"], sealed)
        found = await tx.value(ADD, tx.tenant_id, *args)
        return UUID(str(found or await tx.value(KNOWN, tx.tenant_id, *place)))

    async def _joined(self, tx: Tx, message: ManagerMessage) -> bool:
        """Add this part to the offer its album has already; False when there is none."""
        if not message.group_id:
            return False
        place = (message.bot.id, message.chat_id, message.group_id)
        row = await tx.row(OF_GROUP, tx.tenant_id, *place)
        if row is None:
            return False
        content = await self.content(tx, row["id"], row["content"])
        origin = str(message.bot.id)
        more = tuple(msgspec.structs.replace(item, origin=origin) for item in message.media)
        known = {item.ref for item in content.media}
        media = (*content.media, *(item for item in more if item.ref not in known))[:MAX_FILES]
        text = content.text if content.text.text else message.text
        sealed = await self._seal(tx, row["id"], Content(text, media))
        await tx.execute(GROW, tx.tenant_id, row["id"], sealed)
        return True

    async def content(self, tx: Tx, offer_id: UUID, sealed: bytes) -> Content:
        """Return what an offer keeps."""
        assert tx.tenant_id is not None  # noqa: S101 - the bridge acts inside one tenant
        keys = await self._keyring.of(tx.tenant_id)
        return msgspec.msgpack.decode(keys.open(PLACE, offer_id, sealed), type=Content)

    async def _seal(self, tx: Tx, offer_id: UUID, content: Content) -> bytes:
        assert tx.tenant_id is not None  # noqa: S101 - the bridge acts inside one tenant
        keys = await self._keyring.of(tx.tenant_id)
        return keys.seal(PLACE, offer_id, msgspec.msgpack.encode(content))


def can_go_by_link(refused: Refusal, media: Sequence[Media]) -> bool:
    """Say whether everything of the message can be kept and opened by a link."""
    return bool(media) and refused.key in OFFERABLE and all(_is_linkable(item) for item in media)


def _is_linkable(item: Media) -> bool:
    fits = item.kind in LINKED and bool(item.ref) and item.size <= MAX_BYTES
    ending = item.name.rpartition(".")[2].lower() if "." in item.name else ""
    return fits and not item.unavailable and ending not in BAD_ENDINGS


def _said(message: ManagerMessage, row: Record, refused: Refusal | None, policy: Policy) -> str:
    channel = words.provider_name(policy.locale, row["provider"])
    key = refused.key if refused is not None else "bridge.refused.kind"
    kind = refused.kind.value if refused is not None and refused.kind is not None else "other"
    if message.group_id and key == "bridge.refused.kind":
        key = "bridge.refused.part"
    named = t(policy.locale, f"bridge.media.{kind}")
    limit = refused.limit // 1048576 if refused is not None else 0
    return t(policy.locale, key, channel=channel, kind=named, limit=limit)
