"""A private chat with the bot as a workplace: all conversations stand together in it, so each
message says whose it is, and an answer is a reply to one (DESIGN 5).
"""

from __future__ import annotations

import msgspec

from services.connectors.messages import OutboundMessage
from services.conversations import rules
from services.conversations.policy import Policy
from services.conversations.queries import Place
from services.kit.db import Record, Tx
from services.kit.i18n import t

FORUM = "forum"
WHOSE = "SELECT person_name, subject_title FROM conversation WHERE tenant_id = $1 AND id = $2"


def is_one(row: Record) -> bool:
    """Say whether a conversation's workplace (PLACE) is a private chat."""
    return bool(row["workspace_kind"] != FORUM)


async def headed(
    tx: Tx, place: Place, action: OutboundMessage, policy: Policy, limit: int
) -> OutboundMessage:
    """Return the message with the person and the subject above its words, as far as there is room.

    Asked at the last moment: by then the provider has told who it is.
    """
    row = await tx.row(WHOSE, tx.tenant_id, place.conversation_id)
    name = (row["person_name"] if row else "") or t(policy.locale, "bridge.person.unknown")
    about = row["subject_title"] if row else ""
    head = f"{name} · {about}\n" if about else f"{name}\n"
    if len(head) + len(action.text.text) > limit:
        return action
    return msgspec.structs.replace(action, text=rules.prefixed(head, action.text, "bold"))
