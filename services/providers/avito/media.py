"""Fetching pictures and voices.

From Avito's own hosts, without our token, never through a redirect.

A webhook body is not proof, so an address in it is followed only where the host is Avito's. In dev
the host of `AVITO_API_URL` counts too, over plain http: the fake serves files itself.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from services.connectors.base import Account
from services.connectors.errors import ConnectorError, Reason, Rejected, Temporary
from services.connectors.messages import Media, MediaKind
from services.kit.http import Answer, NoAnswer, NotSent
from services.providers.avito.capabilities import MAX_FETCH, MEDIA_HOSTS
from services.providers.avito.client import Call, Client, retry_after
from services.providers.avito.outbound import account_path, segment
from services.providers.avito.wire import mapping, whole, words

_address = re.compile(r"https?://[A-Za-z0-9.\-]+(:[0-9]{1,5})?(/[\x21-\x5b\x5d-\x7e]*)?")
"""Stricter than any parser: no user, no backslash, no blank; every parser reads the same host."""


async def fetch(client: Client, account: Account, media: Media) -> AsyncIterator[bytes]:
    """Yield the content. Raises Rejected(MEDIA_GONE | TOO_BIG), Temporary, AuthExpired."""
    url = await _url(client, account, media)
    if not is_ours(client, url):
        raise Rejected("address outside the provider", reason=Reason.MEDIA_GONE)
    try:
        stream = client.hot.stream(url, proxy=client.proxy, public_only=not _is_fake(client, url))
        async with stream as (head, chunks):
            _check(head)
            async for chunk in _capped(chunks):
                yield chunk
    except (NotSent, NoAnswer) as error:
        raise Temporary(str(error)) from None


def is_ours(client: Client, url: str) -> bool:
    """Say whether the address is on a host of Avito's."""
    if not _address.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return False
    known = any(host == name or host.endswith(f".{name}") for name in MEDIA_HOSTS)
    if known and parts.scheme == "https" and port in {None, 443}:
        return True
    return _is_fake(client, url)


def _is_fake(client: Client, url: str) -> bool:
    parts, base = urlsplit(url), urlsplit(client.base_url)
    return client.dev and (parts.scheme, parts.netloc) == (base.scheme, base.netloc)


async def _url(client: Client, account: Account, media: Media) -> str:
    if media.kind is not MediaKind.VOICE:
        return media.ref
    if not media.ref:
        raise Rejected("no voice id", reason=Reason.MEDIA_GONE)
    path = account_path(1, account, f"/getVoiceFiles?voice_ids={segment(media.ref)}")
    data = mapping(await client.read(account, Call("GET", path)))
    url = words(mapping(data.get("voices_urls")).get(media.ref))
    if not url:
        raise Rejected("voice is gone", reason=Reason.MEDIA_GONE)
    return url


def _check(head: Answer) -> None:
    if head.status != 200:
        raise _refusal(head)
    if (whole(head.headers.get("content-length")) or 0) > MAX_FETCH:
        raise Rejected("file too big", reason=Reason.TOO_BIG)


def _refusal(head: Answer) -> ConnectorError:
    """A file host knows no token, so a refusal means that the file is not there."""
    if head.status in {408, 425, 429} or head.status >= 500:
        return Temporary(retry_after_seconds=retry_after(head), status=head.status)
    return Rejected("file refused", reason=Reason.MEDIA_GONE, status=head.status)


async def _capped(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > MAX_FETCH:
            raise Rejected("file too big", reason=Reason.TOO_BIG)
        yield chunk
    if not size:
        raise Rejected("empty file", reason=Reason.MEDIA_GONE)
