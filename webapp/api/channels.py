"""What bots and accounts have in common in the API: their models, and what is done to either.

Both are channels, under two addresses (`bots.py`, `accounts.py`), because people look for them in
two places and have different rights about them. `bots` says which of the two may be found.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from services.channels.ports import Connected as Made
from services.connectors.base import Check
from services.desk.accounts import Accounts, Card
from services.desk.values import Viewer
from services.incidents.journal import Tally
from services.polling.models import SourceState
from webapp.api.dialogs import Shown
from webapp.api.envelope import parse
from webapp.api.schema import Answer, Body, Done, answer, body, path_id
from webapp.auth.session import Session, SessionKind, session
from webapp.keys import SERVICES

PAGE = 50
Secret = Annotated[str, Field(min_length=1, max_length=500)]


class CheckShown(Shown):
    """A line of a check list. `state`: ok, warn, bad, unknown or idle; `key`: the words for it."""

    name: str
    state: str
    key: str
    params: dict[str, str]


class ChannelShown(Answer):
    """A bot or account. Nothing secret is in it."""

    id: UUID
    provider: str
    name: str
    title: str
    username: str
    status: str
    status_reason: str
    hook_state: str
    checks: list[CheckShown]
    checked_at: datetime | None
    last_event_at: datetime | None
    last_success_at: datetime | None
    workspace_id: UUID | None
    workspace: str
    queued: int
    stuck: int
    source: SourceState | None


class ChannelsShown(Answer):
    """All of them, by name."""

    items: list[ChannelShown]
    next_cursor: None = None


class ErrorShown(Shown):
    """One failed call: which method, how, at which try."""

    id: UUID
    endpoint: str
    status: int | None
    attempt: int
    code: str
    at: datetime
    trace: str


class ErrorsShown(Answer):
    """The newest failed calls, and the last day's sums."""

    items: list[ErrorShown]
    day: list[Tally]
    next_cursor: str | None


class ErrorsQuery(BaseModel):
    """`cursor`: the id of the last one of the page before."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cursor: UUID | None = None


class NewKeys(Body):
    """Fresh credentials of the same account."""

    credentials: Annotated[dict[str, Secret], Field(max_length=8)]


class Connected(Answer):
    """`is_new`: False, it was known and has new keys now; `hook_is_set`: False, set in minutes."""

    id: UUID
    is_new: bool
    hook_is_set: bool


class Told(Answer):
    """`told`: False, the provider could not be told yet."""

    told: bool


class ChecksShown(Answer):
    """What a look found."""

    items: list[CheckShown]


def caller(request: web.Request) -> tuple[Accounts, Session, Viewer]:
    """Return the service, the caller, and what they may see."""
    who = session(request)
    is_person = who.kind is not SessionKind.MACHINE
    accounts = request.app[SERVICES].features.desk.accounts
    return accounts, who, Viewer(who.user.id, who.user.name, who.channels, is_person)


async def listed(request: web.Request, *, bots: bool) -> web.Response:
    """Answer all in the caller's scope."""
    accounts, who, viewer = caller(request)
    cards = await accounts.cards(who.tenant_id, viewer, bots=bots)
    return answer(ChannelsShown(items=[shown(card) for card in cards]))


async def one(request: web.Request, *, bots: bool) -> web.Response:
    """Answer one."""
    accounts, who, viewer = caller(request)
    card = await accounts.card(who.tenant_id, viewer, path_id(request), bots=bots)
    return answer(shown(card))


async def errors(request: web.Request, *, bots: bool) -> web.Response:
    """Answer its failed calls."""
    accounts, who, viewer = caller(request)
    before, channel = parse(ErrorsQuery, request.query).cursor, path_id(request)
    await accounts.card(who.tenant_id, viewer, channel, bots=bots)
    rows, day = await accounts.journal(who.tenant_id, viewer, channel, before=before)
    items = [ErrorShown(**dict(row)) for row in rows]
    cursor = str(items[-1].id) if len(items) == PAGE else None
    return answer(ErrorsShown(items=items, day=day, next_cursor=cursor))


async def check(request: web.Request, *, bots: bool) -> web.Response:
    """Look at it now, mend a lost webhook, answer what was found."""
    accounts, who, viewer = caller(request)
    await accounts.card(who.tenant_id, viewer, path_id(request), bots=bots)
    found = await accounts.check(who.tenant_id, viewer, path_id(request))
    return answer(ChecksShown(items=[line(one) for one in found]))


async def rotate(request: web.Request, *, bots: bool) -> web.Response:
    """Give it fresh credentials."""
    accounts, who, viewer = caller(request)
    keys = (await body(request, NewKeys)).credentials
    await accounts.card(who.tenant_id, viewer, path_id(request), bots=bots)
    made = await accounts.rotate(who.tenant_id, who.actor, path_id(request), keys)
    return answer(connected(made))


async def renew(request: web.Request, *, bots: bool) -> web.Response:
    """Swap its webhook's address and secret."""
    accounts, who, viewer = caller(request)
    await accounts.card(who.tenant_id, viewer, path_id(request), bots=bots)
    told = await accounts.renew_hook(who.tenant_id, who.actor, path_id(request))
    return answer(Told(told=told))


async def remove(request: web.Request, *, bots: bool) -> web.Response:
    """Disconnect it and erase its secrets."""
    accounts, who, viewer = caller(request)
    await accounts.card(who.tenant_id, viewer, path_id(request), bots=bots)
    await accounts.remove(who.tenant_id, who.actor, path_id(request))
    return answer(Done())


def connected(made: Made) -> Connected:
    """Return what connecting came to."""
    return Connected(id=made.channel.id, is_new=made.is_new, hook_is_set=made.hook_is_set)


def line(found: Check) -> CheckShown:
    """Return a line of a check list."""
    return CheckShown(name=found.name, state=found.state, key=found.key, params=dict(found.params))


def shown(card: Card) -> ChannelShown:
    """Return a channel as the API tells it."""
    info, source = card.info, card.source
    return ChannelShown(
        id=info.id,
        provider=info.provider,
        name=info.name,
        title=info.title,
        username=info.username,
        status=info.status,
        status_reason=info.status_reason,
        hook_state=info.hook_state,
        checks=[line(found) for found in info.checks],
        checked_at=info.checked_at,
        last_event_at=info.last_event_at,
        last_success_at=info.last_success_at,
        workspace_id=card.workspace_id,
        workspace=card.workspace,
        queued=card.queued,
        stuck=card.stuck,
        source=source,
    )
