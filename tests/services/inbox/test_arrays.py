"""What a flush sends: channels once, lanes once and sorted, rows by number."""

from dataclasses import replace
from uuid import uuid4

import pytest

from services.channels.view import ChannelView
from services.connectors.base import Account
from services.inbox.arrays import Arrays
from services.inbox.models import Incoming
from services.lanes.models import LaneKind


def channel(kind: str = "client") -> ChannelView:
    account = Account(channel_id="", external_id="", credentials=None, hook_secret="")
    return ChannelView(uuid4(), uuid4(), "shop", kind, "", "", "", "ok", "", "key", account, 0, {})


def row(view: ChannelView, lane: int, key: str, name: str = "") -> Incoming:
    return Incoming(view, lane, name or str(lane), key, 1.5, "t", key.encode())


def test_rows_point_to_lanes_and_lanes_to_channels() -> None:
    bot, account = channel(), channel("account")

    arrays = Arrays([row(bot, 9, "a"), row(account, 5, "b"), row(bot, 9, "c"), row(bot, 7, "d")])

    assert arrays.arguments() == (
        [account.tenant_id, bot.tenant_id],
        [account.id, bot.id],
        [int(LaneKind.IN), int(LaneKind.BOT)],
        [5, 7, 9],
        [1, 2, 2],
        ["5", "7", "9"],
        [1, 1, 2],
        [3, 1, 3, 2],
        [1, 1, 2, 1],
        ["a", "b", "c", "d"],
        [1.5] * 4,
        ["t"] * 4,
        [b"a", b"b", b"c", b"d"],
    )
    assert arrays.by_kind([5, 9]) == {LaneKind.IN: [5], LaneKind.BOT: [9]}


def test_a_channel_read_anew_is_the_same_channel() -> None:
    view = channel()

    arguments = Arrays([row(view, 1, "a"), row(replace(view), 1, "b")]).arguments()

    assert arguments[1] == [view.id]


def test_names_that_share_a_lanes_number_do_not_share_a_statement() -> None:
    view = channel()

    with pytest.raises(ValueError, match="two names"):
        Arrays([row(view, 1, "a"), row(view, 1, "b", "another chat")])
    with pytest.raises(ValueError, match="two names"):
        Arrays([row(view, 1, "a"), row(channel(), 1, "b")])
