"""`main.py check`: is everything right? Settings, database and role, the bell, every account.

Each answer is a sentence for the person who deploys. The providers are really asked: this is the
one command that calls them without anybody having written anything.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.bootstrap import Services, bootstrap
from services.channels import rules
from services.channels.view import ChannelView
from services.connectors.base import SupportsSetup
from services.connectors.errors import ConnectorError
from services.kit.errors import Unavailable
from services.kit.settings import Settings

MIN_POSTGRES = 150_000
LIVE = "SELECT id FROM channel WHERE status <> 'removed' ORDER BY provider, name"
BAD_STATES = frozenset({"bad"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    is_good: bool
    subject: str
    words: str

    def __str__(self) -> str:
        return f"{'ok ' if self.is_good else 'BAD'}  {self.subject}: {self.words}"


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything; never raises for what it finds."""
    findings = [*_settings(settings), await _bell(settings)]
    try:
        services = await bootstrap(settings, use_broker=False)
    except Unavailable:
        return [*findings, Finding(False, "database", "does not answer at VISHENKA_DATABASE_URL")]
    except PermissionError as error:
        return [*findings, Finding(False, "database role", str(error))]
    try:
        findings += [await _database(services), await _login(services)]
        async with aclosing(_channels(services)) as channels:
            findings += [finding async for finding in channels]
    finally:
        await services.close()
    return findings


def _settings(settings: Settings) -> list[Finding]:
    unknown = [
        Finding(False, name, "is no setting of ours; a spelling mistake?")
        for name in settings.unknown_names
    ]
    return unknown or [Finding(True, "settings", f"complete, mode {settings.mode}")]


async def _bell(settings: Settings) -> Finding:
    client = Redis.from_url(settings.redis_url, socket_timeout=3, socket_connect_timeout=3)
    try:
        info = await client.info("server")
    except (RedisError, OSError, TimeoutError) as error:
        words = (
            f"does not answer ({type(error).__name__}); work goes on, woken by the sweep only; "
        )
        words += "nobody can sign in"
        return Finding(False, "redis", words)
    finally:
        await client.aclose()
    return Finding(True, "redis", f"answers, version {info.get('redis_version', 'unknown')}")


async def _database(services: Services) -> Finding:
    async with services.database.connection() as conn:
        number, shown, role = await conn.fetchrow(
            "SELECT current_setting('server_version_num')::int, "
            "current_setting('server_version'), current_user"
        )
        is_migrated = await conn.fetchval("SELECT to_regclass('public.channel') IS NOT NULL")
    if number < MIN_POSTGRES:
        return Finding(False, "database", f"PostgreSQL {shown} is too old; 15 or newer")
    if not is_migrated:
        return Finding(False, "database", "has no schema yet: run `main.py migrate`")
    return Finding(True, "database", f"PostgreSQL {shown}, role {role} has no rights too many")


async def _login(services: Services) -> Finding:
    subject, settings = "sign-in by browser", services.settings
    if bool(settings.login_client_id) != bool(settings.login_client_secret):
        words = "only one of VISHENKA_LOGIN_CLIENT_ID and VISHENKA_LOGIN_CLIENT_SECRET is set"
        return Finding(False, subject, words)
    login = services.features.identity.login
    if not login.is_on:
        return Finding(True, subject, "off; the cabinet opens from the bot")
    if not await login.is_reachable():
        return Finding(False, subject, "the issuer does not answer as one")
    return Finding(True, subject, "on")


async def _channels(services: Services) -> AsyncGenerator[Finding, None]:
    async with services.database.system("check every account") as tx:
        ids = [row["id"] for row in await tx.fetch(LIVE)]
    for channel_id in ids:
        view = await services.channel_cache.by_id(channel_id)
        if view is not None:
            yield await _channel(services, view)


async def _channel(services: Services, view: ChannelView) -> Finding:
    subject = f"{view.provider} {view.name} ({view.id})"
    connector = services.registry[view.provider]
    if not isinstance(connector, SupportsSetup):
        return Finding(True, subject, "cannot be asked")
    hook = rules.hook_url(services.settings.public_url, view.provider, view.hook_key)
    try:
        checks = await asyncio.wait_for(connector.health(view.account, hook), 30)
    except (ConnectorError, TimeoutError) as error:
        return Finding(False, subject, f"could not be asked ({type(error).__name__})")
    words = ", ".join(f"{check.name} {check.state}" for check in checks)
    return Finding(not any(check.state in BAD_STATES for check in checks), subject, words)
