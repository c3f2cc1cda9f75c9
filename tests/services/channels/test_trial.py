"""The trial topic: it appears and closes, and each refusal names the right that is missing."""

from __future__ import annotations

from typing import Any

import pytest

from services.channels.trial import Trial, is_due
from services.connectors.base import Account, Check, Sent
from services.connectors.errors import ConnectorError, Reason, Rejected, Temporary
from services.connectors.messages import (
    Outbound,
    OutboundMessage,
    Pin,
    TopicCreate,
    TopicEdit,
)
from services.kit import i18n

FORUM = Check("forum", "ok")


class Group:
    """A group with topics that refuses what it is told to."""

    def __init__(self, **refuses: ConnectorError) -> None:
        self.refuses = refuses
        self.topics: dict[str, bool] = {}
        self.seen: list[str] = []

    async def send(self, account: Account, action: Outbound, media: Any) -> Sent:
        name = type(action).__name__
        self.seen.append(name)
        if name in self.refuses:
            raise self.refuses[name]
        match action:
            case TopicCreate():
                number = str(len(self.topics) + 1)
                self.topics[number] = True
                return Sent(number)
            case TopicEdit(closed=bool(closed)):
                if action.to.thread_id not in self.topics:
                    raise Rejected("gone", reason=Reason.TOPIC_MISSING)
                self.topics[action.to.thread_id] = not closed
                return Sent()
            case OutboundMessage() | Pin():
                assert self.topics[action.to.thread_id]
        return Sent("9")


def trial(group: Group) -> Trial:
    return Trial(group, Account("c", "1", None), "-100", i18n.load(), "ru")  # type: ignore[arg-type]


async def test_topic_appears_and_closes() -> None:
    group = Group()

    tried = await trial(group).run()

    assert (tried.check, tried.topic) == (Check("trial", "ok"), "1")
    assert group.topics == {"1": False}
    assert group.seen == ["TopicCreate", "OutboundMessage", "Pin", "TopicEdit"]


async def test_the_same_topic_serves_again_and_a_deleted_one_is_made_anew() -> None:
    group = Group()
    known = (await trial(group).run()).topic

    again = await trial(group).run(known)
    assert (again.topic, group.topics) == (known, {"1": False})

    group.topics = {"0": False}
    anew = await trial(group).run(known)
    assert (anew.topic, group.topics) == ("2", {"0": False, "2": False})


@pytest.mark.parametrize(
    ("call", "state", "key", "topic"),
    [
        ("TopicCreate", "bad", "channels.trial.open", ""),
        ("OutboundMessage", "bad", "channels.trial.write", "1"),
        ("TopicEdit", "bad", "channels.trial.close", "1"),
        ("Pin", "warn", "channels.trial.pin", "1"),
    ],
)
async def test_refusal_names_the_right(call: str, state: str, key: str, topic: str) -> None:
    group = Group(**{call: Rejected("not enough rights", reason=Reason.NO_RIGHTS)})

    tried = await trial(group).run()

    assert (tried.check.state, tried.check.key, tried.topic) == (state, key, topic)
    for locale in i18n.locales():
        assert i18n.t(locale, key) != key


async def test_known_topic_that_may_not_be_opened_is_not_replaced_by_another() -> None:
    group = Group(TopicEdit=Rejected("not enough rights", reason=Reason.NO_RIGHTS))

    tried = await trial(group).run("1")

    assert tried.check.key == "channels.trial.open"
    assert group.topics == {}


async def test_provider_away_is_no_missing_right() -> None:
    tried = await trial(Group(OutboundMessage=Temporary("502"))).run()

    assert (tried.check.state, tried.check.key) == ("warn", "channels.trial.away")
    assert tried.topic == "1"


def test_trial_is_for_groups_with_topics_where_nothing_is_missing() -> None:
    assert is_due([FORUM, Check("pin", "warn")])
    assert not is_due([FORUM, Check("admin", "bad")])
    assert not is_due([Check("chat", "ok"), Check("topics", "idle")])
