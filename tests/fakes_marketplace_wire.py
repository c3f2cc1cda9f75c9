"""What `bazaar` writes: batches of events, read into the message model.

[{"seq": 1, "deal": "d-1", "kind": "said", "n": 1, "who": "b-1", "name": "…", "words": "…",
  "when": "2026-01-01T10:00:00+00:00", "sort": "voice", "file": "f1", "reply": 0, "thing": "…"}]
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

import msgspec

from services.connectors.base import RawEvent
from services.connectors.messages import (
    Deleted,
    Ignored,
    Inbound,
    Media,
    MediaKind,
    Message,
    Receipt,
    ReceiptStatus,
    Sender,
    Subject,
    Text,
)

SIGNATURE = "x-bazaar-signature"
SORTS = {"picture": MediaKind.IMAGE, "voice": MediaKind.VOICE}
BROKEN = (msgspec.MsgspecError, ValueError, RecursionError)


class Event(msgspec.Struct, frozen=True):
    seq: int
    deal: str
    kind: str
    when: datetime
    n: int = 0
    who: str = ""
    name: str = ""
    words: str = ""
    sort: str = ""
    file: str = ""
    reply: int = 0
    thing: str = ""


batch_decoder = msgspec.json.Decoder(list[msgspec.Raw])
event_decoder = msgspec.json.Decoder(Event)


def sign(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def split(body: bytes) -> tuple[RawEvent, ...]:
    try:
        parts = [bytes(raw) for raw in batch_decoder.decode(body)]
    except BROKEN:
        return (_unreadable(body),)
    events = {event.key: event for event in map(_raw, parts)}
    return tuple(events.values())


def _raw(part: bytes) -> RawEvent:
    try:
        found = event_decoder.decode(part)
    except BROKEN:
        return _unreadable(part)
    if found.when.tzinfo is None or not 0 < len(found.deal) < 100:
        return _unreadable(part)
    return RawEvent(f"seq:{found.seq}", found.deal, part, found.when)


def _unreadable(body: bytes) -> RawEvent:
    return RawEvent(f"hash:{hashlib.sha256(body).hexdigest()}", "unreadable", body)


def read(event: Event) -> Inbound:
    n = str(event.n)
    match event.kind:
        case "said":
            return _message(event)
        case "erased":
            return Deleted(external_id=n, chat_id=event.deal, at=event.when)
        case "seen":
            status = ReceiptStatus.READ
            return Receipt(
                chat_id=event.deal, status=status, at=event.when, external_id=n, up_to=True
            )
        case _:
            return Ignored(kind=event.kind)


def _message(event: Event) -> Message:
    kind = SORTS.get(event.sort, MediaKind.OTHER)
    return Message(
        external_id=str(event.n),
        chat_id=event.deal,
        sender=Sender(external_id=event.who, name=event.name, own=event.who == "shop"),
        at=event.when,
        text=Text(text=event.words),
        media=(Media(kind=kind, ref=event.file),) if event.sort else (),
        reply_to=str(event.reply) if event.reply else "",
        subject=Subject(external_id=event.deal, title=event.thing) if event.thing else None,
    )
