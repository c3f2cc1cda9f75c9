"""What administrators do to a group: topics, rights, membership, migration."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.city.core import Json
from sandbox.city.telegram.access import member_shape
from sandbox.city.telegram.entities import auto
from sandbox.city.telegram.model import ADMIN_RIGHTS, Chat, Member, Status, Topic
from sandbox.city.telegram.topics import open_topic
from sandbox.city.telegram.world import Bot, World


class Groups:
    """Acts of a group's administrators."""

    world: World

    # --- topics ------------------------------------------------------------------------------
    def create_topic(self, user_id: int, chat_id: int, name: str) -> Topic:
        """A person opens a topic."""
        return open_topic(self.world, self.world.groups[chat_id], user_id, name, 0x6FB9F0)

    def delete_topic(self, chat_id: int, thread: int) -> None:
        """A person deletes a topic with all in it; bots are not told."""
        self.world.groups[chat_id].topics[thread].is_deleted = True
        self.world.core.feed.touch()

    def close_topic(self, chat_id: int, thread: int, user_id: int = 0) -> None:
        """A person closes a topic."""
        self._set_closed(chat_id, thread, user_id, closed=True)

    def reopen_topic(self, chat_id: int, thread: int, user_id: int = 0) -> None:
        """A person opens it again."""
        self._set_closed(chat_id, thread, user_id, closed=False)

    def _set_closed(self, chat_id: int, thread: int, user_id: int, *, closed: bool) -> None:
        chat = self.world.groups[chat_id]
        chat.topics[thread].is_closed = closed
        fields: Json = {"forum_topic_closed" if closed else "forum_topic_reopened": {}}
        self._service(chat, user_id, fields, thread)

    def rename_topic(self, chat_id: int, thread: int, name: str, user_id: int = 0) -> None:
        """A person renames a topic."""
        chat = self.world.groups[chat_id]
        chat.topics[thread].name = name
        self._service(chat, user_id, {"forum_topic_edited": {"name": name}}, thread)

    def set_forum(self, chat_id: int, *, on: bool) -> None:
        """Topics switched on or off."""
        chat = self.world.groups[chat_id]
        chat.is_forum = on
        if on:
            chat.topics.setdefault(1, Topic(1, "General"))
        self.world.core.feed.touch()

    def _service(self, chat: Chat, user_id: int, fields: Json, thread: int | None = None) -> None:
        author = user_id or self._creator(chat)
        post = self.world.post(chat, author, fields, thread=thread, service=True)
        self.world.tell(chat, post)

    def _creator(self, chat: Chat) -> int:
        people = [number for number in chat.members if number in self.world.people]
        chiefs = [one for one in people if chat.members[one].status is Status.CREATOR]
        return (chiefs or people)[0]

    # --- bots in the group -------------------------------------------------------------------
    def kick_bot(self, chat_id: int, bot: Bot | int | str, user_id: int = 0) -> None:
        """Throw a bot out."""
        self._move(chat_id, bot, Member(0, Status.KICKED), user_id)

    def return_bot(
        self,
        chat_id: int,
        bot: Bot | int | str,
        status: Status | str = Status.ADMINISTRATOR,
        rights: Iterable[str] | None = None,
        user_id: int = 0,
    ) -> None:
        """Take a bot in (again), as administrator by default."""
        granted = set(ADMIN_RIGHTS if rights is None else rights)
        self._move(chat_id, bot, Member(0, Status(status), granted), user_id)

    def start_in_group(
        self, user_id: int, bot: Bot | int | str, chat_id: int, payload: str = ""
    ) -> None:
        """Follow a `startgroup` link: the bot comes in as administrator and is told /start."""
        found = self.world.bot(bot)
        self.return_bot(chat_id, found, user_id=user_id)
        chat = self.world.groups[chat_id]
        text = f"/start@{found.username} {payload}".strip()
        content = {"text": text, "entities": auto(text)}
        self.world.tell(chat, self.world.post(chat, user_id, content))

    def set_rights(
        self,
        chat_id: int,
        bot: Bot | int | str,
        rights: Iterable[str] | None,
        user_id: int = 0,
    ) -> None:
        """Give a bot exactly these rights; None makes it a plain member."""
        if rights is None:
            self._move(chat_id, bot, Member(0, Status.MEMBER), user_id)
        else:
            self._move(chat_id, bot, Member(0, Status.ADMINISTRATOR, set(rights)), user_id)

    def _move(self, chat_id: int, who: Bot | int | str, place: Member, user_id: int) -> None:
        chat = self.world.groups[chat_id]
        bot = self.world.bot(who)
        place.user_id = bot.id
        old = member_shape(self.world, chat, bot.id)
        chat.members[bot.id] = place
        body = {
            "chat": chat.brief(),
            "from": self.world.user(user_id or self._creator(chat)),
            "date": int(self.world.core.clock()),
            "old_chat_member": old,
            "new_chat_member": member_shape(self.world, chat, bot.id),
        }
        bot.updates.put("my_chat_member", str(chat.id), body)
        self.world.core.feed.touch()

    # --- people in the group -----------------------------------------------------------------
    def join(self, chat_id: int, user_id: int, status: Status | str = Status.MEMBER) -> None:
        """A person joins."""
        self.world.add_member(chat_id, user_id, status)
        chat = self.world.groups[chat_id]
        self._service(chat, user_id, {"new_chat_members": [self.world.user(user_id)]})

    def leave(self, chat_id: int, user_id: int) -> None:
        """A person leaves."""
        chat = self.world.groups[chat_id]
        chat.members[user_id].status = Status.LEFT
        self._service(chat, user_id, {"left_chat_member": self.world.user(user_id)})

    def migrate_group(self, chat_id: int, new_id: int) -> Chat:
        """Upgrade: a new id, everybody moves, both chats say so; old topics stay behind."""
        old = self.world.groups[chat_id]
        new = self.world.add_group(new_id, old.title, forum=old.is_forum)
        new.members = dict(old.members)
        self._service(old, 0, {"migrate_to_chat_id": new_id})
        old.migrated_to = new_id
        self._service(new, 0, {"migrate_from_chat_id": chat_id})
        return new
