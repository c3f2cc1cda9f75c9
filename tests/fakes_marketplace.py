"""A second marketplace, `bazaar`, in small: nothing in the core may need changing for it.

Unlike the first one its events come in batches signed over the body, chats are "deals" numbered
per deal, pictures and voices travel as raw bytes, what the shop says is echoed, and its keys die.
Its words are in `fakes_marketplace_wire`, the company itself in `fakes_marketplace_server`.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson

from services.connectors.base import (
    Account,
    Capabilities,
    Cost,
    CredentialField,
    HookRequest,
    MediaSource,
    Opened,
    Page,
    Rate,
    RawEvent,
    Reply,
    Sent,
    Token,
)
from services.connectors.errors import (
    AuthExpired,
    ConnectorError,
    Forged,
    OutcomeUnknown,
    RateLimited,
    Reason,
    RecipientUnreachable,
    Rejected,
    Temporary,
    Unreadable,
    Unsupported,
)
from services.connectors.messages import (
    Inbound,
    MarkRead,
    Media,
    MediaKind,
    Message,
    Outbound,
    OutboundMessage,
    Sender,
    Subject,
)
from services.connectors.registry import Wiring
from services.kit.http import Answer, NoAnswer, NotSent
from tests.fakes_marketplace_wire import (
    BROKEN,
    SIGNATURE,
    SORTS,
    batch_decoder,
    event_decoder,
    read,
    sign,
    split,
)

MAX_WORDS = 300
UPLOADS = {kind: sort for sort, kind in SORTS.items()}


@dataclass(frozen=True, slots=True)
class BazaarCredentials:
    """The shop's number and password."""

    shop: str
    password: str = field(repr=False)


class Bazaar:
    """The connector: Connector, SupportsPull, SupportsHistory, SupportsMedia, SupportsOAuth."""

    name = "bazaar"
    capabilities = Capabilities(
        initiate=False,
        max_text=MAX_WORDS,
        media=frozenset(UPLOADS),
        max_upload={MediaKind.IMAGE: 100_000, MediaKind.VOICE: 200_000},
        reply_to=True,
        receipts=frozenset({"read"}),
        mark_read=True,
        own_messages_echoed=True,
        hook_has_secret=True,
        media_hosts=frozenset({"bazaar.example"}),
    )
    credentials = BazaarCredentials
    fields = (CredentialField("shop", secret=False), CredentialField("password"))

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._rate = Rate(max(1, round(5 * wiring.limits_scale)), 1.0)

    def open(self, account: Account, request: HookRequest) -> Opened:
        given = request.headers.get(SIGNATURE, "").encode("utf-8", "surrogateescape")
        expected = sign(account.hook_secret, request.body).encode()
        if not account.hook_secret or not hmac.compare_digest(given, expected):
            raise Forged("signature")
        return Opened(split(request.body), Reply(200, b"thanks"))

    def parse(self, account: Account, event: RawEvent) -> Sequence[Inbound]:
        try:
            found = event_decoder.decode(event.body)
        except BROKEN as error:
            raise Unreadable("shape") from error
        if found.when.tzinfo is None:
            raise Unreadable("time without a zone")
        return (read(found),)

    def costs(self, action: Outbound) -> Sequence[Cost]:
        return (Cost("", self._rate),)

    async def send(self, account: Account, action: Outbound, media: MediaSource) -> Sent:
        if isinstance(action, MarkRead):
            await self._ask(account, "POST", f"/deals/{action.to.chat_id}/seen", b"{}")
            return Sent()
        if not isinstance(action, OutboundMessage):
            raise Unsupported(type(action).__name__)
        said: dict[str, Any] = {"words": _words(action), "reply": int(action.reply_to or 0)}
        for item in action.media:
            said |= await self._upload(account, item, media)
        path = f"/deals/{action.to.chat_id}/say"
        return _sent(await self._ask(account, "POST", path, orjson.dumps(said), once=True))

    async def pull(self, account: Account, cursor: str, *, wait_seconds: float = 0) -> Page:
        answer = await self._ask(account, "GET", f"/events?after={cursor or 0}")
        events = split(answer.body)
        return Page(events, events[-1].key.partition(":")[2] if events else cursor)

    async def history(self, account: Account, chat_id: str, limit: int = 30) -> Sequence[Message]:
        answer = await self._ask(account, "GET", f"/deals/{chat_id}")
        talk = [read(event_decoder.decode(raw)) for raw in batch_decoder.decode(answer.body)]
        return [one for one in talk if isinstance(one, Message)][-limit:]

    async def subject(self, account: Account, chat_id: str) -> tuple[Subject | None, str, str]:
        talk = await self.history(account, chat_id)
        buyer = next((m.sender for m in talk if not m.sender.own), Sender())
        return (talk[0].subject if talk else None), buyer.external_id, buyer.name

    def same(self, action: OutboundMessage, message: Message) -> bool:
        kinds = [item.kind for item in message.media]
        return message.text.text == action.text.text and kinds == [m.kind for m in action.media]

    async def fetch(self, account: Account, media: Media) -> AsyncIterator[bytes]:
        answer = await self._ask(account, "GET", f"/files/{media.ref}")
        yield answer.body

    async def refresh(self, account: Account) -> Token:
        keys = {"shop": account.credentials.shop, "password": account.credentials.password}
        answer = await self._ask(account, "POST", "/key", orjson.dumps(keys))
        return Token(_json(answer)["key"], self._wiring.clock.now() + timedelta(hours=1))

    async def _upload(self, account: Account, item: Media, media: MediaSource) -> dict[str, str]:
        content = b"".join([chunk async for chunk in media.open(item)])
        sort = UPLOADS[item.kind]
        answer = await self._ask(account, "POST", f"/files?sort={sort}", content)
        return {"sort": sort, "file": _json(answer)["file"]}

    async def _ask(
        self,
        account: Account,
        method: str,
        path: str,
        body: bytes | None = None,
        once: bool = False,
    ) -> Answer:
        url = (self._wiring.base_url or "https://api.bazaar.example") + path
        headers = {"bazaar-key": account.token.value if account.token else ""}
        try:
            answer: Answer = await self._wiring.hot.call(method, url, body=body, headers=headers)
        except NotSent as error:
            raise Temporary("not sent") from error
        except NoAnswer as error:
            raise (OutcomeUnknown if once else Temporary)("no answer") from error
        if answer.status != 200:
            raise _refusal(answer)
        return answer


