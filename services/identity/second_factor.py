"""The second factor: six digits from the person's phone (RFC 6238: SHA-1, 30 s), and ten recovery
codes for the day the phone is lost.

Each time step is accepted once, one step of clock error to both sides; five wrong tries in a
quarter of an hour close the door for the rest of it, counted in the row itself, so that no cache
has to live. The seed is sealed with the platform's key, recovery codes are kept as keyed hashes.
"""

from __future__ import annotations

import base64
import hmac
import io
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import pyotp
import segno

from services.identity import queries
from services.identity.errors import CodeWrong
from services.kit.clock import Clock
from services.kit.crypto import Keyring, TenantKeys
from services.kit.db import Database, Tx
from services.kit.errors import Conflict, NotFound, QuotaExceeded

SEED_BYTES = 20
STEP_SECONDS = 30
WINDOW = (0, -1, 1)
MAX_TRIES = 5
TRY_SECONDS = 15 * 60
RECOVERY_CODES = 10
RECOVERY_BYTES = 10
ISSUER = "Vishenka"
PLACE = "second_factor:secret"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A seed to be put into the phone, shown once: as text, as a link, as a picture of it."""

    secret: str
    uri: str
    svg: str


class SecondFactor:
    """Codes of every person."""

    def __init__(self, database: Database, keyring: Keyring, clock: Clock) -> None:
        self._database = database
        self._keyring = keyring
        self._clock = clock
        self._keys: TenantKeys | None = None

    async def begin(self, user_id: UUID, name: str) -> Enrolment:
        """Make a seed; nothing is asked for until `turn_on`. Raises Conflict when it is on."""
        keys = await self._platform()
        seed = secrets.token_bytes(SEED_BYTES)
        sealed = keys.seal(PLACE, user_id, seed)
        async with self._database.system("a person's second factor") as tx:
            if not await tx.execute(queries.NEW_FACTOR, user_id, sealed):
                raise Conflict("auth.factor_on")
        return enrolment(seed, name)

    async def turn_on(self, user_id: UUID, session_id: UUID, code: str) -> list[str]:
        """Turn it on by the first right code; return the recovery codes, shown once.

        Raises NotFound (no seed yet), Conflict (on already), CodeWrong, QuotaExceeded.
        """
        return await self._with_code(user_id, session_id, code, is_on=False)

    async def confirm(self, user_id: UUID, session_id: UUID, code: str) -> None:
        """Take a code, or a recovery code, for this session. Raises NotFound, CodeWrong,
        QuotaExceeded.
        """
        await self._checked(user_id, code, queries.CONFIRM, session_id, is_on=True)

    async def renew_recovery(self, user_id: UUID, session_id: UUID, code: str) -> list[str]:
        """Make new recovery codes; the old ones are void. Raises what `confirm` raises."""
        return await self._with_code(user_id, session_id, code, is_on=True)

    async def turn_off(self, user_id: UUID, code: str) -> None:
        """Turn it off by a right code. Raises what `confirm` raises."""
        await self._checked(user_id, code, queries.DROP_FACTOR, user_id, is_on=True)

    async def _with_code(
        self, user_id: UUID, session_id: UUID, code: str, *, is_on: bool
    ) -> list[str]:
        await self._checked(user_id, code, queries.CONFIRM, session_id, is_on=is_on)
        keys, codes = await self._platform(), [_recovery_code() for _ in range(RECOVERY_CODES)]
        hashes = orjson.dumps([_hash(keys, user_id, one) for one in codes]).decode()
        async with self._database.system("a person's second factor") as tx:
            await tx.execute(queries.TURN_ON, user_id, hashes)
        return codes

    async def _checked(
        self, user_id: UUID, code: str, then: str, target: UUID, *, is_on: bool
    ) -> None:
        """Check a code and do `then` in the same transaction; a wrong one is counted and kept."""
        keys = await self._platform()
        async with self._database.system("a person gives a code") as tx:
            row = await tx.row(queries.LOCK_FACTOR, user_id, TRY_SECONDS)
            _ready(row, is_on=is_on)
            is_right = await self._use(tx, keys, row, code)
            if is_right:
                await tx.execute(then, target)
            else:
                await tx.execute(queries.WRONG_CODE, user_id)
        if not is_right:
            raise CodeWrong("auth.code_wrong")

    async def _use(self, tx: Tx, keys: TenantKeys, row: Any, code: str) -> bool:
        user_id, plain = row["user_id"], code.replace(" ", "").replace("-", "").upper()
        step = self._step(keys.open(PLACE, user_id, row["secret"]), plain, row["last_step"])
        if step is not None:
            return bool(await tx.execute(queries.USE_STEP, user_id, step))
        left: list[str] = orjson.loads(row["recovery"])
        digest = _hash(keys, user_id, plain)
        if digest not in left:
            return False
        left.remove(digest)
        return bool(await tx.execute(queries.USE_RECOVERY, user_id, orjson.dumps(left).decode()))

    def _step(self, seed: bytes, code: str, last: int) -> int | None:
        now = int(self._clock.now().timestamp()) // STEP_SECONDS
        if len(code) != 6 or not code.isdecimal() or not code.isascii():
            return None
        for step in (now + shift for shift in WINDOW):
            if step > last and hmac.compare_digest(code_of(seed, step), code):
                return step
        return None

    async def _platform(self) -> TenantKeys:
        if self._keys is None:
            async with self._database.system("whose key seals people's seeds") as tx:
                platform = await tx.value(queries.PLATFORM)
            if platform is None:
                raise NotFound("error.not_found")
            self._keys = await self._keyring.of(platform)
        return self._keys


def code_of(seed: bytes, step: int, digits: int = 6) -> str:
    """Return the code of a time step."""
    secret = base64.b32encode(seed).decode()
    return pyotp.TOTP(secret, digits=digits).at(step * STEP_SECONDS)


def enrolment(seed: bytes, name: str) -> Enrolment:
    """Return a seed in the forms a phone takes."""
    secret = base64.b32encode(seed).decode()
    uri = pyotp.TOTP(secret).provisioning_uri(name=name or "-", issuer_name=ISSUER)
    picture = io.BytesIO()
    segno.make(uri, error="m").save(picture, kind="svg", xmldecl=False, scale=4, border=2)
    return Enrolment(secret, uri, picture.getvalue().decode())


def _ready(row: Any, *, is_on: bool) -> None:
    if row is None or (is_on and row["turned_on_at"] is None):
        raise NotFound("auth.factor_off")
    if not is_on and row["turned_on_at"] is not None:
        raise Conflict("auth.factor_on")
    if row["tries"] >= MAX_TRIES:
        raise QuotaExceeded("auth.too_many_codes", retry_after_seconds=TRY_SECONDS)


def _recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def _hash(keys: TenantKeys, user_id: UUID, code: str) -> str:
    plain = code.replace("-", "")
    return keys.blind(f"recovery:{user_id}:{plain}").hex()
