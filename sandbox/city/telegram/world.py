"""The fake Telegram's memory: bots, people, chats, and the one place where posts are made."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from sandbox.city.core import Core, Json
from sandbox.city.telegram.errors import ApiError
from sandbox.city.telegram.files import Files, shape
from sandbox.city.telegram.limits import Limits
from sandbox.city.telegram.model import (
    ADMIN_RIGHTS,
    GENERAL,
    PRESENT,
    Chat,
    File,
    Member,
    Person,
    Post,
    Status,
    Topic,
)
from sandbox.city.telegram.updates import Updates

MAX_KEPT = 100_000


@dataclass(slots=True, eq=False)
class Bot:
    """One bot and what BotFather knows of it."""

    id: int
    token: str
    username: str
    name: str
    updates: Updates
    can_read_all_group_messages: bool = False
    has_topics_enabled: bool = False
    is_revoked: bool = False
    settings: Json = field(default_factory=dict)
    queries: dict[str, Json] = field(default_factory=dict)
    hook_set_at: float = 0.0

    def user(self) -> Json:
        """The User object of a bot."""
        return {"id": self.id, "is_bot": True, "first_name": self.name, "username": self.username}


class World:
    """Everything the fake Telegram remembers."""

    def __init__(self, core: Core) -> None:
        """Empty world."""
        self.core = core
        self.bots: dict[str, Bot] = {}
        self.bots_by_id: dict[int, Bot] = {}
        self.people: dict[int, Person] = {}
        self.groups: dict[int, Chat] = {}
        self.privates: dict[tuple[int, int], Chat] = {}
        self.files = Files()
        self.limits = Limits(core.clock)
        self.bot_posts: deque[tuple[Chat, Post]] = deque(maxlen=MAX_KEPT)
        self.people_posts: deque[tuple[Chat, Post]] = deque(maxlen=MAX_KEPT)

    # --- making it ---------------------------------------------------------------------------
    def add_bot(self, token: str, username: str, name: str = "", **flags: bool) -> Bot:
        """A bot with this token; its id is the digits before the colon."""
        bot_id = int(token.split(":", maxsplit=1)[0])
        bot = Bot(bot_id, token, username, name or username, Updates(self.core, str(bot_id)))
        for flag, value in flags.items():
            setattr(bot, flag, value)
        self.bots[token] = bot
        self.bots_by_id[bot_id] = bot
        return bot

    def add_user(
        self,
        user_id: int,
        first_name: str,
        last_name: str = "",
        username: str = "",
        language_code: str = "ru",
    ) -> Person:
        """A human, or the same one again."""
        person = Person(user_id, first_name, last_name, username, language_code)
        return self.people.setdefault(user_id, person)

    def add_group(self, chat_id: int, title: str, *, forum: bool = True) -> Chat:
        """A supergroup when the id starts with -100, else a basic group."""
        kind = "supergroup" if str(chat_id).startswith("-100") else "group"
        chat = Chat(chat_id, kind, title, is_forum=forum)
        if forum:
            chat.topics[GENERAL] = Topic(GENERAL, "General")
            chat.next_message_id = 2  # id 1 is General's own
        self.groups[chat_id] = chat
        return chat

    def add_member(
        self,
        chat_id: int,
        user_id: int,
        status: Status | str = Status.MEMBER,
        rights: Iterable[str] | None = None,
        *,
        is_anonymous: bool = False,
    ) -> Member:
        """Put a person or a bot into a group; administrators get every right by default."""
        granted = set(ADMIN_RIGHTS if rights is None else rights)
        member = Member(user_id, Status(status), granted, is_anonymous)
        if not member.is_admin:
            member.rights = set()
        self.groups[chat_id].members[user_id] = member
        return member

    def private(self, bot_id: int, person: Person) -> Chat:
        """The one to one chat of a bot and a person."""
        key = (bot_id, person.id)
        chat = self.privates.get(key)
        if chat is None:
            chat = self.privates[key] = Chat(person.id, "private", person=person, bot_id=bot_id)
        return chat

    def bot(self, who: Bot | int | str) -> Bot:
        """A bot by token, id, @username or itself."""
        if isinstance(who, Bot):
            return who
        if isinstance(who, int) or who.isdigit():
            return self.bots_by_id[int(who)]
        name = who.lstrip("@").lower()
        named = (one for one in self.bots.values() if one.username.lower() == name)
        return self.bots.get(who) or next(named)

    def user(self, user_id: int) -> Json:
        """The User object of anybody."""
        bot = self.bots_by_id.get(user_id)
        return bot.user() if bot is not None else self.people[user_id].user()

    def clear(self) -> None:
        """Forget all; webhooks go too."""
        for bot in self.bots.values():
            bot.updates.set_hook(type(bot.updates.hook)(), drop=True)
        self.__init__(self.core)  # type: ignore[misc]

    # --- posts -------------------------------------------------------------------------------
    def post(
        self,
        chat: Chat,
        author_id: int,
        content: Json,
        *,
        thread: int | None = None,
        reply_to: int | None = None,
        files: list[File] | None = None,
        service: bool = False,
    ) -> Post:
        """Put a message into a chat, for all to see."""
        now = self.core.clock()
        number = chat.take_id()
        bot = self.bots_by_id.get(author_id)
        body: Json = {"message_id": number, "date": int(now), "chat": chat.brief()}
        body.update(self._author(chat, author_id))
        if thread is not None and thread != GENERAL:
            body["message_thread_id"] = thread
            if chat.is_forum:
                body["is_topic_message"] = True
        self._attach_reply(chat, body, thread, reply_to)
        body.update(content)
        post = Post(
            self.core.next_seq(), now, body, author_id, bot is not None, files or [], service
        )
        chat.posts[number] = post
        if not service:
            (self.bot_posts if post.by_bot else self.people_posts).append((chat, post))
        self.core.feed.touch()
        return post

    def _author(self, chat: Chat, author_id: int) -> Json:
        member = chat.members.get(author_id)
        if member is not None and member.is_anonymous:
            # The way anonymous administrators look to bots.
            ghost = {
                "id": 1087968824,
                "is_bot": True,
                "first_name": "Group",
                "username": "GroupAnonymousBot",
            }
            return {"from": ghost, "sender_chat": chat.brief()}
        return {"from": self.user(author_id)}

    @staticmethod
    def _attach_reply(chat: Chat, body: Json, thread: int | None, reply_to: int | None) -> None:
        # Inside a topic a message that answers nothing "answers" the one that opened the topic.
        if reply_to is None and chat.is_forum and thread not in {None, GENERAL}:
            reply_to = thread
        found = chat.posts.get(reply_to) if reply_to is not None else None
        if found is not None and not found.is_removed:
            body["_reply_to"] = reply_to

    def render(self, chat: Chat, post: Post, bot_id: int, *, with_reply: bool = True) -> Json:
        """The Message object as this bot gets it."""
        body = dict(post.body)
        reply_to = body.pop("_reply_to", None)
        for file in post.files:
            body[file.kind] = shape(file, bot_id)
            if file.kind == "animation":
                body["document"] = body["animation"]
        if with_reply and reply_to is not None and reply_to in chat.posts:
            answered = chat.posts[reply_to]
            body["reply_to_message"] = self.render(chat, answered, bot_id, with_reply=False)
        return body

    # --- telling bots ------------------------------------------------------------------------
    def tell(self, chat: Chat, post: Post, kind: str = "message") -> None:
        """Queue a message for every bot that may see it."""
        for bot in self.listeners(chat):
            if self._sees(chat, post, bot):
                bot.updates.put(kind, str(chat.id), self.render(chat, post, bot.id))

    def listeners(self, chat: Chat) -> list[Bot]:
        """Bots inside a chat."""
        if chat.is_private:
            return [self.bots_by_id[chat.bot_id]] if chat.bot_id in self.bots_by_id else []
        return [
            self.bots_by_id[user_id]
            for user_id, member in chat.members.items()
            if user_id in self.bots_by_id and member.status in PRESENT
        ]

    @staticmethod
    def _sees(chat: Chat, post: Post, bot: Bot) -> bool:
        if post.author_id == bot.id:
            return post.is_service  # a bot does hear of its own pins and topics
        if post.by_bot:
            return False
        member = chat.members.get(bot.id)
        if chat.is_private or bot.can_read_all_group_messages or (member and member.is_admin):
            return True
        answered = chat.posts.get(post.body.get("_reply_to", 0))
        to_bot = answered is not None and answered.author_id == bot.id
        named = f"@{bot.username}".lower() in post.text.lower()
        return post.is_service or post.text.startswith("/") or to_bot or named

    # --- looking -----------------------------------------------------------------------------
    def find_chat(self, bot: Bot, chat_id: int | str) -> Chat:
        """A chat this bot may name, or 'chat not found'."""
        if isinstance(chat_id, str) and chat_id.startswith("@"):
            for group in self.groups.values():
                if group.username and group.username.lower() == chat_id[1:].lower():
                    return group
        number = int(chat_id) if str(chat_id).lstrip("-").isdigit() else 0
        group_by_id = self.groups.get(number)
        if group_by_id is not None:
            return group_by_id
        person = self.people.get(number)
        if person is not None:
            return self.private(bot.id, person)
        raise ApiError(400, "Bad Request: chat not found")
