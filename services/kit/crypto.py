"""Envelope encryption: one data key per tenant, wrapped by the master key; values are bound to
their row.

A sealed value is `version(1) nonce(12) ciphertext`; its associated data is "table:column:row", so
a value moved to another row or tenant does not open. Look-ups use a blind index (HMAC of the
normalised value); suppressions use a key of their own, so that they survive the erasure of a
contact's index.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.kit.errors import AppError

VERSION = b"\x01"
NONCE = 12


class Undecipherable(Exception):
    """A sealed value does not open: wrong key, row, tenant, or damaged bytes. Never retry."""


def _derive(key: bytes, purpose: str) -> bytes:
    return hmac.digest(key, b"vishenka:" + purpose.encode(), "sha256")


def _seal(cipher: AESGCM, data: bytes, bound_to: str) -> bytes:
    nonce = os.urandom(NONCE)
    return VERSION + nonce + cipher.encrypt(nonce, data, bound_to.encode())


def _open(cipher: AESGCM, sealed: bytes, bound_to: str) -> bytes:
    if sealed[:1] != VERSION:
        raise Undecipherable("unknown version")
    try:
        return cipher.decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], bound_to.encode())
    except (InvalidTag, ValueError) as error:  # ValueError: too short to be sealed at all
        raise Undecipherable("does not open") from error


@dataclass(frozen=True)
class TenantKeys:
    """A tenant's keys, all derived from its data key."""

    data_key: bytes

    @cached_property
    def _cipher(self) -> AESGCM:
        return AESGCM(_derive(self.data_key, "seal"))

    @cached_property
    def files_key(self) -> bytes:
        """Return the 32-byte key of the file store."""
        return _derive(self.data_key, "files")

    def seal(self, place: str, row: object, data: bytes) -> bytes:
        """Return `data` encrypted for `place` ("table:column") of `row`."""
        return _seal(self._cipher, data, f"{place}:{row}")

    def open(self, place: str, row: object, sealed: bytes) -> bytes:
        """Return the plaintext. Raises Undecipherable."""
        return _open(self._cipher, bytes(sealed), f"{place}:{row}")

    def blind(self, value: str) -> bytes:
        """Return the look-up hash of a normalised value; differs between tenants."""
        return hmac.digest(_derive(self.data_key, "blind"), value.encode(), "sha256")

    def suppression(self, value: str) -> bytes:
        """Return the hash under which a suppressed address is kept."""
        return hmac.digest(_derive(self.data_key, "suppression"), value.encode(), "sha256")


class MasterKey:
    """Wraps data keys; knows the current key and, during rotation, the previous one."""

    def __init__(self, current: bytes, previous: bytes | None = None) -> None:
        self._ciphers = {self.fingerprint(key): AESGCM(key) for key in (previous, current) if key}
        self.current = self.fingerprint(current)

    @staticmethod
    def fingerprint(key: bytes) -> str:
        """Return the key's public name."""
        return hashlib.sha256(b"vishenka-master" + key).hexdigest()[:16]

    def wrap(self, data_key: bytes, tenant_id: UUID) -> bytes:
        """Return the data key wrapped by the current master key."""
        return _seal(self._ciphers[self.current], data_key, f"tenant_key:{tenant_id}")

    def unwrap(self, wrapped: bytes, key_id: str, tenant_id: UUID) -> bytes:
        """Return the data key. Raises Undecipherable when that master key is not at hand."""
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise Undecipherable("master key not at hand")
        return _open(cipher, bytes(wrapped), f"tenant_key:{tenant_id}")


def new_master_key() -> str:
    """Return a fresh master key as the setting wants it: 32 random bytes in base64."""
    return base64.b64encode(os.urandom(32)).decode()


class Keyring:
    """Tenants' keys, loaded once per process. `load_many` returns those it finds ready to use."""

    def __init__(
        self,
        load: Callable[[UUID], Awaitable[bytes]],
        load_many: Callable[[Sequence[UUID]], Awaitable[Mapping[UUID, bytes]]] | None = None,
    ) -> None:
        self._load = load
        self._load_many = load_many
        self._known: dict[UUID, TenantKeys] = {}

    async def of(self, tenant_id: UUID) -> TenantKeys:
        """Return the tenant's keys, making them on first use."""
        found = self._known.get(tenant_id)
        if found is None:
            found = self._known[tenant_id] = TenantKeys(await self._load(tenant_id))
        return found

    async def of_many(self, tenant_ids: Collection[UUID]) -> dict[UUID, TenantKeys | Exception]:
        """Return the keys of each tenant, or what keeps them shut: no tenant pays for another."""
        found: dict[UUID, TenantKeys | Exception] = {}
        wanted = [one for one in tenant_ids if one not in self._known]
        if len(wanted) > 1 and self._load_many is not None:
            for tenant_id, key in (await self._load_many(wanted)).items():
                self._known[tenant_id] = TenantKeys(key)
        for tenant_id in tenant_ids:
            try:
                found[tenant_id] = self._known.get(tenant_id) or await self.of(tenant_id)
            except (Undecipherable, AppError) as error:
                found[tenant_id] = error
        return found

    def known(self, tenant_id: UUID) -> TenantKeys | None:
        """Return keys already loaded, without I/O."""
        return self._known.get(tenant_id)


def hash_token(token: str) -> bytes:
    """Return the stored form of a random token (128 bits or more, so no salt is needed)."""
    return hashlib.sha256(token.encode()).digest()
