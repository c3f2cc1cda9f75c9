"""Puts the features together over the core: who is built with what, who hears whom.

Upward news is subscribed here: the inbox and the outbox know no feature. Order matters where it is
said.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from services.audit.service import Audit
from services.channels.checks import Checker
from services.channels.health import ChannelInfo
from services.channels.inspection import Inspection
from services.channels.job_work import JobWorker
from services.channels.jobs import Jobs
from services.channels.ports import Ways
from services.channels.service import Channels
from services.connectors.messages import Deleted, Edited, Message, Receipt
from services.consents.service import Consents
from services.contacts.service import Contacts
from services.conversations.addresses import Addresses
from services.conversations.enquiries import Enquiries
from services.conversations.filelinks import FileLinks
from services.conversations.outgoing import ALBUM
from services.conversations.service import Conversations
from services.conversations.terms import Terms
from services.conversations.topics import TARGET
from services.core import Core, media_of
from services.desk.accounts import Accounts
from services.desk.attachments import Attachments
from services.desk.presence import Presence
from services.desk.service import Beside, Desk
from services.desk.undo import Undo
from services.desk.uploads import Uploads
from services.identity.service import Identity
from services.incidents.journal import ChannelErrors
from services.incidents.service import Incidents
from services.kit.crypto import MasterKey
from services.kit.db import Tx
from services.kit.fleeting import Fleeting
from services.kit.settings import Settings
from services.kit.signed import Signer
from services.notices.service import Notices
from services.outbox.brief import NOTHING_MORE, Brief, Briefing
from services.outbox.flush import out_lane
from services.outbox.job_talk import OutboxTalk
from services.outbox.models import Settled, State
from services.polling.poll import Parts as PollParts
from services.polling.service import Polling
from services.tenants.doors import Doors
from services.tenants.overview import Overview
from services.tenants.service import Tenants

log = logging.getLogger(__name__)

POLL_SECONDS = 60.0
"""The pace of a pulled provider that has no setting of its own."""


@dataclass(frozen=True, slots=True)
class Features:
    """Every feature's service."""

    audit: Audit
    tenants: Tenants
    identity: Identity
    overview: Overview
    contacts: Contacts
    consents: Consents
    channels: Channels
    checker: Checker
    jobs: Jobs
    job_worker: JobWorker
    conversations: Conversations
    desk: Desk
    terms: Terms
    enquiries: Enquiries
    file_links: FileLinks
    incidents: Incidents
    notices: Notices
    polling: Polling


def assemble(core: Core) -> Features:
    """Build the features and subscribe them."""
    settings = core.settings
    audit, contacts = Audit(core.keyring), Contacts(core.keyring)
    probes = {"redis_away": core.queue.is_alive}
    incidents = Incidents(core.database, core.clock, probes=probes)
    notices = _notices(core, incidents)
    talk = OutboxTalk(core.outbox)
    channels = Channels(core.database, _ways(core), owners=OwnersByNotice(incidents))
    checker = Checker(channels)
    conversations, enquiries, file_links = _bridge(core, contacts, notices)
    conversations.members.tell(audit)
    tenants = Tenants(audit, master=MasterKey(settings.master_key, settings.master_key_previous))
    polling = _polling(core, channels)
    overview, look = Overview(), Inspection(channels, conversations.workspaces)
    desk = Desk(
        core.clock,
        conversations,
        outbox=core.outbox,
        audit=audit,
        attachments=_attachments(core),
        accounts=Accounts(
            core.database, channels, checker=checker, polling=polling, audit=audit, inspection=look
        ),
        undo=Undo(core.keyring, core.clock, conversations, audit),
        beside=Beside(incidents, overview, Presence(Fleeting(settings.redis_url, "presence"))),
    )
    features = Features(
        audit=audit,
        tenants=tenants,
        identity=Identity(core, tenants, audit),
        overview=overview,
        contacts=contacts,
        consents=Consents(contacts),
        channels=channels,
        checker=checker,
        jobs=Jobs(core.keyring, talk, core.catalogues, core.queue.enqueue, audit=audit),
        job_worker=JobWorker(channels, checker, talk, core.catalogues, inspection=look),
        conversations=conversations,
        desk=desk,
        terms=Terms(audit, conversations.policies, clock=core.clock),
        enquiries=enquiries,
        file_links=file_links,
        incidents=incidents,
        notices=notices,
        polling=polling,
    )
    _subscribe(core, features)
    return features


def _notices(core: Core, incidents: Incidents) -> Notices:
    return Notices(
        core.database,
        core.outbox,
        incidents=incidents,
        clock=core.clock,
        subjects=Addresses(Doors(core.clock, core.settings.public_url)),
    )


def _bridge(
    core: Core, contacts: Contacts, notices: Notices
) -> tuple[Conversations, Enquiries, FileLinks]:
    enquiries = Enquiries(core.database, core.registry, core.channel_cache, core.tokens)
    file_links = _file_links(core)
    conversations = Conversations(
        core.outbox,
        core.registry,
        keyring=core.keyring,
        clock=core.clock,
        contacts=contacts,
        notices=notices,
        enquire=enquiries.ask,
        fulfil=file_links.begin if file_links.base else None,
    )
    conversations.doors.open(core.settings.public_url)
    enquiries.tell(conversations.describe)
    file_links.tell(conversations.linking, conversations.refusals)
    return conversations, enquiries, file_links


