"""What may leave and in which shape; what Avito cannot carry never leaves."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.connectors.errors import Rejected, Unsupported
from services.connectors.messages import (
    Address,
    Answer,
    Block,
    Button,
    Delete,
    Edit,
    MarkRead,
    Media,
    MediaKind,
    Native,
    OutboundMessage,
    Pin,
    React,
    Text,
    TopicCreate,
    TopicEdit,
    Typing,
)
from services.kit.http import Answer as HttpAnswer
from services.providers.avito.outbound import text_call
from tests.services.providers.avito.conftest import PNG, Bytes, make_account

TO = Address(chat_id="u2i-A~b_1")
BASE = "https://api.avito.ru/messenger"
OK = HttpAnswer(200, {}, b'{"id":"m1","created":1790000020}')
UPLOADED = HttpAnswer(200, {}, b'{"12345.abc":{"32x32":"https://x"}}')
NAUGHTY = [
    "Ω≈ç√∫˜µ", "田中さん", "👩‍👩‍👧‍👦", "\u202etxet", "a\u0300" * 20, "<script>alert(1)</script>",
    "'; DROP TABLE x;--", "{{7*7}}", "%s%d%n", "\ufeffBOM", "x\u0000y", "\ud800", "\u200b", "null",
    '{"type":"text"}', "../../etc/passwd", "line\r\nline\u2028line",
]  # fmt: skip


def text(value: str) -> OutboundMessage:
    return OutboundMessage(to=TO, text=Text(text=value))


def picture(**more) -> OutboundMessage:
    return OutboundMessage(to=TO, media=(Media(kind=MediaKind.IMAGE, ref="r"),), **more)


async def test_text_is_posted_to_its_chat(avito, http, account):
    http.script = [OK]

    sent = await avito.send(account, text("Да, приезжайте"), Bytes(b""))

    [asked] = http.asked
    assert (asked.method, asked.url) == (
        "POST",
        f"{BASE}/v1/accounts/77001122/chats/u2i-A~b_1/messages",
    )
    assert json.loads(asked.body) == {"type": "text", "message": {"text": "Да, приезжайте"}}
    assert asked.headers["Authorization"] == "Bearer access-1"
    assert (sent.external_id, sent.parts) == ("m1", ("m1",))
    assert sent.at is not None


@pytest.mark.parametrize("value", NAUGHTY)
async def test_naughty_text_leaves_as_it_is(avito, http, account, value):
    http.script = [OK]

    if not value.strip():
        pytest.fail("the list holds no blanks")
    await avito.send(account, text(value), Bytes(b""))

    left = json.loads(http.asked[0].body)["message"]["text"]
    assert left == value.replace("\x00", "\ufffd").replace("\ud800", "?")


@given(st.text(min_size=1, max_size=1000))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_any_text_of_the_right_length_is_one_call(value):
    try:
        call = text_call(make_account(), text(value))
    except Unsupported:
        assert not value.strip()
        return
    assert json.loads(call.body)["message"]["text"] == value.replace("\x00", "\ufffd")
    assert call.once


async def test_length_is_counted_in_characters(avito, http, account):
    http.script = [OK]

    await avito.send(account, text("ё" * 1000), Bytes(b""))
    with pytest.raises(Unsupported):
        await avito.send(account, text("ё" * 1001), Bytes(b""))

    assert len(http.asked) == 1


@pytest.mark.parametrize(
    "action",
    [
        text(""),
        text(" \n "),
        text("x" * 1001),
        picture(text=Text(text="подпись")),
        OutboundMessage(to=TO, media=(Media(kind=MediaKind.IMAGE), Media(kind=MediaKind.IMAGE))),
        OutboundMessage(to=TO, text=Text(text="?"), buttons=((Button(text="да", callback="y"),),)),
        *(
            OutboundMessage(to=TO, media=(Media(kind=kind),))
            for kind in MediaKind
            if kind is not MediaKind.IMAGE
        ),
        Edit(to=TO, external_id="m", text=Text(text="x")),
        React(to=TO, external_id="m", emoji="👍"),
        Pin(to=TO, external_id="m"),
        TopicCreate(to=TO, name="x"),
        TopicEdit(to=TO, name="x"),
        Typing(to=TO),
        Answer(callback_id="c"),
        Native(to=TO, method="m"),
    ],
    ids=repr,
)
async def test_what_avito_cannot_carry_never_leaves(avito, http, account, action):
    with pytest.raises(Unsupported):
        await avito.send(account, action, Bytes(PNG))

    assert http.asked == []


async def test_own_message_is_deleted_by_post(avito, http, account):
    http.script = [HttpAnswer(200, {}, b"{}")]

    await avito.send(account, Delete(to=TO, external_id="m7"), Bytes(b""))

    assert http.asked[0].method == "POST"
    assert http.asked[0].url.endswith("/v1/accounts/77001122/chats/u2i-A~b_1/messages/m7")


async def test_chat_is_marked_read(avito, http, account):
    http.script = [HttpAnswer(200, {}, b'{"ok":true}')]

    await avito.send(account, MarkRead(to=TO), Bytes(b""))

    assert http.asked[0].url.endswith("/chats/u2i-A~b_1/read")


@pytest.mark.parametrize(
    ("reason", "number"), [("spam", 1), ("fraud", 2), ("abuse", 3), ("other", 4), ("whatever", 4)]
)
async def test_block_names_person_listing_and_reason(avito, http, account, reason, number):
    http.script = [HttpAnswer(200, {}, b"{}")]

    action = Block(to=TO, user_id="88003344", subject_id="22", reason=reason)
    await avito.send(account, action, Bytes(b""))

    assert http.asked[0].url == f"{BASE}/v2/accounts/77001122/blacklist"
    person = {"user_id": 88003344, "context": {"item_id": 22, "reason_id": number}}
    assert json.loads(http.asked[0].body) == {"users": [person]}


@pytest.mark.parametrize("chat_id", ["", ".", ".."])
async def test_id_that_a_url_would_swallow_never_leaves(avito, http, account, chat_id):
    with pytest.raises(Rejected):
        await avito.send(
            account, OutboundMessage(to=Address(chat_id=chat_id), text=Text(text="x")), Bytes(b"")
        )

    assert http.asked == []


async def test_id_stays_one_segment(avito, http, account):
    http.script = [OK]

    to = Address(chat_id="../x?y=1#z")
    await avito.send(account, OutboundMessage(to=to, text=Text(text="x")), Bytes(b""))

    assert http.asked[0].url.endswith("/chats/..%2Fx%3Fy%3D1%23z/messages")


def test_a_picture_costs_two_calls(avito):
    assert len(avito.costs(text("x"))) == 1
    assert [cost.bucket for cost in avito.costs(picture())] == ["", ""]
    assert avito.costs(text("x"))[0].rate.count == 60
