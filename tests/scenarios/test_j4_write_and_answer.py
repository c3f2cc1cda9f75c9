"""J4: a buyer writes, a manager answers."""

from __future__ import annotations

import aiohttp

from sandbox.city.avito.media import draw
from tests.scenarios.world import ACCOUNT, BIKE, BORIS, GROUP, IVAN, World, buttons, sees, text_of


async def test_text_opens_a_topic_with_a_pinned_card_and_then_the_text(world: World) -> None:
    thread = await world.topic("Здравствуйте, ещё продаёте?")

    assert "Иван Петров · Горный велосипед" in world.topic_title(thread)
    card, text = world.city.telegram.messages(GROUP, thread)
    assert "18 500 ₽" in text_of(card)
    assert "https://www.avito.ru/" in text_of(card) + str(card.get("caption_entities", ""))
    assert {"Беру", "Назначить", "Отложить", "Закрыть"} <= {one["text"] for one in buttons(card)}
    assert text_of(text) == "Здравствуйте, ещё продаёте?"
    await sees(lambda: world.message("18 500", thread)["is_pinned"])
    world.judged()


async def test_answer_is_marked_sent_then_read_and_the_buyer_has_one_message(
    world: World,
) -> None:
    thread = await world.topic("Торг есть?")
    answer = world.says("Немного уступлю", thread)

    await sees(lambda: world.mark(answer) == "👌")
    assert world.sent(world.chat_id()) == ["Немного уступлю"]

    world.city.avito.buyer_reads(ACCOUNT, world.chat_id())
    await sees(lambda: world.mark(answer) == "👀")
    world.judged()


async def test_picture_and_voice_sent_at_once_come_in_order_into_the_same_topic(
    world: World,
) -> None:
    thread = await world.topic("Смотрите")
    world.city.avito.buyer_sends_image(ACCOUNT, IVAN, BIKE)
    world.city.avito.buyer_sends_voice(ACCOUNT, IVAN, BIKE)
    world.buyer("и вот так")

    await sees(lambda: world.message("и вот так", thread))
    shown = world.city.telegram.messages(GROUP, thread)[-3:]
    assert "photo" in shown[0]
    assert "voice" in shown[1]
    world.judged()


async def test_webhook_repeated_five_times_is_one_message(world: World) -> None:
    thread = await world.topic("Первое")
    world.city.faults.add("avito", "duplicate", times=5)
    world.buyer("Один раз")
    world.buyer("Последнее")
    await sees(lambda: world.message("Последнее", thread))

    assert world.texts(thread).count("Один раз") == 1
    world.judged()


async def test_edited_answer_is_offered_as_a_correction(world: World) -> None:
    thread = await world.topic("Сколько стоит?")
    answer = world.says("18 000", thread)
    await sees(lambda: world.mark(answer) == "👌")

    world.city.telegram.user_edits(BORIS, GROUP, answer, "18 500")
    offer = await sees(lambda: world.message("не умеет менять отправленное", thread))
    assert world.sent(world.chat_id()) == ["18 000"]

    await world.presses(BORIS, offer, "Отправить исправление")
    await sees(lambda: world.sent(world.chat_id()) == ["18 000", "18 500"])


async def test_message_deleted_by_the_buyer_is_marked_so(world: World) -> None:
    thread = await world.topic("Передумал")
    chat_id = world.chat_id()
    [message] = world.city.avito.messages(ACCOUNT, chat_id)

    world.city.avito.buyer_deletes(ACCOUNT, chat_id, message.id)

    await sees(lambda: world.message("Покупатель удалил", thread))