def links_base(settings: Settings) -> str:
    """Return the public address of file links; a store's own address with keys is none."""
    for address in (settings.files_url, settings.public_url):
        if address and address.startswith(("https://", "http://")) and "@" not in address:
            return address
    return "" if settings.is_prod else f"http://{settings.listen}"


def _file_links(core: Core) -> FileLinks:
    settings = core.settings

    keys = [key for key in (settings.master_key, settings.master_key_previous) if key]
    return FileLinks(
        core.database,
        core.keyring,
        core.clock,
        files=core.files,
        signer=Signer(keys),
        source=partial(media_of, core),
        base=links_base(settings),
    )


def _attachments(core: Core) -> Attachments:
    source = partial(media_of, core)
    uploads = Uploads(core.files, core.registry)
    return Attachments(
        core.database, core.clock, keyring=core.keyring, source=source, uploads=uploads
    )


def _ways(core: Core) -> Ways:
    return Ways(
        registry=core.registry,
        keyring=core.keyring,
        cache=core.channel_cache,
        tokens=core.tokens,
        texts=core.catalogues,
        public_url=core.settings.public_url,
    )


def _polling(core: Core, channels: Channels) -> Polling:
    settings = core.settings

    def interval(provider: str) -> float:
        return float(getattr(settings, f"{provider}_poll_seconds", POLL_SECONDS))

    parts = PollParts(core.database, channels, core.inbox, ChannelErrors(), core.clock)
    return Polling(
        parts, core.runner.owner, lease_seconds=settings.lease_seconds, interval=interval
    )


def _subscribe(core: Core, features: Features) -> None:
    inbox, outbox, bridge = core.inbox, core.outbox, features.conversations
    inbox.on(Message, bridge.receive)
    inbox.shorten(Message, bridge.shortly)
    inbox.on(Edited, bridge.edited_there)
    inbox.on(Deleted, bridge.deleted_there)
    inbox.on(Receipt, bridge.receipt)
    outbox.resolver(TARGET, bridge.resolve_topic)
    outbox.resolver(ALBUM, bridge.resolve_album)
    outbox.on_settled(_early_receipts(core), _no_receipts(core))
    outbox.on_settled(bridge.settle, bridge.brief)
    outbox.on_settled(ChannelErrors().settle, lambda _arrived: NOTHING_MORE)
    features.notices.subscribe()
    features.identity.sessions.on_theft(features.notices.tell)
    features.channels.on_resumed(_wake_lane(core))
    features.channels.on_resumed(bridge.workspaces.serve_only)
    features.channels.on_resumed(features.polling.wake)
    features.polling.on_shown(confirmed=bridge.confirm, doubted=bridge.doubt)


def _early_receipts(core: Core) -> Callable[[Tx, Settled], Coroutine[Any, Any, None]]:
    async def match(tx: Tx, settled: Settled) -> None:
        if settled.state is State.SENT and settled.sent is not None and settled.sent.external_id:
            delivery = settled.delivery
            view = core.channel_cache.known(delivery.channel_id)
            if view is not None and not core.registry[view.provider].capabilities.receipts:
                return  # this provider sends none: there is nothing to match
            parts = settled.sent.parts or (settled.sent.external_id,)
            await core.outbox.match_early(tx, delivery.channel_id, delivery.id, parts)

    return match


def _no_receipts(core: Core) -> Briefing:
    def brief(settled: Settled) -> Brief | None:
        view = core.channel_cache.known(settled.delivery.channel_id)
        if view is None or core.registry[view.provider].capabilities.receipts:
            return None
        return NOTHING_MORE

    return brief


def _wake_lane(core: Core) -> Callable[[Tx, UUID], Coroutine[Any, Any, None]]:
    async def wake(tx: Tx, channel_id: UUID) -> None:
        lane = out_lane(channel_id)
        await tx.execute("UPDATE lane SET due_at = now() WHERE id = $1", lane)
        tx.after_commit(lambda: core.process_lanes.woken([lane]))

    return wake


class OwnersByNotice:
    """Channels' troubles become incidents, which the notices tell once, with an all clear."""

    RULES = {"auth": "channel_auth_lost", "webhook": "webhook_lost"}

    def __init__(self, incidents: Incidents) -> None:
        self._incidents = incidents

    async def channel_trouble(self, tx: Tx, channel: ChannelInfo, trouble: str) -> None:
        """Open the incident."""
        rule = self.RULES.get(trouble, "channel_silent")
        params = {"channel": channel.name, "cause": trouble}
        if tx.tenant_id is not None:
            await self._incidents.open(tx, rule, str(channel.id), tx.tenant_id, params)

    async def channel_well(self, tx: Tx, channel: ChannelInfo, trouble: str) -> None:
        """Close it."""
        rule = self.RULES.get(trouble, "channel_silent")
        if tx.tenant_id is not None:
            await self._incidents.close(tx, rule, str(channel.id), tx.tenant_id)
