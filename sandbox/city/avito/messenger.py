"""What each call of the fake Avito does once its caller is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.city.avito.errors import AvitoError
from sandbox.city.avito.model import Account, Chat
from sandbox.city.avito.world import World
from sandbox.city.core import Json

MAX_TEXT = 1000
MAX_IMAGE = 24 * 1024 * 1024
DELETE_SECONDS = 3600
_MAGIC = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM")


@dataclass(slots=True)
class Call:
    """A read request: path parts, query, body, files."""

    places: dict[str, str]
    query: dict[str, str]
    body: Json
    files: dict[str, bytes]

    def journal(self) -> Json:
        """What the journal keeps; secrets are not of use to it."""
        kept = {k: v for k, v in self.body.items() if k not in {"client_secret", "refresh_token"}}
        sizes = {name: len(data) for name, data in self.files.items()}
        return {**self.query, **kept, **({"files": sizes} if sizes else {})}

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A checked number of the query."""
        value = self.query.get(name, str(default))
        if not value.lstrip("-").isdigit() or not low <= int(value) <= high:
            raise AvitoError(400, "Validation error", fields={name: f"from {low} to {high}"})
        return int(value)


def _paid(account: Account) -> None:
    if not account.level_paid:
        raise AvitoError(402)


def _chat(account: Account, call: Call) -> Chat:
    _paid(account)
    found = account.chats.get(call.places["chat_id"])
    if found is None:
        raise AvitoError(404)
    return found


def _open(account: Account, call: Call) -> Chat:
    found = _chat(account, call)
    if found.is_blocked:
        raise AvitoError(403)
    return found


def send_text(world: World, account: Account, call: Call) -> Json:
    """POST v1 …/messages."""
    found = _open(account, call)
    message = call.body.get("message")
    text = message.get("text") if isinstance(message, dict) else None
    if call.body.get("type") != "text" or not isinstance(text, str) or not text.strip():
        raise AvitoError(400, "Validation error", fields={"message.text": "required"})
    if len(text) > MAX_TEXT:
        raise AvitoError(400, "Validation error", fields={"message.text": "too long"})
    sent = world.write(found, account.id, "text", {"text": text}, by_api=True)
    return {
        "id": sent.id,
        "type": "text",
        "direction": "out",
        "created": int(sent.at),
        "content": {"text": text},
    }


def send_image(world: World, account: Account, call: Call) -> Json:
    """POST v1 …/messages/image."""
    found = _open(account, call)
    image_id = call.body.get("image_id")
    if not isinstance(image_id, str) or image_id not in world.media.images:
        raise AvitoError(400, "Validation error", fields={"image_id": "unknown"})
    content = {"image": {"sizes": world.image_sizes(image_id)}}
    sent = world.write(found, account.id, "image", content, by_api=True, media_id=image_id)
    return {
        "id": sent.id,
        "type": "image",
        "direction": "out",
        "created": int(sent.at),
        "author_id": account.id,
        "content": content,
    }


def delete(world: World, account: Account, call: Call) -> Json:
    """POST v1 …/messages/{id}: own messages within the hour."""
    found = _chat(account, call)
    message = found.messages.get(call.places["message_id"])
    if message is None or message.author_id != account.id:
        raise AvitoError(404)
    if world.core.clock() - message.at > DELETE_SECONDS:
        raise AvitoError(400, "Message is too old")
    if message.type != "deleted":
        world.erase(found, message)
    return {}


def messages(world: World, account: Account, call: Call) -> Any:
    """GET v3 …/messages/: newest first; marks nothing read."""
    found = _chat(account, call)
    limit = call.number("limit", 100, 1, 100)
    offset = call.number("offset", 0, 0, 1000)
    newest = list(reversed(found.messages.values()))[offset : offset + limit]
    shapes = [world.message_shape(found, one) for one in newest]
    return {"messages": shapes} if world.messages_as_object else shapes


def chats(world: World, account: Account, call: Call) -> Json:
    """GET v2 …/chats: last touched first."""
    _paid(account)
    limit = call.number("limit", 100, 1, 100)
    offset = call.number("offset", 0, 0, 1000)
    kinds = set(call.query.get("chat_types", "u2i").split(","))
    wanted = {int(one) for one in call.query.get("item_ids", "").split(",") if one.isdigit()}
    unread = call.query.get("unread_only", "").lower() == "true"
    found = [
        one
        for one in account.chats.values()
        if one.kind in kinds and (not wanted or (one.item and one.item.id in wanted))
    ]
    if unread:
        found = [one for one in found if _has_unread(one)]
    found.sort(key=lambda one: one.updated, reverse=True)
    return {"chats": [world.chat_shape(one) for one in found[offset : offset + limit]]}


