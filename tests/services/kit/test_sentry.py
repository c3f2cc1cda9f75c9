"""Reports leave without secrets and people in them; expected errors do not leave at all."""

import logging
from collections.abc import Iterator

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from services.connectors.errors import AuthExpired, ConnectorError, Temporary
from services.kit import sentry
from services.kit.errors import NotFound
from services.kit.log import bind
from tests.services.kit.test_log import CANARIES, PHONES

log = logging.getLogger("services.test_sentry")


class Caught(Transport):
    """Keeps what would have gone out."""

    def __init__(self) -> None:
        super().__init__({})
        self.envelopes: list[Envelope] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.envelopes.append(envelope)

    @property
    def text(self) -> str:
        return b"".join(envelope.serialize() for envelope in self.envelopes).decode()

    @property
    def events(self) -> list[dict]:
        return [envelope.get_event() for envelope in self.envelopes]


@pytest.fixture
def caught() -> Iterator[Caught]:
    transport = Caught()
    sentry.configure(
        "https://public@sentry.example/1",
        "worker",
        expected=(ConnectorError,),
        transport=transport,
    )
    yield transport
    sentry_sdk.get_global_scope().set_client(None)


def fail(error: Exception, **extra: object) -> None:
    buyer_text = "канарейка поёт canary"  # a local variable: must not travel
    try:
        raise error
    except type(error):
        log.exception("delivery failed", extra={"seq": len(buyer_text), **extra})


def test_without_a_dsn_nothing_starts() -> None:
    assert sentry.configure(None, "web") is False


@pytest.mark.parametrize("kind", CANARIES)
def test_no_secret_of_any_kind_leaves(caught: Caught, kind: str) -> None:
    secret = CANARIES[kind]

    fail(RuntimeError(secret), detail=secret, deep={"a": {"b": [secret]}}, text="канарейка canary")

    assert len(caught.events) == 1
    assert "canary" not in caught.text.lower()
    assert "канарейка" not in caught.text.lower()


@pytest.mark.parametrize("phone", PHONES)
def test_no_phone_leaves(caught: Caught, phone: str) -> None:
    fail(RuntimeError(f"no route to {phone}"), who=phone)

    assert phone not in caught.text


@pytest.mark.parametrize("error", [NotFound("error.not_found"), Temporary("502"), AuthExpired()])
def test_expected_errors_are_no_reports(caught: Caught, error: Exception) -> None:
    fail(error)

    assert caught.events == []


def test_tags_say_where_and_for_whom(caught: Caught) -> None:
    with bind(trace="a" * 32, tenant="t-1", task="outbox.drain", attempt="3"):
        fail(RuntimeError("x"))

    (event,) = caught.events
    assert event["tags"] == {
        "role": "worker",
        "trace": "a" * 32,
        "tenant": "t-1",
        "task": "outbox.drain",
        "attempt": "3",
    }
    (exception,) = event["exception"]["values"]
    assert exception["type"] == "RuntimeError"
    assert exception["stacktrace"]["frames"][-1]["function"] == "fail"


def test_a_person_who_makes_a_request_is_not_in_the_report(caught: Caught) -> None:
    sentry_sdk.get_current_scope().set_user({"id": "1", "username": "anna"})
    fail(RuntimeError("x"))

    (event,) = caught.events
    assert "user" not in event
    assert "breadcrumbs" not in event
    assert not event.get("server_name")
