"""Words and a file of a form, read as they stream in: the file is kept before the words go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from aiohttp import BodyPartReader, web

from services.connectors.messages import Media
from services.desk.uploads import Uploads
from services.kit.errors import InvalidInput

MULTIPART = "multipart/form-data"
MAX_WORDS = 64 * 1024
PARSED = "X-CSRF-Token"
"""With it (or a bearer) nobody has read the body before us; without, the form's own word was
looked for and the whole small body is in memory already.
"""


@dataclass(frozen=True, slots=True)
class Typed:
    """What came."""

    text: str = ""
    key: str = ""
    media: tuple[Media, ...] = ()


async def typed(request: web.Request, uploads: Uploads, tenant_id: UUID, provider: str) -> Typed:
    """Return the form. Raises InvalidInput (file, text)."""
    streams = PARSED in request.headers or "Authorization" in request.headers
    if request.content_type != MULTIPART or not streams:
        return await _posted(request, uploads, tenant_id, provider)
    words: dict[str, str] = {}
    media: list[Media] = []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise InvalidInput("error.invalid_input", field="file")
        if part.name == "file" and part.filename and not media:
            stream = _chunks(part)
            media.append(await uploads.keep(tenant_id, provider, stream, part.filename))
        else:
            words[part.name or ""] = await _word(part)
    return _clean(Typed(words.get("text", ""), words.get("key", ""), tuple(media)))


async def _posted(request: web.Request, uploads: Uploads, tenant_id: UUID, provider: str) -> Typed:
    form = await request.post()
    found = form.get("file")
    media: tuple[Media, ...] = ()
    if isinstance(found, web.FileField) and found.filename:
        content = found.file.read()

        async def once() -> AsyncIterator[bytes]:
            yield content

        media = (await uploads.keep(tenant_id, provider, once(), found.filename),)
    return _clean(Typed(str(form.get("text", "")), str(form.get("key", "")), media))


def _clean(form: Typed) -> Typed:
    """Refuse what no text may hold (the database cannot keep it)."""
    if "\0" in form.text or "\0" in form.key:
        raise InvalidInput("error.invalid_input", field="text")
    return form


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
