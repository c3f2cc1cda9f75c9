"""The desk as edges see it: reads, acts and what did not get through, for one caller."""

from __future__ import annotations

from dataclasses import dataclass

from services.audit.service import Audit
from services.conversations.service import Conversations
from services.desk.accounts import Accounts
from services.desk.acts import Acts
from services.desk.attachments import Attachments
from services.desk.dialogs import Dialogs
from services.desk.home import Home
from services.desk.places import Places
from services.desk.presence import Presence
from services.desk.undelivered import Undelivered
from services.desk.undo import Undo
from services.incidents.service import Incidents
from services.kit.clock import Clock
from services.outbox.service import Outbox
from services.tenants.overview import Overview


@dataclass(frozen=True, slots=True)
class Beside:
    """What pages show that the bridge itself does not know."""

    incidents: Incidents
    overview: Overview
    presence: Presence


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
        beside: Beside,
        undo: Undo,
    ) -> None:
        self.undo = undo
        self.beside = beside
        self.presence = presence = beside.presence
        self.dialogs = Dialogs(clock, conversations.policies, presence)
        self.acts = Acts(clock, conversations, audit, presence)
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
            incidents=beside.incidents,
            overview=beside.overview,
        )
