"""A picture's way to Avito.

Read it whole, look at what it really is, wrap it as the one form field Avito wants.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence

from services.connectors.base import Account
from services.connectors.errors import Reason, Rejected, Temporary, Unsupported
from services.providers.avito.capabilities import MAX_IMAGE
from services.providers.avito.client import Call
from services.providers.avito.outbound import account_path
from services.providers.avito.wire import identifier, mapping

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"mif1", b"msf1", b"heim", b"heis", b"hevc", b"hevx"})
_MAGIC: Sequence[tuple[bytes, str, str]] = (
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"GIF87a", "image/gif", "gif"),
    (b"GIF89a", "image/gif", "gif"),
    (b"BM", "image/bmp", "bmp"),
)


async def read_picture(chunks: AsyncIterator[bytes]) -> bytes:
    """Return the content. Raises Rejected over 24 MB or when there is none."""
    parts: list[bytes] = []
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > MAX_IMAGE:
            raise Rejected("picture over 24 MB", reason=Reason.TOO_BIG)
        parts.append(chunk)
    if not size:
        raise Rejected("empty picture", reason=Reason.MEDIA_GONE)
    return b"".join(parts)


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


def upload_call(account: Account, content: bytes) -> Call:
    """Return the upload; repeating it makes one more unused picture, no message."""
    mime, extension = kind_of(content)
    border = f"vishenka-{hashlib.blake2b(content, digest_size=16).hexdigest()}"
    head = (
        f'--{border}\r\nContent-Disposition: form-data; name="uploadfile[]"; '
        f'filename="picture.{extension}"\r\nContent-Type: {mime}\r\n\r\n'
    )
    body = b"".join((head.encode(), content, f"\r\n--{border}--\r\n".encode()))
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
