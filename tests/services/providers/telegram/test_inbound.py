"""Recorded shapes of updates, read into the message model. No real people in them."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiogram.types import Update
from hypothesis import given
from hypothesis import strategies as st

from services.connectors.base import RawEvent
from services.connectors.errors import Unreadable
from services.connectors.messages import (
    Edited,
    Entity,
    Ignored,
    MediaKind,
    Message,
    OptIn,
    OptOut,
)
from services.providers.telegram.hooks import raw_event
from services.providers.telegram.inbound import parse
from tests.services.providers.telegram.botserver import make_account

FIXTURES = {path.stem: path.read_bytes() for path in Path(__file__).parent.glob("fixtures/*.json")}
ACCOUNT = make_account()
GROUP = "-1001234567890"
AT = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def read(name: str):
    (found,) = parse(ACCOUNT, raw_event(FIXTURES[name]))
    return found


@pytest.mark.parametrize("name", sorted(FIXTURES))
def test_every_update_is_read_and_reads_alike_twice(name):
    event = raw_event(FIXTURES[name])

    assert event.key.isdigit()
    assert event.lane != "unreadable"
    assert parse(ACCOUNT, event) == parse(ACCOUNT, event)


def test_text_keeps_its_portable_formatting():
    message = read("text")

    assert isinstance(message, Message)
    assert message.chat_id == "1001"
    assert message.thread_id == ""
    assert message.at == AT
    assert message.text.entities == (Entity(kind="bold", offset=9, length=3),)
    assert message.text.text[9:12] == "мир"
    assert message.sender.name == "Анна В."
    assert not message.sender.automatic


def test_start_opts_in_with_its_payload():
    found = read("start")

    assert isinstance(found, OptIn)
    assert found.chat_id == "1001"
    assert found.payload == "promo_1"
    assert read("start_bare").payload == ""


def test_stop_opts_out_but_does_not_block():
    found = read("stop")

    assert isinstance(found, OptOut)
    assert not found.blocked


def test_commands_in_a_group_are_messages():
    assert isinstance(read("start_in_group"), Message)


def test_block_opts_out_and_unblock_restores_nothing():
    found = read("blocked")

    assert isinstance(found, OptOut)
    assert found.blocked
    assert found.chat_id == "1001"
    assert read("unblocked") == Ignored(kind="my_chat_member.member")


def test_topic_message_knows_its_thread_and_answers_nobody():
    message = read("topic_text")

    assert message.chat_id == GROUP
    assert message.thread_id == "77"
    assert message.reply_to == ""


def test_answer_in_a_topic_keeps_what_it_answers():
    assert read("topic_reply").reply_to == "9"


@pytest.mark.parametrize(
    ("name", "kind", "ref"),
    [
        ("photo", MediaKind.IMAGE, "large"),
        ("voice", MediaKind.VOICE, "voice"),
        ("video", MediaKind.VIDEO, "video"),
        ("video_note", MediaKind.VIDEO, "note"),
        ("audio", MediaKind.AUDIO, "audio"),
        ("animation", MediaKind.ANIMATION, "anim"),
        ("document", MediaKind.FILE, "doc"),
        ("sticker", MediaKind.STICKER, "sticker"),
    ],
)
def test_file_is_named_by_bot_and_id(name, kind, ref):
    (media,) = read(name).media

    assert media.kind is kind
    assert media.ref == f"tg:4200001:{ref}"
    assert media.origin == "channel"
    assert media.size > 0
    assert not media.unavailable


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("location", MediaKind.LOCATION),
        ("venue", MediaKind.LOCATION),
        ("contact", MediaKind.CONTACT),
        ("poll", MediaKind.POLL),
        # what is newer than we are is shown as something rather than lost
        ("dice", MediaKind.OTHER),
        ("kind_of_2031", MediaKind.OTHER),
    ],
)
def test_content_without_a_file_has_its_kind(name, kind):
    (media,) = read(name).media

    assert media.kind is kind
    assert media.ref == ""


def test_file_over_20_mb_is_a_placeholder():
    assert read("document_big").media[0].unavailable == "too_big"


def test_caption_and_album_belong_to_the_message():
    message = read("photo")

    assert message.group_id == "135"
    assert message.text.entities[0].url == "https://example.com"


@pytest.mark.parametrize("name", ["anonymous_admin", "channel_forward", "other_bot"])
def test_chats_and_bots_are_nobody_s_person(name):
    assert read(name).sender.automatic


def test_own_message_is_own():
    sender = read("own").sender

    assert sender.own
    assert not sender.automatic


def test_edit_has_the_new_text_and_its_time():
    found = read("edited")

    assert isinstance(found, Edited)
    assert found.text.text == "Исправлено"
    assert (found.at - AT).total_seconds() == 60
    assert read("edited_caption").text.text == "Новая подпись"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("topic_created", "forum_topic_created"),
        ("topic_closed", "forum_topic_closed"),
        ("migrated", "migrate_to_chat_id"),
        ("new_members", "new_chat_members"),
        ("pinned", "pinned_message"),
        ("kicked_from_group", "my_chat_member.kicked"),
        ("member_joined", "chat_member"),
        ("callback", "callback_query"),
        ("callback_old_message", "callback_query"),
        ("reaction", "message_reaction"),
        ("inline_query", "inline_query"),
        ("channel_post", "channel_post"),
        ("business_message", "business_message"),
        ("update_of_2031", "teleported_chat"),
    ],
)
def test_what_is_no_message_is_ignored_by_name(name, kind):
    assert read(name) == Ignored(kind=kind)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"nonsense",
        b"[" * 100_000,
        b'{"update_id": 1, "message": 5}',
        b'{"update_id": 1, "message": {"message_id": 1, "date": 1e30, "chat": {"id": 1}}}',
        b'{"update_id": 1, "message": {"message_id": 1, "date": 99999999999999,'
        b' "chat": {"id": 1}, "text": "x"}}',
    ],
)
def test_wrong_shape_is_unreadable_and_nothing_else(body):
    with pytest.raises(Unreadable):
        parse(ACCOUNT, RawEvent("k", "l", body))


JUNK = st.sampled_from(
    [None, True, -1, 2**70, 1.5, "", "x", "1" * 30, [], {}, [None], {"id": "x"}, [[{}]]]
)


def _paths(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        yield from _paths(inner, (*path, key))


@st.composite
def mutated(draw) -> bytes:
    value = json.loads(FIXTURES[draw(st.sampled_from(sorted(FIXTURES)))])
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(_paths(value))[1:] or [()]))
        if not path:
            break
        holder = value
        for key in path[:-1]:
            holder = holder[key]
        if draw(st.booleans()):
            holder[path[-1]] = deepcopy(draw(JUNK))
        else:
            del holder[path[-1]]
    return json.dumps(value, ensure_ascii=draw(st.booleans())).encode()


@given(mutated())
def test_mutated_update_is_read_or_unreadable(body):
    event = raw_event(body)
    try:
        first = parse(ACCOUNT, event)
    except Unreadable:
        return
    assert first == parse(ACCOUNT, event)


@pytest.mark.parametrize("name", sorted(set(FIXTURES) - {"kind_of_2031", "update_of_2031"}))
def test_fixture_has_the_shape_of_the_bot_api(name):
    Update.model_validate_json(FIXTURES[name])


def test_there_are_enough_shapes():
    assert len(FIXTURES) >= 150
