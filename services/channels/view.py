"""A channel as the pipeline sees it: immutable, cached for seconds, secrets opened at first use.

Loading is one statement for all that is asked at once. A row that did not change since it was last
read keeps its view, so nothing is decrypted twice.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from sys import intern
from typing import Any, TypeAlias
from uuid import UUID

import msgspec

from services.channels.gather import Gather
from services.connectors.base import Account, Token
from services.connectors.registry import Registry
from services.kit.crypto import Keyring, TenantKeys
from services.kit.db import Database, Record
from services.kit.errors import Unavailable

FRESH_SECONDS = 5.0
STALE_SECONDS = 60.0
MAX_KNOWN = 20_000
MAX_WARM = 5_000
_hook_key = re.compile(r"[A-Za-z0-9_-]{1,64}")

COLUMNS = """c.tenant_id, c.id, c.provider, c.kind, c.name, c.external_id, c.username, c.title,
    c.status, c.status_reason, c.credentials, c.hook_key, c.hook_secret, c.settings, c.updated_at,
    t.token, t.expires_at, t.version"""
LOAD = f"""SELECT {COLUMNS} FROM channel c LEFT JOIN channel_token t
    ON t.tenant_id = c.tenant_id AND t.channel_id = c.id"""
BY_ID = f"{LOAD} WHERE c.id = ANY($1::uuid[])"
BY_HOOK = f"{LOAD} WHERE c.hook_key = ANY($1::text[]) AND c.status <> 'removed'"
BOTH = f"{BY_ID} UNION ALL {BY_HOOK.replace('$1', '$2')}"
LATEST = f"""{LOAD} WHERE c.status = 'active'
    ORDER BY c.last_event_at DESC NULLS LAST LIMIT $1"""

Key: TypeAlias = UUID | str
"""A channel's id, or its hook key."""
Stamp: TypeAlias = tuple[datetime, int, datetime | None]
"""`updated_at`, version and end of the token: equal stamps, equal views. Every statement that
changes what a view shows sets `updated_at`.
"""


class Sealed:
    """An account as it was read; decrypted when somebody looks, then kept open."""

    __slots__ = ("_account", "_sealed")

    def __init__(self, row: Record, keys: TenantKeys, credentials: type[Any]) -> None:
        self._sealed: tuple[Record, TenantKeys, type[Any]] | None = (row, keys, credentials)
        self._account: Account | None = None

    def open(self) -> Account:
        """Return the account. Raises Undecipherable."""
        if self._account is None and self._sealed is not None:
            self._account, self._sealed = _account(*self._sealed), None
        return self._account  # type: ignore[return-value]  # one of the two is always there


@dataclass(frozen=True, slots=True)
class ChannelView:
    """One channel. `token_version` guards single-flight refresh."""

    tenant_id: UUID
    id: UUID
    provider: str
    kind: str
    name: str
    username: str
    title: str
    status: str
    status_reason: str
    hook_key: str
    vault: Account | Sealed
    token_version: int
    settings: dict[str, object]
    stamp: Stamp | None = None

    @property
    def account(self) -> Account:
        """Return the opened account. Raises Undecipherable."""
        return self.vault.open() if isinstance(self.vault, Sealed) else self.vault

    @property
    def is_bot(self) -> bool:
        """Say whether events of this channel go to the bots' dispatchers."""
        return self.kind in ("master", "client")


Found: TypeAlias = ChannelView | None


