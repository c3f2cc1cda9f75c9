"""The Avito connector: what it can do and where each part lives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

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
    Token,
)
from services.connectors.errors import OutcomeUnknown
from services.connectors.messages import (
    Inbound,
    Media,
    Message,
    Outbound,
    OutboundMessage,
    Subject,
)
from services.connectors.registry import Wiring
from services.kit.http import Answer
from services.providers.avito import chats, history, oauth, outbound, setup, upload
from services.providers.avito.capabilities import CAPABILITIES
from services.providers.avito.client import Client, decode, slow_down
from services.providers.avito.credentials import FIELDS, AvitoCredentials
from services.providers.avito.hook import open_hook
from services.providers.avito.inbound import read_event
from services.providers.avito.media import fetch
from services.providers.avito.pull import pull
from services.providers.avito.wire import identifier, mapping, moment


class Avito:
    """Chats of a seller's account: replies only, texts and pictures out, all Avito shows in."""

    name = "avito"
    capabilities = CAPABILITIES
    credentials = AvitoCredentials
    fields = FIELDS

    def __init__(self, wiring: Wiring) -> None:
        self._client = Client(wiring)
        self._limits_scale = wiring.limits_scale

    def open(self, account: Account, request: HookRequest) -> Opened:
        """Split a webhook request. Raises Forged."""
        return open_hook(account, request)

    def parse(self, account: Account, event: RawEvent) -> Sequence[Inbound]:
        """Translate a stored event. Raises Unreadable."""
        return read_event(account, event)

    def costs(self, action: Outbound) -> Sequence[Cost]:
        """Name the tokens an action takes."""
        return outbound.costs(action, self._limits_scale)

    async def send(self, account: Account, action: Outbound, media: MediaSource) -> Sent:
        """Perform one action."""
        if not isinstance(action, OutboundMessage):
            answer = await self._client.ask(account, outbound.plain_call(account, action))
            return Sent(slow_down_seconds=slow_down(answer))
        picture = outbound.picture_of(action)
        if picture is None:
            call = outbound.text_call(account, action)
        else:
            image_id = await self._upload(account, picture, media)
            call = outbound.image_call(account, action.to.chat_id, image_id)
        return _sent(await self._client.ask(account, call))

    async def refresh(self, account: Account) -> Token:
        """Return a fresh access token."""
        return await oauth.refresh(self._client, account)

    async def identify(self, account: Account) -> Identity:
        """Return whose keys these are."""
        return await setup.identify(self._client, account)

    async def connect(self, account: Account, hook_url: str | None) -> None:
        """Point the webhook at us."""
        await setup.connect(self._client, account, hook_url)

    async def disconnect(self, account: Account, hook_url: str | None) -> None:
        """Take our webhook away."""
        await setup.disconnect(self._client, account, hook_url)

    async def health(self, account: Account, hook_url: str | None) -> Sequence[Check]:
        """Return token, messenger, webhook, orders."""
        return await setup.health(self._client, account, hook_url)

    async def pull(
        self,
        account: Account,
        cursor: str,
        *,
        wait_seconds: float = 0,  # noqa: ARG002 - asked of sources that can hold a call
    ) -> Page:
        """Return what changed since the cursor; Avito never waits, so neither do we."""
        return await pull(self._client, account, cursor)

    async def history(self, account: Account, chat_id: str, limit: int = 30) -> Sequence[Message]:
        """Return the last messages of a chat, the oldest first."""
        return await history.history(self._client, account, chat_id, limit)

    async def subject(self, account: Account, chat_id: str) -> tuple[Subject | None, str, str]:
        """Return the listing, the buyer's id and name."""
        return await chats.about(self._client, account, chat_id)

    def same(self, action: OutboundMessage, message: Message) -> bool:
        """Say whether this own message is what the action would have sent."""
        return history.same(action, message)

    def fetch(self, account: Account, media: Media) -> AsyncIterator[bytes]:
        """Stream a picture or a voice from Avito's hosts."""
        return fetch(self._client, account, media)

    async def _upload(self, account: Account, picture: Media, media: MediaSource) -> str:
        try:
            return await self._stream(account, media.open(picture), picture.size)
        except upload.SizeDiffers:
            return await self._stream(account, media.open(picture), 0)

    async def _stream(self, account: Account, chunks: AsyncIterator[bytes], size: int) -> str:
        call = upload.upload_call(account, await upload.begin(chunks, size))
        return upload.image_id(await self._client.read(account, call))


def _sent(answer: Answer) -> Sent:
    """Read `{"id".

    …, "created": …}`; an accepted message without an id must be looked up in the history.
    """
    data = mapping(decode(answer, once=True))
    external_id = identifier(data.get("id"))
    if not external_id:
        raise OutcomeUnknown("accepted without an id", status=answer.status)
    at = moment(data.get("created"))
    return Sent(external_id, (external_id,), at=at, slow_down_seconds=slow_down(answer))
