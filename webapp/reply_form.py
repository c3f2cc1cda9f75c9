"""The form of an answer: words and a file, read as they stream in; the file is kept first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from aiohttp import BodyPartReader, web

from services.connectors.messages import Media
from services.desk.uploads import Uploads
from services.kit.errors import InvalidInput
from webapp.cabinet.typed import plain

MULTIPART = "multipart/form-data"
MAX_WORDS = 64 * 1024
PARSED = "X-CSRF-Token"
"""With it (or a bearer) nobody has read the body before us; without, the form's own word was
looked for and the whole small body is in memory already.
"""


@dataclass(frozen=True, slots=True)
class Typed:
    """What came. `refused`: why the file was not kept; the words are there all the same."""

    text: str = ""
    key: str = ""
    media: tuple[Media, ...] = ()
    refused: InvalidInput | None = None


async def typed(request: web.Request, uploads: Uploads, tenant_id: UUID, provider: str) -> Typed:
    """Return the form, a refused file beside its words. Raises InvalidInput (text)."""
    streams = PARSED in request.headers or "Authorization" in request.headers
    if request.content_type != MULTIPART or not streams:
        return await _posted(request, uploads, tenant_id, provider)
    words: dict[str, str] = {}
    kept = _Kept(uploads, tenant_id, provider)
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise InvalidInput("error.invalid_input", field="file")
        if part.name == "file" and part.filename and not kept.is_full:
            await kept.take(_chunks(part), part.filename)
        else:
            words[part.name or ""] = await _word(part)
    return _form(words.get("text", ""), words.get("key", ""), kept)


async def _posted(request: web.Request, uploads: Uploads, tenant_id: UUID, provider: str) -> Typed:
    form = await request.post()
    found = form.get("file")
    kept = _Kept(uploads, tenant_id, provider)
    if isinstance(found, web.FileField) and found.filename:
        content = found.file.read()

        async def once() -> AsyncIterator[bytes]:
            yield content

        await kept.take(once(), found.filename)
    return _form(str(form.get("text", "")), str(form.get("key", "")), kept)


class _Kept:
    """The one file of a form: kept, or refused while the words behind it are still read."""

    def __init__(self, uploads: Uploads, tenant_id: UUID, provider: str) -> None:
        self._uploads = uploads
        self._tenant_id = tenant_id
        self._provider = provider
        self.media: tuple[Media, ...] = ()
        self.refused: InvalidInput | None = None

    @property
    def is_full(self) -> bool:
        return bool(self.media) or self.refused is not None

    async def take(self, stream: AsyncIterator[bytes], name: str) -> None:
        try:
            media = await self._uploads.keep(self._tenant_id, self._provider, stream, name)
            self.media = (media,)
        except InvalidInput as error:
            self.refused = error
            async for _ in stream:  # the rest of a file that is too big
                pass


def _form(text: str, key: str, kept: _Kept) -> Typed:
    return Typed(plain(text), plain(key), kept.media, kept.refused)


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(64 * 1024):
        yield chunk


async def _word(part: BodyPartReader) -> str:
    raw = bytearray()
    while chunk := await part.read_chunk():
        raw += chunk
        if len(raw) > MAX_WORDS:
            raise InvalidInput("desk.too_long", field="text", limit=MAX_WORDS // 4)
    return raw.decode("utf-8", "replace")