class ChannelCache:
    """Finds channels by id and by hook key; a change elsewhere is seen within FRESH_SECONDS."""

    def __init__(self, database: Database, keyring: Keyring, registry: Registry) -> None:
        self._database = database
        self._keyring = keyring
        self._registry = registry
        self._known: dict[object, tuple[float, Found]] = {}
        self._gather = Gather[Key, Found](self._look_up)
        self._changes = 0

    async def by_id(self, channel_id: UUID) -> ChannelView | None:
        """Return the channel whatever its status, or None. Raises Unavailable."""
        return await self._find(channel_id)

    async def by_hook(self, provider: str, key: str) -> ChannelView | None:
        """Return the live channel at this hook address, or None. Raises Unavailable."""
        if not _hook_key.fullmatch(key):
            return None
        found = await self._find(key)
        return found if found is not None and found.provider == provider else None

    def fresh_hook(self, provider: str, key: str) -> ChannelView | None:
        """Return the channel of a hook address when it is fresh in memory, without I/O."""
        found = self._known.get(key)
        if found is None or found[1] is None or time.monotonic() - found[0] >= FRESH_SECONDS:
            return None
        return found[1] if found[1].provider == provider else None

    def known(self, channel_id: UUID) -> ChannelView | None:
        """Return a view seen within the last minute, without I/O."""
        found = self._known.get(channel_id)
        if found is None or time.monotonic() - found[0] > STALE_SECONDS:
            return None
        return found[1]

    def confirm(self, channel_id: UUID, stamp: Stamp, read_at: float) -> None:
        """Tell what stamp a channel's row had at `read_at` (monotonic): an equal one makes the
        view fresh again, another one drops it.
        """
        found = self._known.get(channel_id)
        if found is None or found[0] >= read_at:
            return
        if found[1] is None or found[1].stamp != stamp:
            self._known.pop(channel_id)
        else:
            self._known[channel_id] = (read_at, found[1])

    async def warm(self, limit: int = MAX_WARM) -> int:
        """Load the channels that lately had events, for a process that starts; return how many.
        Without a database it starts cold.
        """
        changes, now = self._changes, time.monotonic()
        try:
            async with self._database.system("channels of every tenant") as tx:
                rows = await tx.fetch(LATEST, limit)
        except Unavailable:
            return 0
        views = [view for view in await self._views(rows) if isinstance(view, ChannelView)]
        if changes == self._changes:
            self._keep(now, {view.id: view for view in views})
        return len(views)

    def forget(self, *keys: object) -> None:
        """Drop cached views (after a change in this process)."""
        self._changes += 1
        if not keys:
            self._known.clear()
        for key in keys:
            self._known.pop(key, None)

    async def _find(self, key: Key) -> Found:
        known = self._known.get(key)
        if known is not None and time.monotonic() - known[0] < FRESH_SECONDS:
            return known[1]
        return await self._gather.get(key)

    async def _look_up(self, keys: Sequence[Key]) -> Mapping[Key, Found | Exception]:
        changes, now = self._changes, time.monotonic()
        rows = await self._rows(keys)
        found: dict[Key, Found | Exception] = dict.fromkeys(keys)
        for row, view in zip(rows, await self._views(rows), strict=True):
            if row["id"] in found:
                found[row["id"]] = view
            if row["hook_key"] in found and row["status"] != "removed":
                found[row["hook_key"]] = view
        if changes == self._changes:  # else a view may be older than what this process wrote
            self._keep(now, found)
        return found

    async def _rows(self, keys: Sequence[Key]) -> list[Record]:
        ids = [key for key in keys if isinstance(key, UUID)]
        hooks = [key for key in keys if isinstance(key, str)]
        async with self._database.system("look channels up before their tenant is known") as tx:
            if ids and hooks:
                return await tx.fetch(BOTH, ids, hooks)  # type: ignore[no-any-return]
            if ids:
                return await tx.fetch(BY_ID, ids)  # type: ignore[no-any-return]
            return await tx.fetch(BY_HOOK, hooks)  # type: ignore[no-any-return]

    async def _views(self, rows: Sequence[Record]) -> list[ChannelView | Exception]:
        """Return a view for each row, or what is wrong with that row alone."""
        keys = await self._keyring.of_many({row["tenant_id"] for row in rows})
        return [self._view(row, keys[row["tenant_id"]]) for row in rows]

    def _view(self, row: Record, keys: TenantKeys | Exception) -> ChannelView | Exception:
        if isinstance(keys, Exception):
            return keys
        stamp = stamp_of(row)
        known = self._known.get(row["id"])
        if known is not None and known[1] is not None and known[1].stamp == stamp:
            return known[1]
        try:
            return _view(row, keys, self._registry[row["provider"]].credentials, stamp)
        except (KeyError, msgspec.MsgspecError) as error:  # a provider that is gone, a torn row
            return error

    def _keep(self, now: float, found: Mapping[Key, Found | Exception]) -> None:
        if len(self._known) > MAX_KNOWN:
            self._known.clear()
        for key, view in found.items():
            if view is None:
                self._known[key] = (now, None)
            elif isinstance(view, ChannelView):
                self._known[view.id] = entry = (now, view)
                if view.status != "removed":
                    self._known[view.hook_key] = entry


def stamp_of(row: Record) -> Stamp:
    """Return the stamp of a row with `updated_at`, `version` and `expires_at`."""
    return row["updated_at"], row["version"] or 0, row["expires_at"]


def _account(row: Record, keys: TenantKeys, credentials: type[Any]) -> Account:
    opened, secret = None, b""
    if row["credentials"] is not None:
        body = keys.open("channel:credentials", row["id"], row["credentials"])
        opened = msgspec.json.decode(body, type=credentials)
    if row["hook_secret"]:
        secret = keys.open("channel:hook_secret", row["id"], row["hook_secret"])
    return Account(
        channel_id=str(row["id"]),
        external_id=row["external_id"],
        credentials=opened,
        hook_secret=secret.decode(),
        token=_token(row, keys),
    )


def _token(row: Record, keys: TenantKeys) -> Token | None:
    if row["token"] is None:
        return None
    body = keys.open("channel_token:token", row["id"], row["token"])
    value, refresh = msgspec.json.decode(body, type=tuple[str, str])
    return Token(value=value, expires_at=row["expires_at"], refresh=refresh)


def _view(row: Record, keys: TenantKeys, credentials: type[Any], stamp: Stamp) -> ChannelView:
    return ChannelView(
        tenant_id=row["tenant_id"],
        id=row["id"],
        provider=intern(row["provider"]),  # the same few words in every view
        kind=intern(row["kind"]),
        name=row["name"],
        username=row["username"],
        title=row["title"],
        status=intern(row["status"]),
        status_reason=row["status_reason"],
        hook_key=row["hook_key"],
        vault=Sealed(row, keys, credentials),
        token_version=row["version"] or 0,
        settings=msgspec.json.decode(row["settings"]),
        stamp=stamp,
    )


def with_token(view: ChannelView, token: Token, version: int) -> ChannelView:
    """Return the view with a fresh token."""
    return replace(view, vault=replace(view.account, token=token), token_version=version)
