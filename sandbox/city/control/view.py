"""What the page shows, gathered in one answer: chats, lists, faults, journal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import orjson

from sandbox.city.avito.model import Chat as AvitoChat
from sandbox.city.avito.model import Message
from sandbox.city.core import Json
from sandbox.city.telegram.model import GENERAL, Chat, File, Post
from sandbox.city.verdict import Verdict

if TYPE_CHECKING:
    from sandbox.city.city import City

SHOWN = 200
LOG_ROWS = 60
GRACE_SECONDS = 120.0


class View:
    """Reads the city for the page. Remembers how far each person has looked, for counters."""

    def __init__(self, city: City) -> None:
        """Look at `city`."""
        self.city = city
        self._looked: dict[tuple[int, str, int], int] = {}
        self._judged: Verdict | None = None
        self._judge_again_at = 0.0

    def snapshot(self, query: dict[str, str]) -> Json:
        """Everything for one paint; the query says which chats are open and who looks."""
        me = int(query.get("me", "0") or 0)
        account_id = int(query.get("account", "0") or 0)
        place = self._place(query.get("chat", ""))
        thread = int(query.get("thread", "0") or 0)
        verdict = self._verdict()
        snapshot: Json = {
            "now": self.city.core.clock(),
            "can_kill": self.city.control_socket is not None,
            "web_url": self.city.web_url,
            "judge": {"lost": verdict.lost, "doubled": verdict.doubled,
                      "waiting": verdict.waiting, "out_of_order": verdict.out_of_order},
            "faults": self.city.faults.listed(),
            "limits": self.city.telegram.limits.is_enabled,
            "journal": self.city.journal.tail(LOG_ROWS),
            **self._avito(account_id, query.get("dialog", "")),
        }  # fmt: skip
        if place is not None:
            self._look(me, place, thread)
            snapshot["thread"] = self._thread(place, thread)
        return {**snapshot, **self._telegram(me)}

    def _verdict(self) -> Verdict:
        # Judging thousands of messages takes a while: it may use a twentieth of the time at most.
        started = time.monotonic()
        if self._judged is None or started >= self._judge_again_at:
            self._judged = self.city.judge(grace_seconds=GRACE_SECONDS)
            ended = time.monotonic()
            self._judge_again_at = ended + 20 * (ended - started)
        return self._judged

    # --- Avito -------------------------------------------------------------------------------
    def _avito(self, account_id: int, dialog: str) -> Json:
        world = self.city.avito.world
        accounts = [
            {"id": one.id, "name": one.name, "is_connected": bool(one.hooks),
             "items": [{"id": i.id, "title": i.title, "price": i.price_string}
                       for i in one.items.values()]}
            for one in world.accounts.values()
        ]  # fmt: skip
        account = world.accounts.get(account_id) or next(iter(world.accounts.values()), None)
        chats = [chat for one in world.accounts.values() for chat in one.chats.values()]
        chats.sort(key=lambda one: one.updated, reverse=True)
        shown: Json = {
            "accounts": accounts,
            "buyers": [{"id": one.id, "name": one.name} for one in world.buyers.values()],
            "dialogs": [self._dialog(one) for one in chats[:SHOWN]],
        }
        if account is not None and dialog in account.chats:
            chat = account.chats[dialog]
            newest = list(chat.messages.values())[-SHOWN:]
            shown["dialog"] = [self._said(chat, one) for one in newest]
        return shown

    def _dialog(self, chat: AvitoChat) -> Json:
        item = chat.item
        last = chat.last
        unread = 0
        for message in reversed(chat.messages.values()):
            if message.author_id != chat.account_id or message.read_at is not None:
                break
            unread += 1
        return {
            "id": chat.id, "account": chat.account_id, "buyer": chat.buyer.id,
            "name": chat.buyer.name, "unread": unread, "is_blocked": chat.is_blocked,
            "item": {"id": item.id, "title": item.title, "price": item.price_string}
            if item else None,
            "last": str(last.content.get("text", "")) if last else "",
        }  # fmt: skip

    def _said(self, chat: AvitoChat, message: Message) -> Json:
        said: Json = {
            "id": message.id, "at": message.at, "type": message.type,
            "mine": message.author_id != chat.account_id,
            "text": str(message.content.get("text", "")),
            "read": message.is_read if message.author_id != chat.account_id
            else message.read_at is not None,
            "by_api": message.by_api,
        }  # fmt: skip
        if message.type == "image":
            sizes = message.content["image"]["sizes"]
            said["url"] = _local(sizes.get("640x480", ""))
        elif message.type == "voice":
            said["url"] = f"/avito/media/voice/{message.media_id}.mp4"
        elif message.type == "location":
            said["text"] = str(message.content["location"].get("title", ""))
        elif message.type == "link":
            said["text"] = str(message.content["link"].get("url", ""))
        elif message.type == "item":
            said["text"] = str(message.content["item"].get("title", ""))
        return said

    # --- Telegram ----------------------------------------------------------------------------
    def _telegram(self, me: int) -> Json:
        world = self.city.telegram.world
        groups = [self._group(chat, me) for chat in world.groups.values() if not chat.migrated_to]
        members = {number for chat in world.groups.values() for number in chat.members}
        people = [
            {"id": one.id, "name": one.first_name}
            for one in world.people.values()
            if one.id in members
        ]
        bots = [
            {"id": bot.id, "username": bot.username, "name": bot.name,
             "has_hook": bool(bot.updates.hook.url), "pending": len(bot.updates.waiting),
             "unread": self._unread_private(bot.id, me),
             "commands": _commands(bot.settings),
                "app": _app(bot.settings)}
            for bot in world.bots.values()
        ]  # fmt: skip
        return {"groups": groups, "people": people, "bots": bots}

    def _unread_private(self, bot_id: int, me: int) -> int:
        chat = self.city.telegram.world.privates.get((bot_id, me))
        if chat is None:
            return 0
        return self._unread(chat, me).get(0, 0)

    def _group(self, chat: Chat, me: int) -> Json:
        last: dict[int, Post] = {}
        for post in reversed(chat.posts.values()):
            if post.is_removed or post.is_service:
                continue
            last.setdefault(post.thread or GENERAL, post)
            if len(last) >= len(chat.topics):
                break
        unread = self._unread(chat, me)
        topics = [
            {"id": topic.id, "name": topic.name, "is_closed": topic.is_closed,
             "preview": self._preview(last.get(topic.id), me),
             "seq": last[topic.id].seq if topic.id in last else 0,
             "unread": unread.get(topic.id, 0)}
            for topic in chat.topics.values()
            if not topic.is_deleted
        ]  # fmt: skip
        topics.sort(key=lambda one: (one["id"] == GENERAL, -int(str(one["seq"]))))
        bots = [one.username for one in self.city.telegram.world.listeners(chat)]
        members = [number for number in chat.members if number in self.city.telegram.world.people]
        return {"id": chat.id, "title": chat.title, "is_forum": chat.is_forum, "bots": bots,
                "members": members, "topics": topics}  # fmt: skip

    def _unread(self, chat: Chat, me: int) -> dict[int, int]:
        counts: dict[int, int] = {}
        for number, post in enumerate(reversed(chat.posts.values())):
            if number > 500:
                break
            if post.is_removed or post.is_service or post.author_id == me:
                continue
            thread = 0 if chat.is_private else post.thread or GENERAL
            if post.seq > self._looked.get((me, _name(chat), thread), 0):
                counts[thread] = counts.get(thread, 0) + 1
        return counts

    def _look(self, me: int, chat: Chat, thread: int) -> None:
        key = (me, _name(chat), 0 if chat.is_private else thread)
        self._looked[key] = self.city.core.seq

    def _preview(self, post: Post | None, me: int) -> Json:
        if post is None:
            return {"text": "", "kind": "", "by": ""}
        kind = post.files[0].kind if post.files else ""
        by = "" if post.author_id == me else str(post.body["from"]["first_name"])
        return {"text": post.text[:80], "kind": kind, "by": by}

    def _place(self, name: str) -> Chat | None:
        world = self.city.telegram.world
        bot_id, _, person_id = name.partition(":")
        if person_id:
            person = world.people.get(int(person_id))
            known = int(bot_id) in world.bots_by_id
            return world.private(int(bot_id), person) if person and known else None
        return world.groups.get(int(name)) if name.lstrip("-").isdigit() else None

    def _thread(self, chat: Chat, thread: int) -> Json:
        wanted: set[int | None] = {None, GENERAL} if thread == GENERAL else {thread}
        found = []
        for post in reversed(chat.posts.values()):
            if post.is_removed or not (
                chat.is_private or not chat.is_forum or post.thread in wanted
            ):
                continue
            found.append(self._post(chat, post))
            if len(found) >= SHOWN:
                break
        pinned = [
            chat.posts[number] for number in chat.pinned
            if chat.is_private or chat.posts[number].thread in wanted
        ]  # fmt: skip
        return {
            "posts": found[::-1],
            "pinned": self._post(chat, pinned[-1]) if pinned else None,
        }

    def _post(self, chat: Chat, post: Post) -> Json:
        body = post.body
        shown: Json = {
            "id": post.id, "at": post.at, "author": post.author_id, "by_bot": post.by_bot,
            "name": body["from"]["first_name"], "text": post.text,
            "entities": body.get("entities") or body.get("caption_entities") or [],
            "edited": "edit_date" in body, "pinned": post.id in chat.pinned,
            "reactions": [one.get("emoji", "") for given in post.reactions.values()
                          for one in given],
            "files": [self._file(one) for one in post.files],
            "keyboard": body.get("reply_markup", {}).get("inline_keyboard", []),
        }  # fmt: skip
        if post.is_service:
            shown["service"] = _service(body)
        reply_to = body.get("_reply_to")
        answered = chat.posts.get(reply_to) if reply_to else None
        if answered is not None and not answered.is_service:
            shown["reply"] = {
                "name": answered.body["from"]["first_name"],
                "text": answered.text[:80],
            }
        if "location" in body:
            shown["location"] = body["location"]
        return shown

    @staticmethod
    def _file(file: File) -> Json:
        url = f"/city/api/file/{file.number}" if file.data else ""
        return {"kind": file.kind, "name": file.name, "size": len(file.data), "url": url}


def _commands(settings: Json) -> list[Json]:
    kept = settings.get("setmycommands", {}).get("commands", [])
    return list(orjson.loads(kept) if isinstance(kept, str) else kept)[:8]


def _app(settings: Json) -> Json | None:
    button = settings.get("setchatmenubutton", {}).get("menu_button")
    button = orjson.loads(button) if isinstance(button, str) else button
    if not button or button.get("type") != "web_app":
        return None
    return {"text": button.get("text", ""), "url": button.get("web_app", {}).get("url", "")}


def _local(url: str) -> str:
    return "/" + url.split("/", 3)[-1] if "://" in url else url


def _name(chat: Chat) -> str:
    return f"{chat.bot_id}:{chat.id}" if chat.is_private else str(chat.id)


def _service(body: Json) -> Json:
    kinds = (
        "forum_topic_created", "forum_topic_edited", "forum_topic_closed",
        "forum_topic_reopened", "pinned_message", "new_chat_members", "left_chat_member",
        "migrate_from_chat_id", "migrate_to_chat_id",
    )  # fmt: skip
    for kind in kinds:
        if kind in body:
            value = body[kind]
            name = value.get("name", "") if isinstance(value, dict) else ""
            return {"kind": kind, "name": name}
    return {"kind": "other", "name": ""}
