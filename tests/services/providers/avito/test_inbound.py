"""Shapes of Avito's events, as documented and observed."""

import copy
import json
from pathlib import Path

import msgspec
import pytest

from services.connectors.base import HookRequest, Opened, RawEvent
from services.connectors.errors import Forged, Unreadable
from services.connectors.messages import Deleted, Ignored, MediaKind, Message, Receipt
from services.providers.avito.hook import open_hook
from services.providers.avito.inbound import read_event
from services.providers.avito.wire import PULL, PullHead, with_head
from tests.services.providers.avito.conftest import ACCOUNT_ID, BUYER_ID, make_account

FOLDER = Path(__file__).parent / "fixtures"
HOOKS = json.loads((FOLDER / "hooks.json").read_text())
LISTED = json.loads((FOLDER / "list_messages.json").read_text())
ACCOUNT = make_account()
CHAT = "u2i-Hz~3Kq_0000000000000A"


def opened(body: object, headers: dict[str, str] | None = None) -> Opened:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return open_hook(ACCOUNT, HookRequest("POST", "https://x.test/h", headers or {}, raw))


def parsed(name: str) -> list:
    return list(read_event(ACCOUNT, opened(HOOKS[name]).events[0]))


def message(name: str) -> Message:
    first = parsed(name)[0]
    assert isinstance(first, Message)
    return first


def pulled(name: str, kind: str = "message") -> RawEvent:
    head = msgspec.json.encode(PullHead(CHAT, str(ACCOUNT_ID), kind))
    return RawEvent("key", CHAT, with_head(PULL, head, json.dumps(LISTED[name]).encode()))


@pytest.mark.parametrize("name", HOOKS)
def test_every_shape_is_one_event_in_its_chats_lane(name):
    [event] = opened(HOOKS[name]).events

    value = HOOKS[name]["payload"]["value"]
    assert event.lane == value["chat_id"]
    assert value["id"] in event.key or name == "other_payload_type"
    assert read_event(ACCOUNT, event) == read_event(ACCOUNT, event)


def test_key_is_the_message_id():
    [event] = opened(HOOKS["text"]).events

    assert event.key == f"{1:032x}"
    assert event.at is not None
    assert event.at.timestamp() == 1790000001


def test_deletion_has_a_key_of_its_own():
    [event] = opened(HOOKS["deleted"]).events

    assert event.key == f"{25:032x}:deleted"
    assert parsed("deleted") == [Deleted(external_id=f"{25:032x}", chat_id=CHAT, at=event.at)]


def test_body_is_kept_byte_for_byte():
    raw = json.dumps(HOOKS["text"], indent=3).encode()

    assert opened(raw).events[0].body == raw


def test_signature_is_kept_beside_the_exact_body_and_decides_nothing():
    raw = json.dumps(HOOKS["text"]).encode()
    headers = {"x-avito-messenger-signature": "ab" * 32}

    [event] = opened(raw, headers).events

    head, _, body = event.body.partition(b"\n")
    assert head == b"x-avito-messenger-signature: " + b"ab" * 32
    assert body == raw
    assert read_event(ACCOUNT, event) == parsed("text")
    assert event.key == opened(raw).events[0].key


@pytest.mark.parametrize("signature", ["", "line\nbreak", "ы", "x" * 300])
def test_impossible_signature_is_left_out(signature):
    raw = json.dumps(HOOKS["text"]).encode()

    assert opened(raw, {"x-avito-messenger-signature": signature}).events[0].body == raw


@pytest.mark.parametrize("body", [b"{}", b" {} \n", b"", b"{ }"])
def test_probe_is_answered_and_stores_nothing(body):
    answer = opened(body)

    assert answer.events == ()
    assert answer.reply.status == 200


def test_event_of_another_account_is_forged():
    foreign = copy.deepcopy(HOOKS["text"])
    foreign["payload"]["value"]["user_id"] = 5

    with pytest.raises(Forged):
        opened(foreign)


def test_broken_event_of_another_account_is_forged_too():
    foreign = {"payload": {"type": "message", "value": {"user_id": 5}}, "id": 1}

    with pytest.raises(Forged):
        opened(foreign)


@pytest.mark.parametrize(
    "body",
    [b"not json", b"[]", b'"text"', b"\xff\xfe", b"[" * 5000, b'{"payload": 5}', b'{"id": 1}',
     b"x-vishenka-pull: {}\n{}", b'{"payload": {"value": {"user_id": 77001122}}}', b"null"],
)  # fmt: skip
def test_unreadable_body_becomes_one_event_that_parses_as_unreadable(body):
    [event] = opened(body).events

    assert event.key.startswith("hash:")
    assert event.key == opened(body).events[0].key
    with pytest.raises(Unreadable):
        read_event(ACCOUNT, event)


