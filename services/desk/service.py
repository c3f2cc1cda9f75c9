"""The desk as edges see it: reads, acts and what did not get through, for one caller."""

from __future__ import annotations

from services.audit.service import Audit
from services.conversations.service import Conversations
from services.desk.accounts import Accounts
from services.desk.acts import Acts
from services.desk.attachments import Attachments
from services.desk.dialogs import Dialogs
from services.desk.home import Home
from services.desk.places import Places
from services.desk.undelivered import Undelivered
from services.incidents.service import Incidents
from services.kit.clock import Clock
from services.outbox.service import Outbox
from services.tenants.overview import Overview


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
        attachments: Attachments,
        incidents: Incidents,
        overview: Overview,
    ) -> None:
        self.dialogs = Dialogs(clock, conversations.policies)
        self.acts = Acts(clock, conversations, audit)
        self.undelivered = Undelivered(outbox, audit)
        self.canned = conversations.canned
        self.accounts = accounts
        self.attachments = attachments
        self.uploads = attachments.uploads
        self.places = Places(conversations.workspaces, audit)
        self.home = Home(
            self.dialogs,
            self.undelivered,
            conversations,
            incidents=incidents,
            overview=overview,
        )
