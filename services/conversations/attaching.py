"""Keeps what came or went with a message: each attachment sealed, to be shown in the cabinet."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from services.connectors.messages import Media
from services.kit.crypto import Keyring
from services.kit.db import Tx

ATTACH = """
INSERT INTO attachment (tenant_id, message_id, ordinal, kind, media, state, size)
SELECT $1, $2, * FROM unnest($3::int[], $4::text[], $5::bytea[], $6::text[], $7::bigint[]) ON
    CONFLICT DO NOTHING
"""
PLACE = "attachment:media"
_encoder = msgspec.msgpack.Encoder()


async def attach(tx: Tx, keyring: Keyring, message_id: UUID, media: Sequence[Media]) -> None:
    """Write the attachments of a message with this transaction; safe to repeat."""
    if not media:
        return
    assert tx.tenant_id is not None  # noqa: S101 - the bridge acts inside one tenant
    keys = await keyring.of(tx.tenant_id)
    sealed = [
        keys.seal(PLACE, f"{message_id}:{n}", _encoder.encode(item))
        for n, item in enumerate(media)
    ]
    await tx.execute(
        ATTACH,
        tx.tenant_id,
        message_id,
        list(range(len(media))),
        [item.kind.value for item in media],
        sealed,
        [item.unavailable or "remote" for item in media],
        [item.size for item in media],
    )
