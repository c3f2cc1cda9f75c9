"""A channel as the pipeline sees it: opened, immutable, cached for seconds."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from uuid import UUID

import msgspec

from services.connectors.base import Account, Token
from services.connectors.registry import Registry
from services.kit.crypto import Keyring
from services.kit.db import Database, Record

FRESH_SECONDS = 5.0
STALE_SECONDS = 60.0
_hook_key = re.compile(r"[A-Za-z0-9_-]{1,64}")

COLUMNS = """c.tenant_id, c.id, c.provider, c.kind, c.name, c.external_id, c.username, c.title,
    c.status, c.status_reason, c.credentials, c.hook_key, c.hook_secret, c.settings,
    t.token, t.expires_at, t.version"""
BY_ID = f"""SELECT {COLUMNS} FROM channel c LEFT JOIN channel_token t
    ON t.tenant_id = c.tenant_id AND t.channel_id = c.id WHERE c.id = $1"""
BY_HOOK = f"""SELECT {COLUMNS} FROM channel c LEFT JOIN channel_token t
    ON t.tenant_id = c.tenant_id AND t.channel_id = c.id
    WHERE c.hook_key = $1 AND c.status <> 'removed'"""


@dataclass(frozen=True, slots=True)
class ChannelView:
    """One channel with its opened account. `token_version` guards single-flight refresh."""

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
    account: Account
    token_version: int
    settings: dict[str, object]

    @property
    def is_bot(self) -> bool:
        """Say whether events of this channel go to the bots' dispatchers."""
        return self.kind in ("master", "client")


class ChannelCache:
    """Finds channels by id and by hook key; a change elsewhere is seen within FRESH_SECONDS."""

    def __init__(self, database: Database, keyring: Keyring, registry: Registry) -> None:
        self._database = database
        self._keyring = keyring
        self._registry = registry
        self._known: dict[object, tuple[float, ChannelView | None]] = {}

    async def by_id(self, channel_id: UUID) -> ChannelView | None:
        """Return the channel whatever its status, or None. Raises Unavailable."""
        return await self._find(channel_id, BY_ID)

    async def by_hook(self, provider: str, key: str) -> ChannelView | None:
        """Return the live channel at this hook address, or None. Raises Unavailable."""
        if not _hook_key.fullmatch(key):
            return None
        found = await self._find(key, BY_HOOK)
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

    def forget(self, *keys: object) -> None:
        """Drop cached views (after a change in this process)."""
        if not keys:
            self._known.clear()
        for key in keys:
            self._known.pop(key, None)

    async def _find(self, key: object, sql: str) -> ChannelView | None:
        known = self._known.get(key)
        now = time.monotonic()
        if known is not None and now - known[0] < FRESH_SECONDS:
            return known[1]
        async with self._database.system("look a channel up before its tenant is known") as tx:
            row = await tx.row(sql, key)
        view = await self._open(row) if row is not None else None
        if len(self._known) > 20_000:
            self._known.clear()
        self._known[key] = (now, view)
        return view

    async def _open(self, row: Record) -> ChannelView:
        keys = await self._keyring.of(row["tenant_id"])
        connector = self._registry[row["provider"]]
        credentials = None
        if row["credentials"] is not None:
            body = keys.open("channel:credentials", row["id"], row["credentials"])
            credentials = msgspec.json.decode(body, type=connector.credentials)
        secret = (
            keys.open("channel:hook_secret", row["id"], row["hook_secret"])
            if row["hook_secret"]
            else b""
        )
        account = Account(
            channel_id=str(row["id"]),
            external_id=row["external_id"],
            credentials=credentials,
            hook_secret=secret.decode(),
            token=_token(keys, row),
        )
        return _view(row, account)


def _token(keys: object, row: Record) -> Token | None:
    if row["token"] is None:
        return None
    body = keys.open("channel_token:token", row["id"], row["token"])  # type: ignore[attr-defined]
    value, refresh = msgspec.json.decode(body, type=tuple[str, str])
    return Token(value=value, expires_at=row["expires_at"], refresh=refresh)


def _view(row: Record, account: Account) -> ChannelView:
    return ChannelView(
        tenant_id=row["tenant_id"],
        id=row["id"],
        provider=row["provider"],
        kind=row["kind"],
        name=row["name"],
        username=row["username"],
        title=row["title"],
        status=row["status"],
        status_reason=row["status_reason"],
        hook_key=row["hook_key"],
        account=account,
        token_version=row["version"] or 0,
        settings=msgspec.json.decode(row["settings"]),
    )


def with_token(view: ChannelView, token: Token, version: int) -> ChannelView:
    """Return the view with a fresh token."""
    return replace(view, account=replace(view.account, token=token), token_version=version)
