"""Content tells its type, names do not."""

import pytest

from services.kit.mime import UNKNOWN, sniff


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8", "image/webp"),
        (b"RIFF\0\0\0\0WAVE", "audio/wav"),
        (b"RIFF", UNKNOWN),
        (b"OggS\0", "audio/ogg"),
        (b"\0\0\0\x1cftypisom", "video/mp4"),
        (b"\0\0\0\x1cftypM4A ", "audio/mp4"),
        (b"%PDF-1.7", "application/pdf"),
        (b"<svg", UNKNOWN),
        (b"<html", UNKNOWN),
        (b"", UNKNOWN),
    ],
)
def test_content_tells_its_type(head, mime):
    assert sniff(head) == mime
