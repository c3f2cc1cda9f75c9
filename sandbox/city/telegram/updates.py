"""How a bot gets its updates: a queue kept by the server, a webhook or getUpdates on top of it.

As the real server does: one chat's updates go one after another, other chats in parallel, any 2xx
acknowledges, anything else is repeated with a doubling delay, `Retry-After` is obeyed.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field

import aiohttp
import orjson

from sandbox.city.core import Core, Json
from sandbox.city.faults import Kind
from sandbox.city.journal import Outcome
from sandbox.city.telegram.errors import ApiError
from sandbox.city.wire import new_trace

DEFAULT_KINDS = frozenset({
    "message", "edited_message", "channel_post", "edited_channel_post", "callback_query",
    "my_chat_member", "inline_query", "chosen_inline_result", "shipping_query",
    "pre_checkout_query", "poll", "poll_answer", "chat_join_request", "managed_bot",
    "business_connection", "business_message", "edited_business_message",
    "deleted_business_messages", "purchased_paid_media", "chat_boost", "removed_chat_boost",
    "subscription",
})  # fmt: skip
WEEK_SECONDS = 7 * 86_400
MAX_DELAY_SECONDS = 60.0
FIRST_DELAY_SECONDS = 1.0
TIMEOUT_SECONDS = 60.0
REORDER_WINDOW_SECONDS = 0.3
_CONFLICT_POLL = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)
_CONFLICT_HOOK = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


@dataclass(slots=True)
class Webhook:
    """Where to and how."""

    url: str = ""
    secret: str = ""
    max_connections: int = 40
    last_error_at: int = 0
    last_error: str = ""


@dataclass(slots=True)
class Waiting:
    """One update that nobody has acknowledged yet."""

    id: int
    key: str
    kind: str
    body: Json
    silenced: bool = False


@dataclass(slots=True, eq=False)
class Updates:
    """The update queue of one bot."""

    core: Core
    account: str
    hook: Webhook = field(default_factory=Webhook)
    allowed: frozenset[str] | None = None
    waiting: dict[int, Waiting] = field(default_factory=dict)
    last_id: int = 0
    last_at: float = 0.0
    lanes: dict[str, deque[Waiting]] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(40))
    poller: asyncio.Future[None] | None = None
    poll_conflict: asyncio.Event = field(default_factory=asyncio.Event)
    execute: object = None

    def put(self, kind: str, key: str, body: Json) -> int | None:
        """Queue an update of `kind` from chat `key`; None where the bot did not ask for it."""
        if kind not in (self.allowed if self.allowed is not None else DEFAULT_KINDS):
            return None
        number = self._next_id()
        one = Waiting(number, key, kind, {"update_id": number, kind: body})
        self.waiting[number] = one
        if self.hook.url:
            self._line_up(one)
        elif self.poller is not None and not self.poller.done():
            self.poller.set_result(None)
        return number

    def _next_id(self) -> int:
        now = self.core.clock()
        if not self.last_id or now - self.last_at > WEEK_SECONDS:
            self.last_id = self.core.rng.randrange(10_000_000, 900_000_000)
        self.last_id += 1
        self.last_at = now
        return self.last_id

    # --- webhook -----------------------------------------------------------------------------
    def set_hook(self, hook: Webhook, *, drop: bool) -> None:
        """Point the queue at `hook`; an empty URL switches the webhook off."""
        self.hook = hook
        self.slots = asyncio.Semaphore(hook.max_connections)
        if drop:
            self.waiting.clear()
        self.lanes.clear()
        if hook.url:
            for one in list(self.waiting.values()):
                self._line_up(one)

    def _line_up(self, one: Waiting) -> None:
        self.lanes.setdefault(one.key, deque()).append(one)
        if one.key not in self.busy:
            self.busy.add(one.key)
            self.core.spawn(self._drain(one.key))

    async def _drain(self, key: str) -> None:
        try:
            await self._hold_back(key)
            while (lane := self.lanes.get(key)) and self.hook.url:
                one = lane[0]
                await self._until_taken(one)
                self.waiting.pop(one.id, None)
                if lane and lane[0] is one:
                    lane.popleft()
                if not lane:
                    self.lanes.pop(key, None)
        finally:
            self.busy.discard(key)
        # What was lined up between the last look and here would wait for ever otherwise.
        if self.lanes.get(key) and self.hook.url:
            self.busy.add(key)
            self.core.spawn(self._drain(key))

    async def _hold_back(self, key: str) -> None:
        faults = self.core.faults
        if not faults.any("telegram"):
            return
        for fault in faults.take("telegram", frozenset({Kind.REORDER}), account=self.account):
            window = float(fault.params.get("window", REORDER_WINDOW_SECONDS))
            await asyncio.sleep(window)
            lane = self.lanes.get(key)
            if lane:
                shuffled = list(lane)
                self.core.rng.shuffle(shuffled)
                self.lanes[key] = deque(shuffled)

    async def _until_taken(self, one: Waiting) -> None:
        delay = FIRST_DELAY_SECONDS
        while self.hook.url and one.id in self.waiting:
            await self._while_silent()
            hook = self.hook
            async with self.slots:
                status, asked = await self._post(hook, one)
            if 200 <= status < 300:
                await self._repeat(hook, one)
                return
            self._note(hook, status)
            pause = min(asked, 3600.0) if asked is not None else delay
            await asyncio.sleep(pause * self.core.time_scale)
            delay = min(delay * 2, MAX_DELAY_SECONDS)

    async def _while_silent(self) -> None:
        silent = frozenset({Kind.SILENT})
        while self.core.faults.any("telegram") and self.core.faults.take(
            "telegram", silent, account=self.account
        ):
            await self.core.feed.after(self.core.feed.version, 0.5)

    async def _repeat(self, hook: Webhook, one: Waiting) -> None:
        if not self.core.faults.any("telegram"):
            return
        kinds = frozenset({Kind.DUPLICATE})
        for fault in self.core.faults.take("telegram", kinds, account=self.account):
            for _ in range(int(fault.params.get("times", 2)) - 1):
                await self._post(hook, one)

    def _note(self, hook: Webhook, status: int) -> None:
        hook.last_error_at = int(self.core.clock())
        names = {0: "Connection refused", 502: "Bad Gateway", 503: "Service Unavailable"}
        reason = names.get(status, "error")
        hook.last_error = (
            f"Wrong response from the webhook: {status} {reason}" if status else reason
        )

    async def _post(self, hook: Webhook, one: Waiting) -> tuple[int, float | None]:
        trace, carried = new_trace()
        headers = {"Content-Type": "application/json", **carried}
        if hook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = hook.secret
        entry = self.core.journal.open(
            "hook", "telegram", self.account, one.kind, one.key, one.body, trace
        )
        try:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
            async with self.core.session.post(
                hook.url, data=orjson.dumps(one.body), headers=headers, timeout=timeout
            ) as response:
                status, asked = response.status, _seconds(response.headers.get("Retry-After"))
                if 200 <= status < 300:
                    await self._run_reply(await response.content.read(65_536))
        except (aiohttp.ClientError, TimeoutError, OSError):
            self.core.journal.close(entry, 0, Outcome.REFUSED)
            return 0, None
        outcome = Outcome.ACCEPTED if 200 <= status < 300 else Outcome.REFUSED
        self.core.journal.close(entry, status, outcome)
        return status, asked

    async def _run_reply(self, body: bytes) -> None:
        # A reply body that names a method executes it; nobody ever sees the outcome.
        if b'"method"' not in body or not callable(self.execute):
            return
        try:
            call = orjson.loads(body)
        except orjson.JSONDecodeError:
            return
        if isinstance(call, dict) and isinstance(call.get("method"), str):
            self.execute(call)

    # --- getUpdates --------------------------------------------------------------------------
    async def poll(self, offset: int | None, limit: int, timeout_seconds: float) -> list[Json]:
        """Updates from `offset` on; waits up to `timeout_seconds` for the first one."""
        if self.hook.url:
            raise ApiError(409, _CONFLICT_HOOK)
        if self.poller is not None and not self.poller.done():
            self.poller.set_exception(ApiError(409, _CONFLICT_POLL))
        self._confirm(offset)
        ends = time.monotonic() + timeout_seconds
        while not (found := self._visible(limit)):
            left = ends - time.monotonic()
            if left <= 0:
                return []
            self.poller = asyncio.get_running_loop().create_future()
            # A silence fault may end without a new update: look again now and then.
            await asyncio.wait({self.poller}, timeout=min(left, 1.0))
            if self.poller.done():
                self.poller.result()
        return found

    def _confirm(self, offset: int | None) -> None:
        if offset is None:
            return
        if offset < 0:
            keep = list(self.waiting)[offset:]
            self.waiting = {number: self.waiting[number] for number in keep}
            return
        for number in list(self.waiting):
            # Dict order is arrival order, ids may jump after a quiet week.
            if number >= offset:
                break
            del self.waiting[number]

    def _visible(self, limit: int) -> list[Json]:
        if self.core.faults.any("telegram") and self.core.faults.take(
            "telegram", frozenset({Kind.SILENT}), account=self.account
        ):
            return []
        found = []
        for one in self.waiting.values():
            found.append(one.body)
            if len(found) >= limit:
                break
        return found


def _seconds(value: str | None) -> float | None:
    return float(value) if value and value.isdigit() else None
