"""Our action -> their request.

Pure; what Avito cannot carry is refused here, before anything leaves.

Avito takes a text of 1000 characters or one picture. A longer text is split by the caller at
`Capabilities.max_text`; a picture with a caption is two messages, hence two actions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

import msgspec

from services.connectors.base import Account, Cost, Rate
from services.connectors.errors import Reason, Rejected, Unsupported
from services.connectors.messages import (
    Block,
    Delete,
    MarkRead,
    Media,
    MediaKind,
    Outbound,
    OutboundMessage,
)
from services.providers.avito.capabilities import BUDGET, MAX_IMAGE, MAX_TEXT
from services.providers.avito.client import Call
from services.providers.avito.wire import words

_REASONS: Mapping[str, int] = {"spam": 1, "fraud": 2, "abuse": 3}
OTHER_REASON = 4
_encode = msgspec.json.encode


def segment(value: str) -> str:
    """Return an id as one path segment. Raises Rejected for what a URL would swallow."""
    if value in {"", ".", ".."}:
        raise Rejected("impossible id", reason=Reason.CHAT_NOT_FOUND)
    return quote(value, safe="~")


def account_path(version: int, account: Account, rest: str) -> str:
    """Return `/messenger/v…/accounts/…` + rest."""
    return f"/messenger/v{version}/accounts/{segment(account.external_id)}{rest}"


def chat_path(version: int, account: Account, chat_id: str, rest: str) -> str:
    """Return the path of something inside a chat."""
    return account_path(version, account, f"/chats/{segment(chat_id)}{rest}")


def picture_of(action: OutboundMessage) -> Media | None:
    """Return the one picture of the message, or None for a text.

    Raises Unsupported for anything else.
    """
    if action.buttons:
        raise Unsupported("buttons")
    if not action.media:
        return None
    if len(action.media) > 1:
        raise Unsupported("album")
    if action.media[0].kind is not MediaKind.IMAGE:
        raise Unsupported(action.media[0].kind.value)
    if action.text.text:
        raise Unsupported("caption")
    if action.media[0].size > MAX_IMAGE:
        raise Rejected("picture over 24 MB", reason=Reason.TOO_BIG)
    return action.media[0]


def text_call(account: Account, action: OutboundMessage) -> Call:
    """Return the sending of a text."""
    text = words(action.text.text)
    if not text.strip():
        raise Unsupported("empty text")
    if len(text) > MAX_TEXT:
        raise Unsupported("text too long")
    body = _encode({"type": "text", "message": {"text": text}})
    return Call("POST", chat_path(1, account, action.to.chat_id, "/messages"), body, once=True)


def image_call(account: Account, chat_id: str, image_id: str) -> Call:
    """Return the sending of an uploaded picture."""
    body = _encode({"image_id": image_id})
    return Call("POST", chat_path(1, account, chat_id, "/messages/image"), body, once=True)


def plain_call(account: Account, action: Outbound) -> Call:
    """Return the call of an action that may be repeated without harm."""
    match action:
        case Delete():
            rest = f"/messages/{segment(action.external_id)}"
            return Call("POST", chat_path(1, account, action.to.chat_id, rest))
        case MarkRead():
            return Call("POST", chat_path(1, account, action.to.chat_id, "/read"))
        case Block():
            return Call("POST", account_path(2, account, "/blacklist"), _block(action))
        case _:
            raise Unsupported(type(action).__name__)


def costs(action: Outbound, scale: float) -> Sequence[Cost]:
    """Return one token per call: a picture is uploaded, then sent."""
    one = Cost("", scaled(BUDGET, scale))
    pictured = isinstance(action, OutboundMessage) and action.media
    return (one, one) if pictured else (one,)


def scaled(rate: Rate, scale: float) -> Rate:
    """Return the rate with its counts multiplied."""
    count, reserve = max(1, round(rate.count * scale)), round(rate.reserve * scale)
    return Rate(count, rate.seconds, min(reserve, count - 1))


def _block(action: Block) -> bytes:
    context: dict[str, int] = {"reason_id": _REASONS.get(action.reason, OTHER_REASON)}
    if action.subject_id.isascii() and action.subject_id.isdigit():
        context["item_id"] = int(action.subject_id)
    user: int | str = action.user_id
    if action.user_id.isascii() and action.user_id.isdigit():
        user = int(action.user_id)
    return _encode({"users": [{"user_id": user, "context": context}]})
