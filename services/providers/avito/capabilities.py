"""What the Avito messenger can carry, as data."""

from __future__ import annotations

from services.connectors.base import Capabilities, Rate
from services.connectors.messages import MediaKind

DEFAULT_BASE = "https://api.avito.ru"

MAX_TEXT = 1000
MAX_IMAGE = 24 * 1024 * 1024
MAX_FETCH = 50 * 1024 * 1024  # more than this no bot can hand on

MEDIA_HOSTS = frozenset({"avito.ru", "avito.st"})
"""Suffixes: `img.k.avito.ru` and other subdomains count."""

BUDGET = Rate(count=60, seconds=60.0, reserve=10)
"""The messenger's limit is unstated; rate headers correct us: `Sent.slow_down_seconds`."""

CAPABILITIES = Capabilities(
    initiate=False,
    max_text=MAX_TEXT,
    media=frozenset({MediaKind.IMAGE}),
    max_upload={MediaKind.IMAGE: MAX_IMAGE},
    delete_within_seconds=3600,
    receipts=frozenset({"read"}),  # found by the poller, and only for some accounts
    mark_read=True,
    block=True,
    own_messages_echoed=True,
    hook_is_proof=False,
    media_hosts=MEDIA_HOSTS,
)
