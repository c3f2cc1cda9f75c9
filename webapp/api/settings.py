"""Settings of the business, and everybody's own quiet nights."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from services.conversations.terms import Terms
from services.kit.clock import Clock
from services.kit.db import Tx
from services.tenants import quiet
from services.tenants.actor import Actor
from services.tenants.service import Tenants
from services.tenants.settings import LONGEST
from webapp.api.schema import Answer, Body, answer, body, describe
from webapp.auth.session import require, session
from webapp.keys import SERVICES

At = Annotated[time, Field(strict=False)]


class SettingsShown(Answer):
    """What is in force. `retention_days`: after so many texts are erased, 0 keeps them."""

    name: str
    locale: str
    zone: str
    retention_days: int


class SettingsChange(Body):
    """What to change; what is left out stays."""

    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    locale: Literal["ru", "en"] | None = None
    zone: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    retention_days: Annotated[int, Field(ge=0, le=LONGEST)] | None = None


class QuietShown(Answer):
    """When one is not disturbed: every day from `start` to `end`, and until a moment."""

    start: str | None
    end: str | None
    until: datetime | None


class QuietHours(Body):
    """Both of them, by one's own clock."""

    start: At
    end: At


class QuietChange(Body):
    """The hours of every day; null: none."""

    hours: QuietHours | None


@require("settings.read")
@describe("Settings of the business", answer=SettingsShown)
async def show(request: web.Request) -> web.Response:
    """Answer GET /api/v1/settings."""
    services = request.app[SERVICES]
    async with services.database.tenant(session(request).tenant_id) as tx:
        return answer(await _shown(services.features.tenants, tx))


@require("settings.write")
@describe("Change settings of the business", body=SettingsChange, answer=SettingsShown)
async def change(request: web.Request) -> web.Response:
    """Answer PATCH /api/v1/settings."""
    wanted, who = await body(request, SettingsChange), session(request)
    services = request.app[SERVICES]
    features = services.features
    async with services.database.tenant(who.tenant_id) as tx:
        await apply(features.tenants, features.terms, tx, who.actor, wanted)
        return answer(await _shown(features.tenants, tx))


@require("self.read")
@describe("Your quiet hours", answer=QuietShown)
async def show_quiet(request: web.Request) -> web.Response:
    """Answer GET /api/v1/me/quiet."""
    services, who = request.app[SERVICES], session(request)
    async with services.database.system("a person's own row") as tx:
        return answer(await _quiet(tx, who.actor, services.clock))


@require("self.write")
@describe("Set your quiet hours", body=QuietChange, answer=QuietShown)
async def change_quiet(request: web.Request) -> web.Response:
    """Answer PUT /api/v1/me/quiet."""
    wanted, who = (await body(request, QuietChange)).hours, session(request)
    services = request.app[SERVICES]
    span = (wanted.start.replace(tzinfo=None), wanted.end.replace(tzinfo=None)) if wanted else None
    async with services.database.system("a person's own row") as tx:
        await quiet.set_hours(tx, who.actor, span)
        return answer(await _quiet(tx, who.actor, services.clock))


async def apply(
    tenants: Tenants, terms: Terms, tx: Tx, actor: Actor, wanted: SettingsChange
) -> None:
    """Change what is named, all of it or nothing. Raises InvalidInput, Forbidden."""
    if wanted.name is not None:
        await tenants.settings.set_name(tx, actor, wanted.name)
    if wanted.locale is not None:
        await tenants.settings.set_locale(tx, actor, wanted.locale)
    if wanted.zone is not None:
        await terms.set_zone(tx, actor, wanted.zone)
    if wanted.retention_days is not None:
        await tenants.settings.set_retention(tx, actor, wanted.retention_days)


async def _shown(tenants: Tenants, tx: Tx) -> SettingsShown:
    found = await tenants.settings.read(tx)
    return SettingsShown(
        name=found.name,
        locale=found.locale,
        zone=found.zone,
        retention_days=found.retention_days,
    )


async def _quiet(tx: Tx, actor: Actor, clock: Clock) -> QuietShown:
    found = await quiet.quiet_of(tx, actor, clock.now())
    return QuietShown(start=_clock(found.start), end=_clock(found.end), until=found.until)


def _clock(at: time | None) -> str | None:
    return f"{at:%H:%M}" if at is not None else None
