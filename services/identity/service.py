"""The front of identity: proofs in, sessions out."""

from __future__ import annotations

from typing import Protocol

from services.audit.service import Audit
from services.identity import init_data
from services.identity.errors import Unauthenticated
from services.identity.issuer import Issuer
from services.identity.joining import Joining
from services.identity.lifetime import Lifetime
from services.identity.login import Client, Login
from services.identity.models import SessionKind
from services.identity.second_factor import SecondFactor
from services.identity.sessions import Sessions, Start
from services.identity.tokens import Mint
from services.identity.values import Issued
from services.kit.clock import Clock
from services.kit.crypto import Keyring
from services.kit.db import Database
from services.kit.http import Clients
from services.kit.settings import Settings
from services.tenants.service import TelegramPerson, Tenants

ISSUER = "https://oauth.telegram.org"
LOGIN = "login"
"""The name of its address and proxy in the settings: `LOGIN_API_URL`, `LOGIN_PROXY_URL`."""


class Ground(Protocol):
    """What identity needs of the process: `services.core.Core` fits."""

    settings: Settings
    database: Database
    keyring: Keyring
    clients: Clients
    clock: Clock


class Identity:
    """Signs people in; `sessions` holds what they are given, `factor` their codes."""

    def __init__(self, ground: Ground, tenants: Tenants, audit: Audit) -> None:
        settings, database, clock = ground.settings, ground.database, ground.clock
        keys = (settings.master_key, settings.master_key_previous)
        token = settings.master_bot_token
        self._clock = clock
        self._app_key = init_data.key_of(token) if token else None
        mint = Mint(*(key for key in keys if key))
        self.sessions = Sessions(database, tenants, mint=mint, clock=clock, audit=audit)
        self.factor = SecondFactor(database, ground.keyring, clock=clock, audit=audit)
        self.lifetime = Lifetime(audit)
        self.joining = Joining(database, tenants, self.sessions)
        http, proxy = ground.clients.hot, settings.provider_proxy(LOGIN)
        name = settings.provider_url(LOGIN) or ISSUER
        self.login = Login(
            database,
            tenants,
            self.sessions,
            http=http,
            issuer=Issuer(name, http, clock, proxy=proxy),
            client=_client(settings),
            proxy=proxy,
        )

    def check(self, text: str) -> init_data.InitData:
        """Return what an initData of the master bot proves. Raises Unauthenticated."""
        if self._app_key is None:
            raise Unauthenticated("auth.no_master_bot")
        try:
            return init_data.check(text, self._app_key, self._clock.now().timestamp())
        except init_data.Refused as error:
            stale = error.reason == "stale"
            raise Unauthenticated("auth.reopen" if stale else "auth.refused") from error

    async def enter(self, proof: init_data.InitData, device: str) -> Issued:
        """Swap a checked initData for a session, once. Raises ProofUsed, Forbidden."""
        begin = Start(SessionKind.APP, device, proof.hash)
        return await self.sessions.start(person_of(proof.user), begin)


def _client(settings: Settings) -> Client | None:
    """Return how the issuer knows us, None while browsers cannot sign in."""
    if not settings.login_client_id or not settings.login_client_secret:
        return None
    base = settings.public_url or f"http://{settings.listen}"
    return Client(
        settings.login_client_id, settings.login_client_secret, f"{base}/app/login/callback"
    )


def person_of(user: init_data.TelegramUser) -> TelegramPerson:
    """Return Telegram's user as the rest of the program names people."""
    name = f"{user.first_name} {user.last_name}".strip()
    return TelegramPerson(user.id, name, user.username, user.language_code)
