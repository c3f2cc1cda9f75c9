"""One HTTP/1.1 answer out of the bytes of a connection. Pure: bytes in, answer or `NoAnswer` out.

Strict where framing is at stake: what cannot be framed for sure is no answer, and a connection
that said more than it was asked for is not used again.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

MAX_ANSWER = 1024 * 1024
MAX_HEAD = 64 * 1024
MAX_CHUNK_LINE = 4096
GZIP = zlib.MAX_WBITS | 16
BODILESS = frozenset({204, 304})
END = b"\r\n\r\n"
LINE = b"\r\n"


class NotSent(Exception):
    """No byte of the request reached the other side (refused, DNS, proxy, TLS)."""


class NoAnswer(Exception):
    """The request left; it timed out, was reset, or the answer was too big or broken."""


class TooLarge(NoAnswer):
    """The answer passed the cap."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers (asked for in lower case) and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Framing(Enum):
    HEAD = auto()
    LENGTH = auto()
    CHUNKED = auto()
    CLOSE = auto()
    DONE = auto()


class AnswerReader:
    """Is fed until it says the answer is whole."""

    __slots__ = ("_body", "_buffer", "_framing", "_left", "headers", "is_clean", "status")

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.is_clean = True
        """The connection can be asked again."""
        self._buffer = bytearray()
        self._body: list[bytes] = []
        self._left = 0
        self._framing = _Framing.HEAD

    def feed(self, data: bytes) -> bool:
        """Return whether the answer is whole. Raises NoAnswer, TooLarge."""
        if self._framing is _Framing.HEAD:
            data = self._take_head(data)
        match self._framing:
            case _Framing.LENGTH:
                self._take(data)
            case _Framing.CHUNKED:
                self._take_chunks(data)
            case _Framing.CLOSE:
                self._keep(data)
            case _:
                self.is_clean = self.is_clean and not data
        return self._framing is _Framing.DONE

    def feed_end(self) -> bool:
        """The other side has closed; return whether that is how the answer ends."""
        self.is_clean = False
        if self._framing is _Framing.CLOSE:
            self._framing = _Framing.DONE
        return self._framing is _Framing.DONE

    @property
    def has_begun(self) -> bool:
        """Say whether a byte of the answer has come."""
        return bool(self.status or self._buffer)

    def answer(self) -> Answer:
        """Return the whole answer. Raises NoAnswer, TooLarge."""
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        coding = self.headers.get("content-encoding", "identity").lower()
        if coding in {"gzip", "x-gzip"} and body:
            body = _unzipped(body)
        elif coding != "identity" and body:
            raise NoAnswer("unknown coding")
        return Answer(self.status, self.headers, body)

    def _take_head(self, data: bytes) -> bytes:
        if self._buffer:
            begin = max(len(self._buffer) - 3, 0)
            self._buffer += data
            if self._buffer.find(END, begin) < 0:
                return self._wait_for_head()
            data = bytes(self._buffer)
            self._buffer.clear()
        while (end := data.find(END)) >= 0:
            self._read_head(data[:end].decode("latin-1"))
            data = data[end + 4 :]
            if self.status >= 200:
                self._frame()
                return data
        self._buffer += data
        return self._wait_for_head()

    def _wait_for_head(self) -> bytes:
        if len(self._buffer) > MAX_HEAD:
            raise NoAnswer("head too long")
        return b""

    def _read_head(self, head: str) -> None:
        first, *lines = head.split("\r\n")
        version, _, rest = first.partition(" ")
        status = rest[:3]
        is_status = len(status) == 3 and status.isascii() and status.isdigit()
        if version not in {"HTTP/1.1", "HTTP/1.0"} or not is_status or rest[3:4] not in {"", " "}:
            raise NoAnswer("not HTTP/1")
        self.status = int(status)
        if self.status < 100 or self.status == 101:
            raise NoAnswer("not an answer")
        self.is_clean = version == "HTTP/1.1"
        self.headers = headers = dict[str, str]()
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon or not name or name != name.strip():
                raise NoAnswer("broken header")
            name, value = name.lower(), value.strip()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value

    def _frame(self) -> None:
        headers = self.headers
        if "close" in headers.get("connection", "").lower():
            self.is_clean = False
        coding, length = headers.get("transfer-encoding"), headers.get("content-length")
        if self.status in BODILESS:
            self._framing = _Framing.DONE
        elif coding is not None:
            if coding.lower() != "chunked":
                raise NoAnswer("unknown transfer")
            self.is_clean = self.is_clean and length is None
            self._framing, self._left = _Framing.CHUNKED, MAX_ANSWER
        elif length is not None:
            self._left = _whole(length, 10)
            if self._left > MAX_ANSWER:
                raise TooLarge("answer over 1 MiB")
            self._framing = _Framing.LENGTH if self._left else _Framing.DONE
        else:
            self._framing, self.is_clean = _Framing.CLOSE, False
            self._left = MAX_ANSWER

    def _take(self, data: bytes) -> None:
        if len(data) > self._left:
            data, self.is_clean = data[: self._left], False
        self._keep(data)
        if not self._left:
            self._framing = _Framing.DONE

    def _keep(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            raise TooLarge("answer over 1 MiB")
        if data:
            self._body.append(data)

    def _take_chunks(self, data: bytes) -> None:
        self._buffer += data
        begin = 0
        while (after := self._take_chunk(begin)) > begin:
            begin = after
        del self._buffer[:begin]

    def _take_chunk(self, begin: int) -> int:
        """Keep the chunk that starts there; return where the next one does."""
        buffer = self._buffer
        end = buffer.find(LINE, begin, begin + MAX_CHUNK_LINE)
        if end < 0:
            if len(buffer) - begin >= MAX_CHUNK_LINE:
                raise NoAnswer("broken chunk")
            return begin
        words = bytes(buffer[begin:end]).partition(b";")[0]
        size = _whole(words.strip().decode("latin-1"), 16)
        after = end + 2 + size
        if size > self._left:
            raise TooLarge("answer over 1 MiB")
        if len(buffer) < after + 2:
            return begin
        if not size:
            # Nobody asked for trailers: what follows ends the use of the connection.
            self.is_clean = self.is_clean and buffer[after:] == LINE
            self._framing = _Framing.DONE
            return len(buffer)
        if buffer[after : after + 2] != LINE:
            raise NoAnswer("broken chunk")
        self._keep(bytes(buffer[end + 2 : after]))
        return after + 2


def _whole(text: str, base: int) -> int:
    digits = "0123456789abcdefABCDEF" if base == 16 else "0123456789"
    if not 0 < len(text) <= 16 or text.strip(digits):
        raise NoAnswer("broken length")
    return int(text, base)


def _unzipped(body: bytes) -> bytes:
    unzip = zlib.decompressobj(GZIP)
    try:
        plain = unzip.decompress(body, MAX_ANSWER + 1)
    except zlib.error:
        raise NoAnswer("broken gzip") from None
    if len(plain) > MAX_ANSWER:
        raise TooLarge("answer over 1 MiB")
    if not unzip.eof or unzip.unused_data:
        raise NoAnswer("broken gzip")
    return plain
