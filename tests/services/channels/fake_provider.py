"""A provider in memory: answers set-up calls, remembers them, fails on demand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from services.connectors.base import (
    Account,
    Capabilities,
    Check,
    CredentialField,
    HookRequest,
    Identity,
    Opened,
    Page,
    RawEvent,
    Sent,
    Token,
)
from services.connectors.errors import AuthExpired
from services.connectors.messages import Ignored, Inbound, Message, Native, Outbound, Sender


@dataclass(frozen=True, slots=True)
class Keys:
    """What a tenant enters."""

    token: str = field(repr=False)


class FakeBots:
    """A company whose accounts are bots."""

    name = "telegram"
    credentials = Keys
    fields = (CredentialField("token", secret=True),)
    capabilities = Capabilities(initiate=True, max_text=4096, hook_has_secret=True, bot=True)

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.hooks: dict[str, str | None] = {}
        self.good: set[str] = set()
        self.failure: Callable[[str], Exception | None] = lambda call: None
        self.loses_hooks = False

    def open(self, account: Account, request: HookRequest) -> Opened:
        return Opened((RawEvent("1", "chat", request.body),))

    def parse(self, account: Account, event: RawEvent) -> Sequence[Inbound]:
        return [Ignored(kind="any")]

    async def send(self, account: Account, action: Outbound, media: Any) -> Sent:
        name = action.method if isinstance(action, Native) else type(action).__name__
        self._called(name)
        return Sent("1")

    def costs(self, action: Outbound) -> Sequence[Any]:
        return ()

    async def identify(self, account: Account) -> Identity:
        self._called("identify")
        token = account.credentials.token
        if token not in self.good:
            raise AuthExpired("no such token")
        owner = token.partition(":")[0]
        return Identity(owner, f"Bot {owner}", f"bot_{owner}", {"listings": "7"})

    async def connect(self, account: Account, hook_url: str | None) -> None:
        self._called("connect")
        if not self.loses_hooks:
            self.hooks[account.external_id] = hook_url

    async def disconnect(self, account: Account, hook_url: str | None) -> None:
        self._called("disconnect")
        self.hooks.pop(account.external_id, None)

    async def health(self, account: Account, hook_url: str | None) -> Sequence[Check]:
        self._called("health")
        if account.credentials.token not in self.good:
            return [Check("token", "bad"), Check("webhook", "unknown")]
        is_set = self.hooks.get(account.external_id) == hook_url
        return [Check("token", "ok"), Check("webhook", "ok" if is_set else "bad")]

    async def inspect(self, account: Account, chat_id: str) -> Sequence[Check]:
        self._called("inspect")
        return [Check("topics", "bad", "health.rights.topics")]

    def _called(self, name: str) -> None:
        self.calls.append(name)
        error = self.failure(name)
        if error is not None:
            raise error


class FakeMarket(FakeBots):
    """A company with accounts, access tokens, and histories that are pulled."""

    name = "market"
    capabilities = Capabilities(initiate=False, max_text=1000, hook_is_proof=False)

    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[str, list[RawEvent]] = {}
        self.asked: list[tuple[str, str]] = []
        self.on_pull: Callable[[], Any] | None = None

    async def refresh(self, account: Account) -> Token:
        self._called("refresh")
        if account.credentials.token not in self.good:
            raise AuthExpired("no such keys")
        return Token("access", datetime.now(UTC) + timedelta(days=1))

    def parse(self, account: Account, event: RawEvent) -> Sequence[Inbound]:
        if event.key.endswith(":read"):
            return [Ignored(kind="read")]
        at = event.at or datetime.now(UTC)
        return [Message(external_id=event.key, chat_id=event.lane, sender=Sender(), at=at)]

    async def pull(self, account: Account, cursor: str, *, wait_seconds: float = 0) -> Page:
        """Give what came since the cursor: a count of events already given."""
        self.asked.append((account.external_id, cursor))
        if self.on_pull is not None:
            await self.on_pull()
        self._called("pull")
        known = self.pages.get(account.external_id, [])
        return Page(tuple(known[int(cursor or 0) :]), str(len(known)))
