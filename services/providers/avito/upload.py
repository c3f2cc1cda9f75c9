"""A picture's way to Avito.

Look at what it really is, then stream it as the one form field Avito wants: pictures of many
sellers at once do not lie in memory. Its length is said beforehand, so it must be what the sender
told us; a picture of unknown or wrong length is read whole.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from services.connectors.base import Account
from services.connectors.errors import (
    ConnectorError,
    Reason,
    Rejected,
    Temporary,
    Unsupported,
)
from services.providers.avito.capabilities import MAX_IMAGE
from services.providers.avito.client import Call
from services.providers.avito.outbound import account_path
from services.providers.avito.wire import identifier, mapping

LOOK = 16
"""So many bytes tell the kind."""
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"mif1", b"msf1", b"heim", b"heis", b"hevc", b"hevx"})
_MAGIC: Sequence[tuple[bytes, str, str]] = (
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"GIF87a", "image/gif", "gif"),
    (b"GIF89a", "image/gif", "gif"),
    (b"BM", "image/bmp", "bmp"),
)


class SizeDiffers(Temporary):
    """The content is longer or shorter than was said."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Content that has begun to come: its first bytes, the rest, the length of both."""

    first: bytes
    rest: AsyncIterator[bytes]
    size: int


async def begin(chunks: AsyncIterator[bytes], size: int) -> Picture:
    """Return the picture, read as far as needed; `size` 0: nobody knows, so all of it.

    Raises Rejected over 24 MB or when there is nothing.
    """
    parts: list[bytes] = []
    read = 0
    async for chunk in chunks:
        read += len(chunk)
        if read > MAX_IMAGE:
            raise Rejected("picture over 24 MB", reason=Reason.TOO_BIG)
        parts.append(chunk)
        if size and read >= LOOK:
            break
    if not read:
        raise Rejected("empty picture", reason=Reason.MEDIA_GONE)
    return Picture(b"".join(parts), chunks, size or read)


class Form:
    """The request's body, read once; `error` keeps what its source raised, the HTTP client
    replaces it.
    """

    def __init__(self, picture: Picture, head: bytes, tail: bytes) -> None:
        self._picture = picture
        self._head = head
        self._tail = tail
        self.error: ConnectorError | None = None

    def __len__(self) -> int:
        """Return the length that is promised."""
        return len(self._head) + self._picture.size + len(self._tail)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the body; a failing source leaves it without its end."""
        yield self._head
        try:
            async for chunk in self._content():
                yield chunk
        except ConnectorError as error:
            self.error = error
            raise
        yield self._tail

    async def _content(self) -> AsyncIterator[bytes]:
        left = self._picture.size - len(self._picture.first)
        if left >= 0:
            yield self._picture.first
            async for chunk in self._picture.rest:
                left -= len(chunk)
                if left < 0:
                    break
                yield chunk
        if left:
            raise SizeDiffers("picture of another length")


def kind_of(content: bytes) -> tuple[str, str]:
    """Return MIME type and file extension by content.

    Raises Unsupported for what Avito does not take (WebP too).
    """
    for magic, mime, extension in _MAGIC:
        if content.startswith(magic):
            return mime, extension
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        return "image/heic", "heic"
    raise Unsupported("not a picture Avito takes")


def upload_call(account: Account, picture: Picture) -> Call:
    """Return the upload; repeating it makes one more unused picture, no message."""
    mime, extension = kind_of(picture.first)
    border = f"vishenka-{secrets.token_hex(16)}"
    head = (
        f'--{border}\r\nContent-Disposition: form-data; name="uploadfile[]"; '
        f'filename="picture.{extension}"\r\nContent-Type: {mime}\r\n\r\n'
    )
    body = Form(picture, head.encode(), f"\r\n--{border}--\r\n".encode())
    form = f"multipart/form-data; boundary={border}"
    return Call("POST", account_path(1, account, "/uploadImages"), body, form, slow=True)


def image_id(answer: object) -> str:
    """Return the id of the uploaded picture.

    The answer maps it to its sizes. Raises Temporary without one.
    """
    found = next(iter(mapping(answer)), "")
    if not identifier(found):
        raise Temporary("upload answered without an id")
    return found
