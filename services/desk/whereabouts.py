"""Is what a link names there? For its viewer, and whether it is in another of their businesses."""

from __future__ import annotations

from uuid import UUID

from services.desk.service import Desk
from services.desk.values import Viewer
from services.kit.db import Tx
from services.kit.deeplinks import Page, Spot
from services.kit.errors import NotFound

HELD: dict[Page, str] = {
    Page.DIALOGS: "SELECT 1 FROM conversation WHERE tenant_id = $1 AND id = $2",
    Page.BOTS: "SELECT 1 FROM channel WHERE tenant_id = $1 AND id = $2 AND kind = 'client'",
    Page.ACCOUNTS: "SELECT 1 FROM channel WHERE tenant_id = $1 AND id = $2 AND kind = 'account'",
    Page.GROUPS: "SELECT 1 FROM workspace WHERE tenant_id = $1 AND id = $2",
    Page.UNDELIVERED: "SELECT 1 FROM delivery_stuck WHERE tenant_id = $1 AND delivery_id = $2",
}


async def is_seen(desk: Desk, tx: Tx, viewer: Viewer, spot: Spot) -> bool:
    """Say whether the viewer would find it: foreign and hidden things are as unknown ones."""
    if spot.id is None:
        return True
    try:
        await _look(desk, tx, viewer, spot.page, spot.id)
    except NotFound:
        return False
    return True


async def is_held(tx: Tx, spot: Spot) -> bool:
    """Say whether the transaction's business has such a thing."""
    return spot.id is not None and await tx.value(HELD[spot.page], tx.tenant_id, spot.id) == 1


async def _look(desk: Desk, tx: Tx, viewer: Viewer, page: Page, named: UUID) -> None:
    assert tx.tenant_id is not None  # noqa: S101 - the desk works inside one business
    match page:
        case Page.DIALOGS:
            await desk.dialogs.one(tx, viewer, named)
        case Page.GROUPS:
            await desk.places.one(tx, named)
        case Page.UNDELIVERED:
            await desk.undelivered.one(tx, viewer, named)
        case _:
            is_bot = page is Page.BOTS
            await desk.accounts.card(tx.tenant_id, viewer, named, bots=is_bot)
