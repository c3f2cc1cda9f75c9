"""A multipart/form-data body that is streamed: no file is ever whole in memory.

A body whose closing boundary never left cannot have been accepted by anyone; `finished` says so,
and turns a broken upload from "unknown" into "try again". `error` keeps what the source of the
bytes raised, because the HTTP client replaces it with its own.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass

from services.connectors.errors import ConnectorError, Reason, Rejected

COUNT_SECONDS = 1.0
"""How long the rest of a file over the limit is read, only to say how big it is."""


@dataclass(frozen=True, slots=True)
class FilePart:
    """One file: the form's field, what Telegram will show as its name, and how to read it."""

    field: str
    name: str
    mime: str
    max_bytes: int
    open: Callable[[], AsyncIterator[bytes]]


class Multipart:
    """An async iterable body, read once."""

    def __init__(self, fields: Mapping[str, str], files: Sequence[FilePart]) -> None:
        self._fields = fields
        self._files = files
        self._boundary = secrets.token_hex(16)
        self.finished = False
        self.error: ConnectorError | None = None

    @property
    def content_type(self) -> str:
        """Return the header that names the boundary."""
        return f"multipart/form-data; boundary={self._boundary}"

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the body; a failing source leaves it without its end."""
        yield b"".join(self._field(name, value) for name, value in self._fields.items())
        try:
            for part in self._files:
                yield self._file_head(part)
                async for chunk in _capped(part):
                    yield chunk
                yield b"\r\n"
        except ConnectorError as error:
            self.error = error
            raise
        self.finished = True
        yield f"--{self._boundary}--\r\n".encode()

    def _field(self, name: str, value: str) -> bytes:
        head = f'--{self._boundary}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n'
        return head.encode() + value.encode() + b"\r\n"

    def _file_head(self, part: FilePart) -> bytes:
        disposition = f'form-data; name="{part.field}"; filename="{_quoted(part.name)}"'
        mime = _one_line(part.mime) or "application/octet-stream"
        head = f"content-disposition: {disposition}\r\ncontent-type: {mime}\r\n\r\n"
        return f"--{self._boundary}\r\n{head}".encode()


async def _capped(part: FilePart) -> AsyncIterator[bytes]:
    size, chunks = 0, part.open()
    async for chunk in chunks:
        size += len(chunk)
        if size > part.max_bytes:
            whole = await _counted(chunks, size)
            raise Rejected("file is too big", reason=Reason.TOO_BIG, size=whole)
        yield chunk
    if size == 0:
        raise Rejected("file is empty", reason=Reason.MEDIA_GONE)


async def _counted(chunks: AsyncIterator[bytes], size: int) -> int:
    """Return the whole size, which people are told; 0 when counting would take long."""
    try:
        async with asyncio.timeout(COUNT_SECONDS):
            async for chunk in chunks:
                size += len(chunk)
    except (ConnectorError, TimeoutError):
        return 0
    return size


def _one_line(text: str) -> str:
    return "".join(char for char in text if char.isprintable())


def _quoted(name: str) -> str:
    """Return a file name that cannot end the header or its quotes (browsers' way: %22)."""
    return _one_line(name).replace("\\", "_").replace('"', "%22")
