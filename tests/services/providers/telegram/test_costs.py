"""Which buckets an action takes from."""

import pytest

from services.connectors.messages import (
    Address,
    Answer,
    Delete,
    Edit,
    Media,
    MediaKind,
    Native,
    OutboundMessage,
    React,
    TopicCreate,
    TopicEdit,
    Typing,
)
from services.connectors.registry import Wiring
from services.providers.telegram.capabilities import CAPABILITIES
from services.providers.telegram.connector import TelegramConnector
from tests.services.providers.telegram.botserver import FixedClock

GROUP = Address(chat_id="-1001", thread_id="7")
PERSON = Address(chat_id="555")


def connector(scale: float = 1.0) -> TelegramConnector:
    return TelegramConnector(Wiring(None, None, 1.0, False, None, None, FixedClock(), scale))


def costs(action, scale: float = 1.0):
    found = connector(scale).costs(action)
    return [(c.bucket, c.rate.count, c.rate.seconds, c.rate.reserve) for c in found]


CHANNEL = ("", 30, 1.0, 1)
GROUP_COST = [("chat:-1001", 20, 60.0, 0)]


@pytest.mark.parametrize(
    "action",
    [
        OutboundMessage(to=GROUP),
        TopicCreate(to=GROUP, name="x"),
        Native(to=GROUP, method="sendDice"),
    ],
)
def test_what_is_made_in_a_group_counts_there_too(action):
    assert costs(action) == [CHANNEL, ("chat:-1001", 20, 60.0, 0)]


def test_album_counts_by_its_messages():
    media = tuple(Media(kind=MediaKind.IMAGE) for _ in range(3))

    assert costs(OutboundMessage(to=GROUP, media=media)) == [CHANNEL, *GROUP_COST * 3]


def test_message_to_a_person_counts_by_the_second():
    assert costs(OutboundMessage(to=PERSON)) == [CHANNEL, ("chat:555", 3, 3.0, 0)]


@pytest.mark.parametrize(
    "action",
    [
        Edit(to=GROUP, external_id="1"),
        Delete(to=GROUP, external_id="1"),
        React(to=GROUP, external_id="1"),
        TopicEdit(to=GROUP, name="x"),
        Typing(to=GROUP),
        Answer(callback_id="1"),
        Native(to=GROUP, method="sendChatAction"),
        Native(to=Address(), method="setMyCommands"),
    ],
)
def test_what_makes_nothing_counts_against_the_bot_only(action):
    assert costs(action) == [CHANNEL]


def test_scale_multiplies_every_limit():
    assert costs(OutboundMessage(to=GROUP), 10) == [
        ("", 300, 1.0, 1),
        ("chat:-1001", 200, 60.0, 0),
    ]
    assert costs(OutboundMessage(to=GROUP), 0.001)[1][1] == 1


def test_capabilities_are_the_bot_api_s():
    assert CAPABILITIES.max_text == 4096
    assert CAPABILITIES.max_caption == 1024
    assert CAPABILITIES.max_album == 10
    assert CAPABILITIES.bot
    assert CAPABILITIES.hook_has_secret
    assert not CAPABILITIES.honours_idempotency_key
