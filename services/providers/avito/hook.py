"""The web side.

One webhook request becomes at most one raw event. Calls nobody, decodes only the head.

    {"id": …, "version": "v3.0.0", "timestamp": 1760000001, "payload": {"type": "message", "value":
        {"id": …, "chat_id": "u2i-…", "user_id": 94235311, "author_id": …, "created": …, "type":
        "text", …}}}

The proof is the secret key in the URL's path, matched before we are called; here the event must
also belong to the account. The signature header is kept beside the body (see wire.py) and never
decides.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec

from services.connectors.base import Account, HookRequest, Opened, RawEvent, Reply
from services.connectors.errors import Forged
from services.providers.avito.wire import (
    BROKEN_JSON,
    SIGNATURE,
    identifier,
    loads,
    mapping,
    moment,
    with_head,
)

ACCEPTED = Reply(200, b'{"ok":true}', "application/json")
UNREADABLE_LANE = "unreadable"
_signature_shape = re.compile(r"[\x21-\x7e]{1,256}")


class _Value(msgspec.Struct):
    user_id: Any = None
    id: Any = None
    chat_id: Any = None
    type: Any = None
    created: Any = None


class _Payload(msgspec.Struct):
    type: Any = None
    value: _Value | None = None


class _Hook(msgspec.Struct):
    id: Any = None
    timestamp: Any = None
    payload: _Payload | None = None


_decoder = msgspec.json.Decoder(_Hook)


def open_hook(account: Account, request: HookRequest) -> Opened:
    """Return the event of the request, or none for Avito's probe.

    Raises Forged for another account's event.
    """
    if request.method != "POST" or request.body.strip() in {b"", b"{}"}:
        return Opened((), ACCEPTED)
    try:
        hook = _decode(request.body)
    except BROKEN_JSON:
        _refuse_stranger(account, request.body)
        return Opened((_unreadable(request),), ACCEPTED)
    if hook.id is None and hook.payload is None:
        return Opened(() if _is_empty(request.body) else (_unreadable(request),), ACCEPTED)
    value = hook.payload.value if hook.payload else None
    if value and value.user_id is not None and identifier(value.user_id) != account.external_id:
        raise Forged("event of another account")
    return Opened((_event(hook, request),), ACCEPTED)


def _decode(body: bytes) -> _Hook:
    try:
        return _decoder.decode(body)
    except BROKEN_JSON:
        return msgspec.convert(loads(body), _Hook)


def _event(hook: _Hook, request: HookRequest) -> RawEvent:
    value = hook.payload.value if hook.payload else None
    if hook.payload is None or value is None or value.user_id is None:
        return _unreadable(request)
    external_id, chat_id = identifier(value.id), identifier(value.chat_id)
    if not external_id or not chat_id:
        return _unreadable(request)
    key, at = external_id, moment(value.created)
    if hook.payload.type != "message":
        key = _digest_key("event", request.body)
    elif value.type == "deleted":  # the same message id as when it was written
        key, at = f"{external_id}:deleted", moment(hook.timestamp) or at
    return RawEvent(key, chat_id, _stored(request), at)


def _unreadable(request: HookRequest) -> RawEvent:
    return RawEvent(_digest_key("hash", request.body), UNREADABLE_LANE, _stored(request))


def _digest_key(kind: str, body: bytes) -> str:
    return f"{kind}:{hashlib.blake2b(body, digest_size=20).hexdigest()}"


def _stored(request: HookRequest) -> bytes:
    signature = request.headers.get(SIGNATURE.decode(), "")
    if not _signature_shape.fullmatch(signature):
        if request.body.lstrip()[:1] == b"{":
            return request.body
        signature = "-"  # a body that is no object must not be taken for a header line of ours
    return with_head(SIGNATURE, signature.encode(), request.body)


def _refuse_stranger(account: Account, body: bytes) -> None:
    """A broken event may still say whose it is."""
    try:
        payload = mapping(mapping(loads(body)).get("payload"))
    except BROKEN_JSON:
        return
    owner = mapping(payload.get("value")).get("user_id")
    if owner is not None and identifier(owner) != account.external_id:
        raise Forged("event of another account")


def _is_empty(body: bytes) -> bool:
    return not mapping(loads(body))