async def test_document_and_voice_are_refused_in_words_and_nothing_is_half_sent(
    world: World,
) -> None:
    thread = await world.topic("Пришлите договор")
    city = world.city.telegram
    document = city.user_sends(
        BORIS, GROUP, "document", b"%PDF-1.4", name="dogovor.pdf", caption="Вот", thread=thread
    )
    refused = await sees(lambda: world.message("Покупателю ничего не ушло", thread))
    assert "Файл" in text_of(refused)
    assert refused["reply_to_message"]["message_id"] == document.id

    voice = city.user_sends(BORIS, GROUP, "voice", b"OggS", thread=thread)
    await sees(lambda: world.message("Голосовое", thread))
    refused = world.message("Голосовое", thread)
    assert refused["reply_to_message"]["message_id"] == voice.id

    said = world.says("Договор пришлю почтой", thread)
    await sees(lambda: world.mark(said) == "👌")
    written = [one for one in world.city.avito.messages(ACCOUNT, world.chat_id()) if one.by_api]
    assert [one.content.get("text") for one in written] == ["Договор пришлю почтой"]


async def test_picture_of_a_manager_reaches_the_buyer(world: World) -> None:
    thread = await world.topic("Покажите раму")
    photo = world.city.telegram.user_sends(
        BORIS, GROUP, "photo", draw("640x480", "frame"), caption="Вот рама", thread=thread
    )
    await sees(lambda: world.mark(photo.id) == "👌")

    written = [one for one in world.city.avito.messages(ACCOUNT, world.chat_id()) if one.by_api]
    assert [one.type for one in written] == ["image", "text"]
    assert written[1].content["text"] == "Вот рама"
    world.judged()


async def test_notes_never_leave(world: World) -> None:
    thread = await world.topic("Здравствуйте")
    for note in ("//он уже звонил", "#скидки не давать", "/note перезвонить в пять"):
        world.says(note, thread)
    world.says("/нетакойкоманды секрет", thread)
    await sees(lambda: world.message("Команды", thread))
    answer = world.says("Добрый день", thread)
    await sees(lambda: world.mark(answer) == "👌")

    assert world.sent(world.chat_id()) == ["Добрый день"]
    world.judged()


async def test_what_the_seller_types_in_avito_is_seen_and_own_answers_do_not_come_back(
    world: World,
) -> None:
    thread = await world.topic("Доставите?")
    answer = world.says("Доставим", thread)
    await sees(lambda: world.mark(answer) == "👌")
    world.city.avito.seller_types_in_app(ACCOUNT, world.chat_id(), "Завтра к обеду")

    await sees(lambda: world.message("Завтра к обеду", thread))
    assert not [text for text in world.texts(thread)[2:] if text.endswith("Доставим")][1:]
    world.judged()


async def test_album_of_a_manager_reaches_the_buyer_in_order_with_one_mark(world: World) -> None:
    thread = await world.topic("Покажите со всех сторон")
    photos = [draw("640x480", name) for name in ("left", "right", "wheel")]
    parts = world.city.telegram.user_sends_album(
        BORIS, GROUP, photos, caption="Со всех сторон", thread=thread
    )
    await sees(lambda: world.mark(parts[0].id) == "👌", 5)

    written = [one for one in world.city.avito.messages(ACCOUNT, world.chat_id()) if one.by_api]
    assert [one.type for one in written] == ["image", "text", "image", "image"]
    assert [world.mark(part.id) for part in parts[1:]] == ["", ""]
    world.judged()


async def test_refused_document_goes_as_a_link_the_buyer_can_open(world: World) -> None:
    thread = await world.topic("Пришлите договор")
    body = b"%PDF-1.4 " + b"contract " * 5_000
    sent = world.city.telegram.user_sends(
        BORIS, GROUP, "document", body, name="dogovor.pdf", caption="Вот", thread=thread
    )
    refused = await sees(lambda: world.message("Покупателю ничего не ушло", thread))
    assert await world.presses(BORIS, refused, "Отправить ссылкой") == "Готовим ссылку"

    await sees(lambda: world.mark(sent.id) == "👌")
    (text,) = world.sent(world.chat_id())
    assert text.startswith("Вот\n\nФайл «dogovor.pdf»")
    await sees(lambda: world.message("Отправили ссылкой", thread))
    url = next(word for word in text.split() if "/f/" in word)
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        assert answer.status == 200
        assert await answer.read() == body
    world.judged()
