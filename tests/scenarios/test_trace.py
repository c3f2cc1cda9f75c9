"""A44: one id from the webhook through the task to every call it caused, in the city's log too."""

from __future__ import annotations

from typing import Any

from tests.scenarios.world import BORIS, GROUP, World, sees


def traces(world: World, **wanted: Any) -> list[str]:
    return [entry.trace for entry in world.city.journal.find(**wanted)]


async def test_what_a_buyers_message_causes_bears_its_webhooks_trace(world: World) -> None:
    thread = await world.topic("Здравствуйте")
    card = await sees(lambda: world.message("18 500", thread)["is_pinned"])
    assert card

    (hook,) = traces(world, kind="hook", provider="avito", method="text")
    assert len(hook) == 32
    for method in ("createForumTopic", "sendPhoto", "sendMessage", "pinChatMessage"):
        assert set(traces(world, kind="call", provider="telegram", method=method)) == {hook}


async def test_what_a_managers_answer_causes_bears_its_own(world: World) -> None:
    thread = await world.topic("Здравствуйте")
    before = {entry.trace for entry in world.city.journal.entries}
    answer = world.says("Добрый день", thread)
    await sees(lambda: world.mark(answer) == "👌")

    (sent,) = traces(world, kind="call", provider="avito", method="send")
    (mark,) = traces(world, kind="call", provider="telegram", method="setMessageReaction")
    echoes = set(traces(world, kind="hook", provider="avito")) - before
    assert mark in {sent, *echoes}  # the echo may tell of the answer before the call has returned
    assert sent not in before
    assert sent in traces(world, kind="hook", provider="telegram", method="message")


async def test_a_button_a_file_and_an_alert_keep_the_thread(world: World) -> None:
    thread = await world.topic("Пришлите договор")
    world.city.telegram.user_sends(
        BORIS, GROUP, "document", b"%PDF-1.4 x", name="d.pdf", thread=thread
    )
    refused = await sees(lambda: world.message("не ушло", thread))
    await world.presses(BORIS, refused, "Отправить ссылкой")
    await sees(lambda: world.sent(world.chat_id()))

    pressed = traces(world, kind="hook", provider="telegram", method="callback_query")[-1]
    assert traces(world, kind="call", provider="telegram", method="answerCallbackQuery")[-1] == (
        pressed
    )
    assert traces(world, kind="call", provider="avito", method="send") == [pressed]
