"""Async filters of both bots (a sync one costs a thread hop, 77 µs), and how a command is read."""

from __future__ import annotations

from dataclasses import dataclass

from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message


@dataclass(frozen=True, slots=True)
class Command:
    """`/name args`; `mention` is whom it was said to, "" for everybody here."""

    name: str
    args: str = ""
    mention: str = ""


def read_command(text: str | None) -> Command | None:
    """Return the command a text begins with, or None."""
    if not text or not text.startswith("/"):
        return None
    head, _, args = text[1:].replace("\n", " ", 1).partition(" ")
    name, _, mention = head.partition("@")
    return Command(name.lower(), args.strip(), mention.lower()) if name else None


class Said(Filter):
    """Lets these commands through."""

    def __init__(self, *names: str) -> None:
        self.names = frozenset(names)

    async def __call__(self, _: Message, command: Command | None = None) -> bool:
        """Look the name up."""
        return command is not None and command.name in self.names


class Private(Filter):
    """A talk under four eyes."""

    async def __call__(self, event: Message | CallbackQuery) -> bool:
        """Look at the chat."""
        message = event if isinstance(event, Message) else event.message
        return message is not None and message.chat.type == "private"


class Group(Filter):
    """A talk in a group."""

    async def __call__(self, message: Message) -> bool:
        """Look at the chat."""
        return message.chat.type in {"group", "supergroup"}


class Stands(Filter):
    """A press in a dialogue that stands at this state."""

    def __init__(self, state: str) -> None:
        self.state = state

    async def __call__(self, _: CallbackQuery, raw_state: str | None = None) -> bool:
        """Look at the state."""
        return raw_state == self.state


class Typed(Filter):
    """A typed answer in a dialogue that stands at one of these states: text that is no command."""

    def __init__(self, *states: str) -> None:
        self.states = frozenset(states)

    async def __call__(
        self, message: Message, raw_state: str | None = None, command: Command | None = None
    ) -> bool:
        """Look at the state first."""
        return raw_state in self.states and bool(message.text) and command is None
