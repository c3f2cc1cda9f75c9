"""Damage: whatever happens to an event, it reads or is Unreadable, nothing else."""

import copy
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.connectors.base import HookRequest, Opened, RawEvent
from services.connectors.errors import Forged, Unreadable
from services.connectors.messages import Message
from services.providers.avito.hook import open_hook
from services.providers.avito.inbound import read_event
from services.providers.avito.wire import PULL, PullHead, with_head
from tests.services.providers.avito.conftest import ACCOUNT_ID, make_account

FOLDER = Path(__file__).parent / "fixtures"
HOOKS = json.loads((FOLDER / "hooks.json").read_text())
LISTED = json.loads((FOLDER / "list_messages.json").read_text())
ACCOUNT = make_account()
CHAT = "u2i-Hz~3Kq_0000000000000A"


def opened(body: object, headers: dict[str, str] | None = None) -> Opened:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return open_hook(ACCOUNT, HookRequest("POST", "https://x.test/h", headers or {}, raw))


STRANGE = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 10**12, 10**30, -(10**30), 2**63, 1e308, 0.5]),
    st.sampled_from(["", "0", "17", "x" * 5000, "\x00", "\u202e", "null", "..", "a/b?c#d"]),
    st.sampled_from([[], {}, [[]], {"x": {"y": []}}, [None] * 50]),
    st.text(max_size=20),
)


def places(tree: object, path: tuple = ()) -> list[tuple]:
    found = [path] if path else []
    children = tree.items() if isinstance(tree, dict) else ()
    for name, child in children:
        found += places(child, (*path, name))
    return found


@st.composite
def damaged(draw, tree: dict) -> object:
    tree = copy.deepcopy(tree)
    for path in draw(st.lists(st.sampled_from(places(tree)), min_size=1, max_size=3)):
        holder = tree
        for name in path[:-1]:
            holder = holder.get(name) if isinstance(holder, dict) else None
        if not isinstance(holder, dict):
            continue
        match draw(st.sampled_from(["missing", "strange", "extra", "quoted"])):
            case "missing":
                holder.pop(path[-1], None)
            case "strange":
                holder[path[-1]] = copy.deepcopy(draw(STRANGE))
            case "extra":
                holder[draw(st.text(max_size=8))] = copy.deepcopy(draw(STRANGE))
            case "quoted":
                holder[path[-1]] = str(holder.get(path[-1]))
    return tree


def read_or_unreadable(event: RawEvent) -> None:
    assert event.key
    assert event.lane
    assert max(len(event.key), len(event.lane)) < 200
    assert "\x00" not in event.key + event.lane
    try:
        for inbound in read_event(ACCOUNT, event):
            json.dumps(msgspec.to_builtins(inbound)).encode()
            assert "\x00" not in str(msgspec.to_builtins(inbound))
    except Unreadable:
        pass


@pytest.mark.parametrize("name", HOOKS)
@given(data=st.data())
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_damaged_webhook_reads_or_is_unreadable(name, data):
    body = json.dumps(data.draw(damaged(HOOKS[name]))).encode()
    try:
        events = opened(body).events
    except Forged:
        return
    for event in events:
        read_or_unreadable(event)


@pytest.mark.parametrize("name", LISTED)
@pytest.mark.parametrize("kind", ["message", "deleted", "read"])
@given(data=st.data())
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_damaged_list_message_reads_or_is_unreadable(name, kind, data):
    head = msgspec.json.encode(PullHead(CHAT, str(ACCOUNT_ID), kind))
    body = json.dumps(data.draw(damaged(LISTED[name]))).encode()
    read_or_unreadable(RawEvent("key", CHAT, with_head(PULL, head, body)))


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_noise_is_stored_or_forged(noise):
    for event in opened(noise).events:
        read_or_unreadable(event)


@given(st.text(max_size=1200))
@settings(max_examples=200, deadline=None)
def test_any_text_arrives_as_it_was(text):
    hook = copy.deepcopy(HOOKS["text"])
    hook["payload"]["value"]["content"]["text"] = text
    [event] = opened(hook).events

    [got] = read_event(ACCOUNT, event)

    assert isinstance(got, Message)
    assert got.text.text == text.replace("\x00", "\ufffd")
