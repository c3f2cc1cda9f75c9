"""Naughty strings cross the bridge: a buyer writes them, a manager answers with them, people and
things are called so; all arrive as they were, nothing is refused, lost or taken for a command.
"""

from __future__ import annotations

import pytest

from tests.naughty import KINDS, STRINGS, joined, sendable
from tests.scenarios.world import ACCOUNT, World, sees

ROOM = 900
BETWEEN = "\n·\n"
FIRST_BUYER = 9_100
NAMES = [kind[len(kind) // 2] for kind in KINDS.values()]
SECONDS = 20.0


def crossing() -> list[str]:
    """All strings in texts that fit a message of either side; each begins with a mark, so that
    none is a command by chance.
    """
    return ["№ " + text for text in joined(map(plain, STRINGS), ROOM, BETWEEN)]


def plain(text: str) -> str:
    """Return a text as it can be kept: what no table and no JSON of theirs holds is one mark."""
    return sendable(text).replace("\x00", "\ufffd")


@pytest.mark.slow
async def test_every_string_crosses_the_bridge_and_comes_back(world: World) -> None:
    texts = crossing()
    thread = await world.topic("начало")
    for text in texts:
        world.buyer(text)
    wanted = [text.strip() for text in texts]
    await sees(lambda: len(marked(world.texts(thread))) == len(texts), SECONDS)
    assert marked(world.texts(thread)) == wanted

    for text in texts:
        world.says(text, thread)
    chat = world.chat_id()
    await sees(lambda: len(world.sent(chat)) == len(texts), SECONDS)
    assert world.sent(chat) == wanted
    world.judged()


@pytest.mark.slow
async def test_people_and_things_may_be_called_anything(world: World) -> None:
    for number, name in enumerate(map(plain, NAMES)):
        world.city.avito.add_buyer(FIRST_BUYER + number, name)
        world.city.avito.add_item(ACCOUNT, FIRST_BUYER + number, name[:200], 100)
        world.buyer(f"слово {number}.", FIRST_BUYER + number, FIRST_BUYER + number)
    for number, name in enumerate(map(plain, NAMES)):
        words = f"слово {number}."
        shown = await sees(lambda words=words: world.message(words), SECONDS)
        thread = int(shown["message_thread_id"])
        assert name.strip()[:60] in world.topic_title(thread)
        assert world.texts(thread)[0].startswith(name.strip())
    world.judged()


def marked(texts: list[str]) -> list[str]:
    """Return the texts of this test; the card and the first word are not among them."""
    return [text for text in texts if text.startswith("№")]
