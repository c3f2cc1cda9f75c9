"""Bots and accounts, one kind of pages for both: the list, one with its health and its journal of
errors, connecting, new keys, looking now, a new webhook address, disconnecting.

Keys are asked of the provider before anything is kept (`services.desk.accounts`), outside any
transaction; what is secret is never written back into a page.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from aiohttp import web

from services.connectors.values import CredentialField
from services.desk.accounts import Accounts, Card
from services.desk.values import Viewer
from services.kit.errors import AppError, Conflict, InvalidInput, Unavailable
from webapp.api.channels import PAGE, ErrorsQuery
from webapp.api.envelope import parse
from webapp.api.schema import path_id
from webapp.auth.session import Session, View, page, session
from webapp.cabinet import frame, words
from webapp.cabinet.bots import groups_of, invitation
from webapp.cabinet.channel_words import facts, news, refusal, state, unready
from webapp.cabinet.connection_words import banner, call, lines, row
from webapp.cabinet.pieces import go, sheet
from webapp.keys import SERVICES

TOKEN = CredentialField("token")
REFUSALS = (InvalidInput, Conflict, Unavailable)
SWITCH = 12


class Kind(StrEnum):
    """Which of the two; also the address and the first word of the rights."""

    BOTS = "bots"
    ACCOUNTS = "accounts"

    @property
    def is_bots(self) -> bool:
        """Say whether these are bots."""
        return self is Kind.BOTS


Work = Callable[[web.Request, Kind], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Desk:
    """The service, the caller, what they may see."""

    accounts: Accounts
    who: Session
    viewer: Viewer

    async def card(self, request: web.Request, kind: Kind) -> Card:
        """Return the one of the address. Raises NotFound."""
        return await self.accounts.card(
            self.who.tenant_id, self.viewer, path_id(request), bots=kind.is_bots
        )


def view(kind: Kind, right: str, work: Work) -> View:
    """Return a page of this kind behind its right (`read` or `write`)."""

    @page(f"{kind}.{right}")
    async def run(request: web.Request) -> web.StreamResponse:
        return await work(request, kind)

    return run


async def listed(request: web.Request, kind: Kind) -> web.Response:
    """Answer GET /app/{kind}."""
    desk = _desk(request)
    cards = await desk.accounts.cards(desk.who.tenant_id, desk.viewer, bots=kind.is_bots)
    return await _render(request, kind, "list.html", cards=cards, state=state, row=row)


async def one(request: web.Request, kind: Kind) -> web.Response:
    """Answer GET /app/{kind}/{id}. `said`: what was just done here."""
    desk, s = _desk(request), frame.speech(request)
    card = await desk.card(request, kind)
    _, day = await desk.accounts.journal(desk.who.tenant_id, desk.viewer, card.info.id)
    others = await desk.accounts.known(desk.who.tenant_id, desk.viewer, bots=kind.is_bots)
    said, listings = (request.query.get(name, "") for name in ("said", "listings"))
    groups = await groups_of(request, s, card.info.id) if kind.is_bots else []
    return await _render(
        request, kind, "one.html", card=card, state=state(card), lines=lines(s, card), day=day,
        banner=news(s, said, kind, unready(s, groups) or banner(s, card), listings), said=said,
        listings=listings, facts=facts(s, card), groups=groups,
        invitation=invitation(card.info.username), others=others[:SWITCH],
    )  # fmt: skip


async def errors(request: web.Request, kind: Kind) -> web.Response:
    """Answer GET /app/{kind}/{id}/errors: the day in sums, then call by call."""
    desk, query = _desk(request), parse(ErrorsQuery, request.query)
    card, where = await desk.card(request, kind), (desk.who.tenant_id, desk.viewer)
    rows, day = await desk.accounts.journal(*where, card.info.id, before=query.cursor)
    return await _render(
        request, kind, "errors.html", card=card, rows=rows, day=day, is_first=query.cursor is None,
        cursor=rows[-1]["id"] if len(rows) == PAGE else None,
    )  # fmt: skip


async def ask_new(request: web.Request, kind: Kind) -> web.Response:
    """Answer GET /app/{kind}/new."""
    return await _form(request, kind, _provider(request, kind))


async def connect(request: web.Request, kind: Kind) -> web.Response:
    """Answer POST /app/{kind}/new."""
    desk, typed = _desk(request), await request.post()
    provider = str(typed.get("provider", "")) or _provider(request, kind)
    keys = _typed(typed, _fields(desk, kind, provider))
    try:
        if kind.is_bots:
            token = keys.get(TOKEN.name, "")
            made = await desk.accounts.add_bot(desk.who.tenant_id, desk.who.actor, token)
        else:
            made = await desk.accounts.connect(desk.who.tenant_id, desk.who.actor, provider, keys)
    except REFUSALS as error:
        return await _form(request, kind, provider, typed=keys, error=error)
    await desk.accounts.check(desk.who.tenant_id, desk.viewer, made.channel.id)
    listings = made.identity.extra.get("listings", "").rstrip("+")
    more = f"&listings={listings}" if listings.isdigit() else ""
    return go(f"/app/{kind}/{made.channel.id}?said=new{more}")


async def ask_keys(request: web.Request, kind: Kind) -> web.Response:
    """Answer GET /app/{kind}/{id}/keys."""
    card = await _desk(request).card(request, kind)
    return await _form(request, kind, card.info.provider, card=card)


async def rotate(request: web.Request, kind: Kind) -> web.Response:
    """Answer POST /app/{kind}/{id}/keys."""
    desk, typed = _desk(request), await request.post()
    card = await desk.card(request, kind)
    keys = _typed(typed, _fields(desk, kind, card.info.provider))
    try:
        await desk.accounts.rotate(desk.who.tenant_id, desk.who.actor, card.info.id, keys)
    except REFUSALS as error:
        return await _form(request, kind, card.info.provider, card=card, typed=keys, error=error)
    await desk.accounts.check(desk.who.tenant_id, desk.viewer, card.info.id)
    return go(f"/app/{kind}/{card.info.id}?said=new")


async def check(request: web.Request, kind: Kind) -> web.Response:
    """Answer POST /app/{kind}/{id}/check: look now, mend what was lost."""
    desk = _desk(request)
    card = await desk.card(request, kind)
    await desk.accounts.check(desk.who.tenant_id, desk.viewer, card.info.id)
    return go(f"/app/{kind}/{card.info.id}")


async def ask_renew(request: web.Request, kind: Kind) -> web.Response:
    """Answer GET /app/{kind}/{id}/hook."""
    card = await _desk(request).card(request, kind)
    return sheet(request, "channels/renew.html", card=card, kind=kind)


async def renew(request: web.Request, kind: Kind) -> web.Response:
    """Answer POST /app/{kind}/{id}/hook: the old address and secret are dead at once."""
    desk = _desk(request)
    card = await desk.card(request, kind)
    told = await desk.accounts.renew_hook(desk.who.tenant_id, desk.who.actor, card.info.id)
    return go(f"/app/{kind}/{card.info.id}?said={'renewed' if told else 'renewed_later'}")


async def ask_remove(request: web.Request, kind: Kind) -> web.Response:
    """Answer GET /app/{kind}/{id}/remove."""
    card = await _desk(request).card(request, kind)
    return sheet(request, "channels/remove.html", card=card, kind=kind, words=words)


async def remove(request: web.Request, kind: Kind) -> web.Response:
    """Answer POST /app/{kind}/{id}/remove."""
    desk = _desk(request)
    card = await desk.card(request, kind)
    await desk.accounts.remove(desk.who.tenant_id, desk.who.actor, card.info.id)
    return go(f"/app/{kind}")


def _desk(request: web.Request) -> Desk:
    who = session(request)
    accounts = request.app[SERVICES].features.desk.accounts
    return Desk(accounts, who, Viewer(who.user.id, who.user.name, who.channels))


async def _render(
    request: web.Request, kind: Kind, template: str, *, status: int = 200, **context: Any
) -> web.Response:
    return await frame.render(
        request, f"channels/{template}", tab=kind, status=status, kind=kind, words=words,
        call=call, **context,
    )  # fmt: skip


async def _form(
    request: web.Request,
    kind: Kind,
    provider: str,
    *,
    card: Card | None = None,
    typed: dict[str, str] | None = None,
    error: AppError | None = None,
) -> web.Response:
    desk = _desk(request)
    fields = _fields(desk, kind, provider)
    at = str(error.params.get("field", "")) if error else ""
    return await _render(
        request, kind, "keys.html", status=422 if error else 200, provider=provider, fields=fields,
        providers=() if kind.is_bots else sorted(desk.accounts.forms()), card=card,
        typed=typed or {}, error=error, at=_field_of(at, fields),
        said=refusal(frame.speech(request), error, provider) if error else [],
    )  # fmt: skip


def _provider(request: web.Request, kind: Kind) -> str:
    if kind.is_bots:
        registry = request.app[SERVICES].registry
        return next(name for name in registry if registry[name].capabilities.bot)
    known = sorted(_desk(request).accounts.forms())
    asked = request.query.get("provider", "")
    return asked if asked in known else next(iter(known), "")


def _fields(desk: Desk, kind: Kind, provider: str) -> Sequence[CredentialField]:
    return (TOKEN,) if kind.is_bots else desk.accounts.forms().get(provider, ())


def _typed(form: Any, fields: Sequence[CredentialField]) -> dict[str, str]:
    return {field.name: str(form.get(field.name, "")).strip()[:500] for field in fields}


def _field_of(path: str, fields: Sequence[CredentialField]) -> str:
    """Return which field is at fault: the named one, else the last, where the secret is."""
    last = path.rsplit(".", maxsplit=1)[-1]
    return last if last in {field.name for field in fields} else ""
