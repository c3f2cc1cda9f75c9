"""Is a group fit to be a workspace? Pure: answers of getMe, getChat and getChatMember in, a check
list out.

Catalogue keys: `workspace.check.<name>.<state>`; the words say which switch to flip. Privacy mode
is read from getMe (`can_read_all_group_messages`), but an administrator sees every message
whatever the switch says. After flipping the switch the bot must be added to the group again.
"""

from __future__ import annotations

import msgspec

from services.connectors.base import Check
from services.connectors.errors import Reason, Rejected


class Me(msgspec.Struct, frozen=True):
    """The fields of getMe that we read."""

    id: int
    first_name: str = ""
    username: str = ""
    can_join_groups: bool = False
    can_read_all_group_messages: bool = False
    has_topics_enabled: bool = False
    can_manage_bots: bool = False


class GroupChat(msgspec.Struct, frozen=True):
    """The fields of getChat that matter."""

    id: int
    type: str = ""
    title: str = ""
    is_forum: bool = False


class Membership(msgspec.Struct, frozen=True):
    """The bot's own ChatMember."""

    status: str = "left"
    can_manage_topics: bool = False
    can_pin_messages: bool = False
    can_delete_messages: bool = False


PRIVATE = "private"
_ADMINS = frozenset({"administrator", "creator"})


def inspect_private(me: Me) -> tuple[Check, ...]:
    """Return the check list of a private chat used as a workspace: topics are optional there."""
    topics = "ok" if me.has_topics_enabled else "idle"
    return (_check("chat", "ok"), _check("topics", topics))


def inspect_group(me: Me, chat: GroupChat, member: Membership) -> tuple[Check, ...]:
    """Return one check per thing the bridge needs; `bad` ones stop it, `warn` ones cost a
    feature.
    """
    admin = member.status in _ADMINS
    owner = member.status == "creator"
    reads = admin or me.can_read_all_group_messages
    return (
        _check("chat", "ok" if chat.type == "supergroup" else "bad"),
        _check("forum", "ok" if chat.is_forum else "bad"),
        _check("admin", "ok" if admin else "bad"),
        _check("privacy", "ok" if reads else "bad"),
        _check("topics", _right(owner or (admin and member.can_manage_topics), "bad")),
        _check("pin", _right(owner or (admin and member.can_pin_messages), "warn")),
        _check("delete", _right(owner or (admin and member.can_delete_messages), "warn")),
    )


def unreachable(error: Rejected) -> tuple[Check, ...]:
    """Return the check list of a chat that the bot cannot see."""
    name = "kicked" if error.reason is Reason.KICKED else "missing"
    return (Check("chat", "bad", f"workspace.check.chat.{name}"),)


def _right(held: bool, otherwise: str) -> str:
    return "ok" if held else otherwise


def _check(name: str, state: str) -> Check:
    return Check(name, state, f"workspace.check.{name}.{state}")
