"""Speaks HTTP to the Bot API: URL with the token, timeouts, envelope, errors. Nothing else knows
the token.

Everything goes through the hot client, because it takes the proxy per call (some hosts reach
Telegram only through one). No exception carries the URL: it holds the token.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
import orjson

from services.connectors.base import Account
from services.connectors.errors import AuthExpired, Reason, Rejected, Temporary
from services.connectors.registry import Wiring
from services.kit.http import Answer, NoAnswer, NotSent, TooLarge
from services.providers.telegram import errors
from services.providers.telegram.capabilities import MAX_DOWNLOAD
from services.providers.telegram.credentials import is_token
from services.providers.telegram.multipart import FilePart, Multipart

DEFAULT_URL = "https://api.telegram.org"
UPLOAD_TIMES = 5
"""Calls that carry a file may take that many usual timeouts; the outbox cuts them at six."""

_JSON = {"content-type": "application/json"}
_envelope = msgspec.json.Decoder(errors.ApiAnswer)
T = TypeVar("T")


class BotApi:
    """The API for every bot; holds no account."""

    def __init__(self, wiring: Wiring) -> None:
        self._base = (wiring.base_url or DEFAULT_URL).rstrip("/")
        self._proxy = wiring.proxy
        self._timeout = wiring.timeout_seconds
        self._hot = wiring.hot

    async def call(
        self,
        account: Account,
        method: str,
        params: Mapping[str, Any] | bytes,
        *,
        chat_id: str = "",
        wait_seconds: float = 0,
    ) -> msgspec.Raw:
        """Return the `result` of a JSON call; harmless refusals return `true`. Raises
        ConnectorError.
        """
        body = params if isinstance(params, bytes) else _dump(params)
        url = self._url(account, method)
        timeout = self._timeout + wait_seconds
        try:
            answer = await self._post(url, body, _JSON, timeout)
        except NoAnswer as error:
            raise errors.no_answer(method, str(error)) from error
        return _result(method, chat_id, answer)

    async def upload(
        self,
        account: Account,
        method: str,
        params: Mapping[str, Any],
        files: Sequence[FilePart],
        *,
        chat_id: str = "",
    ) -> msgspec.Raw:
        """Return the `result` of a call that streams files. Raises ConnectorError."""
        url = self._url(account, method)
        body = Multipart({name: _field(value) for name, value in params.items()}, files)
        headers = {"content-type": body.content_type}
        try:
            answer = await self._post(url, body, headers, self._timeout * UPLOAD_TIMES)
        except NoAnswer as error:
            if body.error is not None:
                raise body.error from error
            if not body.finished:
                raise Temporary("upload broke off", reason=Reason.TIMEOUT) from error
            raise errors.no_answer(method, str(error)) from error
        return _result(method, chat_id, answer)

    async def download(self, account: Account, path: str) -> AsyncIterator[bytes]:
        """Yield a file by the path that getFile gave. Raises Rejected(MEDIA_GONE | TOO_BIG),
        Temporary.
        """
        url = f"{self._base}/file/bot{_token(account)}/{_safe_path(path)}"
        size = 0
        try:
            async with self._hot.stream(url, proxy=self._proxy) as (head, chunks):
                _check_file(head.status)
                async for chunk in chunks:
                    size += len(chunk)
                    if size > MAX_DOWNLOAD:
                        raise Rejected("file is too big", reason=Reason.TOO_BIG)
                    yield chunk
        except (NotSent, NoAnswer) as error:
            raise Temporary(str(error)) from error

    async def _post(
        self, url: str, body: Any, headers: Mapping[str, str], seconds: float
    ) -> Answer:
        try:
            answer: Answer = await self._hot.call(
                "POST",
                url,
                body=body,
                headers=headers,
                timeout_seconds=seconds,
                proxy=self._proxy,
            )
        except NotSent as error:
            raise Temporary(str(error)) from error
        return answer

    def _url(self, account: Account, method: str) -> str:
        if not (method.isascii() and method.isalnum()):
            raise Rejected("no such method", reason=Reason.BAD_REQUEST)
        return f"{self._base}/bot{_token(account)}/{method}"


def _token(account: Account) -> str:
    token: str = account.credentials.token
    if not is_token(token):
        raise AuthExpired("not a bot token", refreshable=False)
    return token


def _dump(params: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(params)
    except (orjson.JSONEncodeError, RecursionError) as error:
        raise Rejected("not to be written as JSON", reason=Reason.BAD_REQUEST) from error


def _field(value: Any) -> str:
    return value if isinstance(value, str) else _dump(value).decode()


def _result(method: str, chat_id: str, answer: Answer) -> msgspec.Raw:
    try:
        envelope = _envelope.decode(answer.body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise errors.of_foreign(method, chat_id, answer.status, answer.headers) from error
    if envelope.ok:
        return envelope.result
    if errors.is_harmless(method, envelope.description):
        return msgspec.Raw(b"true")
    raise errors.of_refusal(method, chat_id, envelope, answer.headers)


def _safe_path(path: str) -> str:
    """Return the path encoded; the API's own paths are relative and never climb."""
    if path.startswith("/") or ".." in path.split("/"):
        raise Rejected("strange file path", reason=Reason.MEDIA_GONE)
    return quote(path)


def _check_file(status: int) -> None:
    if status == 200:
        return
    if status == 401:
        raise AuthExpired("unauthorized", refreshable=False)
    if status in {400, 404, 410}:
        raise Rejected("file is gone", reason=Reason.MEDIA_GONE, status=status)
    raise Temporary(f"file answer {status}", status=status)


def decode(method: str, result: msgspec.Raw, type_: type[T]) -> T:
    """Return the result as a struct; a shape we cannot read leaves the outcome open."""
    try:
        return msgspec.json.decode(result, type=type_)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise errors.no_answer(method, "unreadable result") from error


__all__ = ["BotApi", "TooLarge", "decode"]
