"""Introduces the bots to a process: `prepare(services)` subscribes them to the inbox.

Called by the process that drains the bots' lanes: web, or a worker when web runs with `--no-bots`.
"""

from __future__ import annotations

from typing import Any

from bot.dispatchers import build_client_dispatcher, build_master_dispatcher
from bot.updates import Updates
from services.bootstrap import Services
from services.channels.models import Kind
from services.connectors.base import RawEvent


def prepare(services: Services) -> None:
    """Let stored updates of bots become talks."""
    services.inbox.on(RawEvent, make_updates(services).feed)


def make_updates(services: Services) -> Updates:
    """Return the door between the inbox and the dialogues."""
    f = services.features
    parts: dict[str, Any] = {
        "registry": services.registry,
        "audit": f.audit,
        "doors": f.conversations.doors,
        "overview": f.overview,
        "contacts": f.contacts,
        "consents": f.consents,
        "jobs": f.jobs,
        "conversations": f.conversations,
        "notices": f.notices,
        "terms": f.terms,
    }
    common = (f.tenants, services.keyring, services.clock)
    dispatchers = {
        str(Kind.MASTER): build_master_dispatcher(*common, **parts),
        str(Kind.CLIENT): build_client_dispatcher(*common, **parts),
    }
    return Updates(services.outbox, dispatchers)
