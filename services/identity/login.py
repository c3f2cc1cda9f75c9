"""Telegram Login in a browser: code flow with PKCE, state and nonce (OpenID Connect).

`begin` remembers what was asked and says where to send the browser; `finish` takes what it came
back with. An attempt lives ten minutes, works once and only in the browser that began it.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from services.identity import queries
from services.identity.errors import LoginFailed
from services.identity.issuer import Asked, Claims, Issuer, IssuerAway, NotGenuine
from services.identity.models import SessionKind
from services.identity.sessions import Sessions, Start
from services.identity.values import Issued
from services.kit.crypto import hash_token
from services.kit.db import Database
from services.kit.errors import Unavailable
from services.kit.http import HotClient, NoAnswer, NotSent
from services.kit.ids import random_token
from services.tenants.service import TelegramPerson, Tenants

log = logging.getLogger(__name__)

HOME = "/app/"
SCOPE = "openid profile"
MAX_PATH = 300
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Client:
    """What the issuer knows us by; `redirect_uri` must be listed with the bot's login settings."""

    client_id: str
    secret: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Sent:
    """Where to send a browser, and the word it must bring back in its cookie."""

    url: str
    browser: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """A browser that signed in: its tokens, and the page it wanted."""

    issued: Issued
    return_to: str


class TokenAnswer(msgspec.Struct, frozen=True):
    """The token endpoint's answer: only what we use."""

    id_token: str


class Login:
    """Sign-in by browser. Without `client` it is not set up and refuses."""

    def __init__(
        self, database: Database, tenants: Tenants, sessions: Sessions, *,
        http: HotClient, issuer: Issuer, client: Client | None, proxy: str | None = None,
    ) -> None:  # fmt: skip
        self._database = database
        self._tenants = tenants
        self._sessions = sessions
        self._http = http
        self._issuer = issuer
        self._client = client
        self._proxy = proxy

    @property
    def is_on(self) -> bool:
        """Say whether a browser can sign in at all."""
        return self._client is not None

    async def is_reachable(self) -> bool:
        """Say whether the issuer answers."""
        try:
            await self._issuer.addresses()
        except IssuerAway:
            return False
        return True

    async def begin(self, return_to: str) -> Sent:
        """Remember an attempt and return where to go. Raises LoginFailed, Unavailable."""
        client = self._ready()
        try:
            addresses = await self._issuer.addresses()
        except IssuerAway as error:
            raise Unavailable("auth.login_away") from error
        state, browser, nonce, verifier = (random_token() for _ in range(4))
        hashes = (hash_token(state), hash_token(browser))
        async with self._database.system("somebody is on the way to a sign-in") as tx:
            await tx.execute(queries.ATTEMPT, *hashes, nonce, verifier, safe_path(return_to))
        asked = {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": client.redirect_uri,
            "scope": SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
        }
        return Sent(f"{addresses.authorization_endpoint}?{urlencode(asked)}", browser)

    async def finish(self, browser: str, state: str, code: str, device: str) -> Arrived:
        """Swap what a browser came back with for a session.

        Raises LoginFailed (nothing proven), Unavailable (the issuer is away), Forbidden (blocked).
        """
        client = self._ready()
        async with self._database.system("somebody comes back from a sign-in") as tx:
            attempt = await tx.row(queries.USE_ATTEMPT, hash_token(state), hash_token(browser))
        if attempt is None or not code:
            raise LoginFailed("auth.login_stale")
        claims = await self._prove(client, attempt, code)
        person = TelegramPerson(claims.telegram_id, claims.name, claims.username)
        await self._know(person, claims)
        issued = await self._sessions.start(person, Start(SessionKind.BROWSER, device))
        return Arrived(issued, attempt["return_to"] or HOME)

    async def _prove(self, client: Client, attempt: Any, code: str) -> Claims:
        try:
            token = await self._exchange(client, code, attempt["verifier"])
            asked = Asked(client.client_id, attempt["nonce"])
            return await self._issuer.verify(token, asked)
        except IssuerAway as error:
            raise Unavailable("auth.login_away") from error
        except NotGenuine as error:
            log.warning("an ID token was refused", extra={"reason": error.reason})
            raise LoginFailed("auth.login_failed") from error

    async def _exchange(self, client: Client, code: str, verifier: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": client.redirect_uri,
            "client_id": client.client_id,
            "code_verifier": verifier,
        }
        try:
            answer = await self._http.call(
                "POST",
                (await self._issuer.addresses()).token_endpoint,
                body=urlencode(form).encode(),
                headers={**FORM, "Authorization": _basic(client)},
                proxy=self._proxy,
            )
        except (NotSent, NoAnswer) as error:
            raise IssuerAway(type(error).__name__) from None
        if answer.status >= 500 or answer.status == 429:
            raise IssuerAway("status")
        try:
            return msgspec.json.decode(answer.body, type=TokenAnswer).id_token
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise NotGenuine("token answer") from None

    async def _know(self, person: TelegramPerson, claims: Claims) -> None:
        """Keep which person the issuer's subject is; it must never become another one."""
        async with self._database.system("which person an issuer means") as tx:
            user_id = await self._tenants.user(tx, person)
            known = await tx.value(queries.SUBJECT, self._issuer.name, claims.subject, user_id)
        if known != user_id:
            log.error("an issuer's subject became another person", extra={"user_id": str(user_id)})
            raise LoginFailed("auth.login_failed")

    def _ready(self) -> Client:
        if self._client is None:
            raise LoginFailed("auth.login_off")
        return self._client


def challenge(verifier: str) -> str:
    """Return the S256 challenge of a PKCE verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def safe_path(path: str) -> str:
    """Return a path of the cabinet, "" for anything that could lead out of it."""
    is_ours = path.startswith(HOME) and len(path) <= MAX_PATH
    if not is_ours or not path.isascii() or not path.isprintable() or set(path) & set("\\ :@"):
        return ""
    return "" if "//" in path or ".." in path else path


def _basic(client: Client) -> str:
    pair = f"{quote(client.client_id, safe='')}:{quote(client.secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()
