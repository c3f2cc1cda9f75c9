"""What kind of call a Bot API method is: does it create something, may it be repeated without
harm.
"""

from __future__ import annotations

_CREATES = ("send", "copy", "forward", "createForumTopic", "post")
_REPEATABLE = (
    "edit",
    "delete",
    "set",
    "get",
    "pin",
    "unpin",
    "answer",
    "close",
    "reopen",
    "hide",
    "unhide",
    "leave",
    "sendChatAction",
)


def is_repeatable(method: str) -> bool:
    """Say whether a second run of the same call leaves the same state."""
    return method.startswith(_REPEATABLE)


def creates(method: str) -> bool:
    """Say whether the call makes a message or a topic, so that it counts against the chat's
    limit.
    """
    return method.startswith(_CREATES) and not is_repeatable(method)
