"""The Avito connector: what it can do and where each part lives."""

from __future__ import annotations

from collections.abc import Sequence

from services.connectors.base import (
    Account,
    Cost,
    HookRequest,
    MediaSource,
    Opened,
    RawEvent,
    Sent,
    Token,
)
from services.connectors.errors import OutcomeUnknown
from services.connectors.messages import Inbound, Media, Outbound, OutboundMessage
from services.connectors.registry import Wiring
from services.kit.http import Answer
from services.providers.avito import oauth, outbound, upload
from services.providers.avito.capabilities import CAPABILITIES
from services.providers.avito.client import Client, decode, slow_down
from services.providers.avito.credentials import FIELDS, AvitoCredentials
from services.providers.avito.hook import open_hook
from services.providers.avito.inbound import read_event
from services.providers.avito.wire import identifier, mapping, moment


class Avito:
    """Chats of a seller's account: replies only, texts and pictures out, all Avito shows in."""

    name = "avito"
    capabilities = CAPABILITIES
    credentials = AvitoCredentials
    fields = FIELDS

    def __init__(self, wiring: Wiring) -> None:
        self._client = Client(wiring)

    def open(self, account: Account, request: HookRequest) -> Opened:
        """Split a webhook request. Raises Forged."""
        return open_hook(account, request)

    def parse(self, account: Account, event: RawEvent) -> Sequence[Inbound]:
        """Translate a stored event. Raises Unreadable."""
        return read_event(account, event)

    def costs(self, action: Outbound) -> Sequence[Cost]:
        """Name the tokens an action takes."""
        return outbound.costs(action)

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

    async def _upload(self, account: Account, picture: Media, media: MediaSource) -> str:
        content = await upload.read_picture(media.open(picture))
        answer = await self._client.read(account, upload.upload_call(account, content))
        return upload.image_id(answer)


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
