"""A handler failed for an event: said once with everything that is known, later tries in short."""

from __future__ import annotations

import logging

from services.kit.db import Record
from services.kit.log import bind
from services.lanes.models import Lease

log = logging.getLogger(__name__)


def tell(lease: Lease, row: Record, attempts: int, error: Exception) -> None:
    """Log the failure; the first one is an error of ours, so that a person hears of it."""
    extra = {"lane": lease.lane, "seq": row["seq"], "error": type(error).__name__}
    ids = {"trace": row["trace"], "tenant": str(lease.tenant_id)}
    with bind(**ids, task="inbox.event", attempt=str(attempts)):
        if attempts == 1:
            log.error("event failed", extra=extra, exc_info=error)
        else:
            log.warning("event failed", extra=extra)
