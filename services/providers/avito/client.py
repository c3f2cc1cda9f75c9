"""One call to Avito.

Token in, answer or connector error out. Every answer the API may give has its place here.

Published documents declare only 200 for the messenger, so all of 4xx/5xx, foreign pages and
silence are mapped by us. An expired access token shows as 401 or as 403: both say "refreshable",
and a second 403 is a missing right (`AuthExpired.after_refresh`).
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from services.connectors.base import Account
from services.connectors.errors import (
    AuthExpired,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    Reason,
    Rejected,
    Temporary,
)
from services.connectors.registry import Wiring
from services.kit.http import Answer, HotClient, NoAnswer, NotSent
from services.providers.avito.capabilities import DEFAULT_BASE
from services.providers.avito.wire import BROKEN_JSON, loads, mapping

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
UPLOAD_SECONDS = 30.0  # with fetching and sending it must end inside the outbox's minute
DEFAULT_WAIT = 30.0
LONGEST_WAIT = 3600.0

_bearer = re.compile(r"[\x21-\x7e]{1,8192}")
_plain = re.compile(r"[A-Za-z][A-Za-z ,._'-]{0,79}")

_REJECTED: Mapping[int, Reason] = {
    402: Reason.NOT_PAID,
    404: Reason.CHAT_NOT_FOUND,
    410: Reason.CHAT_NOT_FOUND,
    413: Reason.TOO_BIG,
}


class Streamed(Protocol):
    """A body that is read while it is sent."""

    error: ConnectorError | None
    """What its source raised."""

    def __len__(self) -> int:
        """Return how many bytes it will have."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield them."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    `once`: repeating it would send a second message, so silence is an unknown outcome.
    """

    method: str
    path: str
    body: bytes | Streamed | None = None
    content_type: str = JSON
    once: bool = False
    slow: bool = False


class Client:
    """Speaks HTTP for every account; keeps nothing of any."""

    def __init__(self, wiring: Wiring) -> None:
        self.base_url = (wiring.base_url or DEFAULT_BASE).rstrip("/")
        self.dev = wiring.dev
        self.proxy = wiring.proxy
        self.clock = wiring.clock
        self.hot: HotClient = wiring.hot
        self._timeout_seconds = wiring.timeout_seconds

    async def ask(self, account: Account, call: Call) -> Answer:
        """Return a 2xx answer.

        Raises AuthExpired, RateLimited, Temporary, Rejected, OutcomeUnknown.
        """
        token = account.token.value if account.token else ""
        if not _bearer.fullmatch(token):
            raise AuthExpired("no access token", refreshable=True)
        answer = await self.send(call, {"Authorization": f"Bearer {token}"})
        if not 200 <= answer.status < 300:
            raise refusal(answer)
        return answer

    async def read(self, account: Account, call: Call) -> Any:
        """Return the JSON of a 2xx answer.

        Any other content is Temporary, or unknown for a sending call.
        """
        return decode(await self.ask(account, call), once=call.once)

    async def send(self, call: Call, headers: Mapping[str, str]) -> Answer:
        """Return the answer whatever its status. Raises Temporary or OutcomeUnknown."""
        body = call.body
        typed = {"Content-Type": call.content_type} if body is not None else {}
        if body is not None and not isinstance(body, bytes):
            typed["Content-Length"] = str(len(body))
        try:
            return await self.hot.call(
                call.method,
                self.base_url + call.path,
                body=body,
                headers={"Accept": JSON, **typed, **headers},
                timeout_seconds=self._seconds(call),
                proxy=self.proxy,
            )
        except NotSent as error:
            raise Temporary(str(error)) from None
        except NoAnswer as error:
            if body is not None and not isinstance(body, bytes) and body.error is not None:
                raise body.error from None
            if call.once:
                raise OutcomeUnknown(str(error)) from None
            raise Temporary(str(error), reason=Reason.TIMEOUT) from None

    def _seconds(self, call: Call) -> float:
        return max(self._timeout_seconds, UPLOAD_SECONDS) if call.slow else self._timeout_seconds


def decode(answer: Answer, *, once: bool = False) -> Any:
    """Return the JSON of an accepted call."""
    try:
        return loads(answer.body)
    except BROKEN_JSON:
        pass
    if once:
        raise OutcomeUnknown("accepted, answer unreadable", status=answer.status)
    raise Temporary("answer unreadable", status=answer.status)


def refusal(answer: Answer) -> ConnectorError:
    """Return the error an answer outside 2xx means."""
    status, detail = answer.status, provider_word(answer.body)
    if status in {401, 403}:
        return AuthExpired(detail, refreshable=True, status=status)
    if status == 429:
        wait = retry_after(answer) or DEFAULT_WAIT
        return RateLimited(detail, retry_after_seconds=wait)
    if status in {408, 425} or not 400 <= status < 500:
        return Temporary(detail, retry_after_seconds=retry_after(answer), status=status)
    return Rejected(detail, reason=_REJECTED.get(status, Reason.BAD_REQUEST), status=status)


def provider_word(body: bytes) -> str:
    """Return the short English phrase of an error body.

    Anything that may hold a person's words is left out.
    """
    try:
        data = mapping(loads(body))
    except BROKEN_JSON:
        return ""
    error = data.get("error")
    word = mapping(error).get("message") or data.get("message") or error
    return word if isinstance(word, str) and _plain.fullmatch(word) else ""


def retry_after(answer: Answer) -> float | None:
    """Return the seconds the provider asks for, within an hour."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit() and len(value) < 12:
        return min(max(float(value), 1.0), LONGEST_WAIT)
    try:
        wished = parsedate_to_datetime(value)
        asked = parsedate_to_datetime(answer.headers.get("date", ""))
        return min(max((wished - asked).total_seconds(), 1.0), LONGEST_WAIT)
    except (ValueError, TypeError, OverflowError):
        return None


def slow_down(answer: Answer) -> float:
    """Return the pause that the rate headers of an accepted call ask for.

    The last tenth of a minute's allowance is spent at half speed; at zero we wait a sixth of the
    minute.
    """
    limit, remaining = (
        _count(answer, name) for name in ("x-ratelimit-limit", "x-ratelimit-remaining")
    )
    if remaining is None or (limit is not None and remaining > limit // 10):
        return 0.0
    if remaining == 0:
        return 10.0
    return min(120.0 / limit, 10.0) if limit else 0.0


def _count(answer: Answer, name: str) -> int | None:
    value = answer.headers.get(name, "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None
