"""Voice messages between containers: Opus in MP4 and Opus in OGG are the same sound in another
box.

Nothing is decoded or encoded again, so it costs milliseconds and loses nothing. PyAV is not
asynchronous: the work runs in a thread. A voice is short, so it is held in memory up to
`max_bytes`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from enum import StrEnum
from io import BytesIO

import av

MAX_VOICE = 20 * 1024 * 1024


class VoiceContainer(StrEnum):
    """The box a voice travels in; the value is FFmpeg's name of it."""

    OGG = "ogg"
    MP4 = "mp4"


class NotOpus(Exception):
    """There is no Opus sound in these bytes: another codec, no sound, or no media at all."""


def is_ogg(mime: str) -> bool:
    """Say whether the type is already what voice players of the OGG world want."""
    return mime.partition(";")[0].strip().lower() in {"audio/ogg", "audio/opus"}


def remux_opus(content: bytes, container: VoiceContainer) -> bytes:
    """Return the first sound of `content`, packets untouched, in `container`. Raises NotOpus."""
    out = BytesIO()
    try:
        with (
            av.open(BytesIO(content), "r") as source,
            av.open(out, "w", format=container.value) as target,
        ):
            if not _is_opus(source):
                raise NotOpus
            _copy(source, target)
    except (av.FFmpegError, ValueError) as error:
        raise NotOpus(type(error).__name__) from error
    return out.getvalue()


def _is_opus(source: av.container.InputContainer) -> bool:
    # A cut file has a sound stream without a codec, whatever the library's types say.
    streams = source.streams.audio
    return bool(streams) and getattr(streams[0].codec_context, "name", "") == "opus"


def _copy(source: av.container.InputContainer, target: av.container.OutputContainer) -> None:
    sound = source.streams.audio[0]
    copy = target.add_stream_from_template(sound)
    for packet in source.demux(sound):
        if packet.dts is not None:  # the last one only says that the stream is over
            packet.stream = copy
            target.mux(packet)


async def remux_stream(
    chunks: AsyncIterator[bytes], container: VoiceContainer, *, max_bytes: int = MAX_VOICE
) -> bytes:
    """Collect and remux in a thread. Raises NotOpus, OverflowError when it is longer than
    `max_bytes`.
    """
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > max_bytes:
            raise OverflowError("voice over the limit")
    return await asyncio.to_thread(remux_opus, bytes(content), container)
