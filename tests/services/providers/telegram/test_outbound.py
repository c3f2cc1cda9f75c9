"""Actions become calls, or are refused in words: whatever they hold."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.connectors.errors import Reason, Rejected, Unsupported
from services.connectors.messages import (
    Address,
    Button,
    Edit,
    Entity,
    Media,
    MediaKind,
    OutboundMessage,
    Text,
)
from services.providers.telegram import outbound
from services.providers.telegram.capabilities import CAPABILITIES

BOT = "4200001"
TO = Address(chat_id="-1001", thread_id="7")


def message(**more: Any) -> outbound.Call:
    return outbound.message(OutboundMessage(to=TO, **more), BOT)


def picture(**more: Any) -> Media:
    return Media(kind=MediaKind.IMAGE, **more)


def test_text_at_the_limit_fits_and_one_more_does_not():
    assert message(text=Text(text="я" * 4096)).method == "sendMessage"
    with pytest.raises(Rejected) as caught:
        message(text=Text(text="я" * 4097))
    assert caught.value.reason is Reason.TOO_BIG


def test_caption_has_its_own_limit():
    assert message(text=Text(text="я" * 1024), media=(picture(ref="tg:A"),))
    with pytest.raises(Rejected):
        message(text=Text(text="я" * 1025), media=(picture(ref="tg:A"),))


def test_caption_entities_go_with_the_caption():
    text = Text(text="🍒x", entities=(Entity(kind="bold", offset=1, length=1),))

    params = message(text=text, media=(picture(ref="tg:A"),)).params

    assert params["caption_entities"] == [{"type": "bold", "offset": 2, "length": 1}]


def test_location_is_a_point_and_takes_no_text():
    place = Media(kind=MediaKind.LOCATION, latitude=55.75, longitude=37.6)

    assert message(media=(place,)).params["latitude"] == 55.75
    with pytest.raises(Unsupported):
        message(media=(place,), text=Text(text="x"))
    with pytest.raises(Rejected):
        message(media=(Media(kind=MediaKind.LOCATION),))


@pytest.mark.parametrize("reason", ["too_big", "empty"])
def test_placeholder_cannot_be_sent(reason):
    with pytest.raises(Rejected) as caught:
        message(media=(picture(unavailable=reason),))
    expected = Reason.TOO_BIG if reason == "too_big" else Reason.MEDIA_GONE
    assert caught.value.reason is expected


@pytest.mark.parametrize(
    "media",
    [
        (picture(),) * 11,
        (picture(), Media(kind=MediaKind.VOICE)),
        (picture(), Media(kind=MediaKind.STICKER)),
        (Media(kind=MediaKind.CONTACT),),
        (Media(kind=MediaKind.POLL),),
        (Media(kind=MediaKind.ITEM),),
    ],
)
def test_what_no_message_can_hold_is_unsupported(media):
    with pytest.raises(Unsupported):
        message(media=media)


def test_album_takes_no_buttons():
    with pytest.raises(Unsupported):
        message(media=(picture(), picture()), buttons=((Button(text="x", callback="y"),),))


def test_files_of_an_album_carry_the_caption_on_the_last():
    media = (Media(kind=MediaKind.FILE, ref="tg:A"), Media(kind=MediaKind.FILE, ref="tg:B"))

    items = message(media=media, text=Text(text="оба")).params["media"]

    assert "caption" not in items[0]
    assert items[1]["caption"] == "оба"


ONE = Button(text="x", callback="y")


@pytest.mark.parametrize(
    "buttons",
    [
        ((ONE,),) * 101,
        ((ONE,) * 9,),
        ((Button(text=" ", callback="y"),),),
        ((Button(text="x", callback="y", url="https://e.example"),),),
    ],
)
def test_buttons_telegram_would_refuse_never_leave(buttons):
    with pytest.raises(Rejected):
        message(text=Text(text="x"), buttons=buttons)


def test_as_many_buttons_as_telegram_takes_leave():
    call = message(text=Text(text="x"), buttons=((ONE,) * 8,) * 12)

    assert sum(map(len, call.params["reply_markup"]["inline_keyboard"])) == 96


@pytest.mark.parametrize("callback", ["", "x" * 65, "я" * 33])
def test_callback_is_1_to_64_bytes(callback):
    with pytest.raises(Rejected):
        message(text=Text(text="x"), buttons=((Button(text="x", callback=callback),),))


def test_web_app_and_url_buttons_keep_their_kind():
    row = (Button(text="a", url="https://e.com"), Button(text="b", web_app="https://e.com/app"))

    keyboard = message(text=Text(text="x"), buttons=(row,)).params["reply_markup"]

    assert keyboard["inline_keyboard"] == [
        [
            {"text": "a", "url": "https://e.com"},
            {"text": "b", "web_app": {"url": "https://e.com/app"}},
        ]
    ]


def test_edit_without_buttons_takes_them_away():
    edit = Edit(to=TO, external_id="5", text=Text(text="x"))

    assert outbound.edit(edit).params["reply_markup"] == {"inline_keyboard": []}


def test_address_of_nowhere_is_refused():
    with pytest.raises(Rejected) as caught:
        outbound.message(OutboundMessage(to=Address(), text=Text(text="x")), BOT)
    assert caught.value.reason is Reason.CHAT_NOT_FOUND


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
IDS = st.sampled_from(["", "1", "-100", "@name", "x", "²", "9" * 30, "1.5"]) | WORDS
ENTITIES = st.builds(
    Entity,
    kind=st.sampled_from(["bold", "link", "mention", ""]),
    offset=st.integers(-3, 30),
    length=st.integers(-3, 30),
    url=st.sampled_from(["", "https://e.com"]),
)
TEXTS = st.builds(Text, text=WORDS, entities=st.tuples(ENTITIES) | st.just(()))
MEDIA = st.builds(
    Media,
    kind=st.sampled_from(MediaKind),
    ref=st.sampled_from(["", "tg:A", f"tg:{BOT}:B", "tg:9:C", "tg:", "https://e.com/x"]),
    size=st.sampled_from([0, 5, 10**9]),
    latitude=st.none() | st.floats(),
    longitude=st.none() | st.floats(),
    unavailable=st.sampled_from(["", "too_big"]),
)
MESSAGES = st.builds(
    OutboundMessage,
    to=st.builds(Address, chat_id=IDS, thread_id=IDS),
    text=TEXTS,
    media=st.lists(MEDIA, max_size=11).map(tuple),
    buttons=st.just(()) | st.tuples(st.tuples(st.builds(Button, text=WORDS, callback=WORDS))),
    reply_to=IDS,
)


@given(MESSAGES)
def test_any_message_is_a_call_or_is_rejected(action):
    try:
        call = outbound.message(action, BOT)
    except Rejected:
        return
    assert call.method.startswith("send")
    assert len(call.files) <= CAPABILITIES.max_album
    orjson.dumps(call.params)