def _has_unread(chat: Chat) -> bool:
    last = chat.last
    return last is not None and last.author_id != chat.account_id and not last.is_read


def chat(world: World, account: Account, call: Call) -> Json:
    """GET v2 …/chats/{id}."""
    return world.chat_shape(_chat(account, call))


def read(world: World, account: Account, call: Call) -> Json:
    """POST v1 …/read."""
    found = _chat(account, call)
    for one in reversed(found.messages.values()):
        if one.author_id != account.id:
            if one.is_read:
                break
            one.is_read = True
    world.core.feed.touch()
    return {"ok": True}


def upload(world: World, account: Account, call: Call) -> Json:
    """POST v1 …/uploadImages: one picture in the field `uploadfile[]`."""
    _paid(account)
    data = call.files.get("uploadfile[]")
    if not data or len(call.files) != 1:
        raise AvitoError(400, "Validation error", fields={"uploadfile[]": "required"})
    if len(data) > MAX_IMAGE:
        raise AvitoError(400, "Validation error", fields={"uploadfile[]": "too big"})
    if not data.startswith(_MAGIC) and data[4:12] not in {b"ftypheic", b"ftypmif1"}:
        raise AvitoError(400, "Validation error", fields={"uploadfile[]": "not an image"})
    image_id = world.media.add_image(data)
    return {image_id: world.image_sizes(image_id)}


def voice_files(world: World, account: Account, call: Call) -> Json:
    """GET v1 …/getVoiceFiles."""
    _paid(account)
    wanted = [one for one in call.query.get("voice_ids", "").split(",") if one]
    if not wanted:
        raise AvitoError(400, "Validation error", fields={"voice_ids": "required"})
    base = f"{world.base_url()}/media/voice"
    return {
        "voices_urls": {one: f"{base}/{one}.mp4" for one in wanted if one in world.media.voices}
    }


def blacklist(world: World, account: Account, call: Call) -> Json:
    """POST v2 …/blacklist."""
    users = call.body.get("users")
    if not isinstance(users, list) or not users:
        raise AvitoError(400, "Validation error", fields={"users": "required"})
    for user in users:
        account.blacklist.append(user)
        for one in account.chats.values():
            if one.buyer.id == user.get("user_id"):
                one.is_blocked = True
    world.core.feed.touch()
    return {}


def subscribe(world: World, account: Account, call: Call) -> Json:
    """POST v3/webhook."""
    url = call.body.get("url")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise AvitoError(400, "Validation error", fields={"url": "required"})
    account.hooks[url] = "3"
    world.core.feed.touch()
    return {"ok": True}


def unsubscribe(world: World, account: Account, call: Call) -> Json:
    """POST v1/webhook/unsubscribe."""
    account.hooks.pop(str(call.body.get("url")), None)
    world.core.feed.touch()
    return {"ok": True}


def subscriptions(world: World, account: Account, call: Call) -> Json:
    """POST v1/subscriptions."""
    del world, call
    return {"subscriptions": [{"url": u, "version": v} for u, v in account.hooks.items()]}


def own(world: World, account: Account, call: Call) -> Json:
    """GET core/v1/accounts/self."""
    del world, call
    return {
        "id": account.id,
        "name": account.name,
        "email": account.email,
        "phone": account.phone,
        "phones": [account.phone] if account.phone else [],
        "profile_url": f"https://www.avito.ru/user/{account.id:x}/profile",
    }


def items(world: World, account: Account, call: Call) -> Json:
    """GET core/v1/items."""
    del world
    size = call.number("per_page", 25, 1, 99)
    page = call.number("page", 1, 1, 1_000_000)
    statuses = set(filter(None, call.query.get("status", "active").split(",")))
    found = [one for one in account.items.values() if one.status in statuses]
    shown = found[(page - 1) * size : page * size]
    return {
        "meta": {"page": page, "per_page": size},
        "resources": [
            {
                "id": one.id,
                "title": one.title,
                "status": one.status,
                "url": one.url,
                "price": int("".join(filter(str.isdigit, one.price_string)) or 0) or None,
                "address": "Москва",
                "category": {"id": 1, "name": "Хобби и отдых"},
            }
            for one in shown
        ],
    }


def item(world: World, account: Account, call: Call) -> Json:
    """GET core/v1/accounts/{user}/items/{item}/."""
    del world
    found = account.items.get(int(call.places["item_id"]))
    if found is None:
        raise AvitoError(404, flat=True)
    return {
        "status": found.status,
        "url": found.url,
        "vas": [],
        "start_time": None,
        "finish_time": None,
        "autoload_item_id": None,
    }
