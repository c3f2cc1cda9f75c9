"""What goes wrong with people and links; keys are in the catalogue `errors`."""

from __future__ import annotations

from services.kit.errors import Conflict, NotFound, QuotaExceeded


class LinkUnknown(NotFound):
    """No such link for this purpose (mistyped, cut off, made up)."""


class LinkUsed(Conflict):
    """The link has done its one job."""


class LinkExpired(Conflict):
    """The link is too old."""


class TooManyTries(QuotaExceeded):
    """Five wrong links: wait."""


class LastOwner(Conflict):
    """A tenant keeps at least one owner."""
