"""Voices change boxes, not sound. The test makes its own with the same library."""

import math
import struct
from io import BytesIO

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit.media import NotOpus, VoiceContainer, is_ogg, remux_opus, remux_stream

RATE = 48_000


def voice(container: str, codec: str = "libopus", seconds: float = 1.0) -> bytes:
    out = BytesIO()
    with av.open(out, "w", format=container) as target:
        stream = target.add_stream(codec, rate=RATE, layout="mono")
        for start in range(0, int(RATE * seconds), 960):
            frame = av.AudioFrame(format="s16", layout="mono", samples=960)
            wave = [int(8000 * math.sin((start + n) / 20)) for n in range(960)]
            frame.planes[0].update(struct.pack("<960h", *wave))
            frame.sample_rate = RATE
            frame.pts = start
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return out.getvalue()


def packets(content: bytes) -> list[bytes]:
    with av.open(BytesIO(content)) as source:
        sound = source.streams.audio[0]
        return [bytes(packet) for packet in source.demux(sound) if packet.dts is not None]


@pytest.mark.parametrize(
    ("theirs", "ours", "magic"),
    [("mp4", VoiceContainer.OGG, b"OggS"), ("ogg", VoiceContainer.MP4, b"ftyp")],
)
def test_opus_moves_to_the_other_box_packet_by_packet(theirs, ours, magic):
    original = voice(theirs)

    moved = remux_opus(original, ours)

    assert magic in moved[:12]
    assert packets(moved) == packets(original)


def test_there_and_back_is_the_same_sound():
    original = voice("ogg")

    there = remux_opus(original, VoiceContainer.MP4)

    assert packets(remux_opus(there, VoiceContainer.OGG)) == packets(original)


def test_other_codecs_are_told_apart():
    with pytest.raises(NotOpus):
        remux_opus(voice("mp4", "aac"), VoiceContainer.OGG)


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_any_bytes_are_remuxed_or_not_opus(content):
    with pytest.raises(NotOpus):
        remux_opus(content, VoiceContainer.OGG)


def test_cut_voice_never_raises_anything_else():
    original = voice("mp4")
    for length in range(0, len(original), 97):
        try:
            remux_opus(original[:length], VoiceContainer.OGG)
        except NotOpus:
            continue


async def chunks(content: bytes):
    for start in range(0, len(content), 1000):
        yield content[start : start + 1000]


async def test_stream_is_collected_and_remuxed_in_a_thread():
    original = voice("mp4")

    assert packets(await remux_stream(chunks(original), VoiceContainer.OGG)) == packets(original)


async def test_stream_over_the_limit_overflows():
    with pytest.raises(OverflowError):
        await remux_stream(chunks(bytes(5000)), VoiceContainer.OGG, max_bytes=4999)


def test_ogg_is_known_by_its_type():
    assert is_ogg("audio/ogg; codecs=opus")
    assert not is_ogg("audio/mp4")
    assert not is_ogg("")
