"""J5: trouble on the way: what the manager sees, and that nothing is lost, doubled or swapped."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.city.avito.model import Message
from sandbox.city.journal import Outcome
from tests.scenarios.world import (
    ACCOUNT,
    BIKE,
    BORIS,
    IVAN,
    World,
    buttons,
    seeding,
    sees,
    settings_environ,
    text_of,
    town,
)

ROOT = Path(__file__).parents[2]


async def test_rate_limited_answers_are_queued_then_sent_in_order(world: World) -> None:
    thread = await world.topic("Вопрос")
    world.city.faults.add("avito", "rate_limit", method="send", seconds=4, retry_after=1)
    first = world.says("Первый ответ", thread)
    second = world.says("Второй ответ", thread)

    await sees(lambda: world.mark(first) == "✍", 5)
    await sees(lambda: world.mark(first) == world.mark(second) == "👌", 10)
    assert world.sent(world.chat_id()) == ["Первый ответ", "Второй ответ"]
    world.judged()


async def test_provider_down_beyond_the_limit_fails_visibly_and_retry_sends(world: World) -> None:
    thread = await world.topic("Вопрос")
    world.city.faults.add("avito", "server_error", method="send", status=503)
    answer = world.says("Не дошло бы", thread)
    await sees(lambda: world.crossed(method="send", outcome=Outcome.FAULT))

    await world.later(days=2)
    await sees(lambda: world.mark(answer) == "💔", 10)
    told = await sees(lambda: world.message("Не дошло.", thread))
    assert [one["text"] for one in buttons(told)] == ["Повторить", "Не отправлять"]
    assert world.sent(world.chat_id()) == []

    world.city.faults.clear("avito")
    await world.presses(BORIS, told, "Повторить")
    await sees(lambda: world.mark(answer) == "👌")
    assert world.sent(world.chat_id()) == ["Не дошло бы"]
    world.judged()


async def test_hang_after_acceptance_is_found_in_the_history(world: World) -> None:
    thread = await world.topic("Вопрос")
    world.city.faults.add("avito", "accept_then_hang", method="send", count=1, seconds=5)
    answer = world.says("Отправлено однажды", thread)
    later = world.says("И следующее", thread)

    await sees(lambda: world.mark(answer) == world.mark(later) == "👌", 8)
    assert world.sent(world.chat_id()) == ["Отправлено однажды", "И следующее"]
    world.judged()


async def test_big_file_becomes_a_line_of_words_and_the_stream_goes_on(world: World) -> None:
    thread = await world.topic("Сейчас пришлю")
    world.city.avito.buyer_sends_image(ACCOUNT, IVAN, BIKE, bytes(30 * 1024 * 1024))
    world.buyer("дошло?")

    await sees(lambda: world.message("дошло?", thread), 8)
    note = text_of(await sees(lambda: world.message("Фото", thread)))
    assert "30 МБ" in note
    assert "https://www.avito.ru/" in note


async def test_burst_over_the_groups_limit_is_merged_and_none_is_lost(
    environ: dict[str, str],
) -> None:
    async with town(environ, seeding(), VISHENKA_LIMITS_SCALE="1") as world:
        world.city.telegram.set_limits(enabled=True, scale=1)
        thread = await world.topic("Начало")
        words = [f"Сообщение {number} из многих" for number in range(40)]
        for word in words:
            world.buyer(word)
        await sees(lambda: words[-1] in "\n".join(world.texts(thread)), 20)

        seen = "\n".join(world.texts(thread))
        assert [word for word in words if f"{word}\n" not in f"{seen}\n"] == []
        assert len(world.texts(thread)) < 22
        assert world.crossed(provider="telegram", outcome=Outcome.REFUSED) == []
        world.judged()


async def test_worker_killed_in_the_middle_sends_once(environ: dict[str, str]) -> None:
    async with town(environ, seeding(), with_worker=False) as world, program(world) as child:
        thread = await world.topic("Вопрос", seconds=15)
        hold = world.city.points.arm("accepted", provider="avito", method="send")
        answer = world.says("Ровно один раз", thread)
        await hold.reached(5)
        os.kill(child.pid, signal.SIGKILL)
        await child.wait()
        hold.release()

        async with program(world):
            await sees(lambda: world.mark(answer) == "👌", 15)
            following = world.says("И дальше", thread)
            await sees(lambda: world.mark(following) == "👌")
        assert world.sent(world.chat_id()) == ["Ровно один раз", "И дальше"]
        assert len(_by_api(world)) == 2
        world.judged()


def _by_api(world: World) -> list[Message]:
    return [one for one in world.city.avito.messages(ACCOUNT, world.chat_id()) if one.by_api]


@asynccontextmanager
async def program(world: World) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker as its own process, ended with the test."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "main.py", "worker", cwd=ROOT, env=settings_environ(world),
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
