"""Their message -> ours. Pure: one reader for webhook events and for messages of the API's list.

A list message: {"id": …, "author_id": …, "direction": "in", "type": "text", "created": 1760000001,
"content": {"text": …}, "is_read": false, "read": null, "quote": {"id": …}}; a webhook's value adds
chat_id, user_id, item_id. Who wrote is told by author_id alone: a webhook has no direction.
Whatever `content` holds, a message with an id, a chat, an author and a time is readable; unknown
types become a placeholder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from services.connectors.base import Account, RawEvent
from services.connectors.errors import Unreadable
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
from services.providers.avito.wire import (
    BROKEN_JSON,
    PULL,
    Json,
    PullHead,
    best_size,
    degrees,
    identifier,
    loads,
    mapping,
    moment,
    split_head,
    words,
    written_moment,
)

EMPTY = "empty"
Content = tuple[str, tuple[Media, ...]]


def read_event(account: Account, event: RawEvent) -> Sequence[Inbound]:
    """Return what a stored event says. Raises Unreadable."""
    name, value, body = split_head(event.body)
    try:
        data = loads(body)
        head = msgspec.json.decode(value, type=PullHead) if name == PULL else None
    except BROKEN_JSON as error:
        raise Unreadable(type(error).__name__) from None
    if head is not None:
        return [_pulled(account, head, mapping(data))]
    return _hooked(account, mapping(data))


def read_message(account: Account, chat_id: str, data: Json) -> Message:
    """Return one message. Raises Unreadable when id, author or time is missing."""
    external_id, author = identifier(data.get("id")), identifier(data.get("author_id"))
    at = moment(data.get("created")) or written_moment(data.get("published_at"))
    if not (external_id and author and chat_id and at):
        raise Unreadable("no id, chat, author or time")
    kind = words(data.get("type"))
    content = mapping(data.get("content"))
    text, media = _READERS.get(kind, _unknown)(content)
    if not text and not media:
        media = (Media(kind=MediaKind.OTHER, name=kind[:64], unavailable=EMPTY),)
    own, item_id = author == account.external_id, identifier(data.get("item_id"))
    robot = kind == "system" or bool(content.get("flow_id"))
    return Message(
        external_id=external_id,
        chat_id=chat_id,
        sender=Sender(external_id=author, own=own, automatic=robot),
        at=at,
        text=Text(text=text),
        media=media,
        reply_to=identifier(mapping(data.get("quote")).get("id")),
        subject=Subject(external_id=item_id) if item_id else None,
        system=kind == "system",
    )


def read_receipt(account: Account, chat_id: str, data: Json) -> Receipt | None:
    """Return the word that the other side read this message of ours, where the message says so."""
    external_id, read_at = identifier(data.get("id")), moment(data.get("read"))
    if (
        not external_id
        or read_at is None
        or identifier(data.get("author_id")) != account.external_id
    ):
        return None
    return Receipt(chat_id=chat_id, status=ReceiptStatus.READ, at=read_at, external_id=external_id)


def _hooked(account: Account, hook: Json) -> Sequence[Inbound]:
    payload = mapping(hook.get("payload"))
    value = mapping(payload.get("value"))
    if not value:
        raise Unreadable("no payload")
    kind = words(payload.get("type"))
    if not kind:
        raise Unreadable("no type")
    if kind != "message":
        return [Ignored(kind=kind[:64])]
    if identifier(value.get("user_id")) != account.external_id:
        raise Unreadable("another account")
    chat_id = identifier(value.get("chat_id"))
    if value.get("type") == "deleted":
        return [_deleted(chat_id, value, moment(hook.get("timestamp")))]
    receipt = read_receipt(account, chat_id, value)
    message = read_message(account, chat_id, value)
    return [message] if receipt is None else [message, receipt]


def _pulled(account: Account, head: PullHead, data: Json) -> Inbound:
    if head.user_id != account.external_id:
        raise Unreadable("another account")
    chat_id = identifier(head.chat_id)
    if head.kind == "deleted":
        return _deleted(chat_id, data, None)
    if head.kind == "read":
        receipt = read_receipt(account, chat_id, data)
        if receipt is None:
            raise Unreadable("no time of reading")
        return receipt
    return read_message(account, chat_id, data)


def _deleted(chat_id: str, data: Json, at: datetime | None) -> Deleted:
    external_id = identifier(data.get("id"))
    at = at or moment(data.get("created")) or written_moment(data.get("published_at"))
    if not (external_id and chat_id and at):
        raise Unreadable("no id, chat or time")
    return Deleted(external_id=external_id, chat_id=chat_id, at=at)


def _text(content: Json) -> Content:
    return words(content.get("text")), ()


def _image(content: Json) -> Content:
    url = best_size(mapping(content.get("image")).get("sizes"))
    return "", (Media(kind=MediaKind.IMAGE, ref=url, unavailable="" if url else EMPTY),)


def _voice(content: Json) -> Content:
    ref = identifier(mapping(content.get("voice")).get("voice_id"))
    return "", (
        Media(kind=MediaKind.VOICE, ref=ref, mime="audio/mp4", unavailable="" if ref else EMPTY),
    )


def _item(content: Json) -> Content:
    item = mapping(content.get("item"))
    title, price = words(item.get("title")), words(item.get("price_string"))
    return "", (
        Media(
            kind=MediaKind.ITEM,
            title=" · ".join(filter(None, (title, price))),
            url=words(item.get("item_url")),
            preview_ref=words(item.get("image_url")),
            unavailable="" if item else EMPTY,
        ),
    )


def _call(content: Json) -> Content:
    call = mapping(content.get("call"))
    return "", (
        Media(
            kind=MediaKind.CALL,
            title=words(call.get("status")),
            unavailable="" if call else EMPTY,
        ),
    )


def _link(content: Json) -> Content:
    link = mapping(content.get("link"))
    preview = mapping(link.get("preview"))
    url = words(link.get("url")) or words(preview.get("url"))
    media = Media(
        kind=MediaKind.LINK,
        url=url,
        title=words(preview.get("title")),
        name=words(preview.get("domain")),
        preview_ref=best_size(preview.get("images")),
        unavailable="" if url else EMPTY,
    )
    return words(link.get("text")), (media,)


def _location(content: Json) -> Content:
    place = mapping(content.get("location"))
    latitude, longitude = degrees(place.get("lat"), 90), degrees(place.get("lon"), 180)
    known = latitude is not None and longitude is not None
    media = Media(
        kind=MediaKind.LOCATION,
        latitude=latitude if known else None,
        longitude=longitude if known else None,
        title=words(place.get("title")) or words(place.get("text")),
        unavailable="" if known else EMPTY,
    )
    return "", (media,)


def _placeholder(kind: MediaKind) -> Callable[[Json], Content]:
    """Avito sends the type and nothing else."""
    return lambda content: (words(content.get("text")), (Media(kind=kind, unavailable=EMPTY),))


def _unknown(content: Json) -> Content:
    return words(content.get("text")), ()


_READERS: Mapping[str, Callable[[Json], Content]] = {
    "text": _text,
    "system": _text,
    "image": _image,
    "voice": _voice,
    "item": _item,
    "call": _call,
    "link": _link,
    "location": _location,
    "appCall": _placeholder(MediaKind.CALL),
    "file": _placeholder(MediaKind.FILE),
    "video": _placeholder(MediaKind.VIDEO),
}
