"""Settings: the business's for its owner, everybody's own language, zone and quiet nights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta

from aiohttp import web

from services.conversations.terms import Terms
from services.kit.db import Tx
from services.kit.errors import InvalidInput
from services.tenants import quiet
from services.tenants.actor import Actor
from services.tenants.quiet import Quiet
from services.tenants.service import Tenants
from services.tenants.settings import LOCALES, LONGEST, MOST_COUNTED, SHORTEST, BusinessView
from webapp.auth.session import page, session
from webapp.cabinet import frame, zones
from webapp.cabinet.pieces import go
from webapp.cabinet.typed import typed
from webapp.cabinet.work_words import fault
from webapp.keys import SERVICES

TEMPLATE, HERE = "settings/settings.html", "/app/settings"
KEPT = (0, 90, 180, 365, 1095)
"""Days offered; any other stays possible by the API."""


@dataclass(frozen=True, slots=True)
class Now:
    """What is in force: the business's and one's own."""

    business: BusinessView
    quiet: Quiet


@page("settings.read")
async def show(request: web.Request) -> web.Response:
    """Answer GET /app/settings."""
    return await _show(request, await _now(request))


@page("settings.write")
async def save_business(request: web.Request) -> web.Response:
    """Answer POST /app/settings/business: all of it or nothing."""
    values, who, services = await typed(request), session(request), request.app[SERVICES]
    features = services.features
    if (lost := await _lost(request, values)) is not None:
        return await _show(request, await _now(request), values, lost=lost)
    try:
        async with services.database.tenant(who.tenant_id) as tx:
            await _change(features.tenants, features.terms, tx, who.actor, values)
    except InvalidInput as error:
        return await _show(request, await _now(request), values, error)
    return go(f"{HERE}?saved=1")


@page("self.write")
async def save_own(request: web.Request) -> web.Response:
    """Answer POST /app/settings/me."""
    values, who, services = await typed(request), session(request), request.app[SERVICES]
    tenants = services.features.tenants
    try:
        async with services.database.system("a person's own row") as tx:
            await tenants.set_locale(tx, who.actor, values.get("my_locale", who.locale))
            await tenants.set_zone(tx, who.actor, values.get("my_zone", who.zone))
            await quiet.set_hours(tx, who.actor, _span(values))
            if "loud" in values:
                await quiet.set_until(tx, who.actor, None, frame.moment(request))
    except InvalidInput as error:
        return await _show(request, await _now(request), values, error, is_own=True)
    return go(f"{HERE}?saved=me")


async def _now(request: web.Request) -> Now:
    services, who = request.app[SERVICES], session(request)
    async with services.database.tenant(who.tenant_id) as tx:
        business = await services.features.tenants.settings.read(tx)
        return Now(business, await quiet.quiet_of(tx, who.actor, frame.moment(request)))


async def _change(
    tenants: Tenants, terms: Terms, tx: Tx, actor: Actor, values: Mapping[str, str]
) -> None:
    """Keep what differs from before."""
    settings, before = tenants.settings, await tenants.settings.read(tx)
    if values.get("name", "") != before.name:
        await settings.set_name(tx, actor, values.get("name", ""))
    if values.get("locale", "") != before.locale:
        await settings.set_locale(tx, actor, values.get("locale", ""))
    if values.get("zone", "") != before.zone:
        await terms.set_zone(tx, actor, values.get("zone", ""))
    days = _days(values.get("retention_days", ""))
    if days != before.retention_days:
        await settings.set_retention(tx, actor, days)


async def _show(
    request: web.Request,
    now: Now,
    values: Mapping[str, str] | None = None,
    error: InvalidInput | None = None,
    *,
    is_own: bool = False,
    lost: int | None = None,
) -> web.Response:
    s = frame.speech(request)
    faults = {_field(error, is_own=is_own): fault(s, error)} if error else {}
    kept = {**_values(request, now), **(values or {})}
    return await frame.render(
        request, TEMPLATE, tab="settings", status=422 if error else 200, now=now, values=kept,
        faults=faults, locales=LOCALES, kept=sorted({*KEPT, now.business.retention_days}),
        zones=zones.options(s, now.business.zone), my_zones=zones.options(s, s.zone.key),
        zone=zones.name(s, now.business.zone), saved=request.query.get("saved", ""),
        relabel=request.query.get("saved") == "me",  # scripts copy words in the new language
        lost=lost, most_counted=MOST_COUNTED,
        until=s.when(now.quiet.until) if now.quiet.until else "",
    )  # fmt: skip


async def _lost(request: web.Request, values: Mapping[str, str]) -> int | None:
    """Return how many texts a shorter term would erase at once; None: nothing to be asked."""
    text = values.get("retention_days", "")
    days = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    if not SHORTEST <= days <= LONGEST or values.get("sure", "") == text:
        return None
    services, who = request.app[SERVICES], session(request)
    settings, before = services.features.tenants.settings, timedelta(days=days)
    async with services.database.tenant(who.tenant_id) as tx:
        now = (await settings.read(tx)).retention_days
        is_shorter = now == 0 or days < now
        return await settings.old_texts(tx, frame.moment(request) - before) if is_shorter else None


def _values(request: web.Request, now: Now) -> dict[str, str]:
    business, s = now.business, frame.speech(request)
    return {
        "name": business.name,
        "locale": business.locale,
        "zone": business.zone,
        "retention_days": str(business.retention_days),
        "my_locale": s.locale,
        "my_zone": s.zone.key,
        "quiet_from": _clock(now.quiet.start),
        "quiet_to": _clock(now.quiet.end),
    }


def _field(error: InvalidInput, *, is_own: bool) -> str:
    """Return the field of the page: both halves have a language and a zone."""
    if error.field == "quiet":
        return "quiet_from"
    return f"my_{error.field}" if is_own else error.field


def _span(values: Mapping[str, str]) -> tuple[time, time] | None:
    edges = [values.get(name, "").strip() for name in ("quiet_from", "quiet_to")]
    if not any(edges):
        return None
    try:
        start, end = (time.fromisoformat(edge) for edge in edges)
    except ValueError:
        raise InvalidInput("work.quiet_half", field="quiet") from None
    return start.replace(tzinfo=None), end.replace(tzinfo=None)


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise InvalidInput("work.retention_days", field="retention_days")
    return int(text)


def _clock(at: time | None) -> str:
    return f"{at:%H:%M}" if at is not None else ""
