"""What a file really is, by its first bytes.

A name or a header of the sender is a claim, this is not.
"""

from __future__ import annotations

from collections.abc import Sequence

HEAD_BYTES = 32
UNKNOWN = "application/octet-stream"

_STARTS: Sequence[tuple[bytes, str]] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heic",
    b"avif": "image/avif",
    b"M4A ": "audio/mp4",
    b"qt  ": "video/quicktime",
}


def sniff(head: bytes) -> str:
    """Return the MIME type of content that begins so."""
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], UNKNOWN)
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    return next((mime for start, mime in _STARTS if head.startswith(start)), UNKNOWN)


TEXT = "text/plain"
_BINARY = frozenset(range(9)) | frozenset(range(14, 32))


def kept_type(head: bytes) -> str | None:
    """Return the type under which content that begins so may be handed on by a link; None for
    what could run or be shown as a page: programs, scripts, HTML, SVG, anything unknown.
    """
    found = sniff(head)
    if found != UNKNOWN:
        return found
    return TEXT if _is_plain(head[:1024]) else None


def _is_plain(head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start or start.startswith((b"<", b"#!")) or _BINARY & set(head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3  # a letter cut at the end
    return True
