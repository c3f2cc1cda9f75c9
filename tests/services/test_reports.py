"""A39: what goes wrong in a worker is reported once with its tags; what providers say is not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from services.connectors.errors import ConnectorError, Rejected
from services.kit import sentry
from services.kit.settings import Settings
from services.lanes.models import LaneKind
from tests.engine import Engine, open_engine, until


class Caught(Transport):
    """Keeps what would have gone out."""

    def __init__(self) -> None:
        super().__init__({})
        self.events: list[Any] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.events.append(envelope.get_event())

    def tags(self) -> list[dict[str, str]]:
        return [event["tags"] for event in self.events]


@pytest.fixture
def caught() -> Iterator[Caught]:
    transport = Caught()
    sentry.configure(
        "https://public@sentry.example/1", "worker", expected=(ConnectorError,),
        transport=transport,
    )  # fmt: skip
    yield transport
    sentry_sdk.get_global_scope().set_client(None)


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[Engine]:
    async with open_engine(settings) as opened:
        await opened.tenant("cherry")
        opened.relay()
        yield opened


async def test_a_failing_handler_is_reported_once_however_often_it_is_tried(
    engine: Engine, caught: Caught
) -> None:
    engine.run()
    await engine.store("cherry", "e1", "explode")

    await until(lambda: engine.services and caught.events)
    await until(lambda: caught.events[0]["exception"]["values"][0]["type"] == "ValueError")
    assert caught.tags() == [
        {"role": "worker", "trace": "t", "tenant": str(engine.tenants["cherry"]),
         "task": "inbox.event", "attempt": "1"}
    ]  # fmt: skip


async def test_a_connectors_bug_is_reported_and_a_providers_refusal_is_not(
    engine: Engine, caught: Caught
) -> None:
    def refuse(text: str) -> ConnectorError | None:
        if text == "bug":
            raise KeyError("no such field")
        return Rejected() if text == "no" else None

    engine.chat.refuse = refuse
    for text in ("no", "bug", "fine"):
        await engine.add("cherry", text, order_key=text, trace="t")
    engine.run(LaneKind.OUT)

    await until(lambda: "fine" in engine.chat.texts() and caught.events)
    [tags, *_] = caught.tags()
    assert (tags["task"], tags["attempt"], tags["trace"]) == ("outbox.call", "1", "t")
    assert {event["exception"]["values"][0]["type"] for event in caught.events} == {"KeyError"}
