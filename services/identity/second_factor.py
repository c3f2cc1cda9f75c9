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

from services.audit.service import Audit, Object
from services.identity import queries
from services.identity.errors import CodeWrong
from services.identity.notes import note
from services.kit.clock import Clock
from services.kit.crypto import Keyring, TenantKeys
from services.kit.db import Database, Tx
from services.kit.errors import Conflict, NotFound, QuotaExceeded
from services.tenants.actor import Actor

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


@dataclass(frozen=True, slots=True)
class Then:
    """What a right code does, to which row, and its name in the audit."""

    sql: str
    target: UUID | None
    action: str


class SecondFactor:
    """Codes of every person."""

    def __init__(
        self, database: Database, keyring: Keyring, *, clock: Clock, audit: Audit
    ) -> None:
        self._audit = audit
        self._database = database
        self._keyring = keyring
        self._clock = clock
        self._keys: TenantKeys | None = None

    async def begin(self, actor: Actor) -> Enrolment:
        """Make a seed; nothing is asked for until `turn_on`. Raises Conflict when it is on."""
        keys = await self._platform()
        seed = secrets.token_bytes(SEED_BYTES)
        sealed = keys.seal(PLACE, actor.id, seed)
        async with self._database.system("a person's second factor") as tx:
            if not await tx.execute(queries.NEW_FACTOR, actor.id, sealed):
                raise Conflict("auth.factor_on")
        return enrolment(seed, actor.name)

    async def turn_on(self, actor: Actor, session_id: UUID, code: str) -> list[str]:
        """Turn it on by the first right code; return the recovery codes, shown once.

        Raises NotFound (no seed yet), Conflict (on already), CodeWrong, QuotaExceeded.
        """
        return await self._with_code(actor, session_id, code, is_on=False)

    async def confirm(self, actor: Actor, session_id: UUID, code: str) -> None:
        """Take a code, or a recovery code, for this session. Raises NotFound, CodeWrong,
        QuotaExceeded.
        """
        then = Then(queries.CONFIRM, session_id, "session.confirm")
        await self._checked(actor, code, then, is_on=True)

    async def renew_recovery(self, actor: Actor, session_id: UUID, code: str) -> list[str]:
        """Make new recovery codes; the old ones are void. Raises what `confirm` raises."""
        return await self._with_code(actor, session_id, code, is_on=True)

    async def turn_off(self, actor: Actor, code: str) -> None:
        """Turn it off by a right code. Raises what `confirm` raises."""
        then = Then(queries.DROP_FACTOR, actor.id, "factor.off")
        await self._checked(actor, code, then, is_on=True)

    async def _with_code(
        self, actor: Actor, session_id: UUID, code: str, *, is_on: bool
    ) -> list[str]:
        act = "factor.codes" if is_on else "factor.on"
        await self._checked(actor, code, Then(queries.CONFIRM, session_id, act), is_on=is_on)
        keys, codes = await self._platform(), [_recovery_code() for _ in range(RECOVERY_CODES)]
        hashes = orjson.dumps([_hash(keys, actor.id, one) for one in codes]).decode()
        async with self._database.system("a person's second factor") as tx:
            await tx.execute(queries.TURN_ON, actor.id, hashes)
        return codes

    async def _checked(self, actor: Actor, code: str, then: Then, *, is_on: bool) -> None:
        """Check a code and do `then` in the same transaction; a wrong one is counted and kept."""
        keys = await self._platform()
        async with self._database.system("a person gives a code") as tx:
            row = await tx.row(queries.LOCK_FACTOR, actor.id, TRY_SECONDS)
            _ready(row, is_on=is_on)
            is_right = await self._use(tx, keys, row, code)
            if is_right:
                await tx.execute(then.sql, then.target)
            else:
                await tx.execute(queries.WRONG_CODE, actor.id)
            action = then.action if is_right else "factor.wrong"
            await note(tx, self._audit, actor, action, Object("user", actor.id))
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
    segno.make(uri, error="m").save(
        picture, kind="svg", xmldecl=False, scale=4, border=4, light="#fff"
    )
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


def _hash(keys: TenantKeys, user_id: UUID | None, code: str) -> str:
    plain = code.replace("-", "")
    return keys.blind(f"recovery:{user_id}:{plain}").hex()
