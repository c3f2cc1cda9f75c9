"""What every connector must hold, whatever its provider: checks over a specimen of its traffic.

A provider's tests give a `Specimen` (an account, authentic requests, forged ones, messages it can
send); `faults(specimen)` runs every check and returns what is wrong, in words, nothing when all
holds. The network is a script: no check opens a socket.

Promised: declarations fit together; secrets show in no repr and no error; a forged request is
Forged, any other body is opened; an event parses alike for ever, or is Unreadable; what the
capabilities do not name is refused before anything leaves; every answer and every silence is a
connector error of the right kind; costs are pure, name the channel first and follow the scale.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from services.connectors import conformance_samples as samples
from services.connectors.base import (
    Account,
    Capabilities,
    Connector,
    HookRequest,
    RawEvent,
)
from services.connectors.errors import (
    Forged,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Temporary,
    Unreadable,
)
from services.connectors.messages import (
    Outbound,
    OutboundMessage,
    decode_outbound,
    encode_outbound,
)
from services.connectors.registry import Factory, Wiring
from services.kit.http import Answer, NoAnswer, NotSent


@dataclass(frozen=True, slots=True)
class Specimen:
    """A provider's traffic in small: enough to put its connector through every check.

    `secrets` are the values that may show nowhere. `message` is one the connector can send;
    `accepted` is the provider's answer to it.
    """

    factory: Factory
    account: Account
    hooks: tuple[HookRequest, ...]
    forged: tuple[HookRequest, ...]
    secrets: tuple[str, ...]
    message: OutboundMessage
    accepted: Answer


def _make(specimen: Specimen, script: samples.Script, scale: float = 1.0) -> Connector:
    wiring = Wiring(None, None, 1.0, True, script, script, samples.StillClock(), scale)
    return specimen.factory(wiring)


def faults(specimen: Specimen) -> list[str]:
    """Return every broken promise in words; empty is good."""
    connector = _make(specimen, samples.Script(NotSent("nobody calls here")))
    return [
        f"{check.__name__}: {fault}" for check in CHECKS for fault in check(connector, specimen)
    ]


Check = Callable[[Connector, Specimen], Iterator[str]]


def declares_itself(connector: Connector, specimen: Specimen) -> Iterator[str]:
    """Name, credentials and capabilities fit together."""
    can = connector.capabilities
    if not connector.name.isidentifier() or connector.name != connector.name.lower():
        yield "name is no lower-case identifier"
    if {one.name for one in connector.fields} != set(_fields(connector.credentials)):
        yield "the connect form and the credentials differ"
    if not isinstance(specimen.account.credentials, connector.credentials):
        yield "the specimen's credentials are of another type"
    yield from _capability_faults(can)


def _fields(credentials: type[Any]) -> list[str]:
    return [one.name for one in dataclasses.fields(credentials)]


def _capability_faults(can: Capabilities) -> Iterator[str]:
    if not set(can.max_upload) <= set(can.media):
        yield "an upload limit of a kind that is not carried"
    if can.max_text < 1 or can.max_album < 1 or can.max_caption > can.max_text:
        yield "lengths make no sense"
    if any("/" in host or host != host.lower() for host in can.media_hosts):
        yield "media hosts are names, not addresses"
    if not can.receipts <= {"delivered", "read", "bounced", "complained", "failed"}:
        yield "unknown receipts"


def hides_its_secrets(connector: Connector, specimen: Specimen) -> Iterator[str]:
    """No repr of an account shows a secret."""
    del connector
    shown = repr(specimen.account)
    if any(secret in shown for secret in specimen.secrets):
        yield "repr(account) shows a secret"


def opens_what_is_authentic(connector: Connector, specimen: Specimen) -> Iterator[str]:
    """Authentic requests give well-formed events, alike each time; forged ones are Forged."""
    for request in specimen.hooks:
        opened = connector.open(specimen.account, request)
        if opened != connector.open(specimen.account, request):
            yield "the same request opens differently"
        yield from _event_faults(opened.events)
    for request in specimen.forged:
        if _raised(partial(connector.open, specimen.account, request)) is not Forged:
            yield f"a forged request was let in: {request.headers}"


def _event_faults(events: Sequence[RawEvent]) -> Iterator[str]:
    if len({event.key for event in events}) != len(events):
        yield "two events of a request share a key"
    for event in events:
        if not event.key or not event.lane or len(event.key) > 200 or len(event.lane) > 200:
            yield f"event without a usable key or lane: {event.key!r} {event.lane!r}"
        if event.at is not None and event.at.tzinfo is None:
            yield "an event's time has no zone"


def opens_any_body(connector: Connector, specimen: Specimen) -> Iterator[str]:
    """A damaged body is one more event or Forged, never another error, and keeps its key."""
    for request in specimen.hooks:
        for body in samples.damaged(request.body):
            damaged = msgspec.structs.replace(request, body=body)
            seen = _outcome(partial(connector.open, specimen.account, damaged))
            if isinstance(seen, Exception) and not isinstance(seen, Forged):
                yield f"{type(seen).__name__} for a damaged body {body[:60]!r}"
            elif not isinstance(seen, Forged) and seen != connector.open(
                specimen.account, damaged
            ):
                yield f"a damaged body opens differently twice: {body[:60]!r}"


def parses_alike_for_ever(connector: Connector, specimen: Specimen) -> Iterator[str]:
    """Each event, whole or damaged, is read alike twice or is Unreadable."""
    for event in _events(connector, specimen):
        if isinstance(_outcome(partial(connector.parse, specimen.account, event)), Exception):
            yield f"an authentic event is not read: {event.key}"
        for body in (event.body, *samples.damaged(event.body)):
            changed = msgspec.structs.replace(event, body=body)
            seen = _outcome(partial(connector.parse, specimen.account, changed))
            if isinstance(seen, Exception) and not isinstance(seen, Unreadable):
                yield f"{type(seen).__name__} for a damaged event {body[:60]!r}"
            elif not isinstance(seen, Exception):
                yield from _reading_faults(connector, specimen, changed, seen)


def _events(connector: Connector, specimen: Specimen) -> Iterator[RawEvent]:
    for request in specimen.hooks:
        yield from connector.open(specimen.account, request).events


def _reading_faults(
    connector: Connector, specimen: Specimen, event: RawEvent, seen: Sequence[Any]
) -> Iterator[str]:
    if list(seen) != list(connector.parse(specimen.account, event)):
        yield f"the same event reads differently: {event.key}"
    for inbound in seen:
        at = getattr(inbound, "at", None)
        if at is not None and at.tzinfo is None:
            yield "a time without a zone"


def refuses_what_it_cannot(connector: Connector, specimen: Specimen) -> Iterator[str]:
    """What the capabilities do not name is refused before anything leaves."""
    can, to = connector.capabilities, specimen.message.to
    for action in (*samples.beyond(can, to), *samples.too_long(can, to)):
        script = samples.Script(specimen.accepted)
        seen = _send(_make(specimen, script), specimen, action)
        if not isinstance(seen, Rejected):
            yield f"{samples.name_of(action)} is not in the capabilities, yet {seen!r}"
        if script.calls:
            yield f"{samples.name_of(action)} left before it was refused"


def maps_every_answer(connector: Connector, specimen: Specimen) -> Iterator[str]:
    """Every answer to a message is success or the right error, and shows no secret."""
    for answer, allowed in samples.ANSWERS:
        seen = _send(_make(specimen, samples.Script(answer)), specimen, specimen.message)
        if not isinstance(seen, allowed):
            yield f"{answer.status} {answer.body[:20]!r} means {seen!r}"
        yield from _leaks(seen, specimen.secrets)
    accepted = _send(
        _make(specimen, samples.Script(specimen.accepted)), specimen, specimen.message
    )
    if isinstance(accepted, Exception):
        yield f"the accepted answer means {accepted!r}"
    del connector


def tells_silence_from_refusal(connector: Connector, specimen: Specimen) -> Iterator[str]:
    """Never left: try again. Left without an answer: unknown, unless a repeat is harmless."""
    silent = _send(_make(specimen, samples.Script(NoAnswer("x"))), specimen, specimen.message)
    unsent = _send(_make(specimen, samples.Script(NotSent("x"))), specimen, specimen.message)
    harmless = connector.capabilities.honours_idempotency_key
    if not isinstance(silent, OutcomeUnknown) and not (harmless and isinstance(silent, Temporary)):
        yield f"silence means {silent!r}"
    if not isinstance(unsent, Temporary) or isinstance(unsent, RateLimited):
        yield f"a request that never left means {unsent!r}"


def names_its_costs(connector: Connector, specimen: Specimen) -> Iterator[str]:
    """The channel's bucket comes first; rates make sense, are pure and follow the scale."""
    faster = _make(specimen, samples.Script(specimen.accepted), scale=10)
    for action in (specimen.message, *samples.every_action(specimen.message.to)):
        costs = connector.costs(action)
        if not costs or costs[0].bucket:
            yield f"{samples.name_of(action)}: the channel's bucket is not first"
        elif costs != connector.costs(action):
            yield f"{samples.name_of(action)}: costs differ"
        elif faster.costs(action)[0].rate.count <= costs[0].rate.count:
            yield f"{samples.name_of(action)}: limits do not follow the scale"
        if any(c.rate.reserve >= c.rate.count or c.rate.seconds <= 0 for c in costs):
            yield f"{samples.name_of(action)}: a rate without room"
        if decode_outbound(encode_outbound(action)) != action:
            yield f"{samples.name_of(action)} does not survive being stored"


CHECKS: tuple[Check, ...] = (
    declares_itself,
    hides_its_secrets,
    opens_what_is_authentic,
    opens_any_body,
    parses_alike_for_ever,
    refuses_what_it_cannot,
    maps_every_answer,
    tells_silence_from_refusal,
    names_its_costs,
)


def _send(connector: Connector, specimen: Specimen, action: Outbound) -> Any:
    return _outcome(
        lambda: asyncio.run(connector.send(specimen.account, action, samples.AnyBytes()))
    )


def _outcome(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - any error at all is what is being looked for
        return error


def _raised(call: Callable[[], Any]) -> type[Exception] | None:
    seen = _outcome(call)
    return type(seen) if isinstance(seen, Exception) else None


def _leaks(error: Any, secrets: Iterable[str]) -> Iterator[str]:
    while isinstance(error, BaseException):
        shown = f"{error!r} {getattr(error, 'detail', '')}"
        if any(secret in shown for secret in secrets):
            yield f"{type(error).__name__} shows a secret"
        error = error.__cause__ or error.__context__


__all__ = ["CHECKS", "Specimen", "faults"]
