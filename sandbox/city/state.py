"""Keeps the world over restarts, so that topics and message ids go on where they stopped.

Telegram never reuses a message id; a city that began again at 1 would look like repeated updates.
The file is our own, in a private folder; faults and the journal are not kept.
"""

from __future__ import annotations

import asyncio
import pickle
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.city.city import City

VERSION = 1
SAVE_SECONDS = 2.0
ID_GAP = 100  # what the last seconds before a kill may have used
_TELEGRAM = ("people", "groups", "privates", "files")
_AVITO = ("accounts", "by_client", "buyers", "tokens", "media", "written")
_QUEUE = ("hook", "allowed", "waiting", "last_id", "last_at")
_BOT = ("token", "username", "name", "can_read_all_group_messages", "has_topics_enabled",
        "is_revoked", "settings")  # fmt: skip


def dump(city: City) -> bytes:
    """Everything people and bots wrote."""
    telegram, avito = city.telegram.world, city.avito.world
    bots = [
        ({name: getattr(bot, name) for name in _BOT},
         {name: getattr(bot.updates, name) for name in _QUEUE})
        for bot in telegram.bots.values()
    ]  # fmt: skip
    kept: dict[str, Any] = {
        "version": VERSION,
        "seq": city.core.seq,
        "bots": bots,
        "telegram": {name: getattr(telegram, name) for name in _TELEGRAM},
        "posts": (list(telegram.bot_posts), list(telegram.people_posts)),
        "avito": {name: getattr(avito, name) for name in _AVITO},
    }
    return pickle.dumps(kept)


def load(city: City, data: bytes) -> bool:
    """Fill an empty city; False where the data is of another version or broken."""
    try:
        kept = pickle.loads(data)  # noqa: S301 - written by us into our own folder
        if kept["version"] != VERSION:
            return False
    except (pickle.UnpicklingError, EOFError, KeyError, AttributeError, TypeError, ImportError):
        return False
    _fill(city, kept)
    return True


def _fill(city: City, kept: dict[str, Any]) -> None:
    telegram, avito = city.telegram.world, city.avito.world
    city.core.seq = kept["seq"]
    for known, queue in kept["bots"]:
        bot = city.telegram.add_bot(known["token"], known["username"])
        for name, value in known.items():
            setattr(bot, name, value)
        for name, value in queue.items():
            setattr(bot.updates, name, value)
    for name, value in kept["telegram"].items():
        setattr(telegram, name, value)
    telegram.bot_posts = deque(kept["posts"][0], telegram.bot_posts.maxlen)
    telegram.people_posts = deque(kept["posts"][1], telegram.people_posts.maxlen)
    for name, value in kept["avito"].items():
        setattr(avito, name, value)
    for chat in (*telegram.groups.values(), *telegram.privates.values()):
        chat.next_message_id += ID_GAP


def save(city: City, path: Path) -> None:
    """Write the world, whole or not at all."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(dump(city))
    fresh.replace(path)


async def keep_saving(city: City, path: Path) -> None:
    """Save whenever something changed, until cancelled."""
    saved = -1
    while True:
        started = time.monotonic()
        if city.core.feed.version != saved:
            saved = city.core.feed.version
            save(city, path)
        # A big world takes long to write: at most a twentieth of the time goes there.
        await asyncio.sleep(max(SAVE_SECONDS, 20 * (time.monotonic() - started)))
