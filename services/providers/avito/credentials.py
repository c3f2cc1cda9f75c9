"""What a tenant enters to connect an Avito account: the key pair of its own cabinet."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.connectors.base import CredentialField


@dataclass(frozen=True, slots=True)
class AvitoCredentials:
    """One key pair belongs to one Avito account."""

    client_id: str
    client_secret: str = field(repr=False)


FIELDS = (
    CredentialField("client_id", secret=False, pattern=r"[A-Za-z0-9_.\-]{4,128}"),
    CredentialField("client_secret", pattern=r"[A-Za-z0-9_.\-]{4,256}"),
)