def _words(action: OutboundMessage) -> str:
    if action.buttons or len(action.media) > 1:
        raise Unsupported("buttons or album")
    for item in action.media:
        if item.kind not in UPLOADS:
            raise Unsupported(item.kind.value)
        if item.size > Bazaar.capabilities.max_upload[item.kind]:
            raise Rejected("file too big", reason=Reason.TOO_BIG)
    if len(action.text.text) > MAX_WORDS:
        raise Rejected("too long", reason=Reason.TOO_BIG)
    return action.text.text


def _json(answer: Answer) -> dict[str, Any]:
    try:
        found = orjson.loads(answer.body)
    except ValueError as error:
        raise OutcomeUnknown("unreadable answer") from error
    if not isinstance(found, dict):
        raise OutcomeUnknown("unreadable answer")
    return found


def _sent(answer: Answer) -> Sent:
    n = _json(answer).get("n")
    if not isinstance(n, int):
        raise OutcomeUnknown("accepted without a number")
    return Sent(external_id=str(n), parts=(str(n),))


def _refusal(answer: Answer) -> ConnectorError:
    status, wait = answer.status, answer.headers.get("retry-after", "")
    if status == 401:
        return AuthExpired("key", refreshable=True)
    if status == 403:
        return AuthExpired("password", refreshable=False, status=403)
    if status == 429:
        return RateLimited("slow down", retry_after_seconds=float(wait if wait.isdigit() else 1))
    if status == 410:
        return RecipientUnreachable("deal is closed", reason=Reason.BLOCKED, status=410)
    if status >= 500 or status < 400:
        return Temporary("server", status=status)
    return Rejected("refused", reason=Reason.BAD_REQUEST, status=status)


CONNECTORS = {"bazaar": Bazaar}
