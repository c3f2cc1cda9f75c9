"""Recognising in a chat what an unknown call may have done."""

import unicodedata

import pytest

from services.connectors.messages import (
    Address,
    Media,
    MediaKind,
    Message,
    OutboundMessage,
    Sender,
    Text,
)
from services.kit.http import Answer as HttpAnswer
from services.providers.avito.history import same
from tests.services.providers.avito.conftest import FixedClock

TO = Address(chat_id="u2i-A~b_1")
BASE = "https://api.avito.ru/messenger"
OK = HttpAnswer(200, {}, b'{"id":"m1","created":1790000020}')
UPLOADED = HttpAnswer(200, {}, b'{"12345.abc":{"32x32":"https://x"}}')


def text(value: str) -> OutboundMessage:
    return OutboundMessage(to=TO, text=Text(text=value))


def picture(**more) -> OutboundMessage:
    return OutboundMessage(to=TO, media=(Media(kind=MediaKind.IMAGE, ref="r"),), **more)


def own(value: str = "", *, media: tuple[Media, ...] = (), is_own: bool = True) -> Message:
    return Message(
        external_id="m1",
        chat_id=TO.chat_id,
        sender=Sender(external_id="1", own=is_own),
        at=FixedClock().now(),
        text=Text(text=value),
        media=media,
    )


@pytest.mark.parametrize(
    ("left", "found", "is_same"),
    [
        ("Да", "Да", True),
        (" Да \r\nнет ", "Да\nнет", True),
        ("Да", "да", False),
        ("Да", "Да, приезжайте", False),
        ("e\u0301", unicodedata.normalize("NFC", "e\u0301"), False),  # Avito keeps code points
    ],
)
def test_text_is_recognised(left, found, is_same):
    assert same(text(left), own(found)) is is_same


def test_buyers_words_are_never_ours():
    assert not same(text("Да"), own("Да", is_own=False))


def test_picture_is_recognised_by_being_one():
    assert same(picture(), own(media=(Media(kind=MediaKind.IMAGE),)))
    assert not same(picture(), own("Да"))


def test_another_chat_is_another_message():
    elsewhere = OutboundMessage(to=Address(chat_id="u2i-other"), text=Text(text="Да"))

    assert not same(elsewhere, own("Да"))
