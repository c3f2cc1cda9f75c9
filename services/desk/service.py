"""The desk as edges see it: reads, acts and what did not get through, for one caller."""

from __future__ import annotations

from services.audit.service import Audit
from services.conversations.service import Conversations
from services.desk.accounts import Accounts
from services.desk.acts import Acts
from services.desk.dialogs import Dialogs
from services.desk.undelivered import Undelivered
from services.kit.clock import Clock
from services.outbox.service import Outbox


class Desk:
    """The bridge in the cabinet."""

    def __init__(
        self,
        clock: Clock,
        conversations: Conversations,
        *,
        outbox: Outbox,
        audit: Audit,
        accounts: Accounts,
    ) -> None:
        self.dialogs = Dialogs(clock, conversations.policies)
        self.acts = Acts(clock, conversations, audit)
        self.undelivered = Undelivered(outbox, audit)
        self.canned = conversations.canned
        self.accounts = accounts
