"""Fake Telegram: a Bot API that checks like the real one, and the people on its other side."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from urllib.parse import urlencode

import orjson
from aiohttp import web

from sandbox.city.core import Core, Json
from sandbox.city.telegram.api import TelegramApi
from sandbox.city.telegram.groups import Groups
from sandbox.city.telegram.limits import Limits
from sandbox.city.telegram.model import GENERAL, Chat, Member, Person, Post, Status
from sandbox.city.telegram.people import ChatRef, People
from sandbox.city.telegram.world import Bot, World

__all__ = ["Bot", "Chat", "Member", "Person", "Post", "Status", "TelegramCity"]


class TelegramCity(People, Groups):
    """Everything one may do to the fake Telegram from code; `handle` answers its HTTP calls."""

    def __init__(self, core: Core) -> None:
        """An empty Telegram."""
        self.core = core
        self.world = World(core)
        self.api = TelegramApi(core, self.world)

    @property
    def limits(self) -> Limits:
        """Flood limits; set `is_enabled` and `scale`."""
        return self.world.limits

    async def handle(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """Answer one Bot API call."""
        return await self.api.handle(request, path)

    def add_bot(self, token: str, username: str, name: str = "", **flags: bool) -> Bot:
        """A bot; its id is the digits before the colon."""
        bot = self.world.add_bot(token, username, name, **flags)
        bot.updates.execute = lambda call: self.api.run_reply(bot, call)
        self.core.feed.touch()
        return bot

    def revoke_bot(self, bot: Bot | int | str) -> None:
        """BotFather: /revoke. The token answers 401 from now on."""
        self.world.bot(bot).is_revoked = True

    def add_user(
        self,
        user_id: int,
        first_name: str,
        last_name: str = "",
        username: str = "",
        language_code: str = "ru",
    ) -> Person:
        """A human."""
        return self.world.add_user(user_id, first_name, last_name, username, language_code)

    def add_group(self, chat_id: int, title: str, *, forum: bool = True) -> Chat:
        """A group; supergroup when the id starts with -100."""
        return self.world.add_group(chat_id, title, forum=forum)

    def add_member(
        self,
        chat_id: int,
        user_id: int,
        status: Status | str = Status.MEMBER,
        rights: Iterable[str] | None = None,
        *,
        is_anonymous: bool = False,
    ) -> Member:
        """A person or a bot in a group, silently."""
        return self.world.add_member(chat_id, user_id, status, rights, is_anonymous=is_anonymous)

    def topics(self, chat_id: int) -> dict[int, str]:
        """Open and closed topics by id, without deleted ones and General."""
        found = self.world.groups[chat_id].topics.values()
        return {one.id: one.name for one in found if not one.is_deleted and one.id != GENERAL}

    def messages(
        self,
        chat: ChatRef | str,
        thread: int | None = None,
        *,
        user_id: int = 0,
        service: bool = False,
    ) -> list[Json]:
        """What a person sees in a chat or topic now, oldest first.

        `thread` None means everything of the chat; General is 1. Each message carries `reactions`
        and `is_pinned` beside the fields of the Message object.
        """
        place = self.chat(chat, user_id)
        wanted = {thread, None} if thread == GENERAL else {thread}
        return [
            self.seen(place, post)
            for post in place.posts.values()
            if not post.is_removed
            and (service or not post.is_service)
            and (thread is None or post.thread in wanted)
        ]

    def seen(self, chat: Chat, post: Post) -> Json:
        """One message as a person sees it."""
        shown = self.world.render(chat, post, post.author_id if post.by_bot else 0)
        shown["reactions"] = {
            number: [one.get("emoji", "") for one in given]
            for number, given in post.reactions.items()
        }
        shown["is_pinned"] = post.id in chat.pinned
        return shown

    def texts(
        self, chat: ChatRef | str, thread: int | None = None, *, user_id: int = 0
    ) -> list[str]:
        """Texts and captions a person sees, oldest first."""
        seen = self.messages(chat, thread, user_id=user_id)
        return [str(one.get("text") or one.get("caption") or "") for one in seen]

    def answer_of(self, bot: Bot | int | str, query_id: str) -> Json | None:
        """What a press was answered with; None while it spins."""
        answer: Json | None = self.world.bot(bot).queries[query_id]["answer"]
        return answer

    def set_limits(self, *, enabled: bool = True, scale: float = 1.0) -> None:
        """Switch flood limits; `scale` multiplies each."""
        self.limits.is_enabled = enabled
        self.limits.scale = scale

    def init_data(self, bot: Bot | int | str, user_id: int, start_param: str = "") -> str:
        """Valid Mini App initData, signed as Telegram signs it with this bot's token."""
        fields = {
            "auth_date": str(int(self.core.clock())),
            "query_id": "AAH" + self.core.hex(16),
            "user": orjson.dumps(self.world.user(user_id)).decode(),
        }
        if start_param:
            fields["start_param"] = start_param
        listed = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
        key = hmac.digest(b"WebAppData", self.world.bot(bot).token.encode(), "sha256")
        return urlencode({**fields, "hash": hmac.new(key, listed.encode(), "sha256").hexdigest()})
