"""The way back from an act that asked nothing: a token for who did it, good for ten minutes.

The token holds where the dialog stood before and after, sealed with the business's key and bound
to the dialog and the person: it says nothing to others and cannot be made up. The row decides
whether it is still true.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from services.audit.service import Audit, Object
from services.conversations.service import Conversations
from services.conversations.undoing import Standing
from services.desk.acts import row_of
from services.desk.values import Viewer
from services.kit.clock import Clock
from services.kit.crypto import Keyring, Undecipherable
from services.kit.db import Tx
from services.kit.errors import Conflict, InvalidInput
from services.tenants.actor import Actor

KEPT = timedelta(minutes=10)
PLACE = "undo:act"
MAX_TOKEN = 2_000
LATE = "desk.undo_late"


class _Way(msgspec.Struct, frozen=True):
    before: Standing
    after: Standing
    until: datetime


class Undo:
    """Makes tokens and honours them."""

    def __init__(
        self, keyring: Keyring, clock: Clock, conversations: Conversations, audit: Audit
    ) -> None:
        self._keyring = keyring
        self._clock = clock
        self._bridge = conversations
        self._audit = audit

    async def before(self, tx: Tx, viewer: Viewer, conversation_id: UUID) -> Standing:
        """Return where the dialog stands, to be asked before the act. Raises NotFound."""
        await row_of(tx, viewer, conversation_id)
        return await self._bridge.undoing.standing(tx, conversation_id)

    async def token(self, tx: Tx, viewer: Viewer, conversation_id: UUID, before: Standing) -> str:
        """Return the way back from what was done since; "" when nothing was."""
        after = await self._bridge.undoing.standing(tx, conversation_id)
        if after.row_version == before.row_version:
            return ""
        way = _Way(before, after, self._clock.now() + KEPT)
        assert tx.tenant_id is not None  # noqa: S101 - the desk works inside one business
        keys = await self._keyring.of(tx.tenant_id)
        sealed = keys.seal(PLACE, _bound(viewer, conversation_id), msgspec.msgpack.encode(way))
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    async def undo(
        self, tx: Tx, viewer: Viewer, actor: Actor, conversation_id: UUID, token: str
    ) -> None:
        """Take the act back. Raises NotFound, InvalidInput (not such a token, or somebody
        else's), Conflict (too late).
        """
        row = await row_of(tx, viewer, conversation_id)
        way = await self._read(tx, viewer, conversation_id, token)
        is_late = way.until <= self._clock.now()
        if is_late or not await self._bridge.undoing.restore(tx, row, way.before, way.after):
            raise Conflict(LATE)
        await self._audit.record(
            tx, actor, "dialog.undone", Object("conversation", conversation_id)
        )

    async def _read(self, tx: Tx, viewer: Viewer, conversation_id: UUID, token: str) -> _Way:
        assert tx.tenant_id is not None  # noqa: S101 - the desk works inside one business
        keys = await self._keyring.of(tx.tenant_id)
        if not token or len(token) > MAX_TOKEN or not token.isascii():
            raise InvalidInput("error.invalid_input", field="token")
        try:
            sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            raw = keys.open(PLACE, _bound(viewer, conversation_id), sealed)
            return msgspec.msgpack.decode(raw, type=_Way)
        except (ValueError, binascii.Error, Undecipherable, msgspec.MsgspecError) as error:
            raise InvalidInput("error.invalid_input", field="token") from error


def _bound(viewer: Viewer, conversation_id: UUID) -> str:
    return f"{conversation_id}:{viewer.user_id}"
