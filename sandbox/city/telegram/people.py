"""What humans do in the fake Telegram: write, send, press, react, block, break things."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.city.core import Json
from sandbox.city.telegram import entities as marks
from sandbox.city.telegram.model import GENERAL, Chat, File, Post
from sandbox.city.telegram.world import Bot, World

ChatRef = int | tuple[int, int]  # a group's id, or (bot id, person id) for a private chat


class People:
    """Acts of people; each makes the updates the real server would."""

    world: World

    def chat(self, ref: ChatRef | str | Chat, user_id: int = 0) -> Chat:
        """A group by id, a private chat by (bot id, person id) or by '@bot' of `user_id`."""
        if isinstance(ref, Chat):
            return ref
        if isinstance(ref, tuple | list):
            return self.world.private(ref[0], self.world.people[ref[1]])
        if isinstance(ref, str) and not ref.lstrip("-").isdigit():
            return self.world.private(self.world.bot(ref).id, self.world.people[user_id])
        return self.world.groups[int(ref)]

    # --- writing -----------------------------------------------------------------------------
    def user_says(
        self,
        user_id: int,
        chat: ChatRef | str,
        text: str,
        *,
        thread: int | None = None,
        reply_to: int | None = None,
        entities: Sequence[Json] | None = None,
    ) -> Post:
        """A text."""
        content: Json = {"text": text}
        found = list(entities) if entities is not None else marks.auto(text)
        if found:
            content["entities"] = found
        return self._say(user_id, chat, content, thread, reply_to)

    def _say(
        self,
        user_id: int,
        ref: ChatRef | str,
        content: Json,
        thread: int | None,
        reply_to: int | None,
        files: list[File] | None = None,
    ) -> Post:
        chat = self.chat(ref, user_id)
        if chat.is_private:
            self.world.people[user_id].started.add(chat.bot_id)
        elif chat.is_forum and thread not in {None, GENERAL}:
            topic = chat.topics.get(thread or GENERAL)
            if topic is None or topic.is_deleted:
                raise ValueError("no such topic")
        post = self.world.post(
            chat, user_id, content, thread=thread, reply_to=reply_to, files=files
        )
        self.world.tell(chat, post)
        return post

    def user_sends(  # noqa: PLR0913 - a message has that many sides
        self,
        user_id: int,
        chat: ChatRef | str,
        kind: str,
        data: bytes,
        *,
        name: str = "",
        mime: str = "",
        caption: str = "",
        thread: int | None = None,
        reply_to: int | None = None,
        group: str = "",
        **meta: object,
    ) -> Post:
        """A file of `kind`: photo, document, voice, video, audio, animation, sticker."""
        file = self.world.files.add(kind, data, name, mime, **meta)
        content: Json = {}
        if caption:
            content["caption"] = caption
        if group:
            content["media_group_id"] = group
        return self._say(user_id, chat, content, thread, reply_to, [file])

    def user_sends_photo(
        self, user_id: int, chat: ChatRef | str, data: bytes, **more: object
    ) -> Post:
        """A photo."""
        return self.user_sends(user_id, chat, "photo", data, **more)  # type: ignore[arg-type]

    def user_sends_document(
        self, user_id: int, chat: ChatRef | str, data: bytes, **more: object
    ) -> Post:
        """A file."""
        return self.user_sends(user_id, chat, "document", data, **more)  # type: ignore[arg-type]

    def user_sends_voice(
        self, user_id: int, chat: ChatRef | str, data: bytes, **more: object
    ) -> Post:
        """A voice note."""
        return self.user_sends(user_id, chat, "voice", data, **more)  # type: ignore[arg-type]

    def user_sends_sticker(self, user_id: int, chat: ChatRef | str, **more: object) -> Post:
        """A sticker."""
        return self.user_sends(user_id, chat, "sticker", b"RIFF\0\0\0\0WEBP", **more)  # type: ignore[arg-type]

    def user_sends_album(
        self,
        user_id: int,
        chat: ChatRef | str,
        photos: Sequence[bytes],
        *,
        caption: str = "",
        thread: int | None = None,
    ) -> list[Post]:
        """An album: separate messages with one media_group_id, the caption on the first."""
        group = str(self.world.core.rng.getrandbits(53))
        return [
            self.user_sends(
                user_id,
                chat,
                "photo",
                data,
                thread=thread,
                group=group,
                caption=caption if number == 0 else "",
            )
            for number, data in enumerate(photos)
        ]

    def user_sends_poll(
        self,
        user_id: int,
        chat: ChatRef | str,
        question: str,
        options: Sequence[str],
        *,
        thread: int | None = None,
    ) -> Post:
        """A poll."""
        poll = {
            "id": str(self.world.core.rng.getrandbits(60)),
            "question": question,
            "options": [
                {"persistent_id": str(n), "text": one, "voter_count": 0}
                for n, one in enumerate(options)
            ],
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": True,
            "members_only": False,
        }
        return self._say(user_id, chat, {"poll": poll}, thread, None)

    def user_edits(self, user_id: int, chat: ChatRef | str, message_id: int, text: str) -> Post:
        """Change an own text or caption."""
        place = self.chat(chat, user_id)
        post = place.posts[message_id]
        name = "text" if "text" in post.body else "caption"
        post.body[name] = text
        post.body["edit_date"] = int(self.world.core.clock())
        post.body.pop("entities", None)
        self.world.core.feed.touch()
        self.world.tell(place, post, "edited_message")
        return post

    def user_deletes(self, user_id: int, chat: ChatRef | str, message_id: int) -> None:
        """Delete a message; bots are never told."""
        self.chat(chat, user_id).posts[message_id].is_removed = True
        self.world.core.feed.touch()

    # --- touching ----------------------------------------------------------------------------
    def user_presses(self, user_id: int, chat: ChatRef | str, message_id: int, data: str) -> str:
        """Press an inline button by its callback data or its label; the query's id."""
        place = self.chat(chat, user_id)
        post = place.posts[message_id]
        button = _button(post, data)
        bot = self.world.bots_by_id[post.author_id]
        query_id = str(self.world.core.rng.getrandbits(62))
        bot.queries[query_id] = {"at": self.world.core.clock(), "answer": None}
        query = {
            "id": query_id,
            "from": self.world.user(user_id),
            "message": self.world.render(place, post, bot.id),
            "chat_instance": str(abs(place.id) * 31),
            "data": button["callback_data"],
        }
        bot.updates.put("callback_query", f"user:{user_id}", query)
        return query_id

    def user_reacts(self, user_id: int, chat: ChatRef | str, message_id: int, emoji: str) -> None:
        """Set or, with an empty emoji, take back a reaction. Only admin bots hear of it."""
        place = self.chat(chat, user_id)
        post = place.posts[message_id]
        old = post.reactions.get(user_id, [])
        new = [{"type": "emoji", "emoji": emoji}] if emoji else []
        post.reactions[user_id] = new
        if not new:
            del post.reactions[user_id]
        self.world.core.feed.touch()
        body = {
            "chat": place.brief(),
            "message_id": message_id,
            "user": self.world.user(user_id),
            "date": int(self.world.core.clock()),
            "old_reaction": old,
            "new_reaction": new,
        }
        for bot in self.world.listeners(place):
            member = place.members.get(bot.id)
            if place.is_private or (member is not None and member.is_admin):
                bot.updates.put("message_reaction", str(place.id), body)

    # --- private chats -----------------------------------------------------------------------
    def start_bot(self, user_id: int, bot: Bot | int | str, payload: str = "") -> Post:
        """Press Start, perhaps by a deep link."""
        found = self.world.bot(bot)
        return self.user_says(
            user_id, (found.id, user_id), f"/start {payload}" if payload else "/start"
        )

    def block_bot(self, user_id: int, bot: Bot | int | str) -> None:
        """Stop a bot: it hears it by my_chat_member."""
        self._switch(user_id, self.world.bot(bot), "member", "kicked")

    def unblock_bot(self, user_id: int, bot: Bot | int | str) -> None:
        """Let a bot write again."""
        self._switch(user_id, self.world.bot(bot), "kicked", "member")

    def _switch(self, user_id: int, bot: Bot, old: str, new: str) -> None:
        person = self.world.people[user_id]
        if new == "kicked":
            person.blocked.add(bot.id)
        else:
            person.blocked.discard(bot.id)
        chat = self.world.private(bot.id, person)
        extra = {"until_date": 0}
        body = {
            "chat": chat.brief(),
            "from": person.user(),
            "date": int(self.world.core.clock()),
            "old_chat_member": {
                "user": bot.user(),
                "status": old,
                **(extra if old == "kicked" else {}),
            },
            "new_chat_member": {
                "user": bot.user(),
                "status": new,
                **(extra if new == "kicked" else {}),
            },
        }
        bot.updates.put("my_chat_member", str(chat.id), body)
        self.world.core.feed.touch()


def _button(post: Post, wanted: str) -> Json:
    rows = post.body.get("reply_markup", {}).get("inline_keyboard", [])
    for button in (one for row in rows for one in row):
        if "callback_data" in button and wanted in {button["callback_data"], button["text"]}:
            return dict(button)
    raise ValueError("no such button")
