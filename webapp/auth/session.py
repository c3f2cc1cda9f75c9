"""Who is calling, for every view: the one thing pages and the API ask of sign-in.

    from webapp.auth.session import page, require, session

    @require("dialogs.reply")                    # API: a row of services/tenants/rights.toml
    async def reply(request: web.Request) -> web.Response:
        who = session(request)                   # never None behind `require`
        async with request.app[SERVICES].database.tenant(who.tenant_id) as tx: ...

    @page("dialogs.read")                        # a page: signed out, the shell answers instead
    async def dialogs(request: web.Request) -> web.StreamResponse: ...

A route without one of these decorators (and not on the short list `webapp.auth.gate.OPEN`)
answers nobody and fails the build. The gate has done everything when the view runs: it found the
person by the `Authorization: Bearer` header (Mini App, machines' keys) or by cookie (browser;
there it renews the tokens silently and asks changes for Origin and CSRF token), read role and
scope from their rows just now, checked the permission and the limits.

Views then only: filter by `who.tenant_id`, and by `who.channels` (None = all) where bots, accounts
or conversations are shown: what is outside answers like an unknown id, NotFound. Services that
write take `who.actor`. `who.may("dialogs.reply")` says whether to show a button. Every change made
by a page in a browser carries `who.csrf`: header `X-CSRF-Token` (htmx: `hx-headers` of the body)
or a form field `csrf`; the Mini App needs none (its header is the proof) but may send it.

What the gate raises reaches people like this. API and fragments (`HX-Request`): JSON problem, 401
`auth.session_over` | `auth.sign_in` (sign in again), 403 `error.forbidden` | `auth.no_seat` (not a
member here (any more)) | `auth.code_needed` (ask for the second factor, then repeat). Whole pages:
the handlers an application sets under `SHELL` (signed out: the empty Mini App document) and
`REFUSAL` (signed in, not allowed); without them the same JSON.

A browser signs in by a link to `/app/login?return_to=/app/…`; what goes wrong there comes back as
`/app/?problem=KEY`, a key of the catalogue `auth`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from aiohttp import web

from services.kit.errors import AppError
from services.tenants.actor import Actor, ActorKind, Role

View = Callable[[web.Request], Awaitable[web.StreamResponse]]
Refusal = Callable[[web.Request, AppError], Awaitable[web.StreamResponse]]
RULE = "_vishenka_rule"


class SessionKind(StrEnum):
    """How the caller proves who they are."""

    APP = "app"
    BROWSER = "browser"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class User:
    """The signed-in person; a machine's key has its own id and no Telegram id."""

    id: UUID
    telegram_id: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """One caller at one moment.

    `tenant` is the business they work in, None for a person without one; `tenant_id` is the same
    for views that need one (`require` of anything but `self.*` and `platform.*` made sure).
    `zone` is the person's own zone, else the business's. `code_needed`: this browser has to give
    the second factor before anything but `self.*`; `is_confirmed`: a code was given in the last
    minutes, so acts marked `confirm` go through.
    """

    id: UUID
    kind: SessionKind
    user: User
    tenant: UUID | None
    tenant_name: str
    role: Role | None
    permissions: frozenset[str]
    channels: frozenset[UUID] | None = None
    zone: str = "Europe/Moscow"
    locale: str = "ru"
    csrf: str = ""
    is_admin: bool = False
    has_factor: bool = False
    code_needed: bool = False
    is_confirmed: bool = False

    @property
    def tenant_id(self) -> UUID:
        """Return the business's id."""
        if self.tenant is None:
            raise AssertionError("this permission needs no business: ask `tenant`")
        return self.tenant

    @property
    def actor(self) -> Actor:
        """Return the caller as services want it."""
        machine = self.kind is SessionKind.MACHINE
        return Actor(
            kind=ActorKind.MACHINE if machine else ActorKind.MEMBER,
            id=self.user.id,
            tenant_id=self.tenant,
            role=self.role,
            name=self.user.name,
            telegram_id=self.user.telegram_id,
            locale=self.locale,
            zone=self.zone,
            is_confirmed=True,  # the gate asked for a code where the permission wants one
        )

    def may(self, permission: str) -> bool:
        """Say whether the caller has the permission."""
        return permission in self.permissions

    def sees(self, channel_id: UUID) -> bool:
        """Say whether a bot or account is in the caller's scope."""
        return self.channels is None or channel_id in self.channels


SESSION: web.RequestKey[Session] = web.RequestKey("session", Session)
SHELL: web.AppKey[View] = web.AppKey("shell", Callable)  # type: ignore[arg-type]
REFUSAL: web.AppKey[Refusal] = web.AppKey("refusal", Callable)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a route asks of its caller."""

    permission: str
    is_page: bool = False


def require(permission: str) -> Callable[[View], View]:
    """Mark a view of the API: only callers with this permission reach it."""
    return _marked(Rule(permission))


def page(permission: str) -> Callable[[View], View]:
    """Mark a page: the same, but signed out the shell answers, and a refusal is a page."""
    return _marked(Rule(permission, is_page=True))


def session(request: web.Request) -> Session:
    """Return the caller of a marked view."""
    return request[SESSION]


def find(request: web.Request) -> Session | None:
    """Return the caller where there may be none (open routes that read the cookie themselves)."""
    return request.get(SESSION)


def rule_of(view: object) -> Rule | None:
    """Return the mark of a view, None for an unmarked one."""
    found = getattr(view, RULE, None)
    return found if isinstance(found, Rule) else None


def _marked(rule: Rule) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, RULE, rule)
        return view

    return mark
