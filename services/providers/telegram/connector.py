"""The Telegram bot as a connector: reads like a table of contents, each line's work is in its own
file.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import assert_never

import msgspec

from services.connectors.base import (
    Account,
    Check,
    Cost,
    HookRequest,
    Identity,
    MediaSource,
    Opened,
    Page,
    RawEvent,
    Sent,
)
from services.connectors.errors import (
    OutcomeUnknown,
    RateLimited,
    Reason,
    Rejected,
    Temporary,
    Unsupported,
)
from services.connectors.messages import (
    Answer,
    Block,
    Delete,
    Edit,
    Inbound,
    MarkRead,
    Media,
    Native,
    Outbound,
    OutboundMessage,
    Pin,
    React,
    TopicCreate,
    TopicEdit,
    Typing,
)
from services.connectors.registry import Wiring
from services.providers.telegram import hooks, inbound, outbound, pulling
from services.providers.telegram.attachments import own_file_id
from services.providers.telegram.capabilities import CAPABILITIES, Prices
from services.providers.telegram.client import BotApi, decode
from services.providers.telegram.credentials import FIELDS, TelegramCredentials, bot_id
from services.providers.telegram.methods import creates
from services.providers.telegram.outbound import Call
from services.providers.telegram.sending import Sender, native
from services.providers.telegram.setup import Setup


class FileInfo(msgspec.Struct, frozen=True):
    """The field of getFile that matters; absent when the file cannot be downloaded."""

    file_path: str = ""


class TelegramConnector:
    """Fulfils Connector and SupportsSetup, -Pull, -Media, -Workspace, -Picture."""

    name = "telegram"
    capabilities = CAPABILITIES
    credentials = TelegramCredentials
    fields = FIELDS

    def __init__(self, wiring: Wiring) -> None:
        self._api = BotApi(wiring)
        self._sender = Sender(self._api)
        self._setup = Setup(self._api, wiring.clock)
        self._prices = Prices(wiring.limits_scale)

    def open(self, account: Account, request: HookRequest) -> Opened:
        """Return the update of a request with the right secret header. Raises Forged."""
        return hooks.open_hook(account, request)

    def parse(self, account: Account, event: RawEvent) -> Sequence[Inbound]:
        """Return what the update says. Raises Unreadable."""
        return inbound.parse(account, event)

    async def send(self, account: Account, action: Outbound, media: MediaSource) -> Sent:
        """Perform the action; TopicEdit with a name and a state makes two calls, each
        repeatable.
        """
        if isinstance(action, Typing):
            return await self._type(account, action, media)
        sent = Sent()
        for call in _calls(action, bot_id(account.credentials.token)):
            sent = await self._sender.run(account, call, media)
        return sent

    async def _type(self, account: Account, action: Typing, media: MediaSource) -> Sent:
        """Nobody misses a lost "typing…"; only a wait that Telegram asks for is passed on."""
        try:
            return await self._sender.run(account, outbound.typing(action), media)
        except RateLimited:
            raise
        except (Rejected, Temporary, OutcomeUnknown):
            return Sent()

    def costs(self, action: Outbound) -> Sequence[Cost]:
        """Return the bot's bucket, and the chat's for each message or topic it makes."""
        match action:
            case OutboundMessage():
                count = max(1, len(action.media))
                return self._prices.of(action.to.chat_id, messages=count)
            case TopicCreate():
                return self._prices.of(action.to.chat_id, messages=1)
            case Native():
                count = 1 if creates(action.method) else 0
                return self._prices.of(action.to.chat_id, messages=count)
            case _:
                return self._prices.of("", messages=0)

    async def identify(self, account: Account) -> Identity:
        """Return the bot behind the token. Raises AuthExpired."""
        return await self._setup.identify(account)

    async def connect(
        self, account: Account, hook_url: str | None, *, force: bool = False
    ) -> None:
        """Set the webhook if it differs (`force`: after the secret changed), or delete it for
        pulling.
        """
        await self._setup.connect(account, hook_url, force=force)

    async def disconnect(self, account: Account, hook_url: str | None) -> None:
        """Delete our webhook."""
        await self._setup.disconnect(account, hook_url)

    async def health(self, account: Account, hook_url: str | None) -> Sequence[Check]:
        """Return the checks token, webhook, pending, last_error."""
        return await self._setup.health(account, hook_url)

    async def inspect(self, account: Account, chat_id: str) -> Sequence[Check]:
        """Return whether the chat is fit for the bridge."""
        return await self._setup.inspect(account, chat_id)

    async def has_picture(self, account: Account) -> bool:
        """Return whether the bot shows a picture."""
        return await self._setup.has_picture(account)

    async def set_picture(self, account: Account, jpeg: bytes) -> None:
        """Show a picture as the bot's."""
        await self._setup.set_picture(account, jpeg)

    async def pull(self, account: Account, cursor: str, *, wait_seconds: float = 0) -> Page:
        """Return the next updates by getUpdates."""
        return await pulling.pull(self._api, account, cursor, wait_seconds)

    async def fetch(self, account: Account, media: Media) -> AsyncIterator[bytes]:
        """Yield a file that people sent to this bot; at most 20 MB."""
        file_id = own_file_id(media.ref, bot_id(account.credentials.token))
        if not file_id:
            raise Rejected("not a file of this bot", reason=Reason.MEDIA_GONE)
        result = await self._api.call(account, "getFile", {"file_id": file_id})
        path = decode("getFile", result, FileInfo).file_path
        if not path:
            raise Rejected("file has no path", reason=Reason.MEDIA_GONE)
        async for chunk in self._api.download(account, path):
            yield chunk


def _calls(action: Outbound, bot: str) -> tuple[Call, ...]:
    match action:
        case OutboundMessage():
            return (outbound.message(action, bot),)
        case Edit():
            return (outbound.edit(action),)
        case TopicEdit():
            return outbound.topic_edit(action)
        case Native():
            return (native(action),)
        case _:
            return (_simple(action),)


def _simple(
    action: Delete | React | Pin | TopicCreate | Typing | Answer | MarkRead | Block,
) -> Call:
    match action:
        case Delete():
            return outbound.delete(action)
        case React():
            return outbound.react(action)
        case Pin():
            return outbound.pin(action)
        case TopicCreate():
            return outbound.topic_create(action)
        case Typing():
            return outbound.typing(action)
        case Answer():
            return outbound.answer(action)
        case MarkRead() | Block():
            raise Unsupported("bots cannot do this")
        case _:
            assert_never(action)
