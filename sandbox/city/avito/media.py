"""Pictures and voice notes of the fake Avito: real bytes, each unlike any other.

Uniqueness is what lets the judge recognise a picture again after it crossed the product.
"""

from __future__ import annotations

import hashlib
import io
import math
import random
import struct
import zlib
from array import array
from functools import cache

import av
import av.audio.frame

SIZES = ("1280x960", "640x480", "140x105", "32x32")
_RATE = 48_000


class Media:
    """Everything that has an address. What was really served is remembered by digest."""

    def __init__(self, rng: random.Random) -> None:
        """No media yet."""
        self._rng = rng
        self.images: dict[str, bytes | None] = {}  # None: drawn when asked for
        self.voices: dict[str, bytes] = {}
        self._drawn: dict[tuple[str, str], bytes] = {}
        self._digests: dict[str, set[str]] = {}

    def add_image(self, data: bytes | None = None) -> str:
        """Keep a picture, or promise one; its id looks like Avito's."""
        image_id = f"{self._rng.randrange(10_000, 99_999)}.{self._rng.getrandbits(80):020x}"
        self.images[image_id] = data
        return image_id

    def add_voice(self) -> str:
        """A new voice note: a short tone in Opus."""
        voice_id = f"{self._rng.getrandbits(128):032x}"
        self.voices[voice_id] = _tone() + _free_box(voice_id)
        return voice_id

    def image(self, image_id: str, size: str) -> bytes | None:
        """Bytes of one size; None where there is no such picture."""
        if image_id not in self.images or size not in SIZES:
            return None
        data = self.images[image_id]
        if data is None:
            key = (image_id, size)
            if key not in self._drawn:
                self._drawn[key] = draw(size, image_id)
            data = self._drawn[key]
        self._remember(image_id, data)
        return data

    def voice(self, voice_id: str) -> bytes | None:
        """Bytes of a voice note."""
        data = self.voices.get(voice_id)
        if data is not None:
            self._remember(voice_id, data)
        return data

    def digests(self, media_id: str) -> set[str]:
        """Digests of everything served under this id."""
        return self._digests.get(media_id, set())

    def _remember(self, media_id: str, data: bytes) -> None:
        self._digests.setdefault(media_id, set()).add(hashlib.sha256(data).hexdigest())


def draw(size: str, seed: str) -> bytes:
    """A PNG with two soft bands of a colour that comes of `seed`, and `seed` inside."""
    width, height = map(int, size.split("x"))
    shade = hashlib.sha256(seed.encode()).digest()
    colour = bytes(90 + byte % 120 for byte in shade[:3])
    darker = bytes(byte * 3 // 4 for byte in colour)
    rows = (b"\0" + (colour if row < height * 2 // 3 else darker) * width for row in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"".join((
        b"\x89PNG\r\n\x1a\n", _chunk(b"IHDR", head), _chunk(b"tEXt", b"id\0" + seed.encode()),
        _chunk(b"IDAT", zlib.compress(b"".join(rows), 1)), _chunk(b"IEND", b""),
    ))  # fmt: skip


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _free_box(text: str) -> bytes:
    # Players skip `free` boxes; it only makes the bytes differ.
    return struct.pack(">I", 8 + len(text)) + b"free" + text.encode()


@cache
def _tone(seconds: float = 1.5, hertz: float = 330.0) -> bytes:
    """Opus in MP4, made once."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as container:
        stream = container.add_stream("libopus", rate=_RATE, layout="mono")
        step = 960
        for start in range(0, int(seconds * _RATE), step):
            samples = array(
                "h",
                (
                    int(9000 * math.sin(2 * math.pi * hertz * (start + n) / _RATE))
                    for n in range(step)
                ),
            )
            frame = av.audio.frame.AudioFrame(format="s16", layout="mono", samples=step)
            frame.planes[0].update(samples.tobytes())
            frame.sample_rate = _RATE
            frame.pts = start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()
