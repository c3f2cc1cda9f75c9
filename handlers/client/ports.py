"""What the client bots ask of the bridge, until `services.conversations` has its service."""

from __future__ import annotations

from typing import Protocol

from services.channels.view import ChannelView
from services.conversations.values import Answered, Author, ManagerMessage, Press
from services.kit.db import Tx


class Bridge(Protocol):
    """The part of `Conversations` that chats use."""

    async def answer(self, tx: Tx, author: Author, message: ManagerMessage) -> Answered:
        """Take what a member wrote in a topic."""
        ...

    async def edited(self, tx: Tx, author: Author, message: ManagerMessage) -> None:
        """Take a member's edit."""
        ...

    async def press(self, tx: Tx, author: Author, press: Press) -> None:
        """Take a pressed button."""
        ...

    async def topic_event(
        self, tx: Tx, bot: ChannelView, chat_id: str, thread_id: str, kind: str
    ) -> None:
        """Hear that a topic was closed, reopened or renamed by hand."""
        ...


class Workspaces(Protocol):
    """The groups where members work."""

    async def discovered(
        self, tx: Tx, bot: ChannelView, chat_id: str, title: str, *, status: str, is_forum: bool
    ) -> None:
        """Hear that the bot's standing in a group is now this."""
        ...

    async def moved(self, tx: Tx, bot: ChannelView, chat_id: str, new_chat_id: str) -> None:
        """Hear that a group has a new id."""
        ...
