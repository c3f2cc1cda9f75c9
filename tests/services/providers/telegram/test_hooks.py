"""The door: whose request it is, and which event it makes."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from services.connectors.base import HookRequest
from services.connectors.errors import Forged
from services.providers.telegram.hooks import SECRET_HEADER, open_hook, raw_event
from tests.services.providers.telegram.botserver import SECRET, make_account

UPDATE = {"update_id": 7, "message": {"message_id": 1, "date": 1, "chat": {"id": 5}}}


def request(body: bytes, headers=None) -> HookRequest:
    headers = {SECRET_HEADER: SECRET} if headers is None else headers
    return HookRequest("POST", "https://e.com/hooks/telegram/k", headers, body)


def opened(update):
    body = update if isinstance(update, bytes) else orjson.dumps(update)
    answer = open_hook(make_account(), request(body))
    assert answer.reply.status == 200
    assert len(answer.events) == 1
    return answer.events[0]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {SECRET_HEADER: ""},
        {SECRET_HEADER: "wrong"},
        {SECRET_HEADER: SECRET + " "},
        {SECRET_HEADER: "секрет"},
        {SECRET_HEADER: "\udcff\udcfe"},
        {SECRET_HEADER: f"{SECRET}, {SECRET}"},  # how two headers reach us in a plain mapping
        CIMultiDict([(SECRET_HEADER, SECRET), (SECRET_HEADER, SECRET)]),
    ],
)
def test_request_without_the_one_right_secret_is_forged(headers):
    with pytest.raises(Forged):
        open_hook(make_account(), request(orjson.dumps(UPDATE), headers))


def test_secret_of_another_bot_is_forged():
    with pytest.raises(Forged):
        open_hook(make_account(secret="another"), request(orjson.dumps(UPDATE)))


def test_account_without_a_secret_takes_nothing():
    for headers in ({}, {SECRET_HEADER: ""}):
        with pytest.raises(Forged):
            open_hook(make_account(secret=""), request(orjson.dumps(UPDATE), headers))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        b"{}",
        b"\xff\xfe",
        b'{"message": {}}',
        b'{"update_id": "7"}',
        b'{"update_id": 1' + b"0" * 40 + b"}",
        b'{"update_id": 7, "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"[" * 100_000,
    ],
)
def test_unreadable_body_becomes_one_event_keyed_by_its_hash(body):
    event = opened(body)

    assert event.key.startswith("sha256:")
    assert event.key == opened(body).key
    assert event.body == body


MESSAGE = {"message_id": 1, "date": 1_700_000_000, "chat": {"id": -1001}, "from": {"id": 3}}
IN_TOPIC = MESSAGE | {"message_thread_id": 77, "is_topic_message": True}


@pytest.mark.parametrize(
    ("update", "lane"),
    [
        ({"message": MESSAGE}, "-1001"),
        ({"message": IN_TOPIC}, "-1001:77"),
        ({"edited_message": IN_TOPIC}, "-1001:77"),
        # a reply chain in a group without topics has a thread id too
        ({"message": MESSAGE | {"message_thread_id": 77}}, "-1001"),
        # some clients name General, most leave it out
        ({"message": IN_TOPIC | {"message_thread_id": 1}}, "-1001"),
        ({"callback_query": {"id": "1", "from": {"id": 3}, "message": IN_TOPIC}}, "-1001:77"),
        ({"callback_query": {"id": "1", "from": {"id": 3}, "message": MESSAGE}}, "-1001"),
        ({"callback_query": {"id": "1", "from": {"id": 3}}}, "3"),
        ({"inline_query": {"id": "1", "from": {"id": 3}}}, "3"),
        ({"my_chat_member": {"chat": {"id": 3}, "from": {"id": 3}, "date": 1}}, "3"),
        ({"message_reaction": {"chat": {"id": -1001}, "message_id": 5}}, "-1001"),
        ({"poll_answer": {"poll_id": "1", "user": {"id": 9}}}, "9"),
        ({"kind_of_2031": {"chat": {"id": -4}}}, "-4"),
        ({"poll": {"id": "1"}}, "nowhere"),
        # a message of a wrong shape keeps its id and will be parked
        ({"message": IN_TOPIC | {"date": "soon"}}, "nowhere"),
    ],
)
def test_lane_is_the_chat_and_in_a_forum_its_thread(update, lane):
    event = opened({"update_id": 7} | update)

    assert event.key == "7"
    assert event.lane == lane


def test_event_has_the_providers_time():
    assert opened({"update_id": 1, "message": MESSAGE}).at.timestamp() == 1_700_000_000
    assert opened({"update_id": 1, "callback_query": {"from": {"id": 1}}}).at is None


@given(st.binary(max_size=300))
def test_any_body_makes_an_event(body):
    assert raw_event(body).body == body


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["update_id", "message", "chat", "from", "id", "date", "message_thread_id", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_makes_an_event(value):

    assert raw_event(json.dumps(value).encode()).key
