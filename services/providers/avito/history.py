"""Reading a chat back: settles an unknown outcome, fills the card of a conversation."""

from __future__ import annotations

from collections.abc import Sequence

from services.connectors.base import Account
from services.connectors.errors import Unreadable
from services.connectors.messages import MediaKind, Message, OutboundMessage
from services.providers.avito.chats import PAGE, Line, message_page
from services.providers.avito.client import Client
from services.providers.avito.inbound import read_message


async def history(client: Client, account: Account, chat_id: str, limit: int) -> Sequence[Message]:
    """Return the last messages, the oldest first; deleted and unreadable ones are left out."""
    asked = min(max(limit, 1), PAGE)
    lines = await message_page(client, account, chat_id, limit=asked)
    read = [_message(account, chat_id, line) for line in lines[:asked]]
    return [message for message in reversed(read) if message is not None]


def same(action: OutboundMessage, message: Message) -> bool:
    """Say whether this own message is what the action would have sent.

    Pictures come back under another address, so any own picture counts; the caller compares times.
    """
    if not message.sender.own or message.chat_id != action.to.chat_id:
        return False
    if action.media:
        return any(item.kind is MediaKind.IMAGE for item in message.media)
    return _bare(message.text.text) == _bare(action.text.text)


def _message(account: Account, chat_id: str, line: Line) -> Message | None:
    if line.data.get("type") == "deleted":
        return None
    try:
        return read_message(account, chat_id, line.data)
    except Unreadable:
        return None


def _bare(text: str) -> str:
    """Avito may trim ends and change line ends."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
