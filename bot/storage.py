"""Where people stand in dialogues: rows in PostgreSQL, read and written in the event's
transaction, encrypted.

A dialogue that nobody touched for an hour is forgotten: half-entered keys do not lie around.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from aiogram.fsm.state import State
from aiogram.fsm.storage.base import BaseStorage, StateType, StorageKey

from services.channels.view import ChannelView
from services.kit.crypto import Keyring, Undecipherable
from services.kit.db import Tx

PLACE = "fsm_state:data"
READ = """
SELECT state, data FROM fsm_state WHERE tenant_id = $1 AND channel_id = $2 AND chat_id = $3 AND
    user_id = $4
AND updated_at > now() - interval '1 hour'
"""
WRITE = """
INSERT INTO fsm_state (tenant_id, channel_id, chat_id, user_id, state, data) VALUES ($1, $2, $3,
    $4, $5, $6)
ON CONFLICT (tenant_id, channel_id, chat_id, user_id)
DO UPDATE SET state = excluded.state, data = excluded.data, updated_at = now()
"""
FORGET = """
DELETE FROM fsm_state WHERE tenant_id = $1 AND channel_id = $2 AND chat_id = $3 AND user_id = $4
"""


class TxStorage(BaseStorage):
    """The storage of one event; reads its row once."""

    def __init__(self, tx: Tx, keyring: Keyring, channel: ChannelView) -> None:
        self._tx = tx
        self._keyring = keyring
        self._channel = channel
        self._known: dict[tuple[int, int], tuple[str, dict[str, Any]]] = {}

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        """Move the person to a state; None ends the dialogue and forgets its data."""
        name = state.state if isinstance(state, State) else state
        _, data = await self._load(key)
        await self._save(key, name or "", data if name else {})

    async def get_state(self, key: StorageKey) -> str | None:
        """Return the state's name, or None."""
        return (await self._load(key))[0] or None

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        """Replace what was collected."""
        state, _ = await self._load(key)
        await self._save(key, state, dict(data))

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        """Return what was collected."""
        return dict((await self._load(key))[1])

    async def close(self) -> None:
        """Nothing is open."""

    async def _load(self, key: StorageKey) -> tuple[str, dict[str, Any]]:
        place = (key.chat_id, key.user_id)
        if place not in self._known:
            row = await self._tx.row(READ, self._channel.tenant_id, self._channel.id, *place)
            self._known[place] = ("", {}) if row is None else await self._open(row, place)
        return self._known[place]

    async def _open(self, row: Any, place: tuple[int, int]) -> tuple[str, dict[str, Any]]:
        if row["data"] is None:
            return row["state"], {}
        keys = await self._keyring.of(self._channel.tenant_id)
        try:
            return row["state"], orjson.loads(keys.open(PLACE, self._row(place), row["data"]))
        except Undecipherable:
            return "", {}

    async def _save(self, key: StorageKey, state: str, data: dict[str, Any]) -> None:
        place = (key.chat_id, key.user_id)
        where = (self._channel.tenant_id, self._channel.id, *place)
        self._known[place] = (state, data)
        if not state and not data:
            await self._tx.execute(FORGET, *where)
            return
        keys = await self._keyring.of(self._channel.tenant_id)
        sealed = keys.seal(PLACE, self._row(place), orjson.dumps(data)) if data else None
        await self._tx.execute(WRITE, *where, state, sealed)

    def _row(self, place: tuple[int, int]) -> str:
        return f"{self._channel.id}:{place[0]}:{place[1]}"
