"""J4 and J5 by page: a manager's day in one dialog, then trouble on the way.

J5.3 (a worker killed in the middle) is played by page with real processes in `test_j4_by_page`;
J5.5 and J5.6 (a file too big, a burst) are about the topic alone: `tests/scenarios`.
J4.5's correction belongs to the topic: the cabinet sends, it does not edit.
"""

from __future__ import annotations

from playwright.async_api import FilePayload

from sandbox.city.journal import Outcome
from tests.browser.journeys.hands import Hands
from tests.browser.journeys.marks import MARKS
from tests.scenarios.world import (
    ACCOUNT,
    BIKE,
    BORIS,
    IVAN,
    World,
    sees,
)

pytestmark = MARKS
ONLY = "Покупателю уходят только картинки"


async def test_manager_answers_from_the_page_whatever_a_buyer_does(
    world: World, phone: Hands
) -> None:
    thread = await world.topic("Здравствуйте, ещё продаёте?")
    await phone.opens(BORIS)
    await phone.presses("Ответить: ")
    await phone.sees("Горный велосипед")
    await phone.sees("18 500")
    await phone.answers("Да, приезжайте")
    await world.reaches("Да, приезжайте")
    await sees(lambda: world.message("Борис:\nДа, приезжайте", thread))
    await phone.mark("Да, приезжайте", "отправлено")
    world.city.avito.buyer_reads(ACCOUNT, world.chat_id())
    await phone.mark("Да, приезжайте", "прочитано")

    await a_buyer_sends_all_kinds(world, phone)
    await what_avito_does_not_take_is_refused(phone)
    await a_note_never_leaves(world, phone, thread)
    assert world.sent(world.chat_id()) == ["Да, приезжайте"]
    await trouble_on_the_way(world, phone)
    world.judged()
    phone.clean()


async def a_buyer_sends_all_kinds(world: World, phone: Hands) -> None:
    """J4.3-5: picture and voice in order, a repeated webhook once, a deleted message marked."""
    city = world.city
    city.faults.add("avito", "duplicate", times=5)
    city.avito.buyer_sends_image(ACCOUNT, IVAN, BIKE)
    city.avito.buyer_sends_voice(ACCOUNT, IVAN, BIKE)
    world.buyer("и вот так")
    await phone.looks_until("и вот так", "#chat")
    city.faults.clear("avito")
    await phone.page.wait_for_selector("#chat .turn:nth-last-child(3) img")
    await phone.page.wait_for_selector("#chat .turn:nth-last-child(2) audio")
    assert (await phone.turns()).count("и вот так") == 1
    first = city.avito.messages(ACCOUNT, world.chat_id())[0]
    city.avito.buyer_deletes(ACCOUNT, world.chat_id(), first.id)
    await phone.looks_until("Покупатель удалил сообщение", "#chat")


async def what_avito_does_not_take_is_refused(phone: Hands) -> None:
    """J4.6: a document and a voice are refused in words; what was typed stays."""
    here = phone.page.url
    for name, kind, body in (
        ("dogovor.pdf", "application/pdf", b"%PDF-1.4"),
        ("voice.ogg", "audio/ogg", b"OggS"),
    ):
        wrong = FilePayload(name=name, mimeType=kind, buffer=body)
        await phone.page.set_input_files("#reply-file", wrong)
        async with phone.page.expect_response(lambda one: one.status == 422):
            await phone.answers("Вот договор")
        await phone.sees(ONLY, "#reply")
        assert await phone.page.input_value("#reply-text") == "Вот договор"
    assert phone.page.url == here  # a look again shows the dialog


async def a_note_never_leaves(world: World, phone: Hands, thread: int) -> None:
    """J4.7: the box says that it is a note; the team sees it, the buyer does not."""
    await phone.presses("Писать заметку команде")
    await phone.page.wait_for_selector(".compose.as-note")
    await phone.answers("он уже звонил")
    await phone.sees("Заметка · только команде", ".turn.note")
    await sees(lambda: world.message("он уже звонил", thread))


async def trouble_on_the_way(world: World, phone: Hands) -> None:
    """J5.1, 2, 4, 5."""
    await avito_asks_to_wait(world, phone)
    await avito_hangs_after_it_accepted(world, phone)
    await avito_is_down_beyond_the_limit(world, phone)


async def avito_asks_to_wait(world: World, phone: Hands) -> None:
    """J5.1: queued, then sent, in order."""
    world.city.faults.add("avito", "rate_limit", method="send", seconds=100, retry_after=1)
    await phone.answers("Первый ответ")
    await phone.sees("Первый ответ", ".turn.out")
    await phone.answers("Второй ответ")
    await phone.mark("Первый ответ", "в очереди")
    await phone.mark("Второй ответ", "в очереди")
    await phone.seen_where_one_looks("Второй ответ")
    world.city.faults.clear("avito")
    await phone.mark("Второй ответ", "отправлено")
    assert world.sent(world.chat_id())[1:] == ["Первый ответ", "Второй ответ"]


async def avito_hangs_after_it_accepted(world: World, phone: Hands) -> None:
    """J5.4: nobody knows; the history says that it is there, so it is sent once."""
    world.city.faults.add("avito", "accept_then_hang", method="send", count=1, seconds=5)
    await phone.answers("Ровно один раз")
    await phone.sees("Ровно один раз", ".turn.out")
    await sees(lambda: "Ровно один раз" in world.sent(world.chat_id()))
    await phone.mark("Ровно один раз", "отправлено", 8)
    assert world.sent(world.chat_id()).count("Ровно один раз") == 1


async def avito_is_down_beyond_the_limit(world: World, phone: Hands) -> None:
    """J5.2: failed and "again" under the message; one row of the undelivered sends it."""
    world.city.faults.add("avito", "server_error", method="send", status=503)
    await phone.answers("Не дошло бы")
    await phone.sees("Не дошло бы", ".turn.out")
    await phone.answers("И это")
    await phone.sees("И это", ".turn.out")
    await sees(lambda: world.crossed(method="send", outcome=Outcome.FAULT))
    await world.later(days=2)
    await phone.opens(BORIS)
    await phone.looks_until("Не дошли 2 сообщения", seconds=10)  # their last tries come due
    await phone.presses("Разобрать")
    await phone.sees("Ничего не потеряно")
    await phone.sees("Площадка не отвечает")
    world.city.faults.clear("avito")
    await phone.presses("Не дошло бы")
    await phone.sees("Можно повторить сейчас", "#sheet[open]")
    await phone.presses("Повторить", "#sheet")
    await phone.sees("Отправляем снова: 1 сообщение")
    await world.reaches("Не дошло бы")

    await phone.presses("Диалоги")
    await phone.presses("Все")
    await phone.presses("Иван Петров")
    assert await phone.page.input_value("#reply-text") == ""  # what was sent is no draft
    await phone.mark("Не дошло бы", "отправлено")
    await phone.mark("И это", "не дошло")
    await phone.presses("Повторить", ".turn.out:last-child")
    await phone.mark("И это", "отправлено")
    assert await phone.page.locator("main").count() == 1  # a page, not a page inside a bubble
    assert world.sent(world.chat_id())[-2:] == ["Не дошло бы", "И это"]
