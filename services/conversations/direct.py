"""A private chat with the bot as a workplace: all conversations stand together in it, so each
message says whose it is, and an answer is a reply to one (DESIGN 5).
"""

from __future__ import annotations

from services.connectors.messages import Text
from services.conversations import rules
from services.conversations.policy import Policy
from services.conversations.queries import Place
from services.kit.db import Tx
from services.kit.i18n import t

WHOSE = "SELECT person_name, subject_title FROM conversation WHERE tenant_id = $1 AND id = $2"


async def headed(tx: Tx, place: Place, text: Text, policy: Policy) -> Text:
    """Return the words with the person and the subject above them; in a topic as they are."""
    if place.workspace_kind == "forum":
        return text
    row = await tx.row(WHOSE, tx.tenant_id, place.conversation_id)
    name = (row["person_name"] if row else "") or t(policy.locale, "bridge.person.unknown")
    about = row["subject_title"] if row else ""
    head = f"{name} · {about}" if about else name
    return rules.prefixed(f"{head}\n", text, "bold")
