"""Fake Telegram Login: an OpenID Connect issuer with a page to choose who you are.

Checks what the real one checks: client, its secret by Basic, the exact redirect URI, PKCE, a code
that works once. Publishes keys of all four kinds the real set holds. `twist` bends the next ID
tokens for tests; `rotate()` changes the keys.
Source: core.telegram.org/bots/telegram-login (2026-11).
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
from aiohttp import web

from sandbox.city.core import Core, Json
from sandbox.city.login.keys import Keys
from sandbox.city.login.page import choose
from sandbox.city.telegram.world import World
from sandbox.city.wire import reply

DEMO_CLIENT, DEMO_SECRET = "4200000", "login_secret_of_the_provider_city"
CODE_SECONDS = 60
TOKEN_SECONDS = 3600
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
ASKED = ("client_id", "redirect_uri", "state", "nonce", "scope", "code_challenge")


@dataclass(frozen=True, slots=True)
class Client:
    """A bot's login settings; without listed addresses any on this machine will do."""

    secret: str
    redirect_uris: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Code:
    """A code somebody was sent back with."""

    asked: Json
    user_id: int
    until: float


@dataclass
class Odd:
    """How the next tokens differ from genuine ones: claims changed, another key or header, another
    answer altogether.
    """

    claims: Callable[[Json], Json] = lambda claims: claims
    encode: Callable[[Json], str] | None = None
    answer: Callable[[], web.Response] | None = None


@dataclass
class LoginCity:
    """One issuer beside the fake Telegram whose people it knows."""

    core: Core
    world: World
    clients: dict[str, Client] = field(default_factory=lambda: {DEMO_CLIENT: Client(DEMO_SECRET)})
    odd: Odd = field(default_factory=Odd)
    keys: Keys = field(default_factory=Keys)
    codes: dict[str, Code] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """What `LOGIN_API_URL` should be."""
        return f"{self.core.url}/login"

    async def handle(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """Answer one call; `path` is without the issuer's own prefix."""
        match request.method, path:
            case "GET", "/.well-known/openid-configuration":
                return reply(self._discovery())
            case "GET", "/.well-known/jwks.json":
                return reply(self.keys.published())
            case "GET", "/auth":
                return self._authorise(request)
            case "POST", "/token":
                return await self._token(request)
        return reply({"error": "not_found"}, 404)

    def _discovery(self) -> Json:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/auth",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/.well-known/jwks.json",
            "response_types_supported": ["code"],
            "scopes_supported": ["openid", "phone", "profile", "telegram:bot_access"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "EdDSA", "ES256K"],
            "code_challenge_methods_supported": ["plain", "S256"],
        }

    def _authorise(self, request: web.BaseRequest) -> web.StreamResponse:
        """Show who one may be; `as=<id>` is the choice, `as=0` says no."""
        asked = {name: request.query.get(name, "") for name in ASKED}
        fault = self._fault(request, asked)
        if fault:
            return web.Response(status=400, text=fault)
        chosen = request.query.get("as", "")
        if not chosen:
            return web.Response(text=choose(request, self.world), content_type="text/html")
        back = {"state": asked["state"]}
        if chosen == "0" or int(chosen) not in self.world.people:
            return _see(asked["redirect_uri"], {**back, "error": "access_denied"})
        code = secrets.token_urlsafe(16)
        self.codes[code] = Code(asked, int(chosen), self.core.clock() + CODE_SECONDS)
        return _see(asked["redirect_uri"], {**back, "code": code})

    def _fault(self, request: web.BaseRequest, asked: Json) -> str:
        client = self.clients.get(asked["client_id"])
        if client is None:
            return "unknown client_id"
        if not _is_listed(client, asked["redirect_uri"]):
            return "redirect_uri is not listed"
        if request.query.get("response_type") != "code" or "openid" not in asked["scope"].split():
            return "response_type or scope"
        if request.query.get("code_challenge_method") != "S256":
            return "code_challenge_method"
        return ""

    async def _token(self, request: web.BaseRequest) -> web.StreamResponse:
        if self.odd.answer is not None:
            return self.odd.answer()
        form: Any = await request.post()
        client = self.clients.get(str(form.get("client_id")))
        if client is None or request.headers.get("Authorization") != _basic(form, client):
            return reply({"error": "invalid_client"}, 401)
        code = self.codes.pop(str(form.get("code")), None)
        if code is None or code.until < self.core.clock() or not _fits(code, form):
            return reply({"error": "invalid_grant"}, 400)
        token = (self.odd.encode or self.encode)(self.odd.claims(self.claims(code)))
        return reply(
            {"access_token": "x", "token_type": "Bearer", "expires_in": 3600, "id_token": token}
        )

    def claims(self, code: Code) -> Json:
        """Return genuine claims."""
        person, now = self.world.people[code.user_id], int(self.core.clock())
        found: Json = {
            "iss": self.url,
            "aud": code.asked["client_id"],
            "sub": str(10**17 + code.user_id * 7919),
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "nonce": code.asked["nonce"],
        }
        if "profile" in code.asked["scope"].split():
            user = person.user()
            names = [user.get("first_name", ""), user.get("last_name", "")]
            found |= {"id": str(code.user_id), "name": " ".join(filter(None, names))}
            found |= {"preferred_username": user["username"]} if user.get("username") else {}
        return found

    def encode(self, claims: Json) -> str:
        """Sign as the issuer does."""
        return jwt.encode(claims, self.keys.rsa, "RS256", headers={"kid": self.keys.rsa_kid})


def _is_listed(client: Client, uri: str) -> bool:
    if client.redirect_uris:
        return uri in client.redirect_uris
    return (urlsplit(uri).hostname or "") in LOOPBACK


def _basic(form: Any, client: Client) -> str:
    pair = f"{form.get('client_id')}:{client.secret}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _fits(code: Code, form: Any) -> bool:
    digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return bool(
        form.get("grant_type") == "authorization_code"
        and form.get("redirect_uri") == code.asked["redirect_uri"]
        and form.get("client_id") == code.asked["client_id"]
        and challenge == code.asked["code_challenge"]
    )


def _see(uri: str, params: Json) -> web.Response:
    return web.Response(status=302, headers={"Location": f"{uri}?{urlencode(params)}"})