def test_body_that_imitates_a_pulled_event_is_not_read_as_one():
    body = pulled("text").body

    [event] = opened(body).events

    with pytest.raises(Unreadable):
        read_event(ACCOUNT, event)


def test_text_of_a_buyer():
    got = message("text")

    assert got.text.text == "Добрый вечер! Торг будет?"
    assert (got.sender.own, got.sender.automatic, got.system) == (False, False, False)
    assert got.sender.external_id == str(BUYER_ID)
    assert got.subject is not None
    assert got.subject.external_id == "2200113344"


def test_own_message_is_told_by_its_author():
    assert message("text_own").sender.own


def test_profile_chat_has_no_subject():
    assert message("text_profile_chat").subject is None


def test_largest_picture_is_chosen_by_area():
    [picture] = message("image").media
    [tall] = message("image_tall").media

    assert picture.ref.endswith("/1280x960/x.jpg")
    assert tall.ref.endswith("/b.jpg")


def test_voice_is_named_by_its_id():
    [voice] = message("voice").media

    assert (voice.kind, voice.ref, voice.unavailable) == (MediaKind.VOICE, "d0c1a2b3c4", "")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("image_without_sizes", MediaKind.IMAGE),
        ("voice_empty", MediaKind.VOICE),
        ("app_call", MediaKind.CALL),
        ("file", MediaKind.FILE),
        ("video", MediaKind.VIDEO),
        ("unknown_type", MediaKind.OTHER),
        ("location_without_point", MediaKind.LOCATION),
    ],
)
def test_what_avito_sends_empty_is_a_placeholder(name, kind):
    [media] = message(name).media

    assert (media.kind, media.unavailable) == (kind, "empty")


def test_unknown_type_with_text_shows_the_text():
    assert message("unknown_type_with_text").text.text == "Какой цвет?"


def test_place_has_coordinates_and_words():
    [place] = message("location").media

    assert (place.latitude, place.longitude) == (59.93863, 30.31413)
    assert place.title == "Невский проспект, 1"


def test_card_of_a_listing_shows_title_price_and_link():
    [card] = message("item").media

    assert card.title == "Велосипед городской · 18 500 ₽"
    assert card.url.startswith("https://www.avito.ru/")


def test_missed_call_is_a_call():
    [call] = message("call_missed").media

    assert (call.kind, call.title) == (MediaKind.CALL, "missed")


@pytest.mark.parametrize("name", ["system_flow", "system_own_flow"])
def test_robot_of_avito_is_automatic(name):
    got = message(name)

    assert got.system
    assert got.sender.automatic


def test_quote_is_a_reply():
    assert message("quote").reply_to == f"{1:032x}"


def test_own_message_that_was_read_brings_its_receipt():
    got, receipt = parsed("own_already_read")

    assert isinstance(receipt, Receipt)
    assert receipt.external_id == got.external_id
    assert receipt.at.timestamp() == 1790000400


def test_payload_of_another_type_is_ignored():
    assert parsed("other_payload_type") == [Ignored(kind="chat_state")]


def test_nul_in_a_text_does_not_reach_the_database():
    hook = copy.deepcopy(HOOKS["text"])
    hook["payload"]["value"]["content"]["text"] = "a\x00b"

    [got] = read_event(ACCOUNT, opened(hook).events[0])

    assert isinstance(got, Message)
    assert got.text.text == "a\ufffdb"


def test_half_a_surrogate_does_not_cost_the_message():
    body = json.dumps(HOOKS["text"]).encode().replace(b'"text": "', b'"text": "\\ud83d ', 1)
    [event] = opened(body).events

    [got] = read_event(ACCOUNT, event)

    assert event.key == f"{1:032x}"
    assert isinstance(got, Message)
    assert got.text.text.startswith("? ")


@pytest.mark.parametrize("name", LISTED)
def test_message_of_the_list_reads_like_a_webhook(name):
    kind = "deleted" if name == "deleted" else "message"

    [got] = read_event(ACCOUNT, pulled(name, kind))

    assert isinstance(got, Deleted if name == "deleted" else Message)
    assert got.chat_id == CHAT


def test_webhook_and_list_give_the_same_message():
    [by_list] = read_event(ACCOUNT, pulled("text"))
    by_hook = message("text")

    assert isinstance(by_list, Message)
    assert msgspec.structs.replace(by_hook, subject=None) == by_list


def test_pulled_reading_is_a_receipt():
    [receipt] = read_event(ACCOUNT, pulled("text_own_read", "read"))

    assert isinstance(receipt, Receipt)
    assert receipt.at.timestamp() == 1790000500


def test_stored_event_of_another_account_is_unreadable():
    stranger = make_account()
    event = pulled("text")
    foreign = RawEvent(event.key, event.lane, event.body.replace(b"77001122", b"66001122"))

    with pytest.raises(Unreadable):
        read_event(stranger, foreign)
