"""What this process counts: one registry, plain functions to count with, `render()` for /metrics.

Labels are provider folders, closed lists and channel ids; never a text of a tenant or of a person.
Gauges that come from rows (lanes due, parked, unknown, open incidents) are filled by
`kit.row_gauges` just before a scrape, so they are the same whichever process is asked.
The names are an interface: rules in deploy/prometheus and dashboards are tested against them.
"""

from __future__ import annotations

import hmac
import time
from functools import cache
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from services.kit.tally import Tally

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
PREFIX: Final = "vishenka_"
QUICK: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
PATIENT: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1800.0)
STALLS: Final = (0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0)
SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)

disable_created_metrics()  # type: ignore[no-untyped-call]
registry = CollectorRegistry(auto_describe=True)
ProcessCollector(registry=registry)
PlatformCollector(registry=registry)
GCCollector(registry=registry)


def _counter(name: str, words: str, *labels: str) -> Counter:
    return Counter(PREFIX + name, words, labels, registry=registry)


def _gauge(name: str, words: str, *labels: str) -> Gauge:
    return Gauge(PREFIX + name, words, labels, registry=registry)


def _histogram(
    name: str, words: str, labels: tuple[str, ...], buckets: tuple[float, ...]
) -> Histogram:
    return Histogram(PREFIX + name, words, labels, registry=registry, buckets=buckets)


INBOX_EVENTS = _counter("inbox_events", "New events stored", "provider")
DELIVERIES = _counter("deliveries", "Outcomes recorded", "provider", "class", "state", "reason")
CHANNEL_ERRORS = _counter("channel_errors", "Calls a provider refused or lost", "channel", "code")
WEBHOOK_MISSES = _counter("webhook_misses", "Events the poller found first", "channel")
FRONT_ERRORS = _counter("front_errors", "What broke in a browser", "kind")
RETRIES = _counter("retries", "Tries put off to later", "kind")
SLOW_QUERIES = _counter("slow_queries", "Statements over the threshold")
ROW_REFRESH_FAILURES = _counter("row_refresh_failures", "Gauges of rows that could not be read")

LANE_DUE = _gauge("lane_due", "Rows that could be worked on now", "kind")
LANE_OLDEST = _gauge(
    "lane_oldest_due_seconds", "Age of the oldest row that could be worked on", "kind"
)
PARKED = _gauge("parked", "Rows given up on, waiting for a person", "kind")
UNKNOWN = _gauge("unknown", "Deliveries whose outcome nobody knows")
LAST_SUCCESS = _gauge(
    "channel_last_success_timestamp_seconds", "Last answer the provider gave", "channel"
)
LAG = _gauge("channel_lag_seconds", "How late the last poll found what it found", "channel")
LAST_POLL = _gauge("channel_last_poll_timestamp_seconds", "Last time it was asked", "channel")
INCIDENT_OPEN = _gauge("incident_open", "Open incidents", "rule")
TABLE_ROWS = _gauge("table_rows", "Rows of a hot table, as the planner counts them", "table")
POOL_SIZE = _gauge("db_pool_size", "Connections open to the database")
POOL_IN_USE = _gauge("db_pool_in_use", "Connections somebody holds")

HOOK = Tally(
    PREFIX + "hook_seconds", "From a webhook's head to its answer", "status", registry, QUICK
)
LANE_DELAY = _histogram("lane_delay_seconds", "From stored to worked on", ("kind",), PATIENT)
SETTLED = _histogram(
    "delivery_settled_seconds", "From stored to its outcome", ("class", "state"), PATIENT
)
CALL = _histogram("provider_call_seconds", "One call", ("provider", "method", "outcome"), QUICK)
HTTP = _histogram(
    "http_request_seconds", "One request by route", ("method", "route", "status"), QUICK
)
INGEST_GROUP = _histogram("ingest_group_size", "Events stored by one commit", (), SIZES)
POOL_WAIT = _histogram("db_pool_wait_seconds", "Waiting for a connection", (), QUICK)
LOOP_STALL = _histogram("event_loop_stall_seconds", "The loop stood still", (), STALLS)


@cache
def _inbox_events(provider: str) -> Counter:
    """The hot path looks its label up once."""
    return INBOX_EVENTS.labels(provider)


METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SERVER_ERROR: Final = 500

_answers = [0, 0]
_last_success: dict[str, float] = {}


def inbox_event(provider: str, count: int = 1) -> None:
    """Count new events of a provider's webhooks and polls."""
    _inbox_events(provider).inc(count)


def delivery(provider: str, cls: str, state: str, reason: str = "") -> None:
    """Count an outcome; `reason` comes from the closed list."""
    DELIVERIES.labels(provider, cls, state, reason).inc()
    if state == "retry":
        RETRIES.labels("out").inc()


def settled(cls: str, state: str, seconds: float) -> None:
    """Record how long a delivery was open before this outcome."""
    SETTLED.labels(cls, state).observe(max(seconds, 0.0))


def retry(kind: str) -> None:
    """Count a try of lane kind `bot` or `in` that was put off."""
    RETRIES.labels(kind).inc()


def provider_call(provider: str, method_kind: str, seconds: float, outcome: str) -> None:
    """Record one call; `method_kind` is the action's tag, never a URL."""
    CALL.labels(provider, method_kind, outcome).observe(seconds)


def channel_success(channel_id: str, at: float | None = None) -> None:
    """Note that the provider answered this channel, now or at `at` (Unix seconds)."""
    moment = time.time() if at is None else at
    if moment > _last_success.get(channel_id, 0.0):
        _last_success[channel_id] = moment
        LAST_SUCCESS.labels(channel_id).set(moment)


def channel_polled(channel_id: str, at: float, lag: float) -> None:
    """Note when a channel was last asked (Unix seconds), and how old the news was."""
    LAST_POLL.labels(channel_id).set(at)
    LAG.labels(channel_id).set(lag)


def channel_error(channel_id: str, code: str) -> None:
    """Count a failed call of a channel by its reason or status."""
    CHANNEL_ERRORS.labels(channel_id, code or "none").inc()


def webhook_miss(channel_id: str, count: int = 1) -> None:
    """Count events that no webhook brought."""
    WEBHOOK_MISSES.labels(channel_id).inc(count)


def hook(seconds: float, status: int) -> None:
    """Record one webhook request."""
    HOOK.observe(status, seconds)
    _answered(status)


def lane_delay(kind: str, seconds: float) -> None:
    """Record how long a row waited in a lane of kind bot, in or out."""
    LANE_DELAY.labels(kind).observe(max(seconds, 0.0))


def http_request(method: str, route: str, status: int, seconds: float) -> None:
    """Record one request; `route` is the template (`/api/v1/x/{id}`), never the path."""
    # The method is the caller's word: made-up ones must not become labels.
    HTTP.labels(method if method in METHODS else "OTHER", route, str(status)).observe(seconds)
    _answered(status)


def ingest_group(size: int) -> None:
    """Record how many events one commit stored."""
    INGEST_GROUP.observe(size)


def pool_wait(seconds: float) -> None:
    """Record a wait for a database connection."""
    POOL_WAIT.observe(seconds)


def slow_query() -> None:
    """Count a statement over the threshold."""
    SLOW_QUERIES.inc()


def _answered(status: int) -> None:
    _answers[0] += 1
    _answers[1] += status >= SERVER_ERROR


def answers() -> tuple[int, int]:
    """Return how many requests this process answered, and how many of them with its own error."""
    return _answers[0], _answers[1]


def loop_stall(seconds: float) -> None:
    """Record that the event loop stood still."""
    LOOP_STALL.observe(seconds)


def forget_channel(channel_id: str) -> None:
    """Drop the gauges of a channel that is gone; its counters end with the process."""
    if _last_success.pop(channel_id, None) is not None:
        LAST_SUCCESS.remove(channel_id)
    for gauge in (LAST_POLL, LAG):
        gauge.remove_by_labels({"channel": channel_id})


def render() -> bytes:
    """Return everything in Prometheus' text format."""
    return generate_latest(registry)


def allowed(token: str | None, authorization: str | None) -> bool:
    """Say whether a scrape may read: no token is set, or it is presented as `Bearer <token>`."""
    if not token:
        return True
    wanted = f"Bearer {token}".encode()
    return hmac.compare_digest((authorization or "").encode("utf-8", "replace"), wanted)
