"""The issuer of Telegram Login: where it is, its keys, and whether an ID token of its is genuine.

Addresses come from discovery, never from memory, and must lie at the issuer's own origin. A key is
chosen by `kid` among the issuer's RSA keys; the algorithm is pinned to RS256, the token's header
chooses nothing. Unknown `kid`: the set is fetched once more, at most every half minute. Keys are
kept a day when the issuer does not answer; without any keys every token is refused.
Source: core.telegram.org/bots/telegram-login, and providers/telegram-login of the brief (2026-11).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt
import msgspec

from services.kit.clock import Clock
from services.kit.http import HotClient, NoAnswer, NotSent

ALGORITHM = "RS256"
DISCOVERY = "/.well-known/openid-configuration"
FRESH_SECONDS = 3600.0
REFETCH_SECONDS = 30.0
KEPT_SECONDS = 86_400.0
LEEWAY_SECONDS = 60
TIMEOUT_SECONDS = 10.0
MAX_TOKEN = 16_384
MAX_KID = 200
MAX_ID = 2**52
REQUIRED = ["iss", "aud", "sub", "iat", "exp", "nonce"]


class IssuerAway(Exception):
    """The issuer does not answer, or not as an issuer does. Later it may."""


class NotGenuine(Exception):
    """The ID token proves nothing; `reason` is for logs and tests, never a claim's value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Addresses(msgspec.Struct, frozen=True):
    """The discovery document: only what we use."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


@dataclass(frozen=True, slots=True)
class Claims:
    """Who signed in. `subject` is the issuer's own name for them, not the Telegram id."""

    subject: str
    telegram_id: int
    name: str
    username: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a genuine token must answer to."""

    client_id: str
    nonce: str


class Issuer:
    """One issuer, by its exact name."""

    def __init__(
        self, name: str, client: HotClient, clock: Clock, *, proxy: str | None = None
    ) -> None:
        self.name = name
        self._client = client
        self._clock = clock
        self._proxy = proxy
        self._addresses: tuple[float, Addresses] | None = None
        self._keys: Mapping[str, Any] = {}
        self._keys_at = float("-inf")
        self._asked_at = float("-inf")

    async def addresses(self) -> Addresses:
        """Return the endpoints. Raises IssuerAway."""
        now = self._clock.monotonic()
        if self._addresses is None or now - self._addresses[0] > FRESH_SECONDS:
            self._addresses = (now, await self._discover())
        return self._addresses[1]

    async def verify(self, token: str, asked: Asked) -> Claims:
        """Return who a token is about. Raises NotGenuine, IssuerAway (no keys at hand)."""
        key = await self._key(_kid(token))
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=asked.client_id,
                issuer=self.name,
                leeway=LEEWAY_SECONDS,
                options={"require": REQUIRED, "strict_aud": True},
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise NotGenuine(type(error).__name__) from None
        return _claims(claims, asked)

    async def _discover(self) -> Addresses:
        found: Addresses = await self._get(f"{self.name}{DISCOVERY}", Addresses)
        ours = urlsplit(self.name)
        for url in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
            parts = urlsplit(url)
            if (parts.scheme, parts.netloc) != (ours.scheme, ours.netloc):
                raise IssuerAway("an endpoint lies elsewhere")
        if found.issuer != self.name:
            raise IssuerAway("another issuer answers")
        return found

    async def _key(self, kid: str) -> Any:
        now = self._clock.monotonic()
        is_stale = now - self._keys_at > FRESH_SECONDS
        if (is_stale or kid not in self._keys) and now - self._asked_at > REFETCH_SECONDS:
            self._asked_at = now
            await self._fetch_keys(now)
        if now - self._keys_at > KEPT_SECONDS:
            raise IssuerAway("no keys")
        if kid not in self._keys:
            raise NotGenuine("kid")
        return self._keys[kid]

    async def _fetch_keys(self, now: float) -> None:
        try:
            found = await self._get((await self.addresses()).jwks_uri, dict[str, Any])
        except IssuerAway:
            if now - self._keys_at > KEPT_SECONDS:
                raise
            return  # the kept keys go on
        self._keys, self._keys_at = rsa_keys(found), now

    async def _get(self, url: str, shape: Any) -> Any:
        try:
            answer = await self._client.call(
                "GET", url, timeout_seconds=TIMEOUT_SECONDS, proxy=self._proxy
            )
        except (NotSent, NoAnswer) as error:
            raise IssuerAway(type(error).__name__) from None
        if answer.status != 200:
            raise IssuerAway("status")
        try:
            return msgspec.json.decode(answer.body, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise IssuerAway("shape") from None


def rsa_keys(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the RSA signing keys of a set by `kid`; kinds we do not use (secp256k1, Ed25519) must
    not spoil the rest.
    """
    rows = document.get("keys")
    found: dict[str, Any] = {}
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict) or row.get("kty") != "RSA" or not _fits(row):
            continue
        try:
            found[row["kid"]] = jwt.PyJWK(row, algorithm=ALGORITHM).key
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            continue
    return found


def _fits(row: Mapping[str, Any]) -> bool:
    kid = row.get("kid")
    return (
        isinstance(kid, str)
        and 0 < len(kid) <= MAX_KID
        and row.get("use", "sig") == "sig"
        and row.get("alg", ALGORITHM) == ALGORITHM
        and "d" not in row
    )


def _kid(token: str) -> str:
    if len(token) > MAX_TOKEN or token.count(".") != 2:
        raise NotGenuine("shape")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise NotGenuine("header") from error
    kid = header.get("kid")
    if header.get("alg") != ALGORITHM or not isinstance(kid, str) or len(kid) > MAX_KID:
        raise NotGenuine("header")
    return kid


def _claims(claims: Mapping[str, Any], asked: Asked) -> Claims:
    if not hmac.compare_digest(str(claims["nonce"]).encode(), asked.nonce.encode()):
        raise NotGenuine("nonce")
    if claims.get("azp", asked.client_id) != asked.client_id:
        raise NotGenuine("azp")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 200:
        raise NotGenuine("sub")
    return Claims(subject, _telegram_id(claims.get("id")), _text(claims, "name"),
        _text(claims, "preferred_username"))  # fmt: skip


def _telegram_id(value: object) -> int:
    """The id comes as a string or as a number (both were seen); nothing else is one."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdigit()) or len(text) > 16 or not 0 < int(text) < MAX_ID:
        raise NotGenuine("id")
    return int(text)


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""
