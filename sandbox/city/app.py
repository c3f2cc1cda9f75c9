"""The city as a process of its own: the demo's world, kept in a folder, with the page at `/`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.city import demo as demo_world
from sandbox.city import state
from sandbox.city.city import City
from sandbox.city.telegram.updates import Webhook

__all__ = ["City", "run"]
log = logging.getLogger(__name__)
AVITO_TRIES = 3  # the demo is kinder than the tests: a webhook is tried again


def run(
    *, listen: str, web_url: str = "", control_socket: Path | None = None,
    demo: Path = demo_world.DEMO_FILE, seeded: Path | None = None, state_dir: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Serve until SIGTERM or SIGINT."""
    del environ  # the city takes nothing from the environment; the caller may pass it
    city = City(web_url=web_url, control_socket=control_socket)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(city, listen, demo, seeded, state_dir))


async def _serve(
    city: City, listen: str, demo: Path, seeded: Path | None, state_dir: Path | None
) -> None:
    host, _, port = listen.rpartition(":")
    city.demo_file = demo
    city.avito.world.hooks.tries = AVITO_TRIES
    path = _restore(city, demo, state_dir)
    await city.start(host.strip("[]") or "127.0.0.1", int(port))
    if seeded is not None and seeded.exists():
        register(city, json.loads(seeded.read_text(encoding="utf-8")))
    if path is not None:
        city.core.spawn(state.keep_saving(city, path))
    log.info("provider city listens", extra={"listen": listen})
    await _until_signal()
    if path is not None:
        state.save(city, path)
    await city.stop()


def _restore(city: City, demo: Path, state_dir: Path | None) -> Path | None:
    if state_dir is None:
        demo_world.build(city, demo)
        return None
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = state_dir / "city.pickle"
    if not (path.exists() and state.load(city, path.read_bytes())):
        demo_world.build(city, demo)
    return path


def register(city: City, printed: dict[str, Any]) -> None:
    """Point webhooks where `main.py seed` said they live; the product may set others later."""
    for tenant in printed.get("tenants", ()):
        for bot in tenant.get("bots", ()):
            if bot.get("hook_url"):
                hook = Webhook(bot["hook_url"], bot.get("hook_secret") or "")
                city.telegram.world.bot(bot["username"]).updates.set_hook(hook, drop=False)
        for channel in tenant.get("channels", ()):
            account = city.avito.world.accounts.get(int(channel.get("account_id") or 0))
            if account is not None and channel.get("hook_url"):
                account.hooks = {channel["hook_url"]: "3"}


async def _until_signal() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await stop.wait()
