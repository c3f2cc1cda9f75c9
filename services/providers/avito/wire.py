"""How an Avito event is kept in the inbox, and careful reading of foreign JSON.

A stored body is the provider's bytes, exactly. Where something must be kept beside them, header
lines stand before the body (`name: value`, one a line; JSON never begins with a letter like that):

    x-avito-messenger-signature: <hex>      of a webhook that carried one; kept for study,
    {"id": …, "payload": {…}}               its algorithm is not documented and it proves nothing

    x-vishenka-pull: {"chat_id": …, "user_id": …, "kind": "message"}
    {"id": …, "author_id": …, …}            a message as the API's list shows it

The pickers below return a plain value or an empty one, whatever the JSON holds.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

SIGNATURE = b"x-avito-messenger-signature"
PULL = b"x-vishenka-pull"

MAX_ID = 128  # with ":deleted" well inside the key columns
BROKEN_JSON = (msgspec.MsgspecError, ValueError, RecursionError)
"""Everything decoding of hostile bytes may raise."""

Json = Mapping[str, Any]
_NOTHING: Json = {}


class PullHead(msgspec.Struct, frozen=True):
    """What the list of messages does not say itself. `kind`: message, deleted, read."""

    chat_id: str
    user_id: str
    kind: str = "message"


def with_head(name: bytes, value: bytes, body: bytes) -> bytes:
    """Return the body behind one header line."""
    return b"%s: %s\n%s" % (name, value, body)


def split_head(stored: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the header's name and value (empty without one) and the provider's bytes."""
    for name in (SIGNATURE, PULL):
        if stored.startswith(name + b": "):
            line, _, body = stored.partition(b"\n")
            return name, line[len(name) + 2 :], body
    return b"", b"", stored


def loads(body: bytes) -> Any:
    """Return the JSON, half surrogates included. Raises one of BROKEN_JSON."""
    try:
        return msgspec.json.decode(body)
    except BROKEN_JSON:
        return json.loads(body)  # slower and more lenient: one bad escape must not cost a message


def mapping(value: object) -> Json:
    """Return the JSON object, or an empty one."""
    return value if isinstance(value, dict) else _NOTHING


def words(value: object) -> str:
    """Return the string as PostgreSQL can keep it, or ""."""
    if not isinstance(value, str):
        return ""
    return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def identifier(value: object) -> str:
    """Return an id as text; "" when it cannot be one. Avito's are numbers or strings."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return ""
    text = str(value) if isinstance(value, str) or abs(value) < 2**64 else ""
    return text if 0 < len(text) <= MAX_ID and text.isprintable() else ""


def whole(value: object) -> int | None:
    """Return the integer; numbers in strings count."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def moment(value: object) -> datetime | None:
    """Return the time of a unix second between 1970 and 2200, in UTC."""
    second = whole(value)
    if second is None or not 0 < second < 7_258_118_400:
        return None
    return datetime.fromtimestamp(second, UTC)


def written_moment(value: object) -> datetime | None:
    """Return the time of an RFC 3339 string, in UTC."""
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def degrees(value: object, most: float) -> float | None:
    """Return a coordinate within ±most."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not -most <= value <= most or not math.isfinite(value):
        return None
    return float(value)


def best_size(sizes: object) -> str:
    """Return the URL of the largest picture of a `{"1280x960": url}` map."""
    found = [(area(key), words(url)) for key, url in mapping(sizes).items()]
    return max((pair for pair in found if pair[1]), default=(0, ""))[1]


def area(key: object) -> int:
    """Return width × height of a size key; 0 for an unknown one."""
    width, _, height = str(key).partition("x")
    return (whole(width) or 0) * (whole(height) or 0)
