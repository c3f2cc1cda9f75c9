"""Acts by name with JSON arguments, from a closed list."""

from __future__ import annotations

import base64
from typing import Any

from sandbox.city.avito.model import Chat as AvitoChat
from sandbox.city.avito.model import Message
from sandbox.city.core import Json
from sandbox.city.telegram.model import Chat, Post, Topic

TELEGRAM = frozenset({
    "add_bot", "add_user", "add_group", "add_member", "revoke_bot", "user_says", "user_sends",
    "user_sends_sticker", "user_sends_album", "user_sends_poll", "user_edits", "user_deletes",
    "user_presses", "user_reacts", "start_bot",
    "start_in_group", "block_bot", "unblock_bot", "create_topic",
    "delete_topic", "close_topic", "reopen_topic", "rename_topic", "set_forum", "kick_bot",
    "return_bot", "set_rights", "join", "leave", "migrate_group", "messages", "texts", "topics",
    "answer_of", "set_limits",
})  # fmt: skip
AVITO = frozenset({
    "add_account", "add_item", "add_buyer", "buyer_says", "buyer_sends", "buyer_sends_image",
    "buyer_sends_voice", "buyer_sends_location", "buyer_sends_link", "buyer_sends_item",
    "buyer_calls", "buyer_deletes", "buyer_reads", "avito_says", "seller_types_in_app",
    "block_buyer", "set_paid", "expire_tokens", "issue_code", "texts", "messages",
})  # fmt: skip


class ActRefused(Exception):
    """No such act, or arguments it cannot take."""


def act(who: object, allowed: frozenset[str], name: str, arguments: Json) -> Any:
    """Do one act; its result as plain data."""
    if name not in allowed:
        raise ActRefused(f"no such act: {name}")
    given = {key: _given(key, value) for key, value in arguments.items()}
    return {"result": plain(getattr(who, name)(**given))}


def _given(key: str, value: Any) -> Any:
    if key == "data" and isinstance(value, str):
        return base64.b64decode(value)
    if key == "photos":
        return [base64.b64decode(one) for one in value]
    if key == "chat" and isinstance(value, list):
        return tuple(value)
    return value


def plain(result: Any) -> Any:
    """What the page and tests need to go on."""
    match result:
        case Post():
            return {"message_id": result.id, "thread": result.thread}
        case Message():
            return {
                "id": result.id,
                "chat_id": result.chat_id,
                "type": result.type,
                "author_id": result.author_id,
                "content": result.content,
                "is_read": result.is_read,
                "read_at": result.read_at,
            }
        case Topic() | Chat() | AvitoChat():
            return {"id": result.id}
        case list():
            return [plain(one) for one in result]
        case None | str() | int() | bool() | dict():
            return result
        case _:
            return {"id": getattr(result, "id", None)}
