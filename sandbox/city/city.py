"""One city: a server with all fakes, in the test's loop or as its own process."""

from __future__ import annotations

import time
from pathlib import Path

from aiohttp import web

from sandbox.city.avito import AvitoCity
from sandbox.city.control.api import Control
from sandbox.city.core import Clock, Core
from sandbox.city.demo import DEMO_FILE, build
from sandbox.city.faults import Faults
from sandbox.city.journal import Journal
from sandbox.city.judge import judge
from sandbox.city.login import LoginCity
from sandbox.city.points import Points
from sandbox.city.telegram import TelegramCity
from sandbox.city.verdict import Verdict

MAX_BODY = 64 * 1024 * 1024


class City:
    """Fake providers that behave, misbehave when told, and keep what they accepted."""

    def __init__(
        self,
        *,
        clock: Clock = time.time,
        seed: int = 0,
        time_scale: float = 1.0,
        web_url: str = "",
        control_socket: Path | None = None,
    ) -> None:
        """`time_scale` shortens the fakes' own waiting; the socket is the supervisor's."""
        self.core = Core(clock=clock, seed=seed, time_scale=time_scale)
        self.telegram = TelegramCity(self.core)
        self.avito = AvitoCity(self.core)
        self.login = LoginCity(self.core, self.telegram.world)
        self.web_url = web_url
        self.control_socket = control_socket
        self.demo_file = DEMO_FILE
        self.control = Control(self)
        self.url = ""
        self._runner: web.ServerRunner | None = None

    @property
    def journal(self) -> Journal:
        """Everything that crossed the border."""
        return self.core.journal

    @property
    def faults(self) -> Faults:
        """Standing orders to misbehave."""
        return self.core.faults

    @property
    def points(self) -> Points:
        """Hold points for kill tests."""
        return self.core.points

    @property
    def telegram_url(self) -> str:
        """What `TELEGRAM_API_URL` should be."""
        return f"{self.url}/telegram"

    @property
    def avito_url(self) -> str:
        """What `AVITO_API_URL` should be."""
        return f"{self.url}/avito"

    def judge(self, *, grace_seconds: float = 0.0) -> Verdict:
        """Lost, doubled, out of order: from what people wrote and what the fakes accepted."""
        return judge(self.telegram.world, self.avito.world, grace_seconds)

    def reset(self, *, demo: bool = False) -> None:
        """Forget everything; with `demo` build the demo's world again."""
        self.points.clear()
        self.faults.clear()
        self.journal.clear()
        self.telegram.world.clear()
        self.avito.world.clear()
        if demo:
            build(self, self.demo_file)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; `url` is known afterwards."""
        server = web.Server(
            self._handle, request_factory=_request, handler_cancellation=True, access_log=None
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        address = self._runner.addresses[0]
        name = "127.0.0.1" if address[0] in {"0.0.0.0", "::"} else address[0]
        self.url = f"http://{name}:{address[1]}"
        self.core.url = self.url

    async def stop(self) -> None:
        """Let held calls go, stop webhooks, close the port."""
        self.core.points.clear()
        await self.core.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> City:
        """Start on a free port."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if path.startswith("/telegram/"):
            return await self.telegram.handle(request, path[9:])
        if path.startswith("/login/"):
            return await self.login.handle(request, path[6:])
        if path.startswith("/avito/"):
            return await self.avito.handle(request, path[6:])
        return await self.control.handle(request, path)


def _request(message, payload, protocol, writer, task) -> web.BaseRequest:  # type: ignore[no-untyped-def]
    return web.BaseRequest(
        message, payload, protocol, writer, task, task.get_loop(), client_max_size=MAX_BODY
    )
