"""The judge counts what was lost, doubled and shuffled, and nothing else."""

import aiohttp

from tests.sandbox.city.conftest import ACCOUNT, BORIS, BUYER, GROUP, ITEM, TOKEN


async def _topic(product, name="Иван"):
    return (await product.ok("createForumTopic", chat_id=GROUP, name=name))["message_thread_id"]


async def _relay(product, thread, *texts):
    for text in texts:
        await product.ok("sendMessage", chat_id=GROUP, message_thread_id=thread, text=text)


async def test_faithful_relay_is_clean(city, product):
    for text in ("раз", "два", "да", "да"):
        city.avito.buyer_says(ACCOUNT, BUYER, ITEM, text)
    thread = await _topic(product)
    await _relay(product, thread, "Горный велосипед — 18 500 ₽", "раз", "два", "да", "да")

    verdict = city.judge()

    assert verdict.is_clean
    assert verdict.lines[0].arrived == 4


async def test_loss_double_and_disorder_are_counted(city, product):
    for text in ("раз", "два", "три", "четыре"):
        city.avito.buyer_says(ACCOUNT, BUYER, ITEM, text)
    thread = await _topic(product)
    await _relay(product, thread, "два", "раз", "раз", "↻ Возможно, повтор\nдва", "три")

    verdict = city.judge()

    assert (verdict.lost, verdict.doubled, verdict.out_of_order) == (1, 1, 1)
    assert verdict.marked == 1
    assert city.judge(grace_seconds=60).waiting == 1


async def test_same_words_of_two_buyers_do_not_cover_for_each_other(city, product):
    city.avito.add_buyer(2, "Марина")
    for buyer, name in ((BUYER, "Иван"), (2, "Марина")):
        city.avito.buyer_says(ACCOUNT, buyer, ITEM, f"Это {name}")
        city.avito.buyer_says(ACCOUNT, buyer, ITEM, "Здравствуйте")
    first, second = await _topic(product), await _topic(product, "Марина")
    await _relay(product, first, "Это Иван", "Здравствуйте", "Здравствуйте")
    await _relay(product, second, "Это Марина")

    verdict = city.judge()

    assert (verdict.lost, verdict.doubled) == (1, 1)


async def test_topic_opened_again_may_repeat_the_last_messages(city, product):
    city.avito.buyer_says(ACCOUNT, BUYER, ITEM, "раз")
    city.avito.buyer_says(ACCOUNT, BUYER, ITEM, "два")
    thread = await _topic(product)
    await _relay(product, thread, "раз")
    city.telegram.delete_topic(GROUP, thread)
    await _relay(product, await _topic(product), "раз", "два")

    assert city.judge().is_clean


async def test_managers_answers_are_judged_the_other_way(city, product):
    said = city.avito.buyer_says(ACCOUNT, BUYER, ITEM, "раз")
    thread = await _topic(product)
    await _relay(product, thread, "раз")
    for text in ("ответ", "второй", "/note не для него"):
        city.telegram.user_says(BORIS, GROUP, text, thread=thread)
    path = f"/messenger/v1/accounts/{ACCOUNT}/chats/{said.chat_id}/messages"
    for text in ("ответ", "ответ"):
        await product.avito("POST", path, json={"type": "text", "message": {"text": text}})

    verdict = city.judge()

    assert (verdict.lost, verdict.doubled) == (1, 1)


async def test_long_answer_in_marked_parts_has_arrived(city, product):
    said = city.avito.buyer_says(ACCOUNT, BUYER, ITEM, "раз")
    thread = await _topic(product)
    await _relay(product, thread, "раз")
    text = " ".join(str(number) for number in range(600))
    city.telegram.user_says(BORIS, GROUP, text, thread=thread)
    path = f"/messenger/v1/accounts/{ACCOUNT}/chats/{said.chat_id}/messages"
    for number in range(3):
        part = f"{number + 1}/3 {text[number * 900 : (number + 1) * 900]}"
        await product.avito("POST", path, json={"type": "text", "message": {"text": part}})

    assert city.judge().is_clean


async def test_burst_in_one_message_holds_each_of_its_texts_once(city, product):
    for text in ("раз", "два\nи ещё", "три", "четыре"):
        city.avito.buyer_says(ACCOUNT, BUYER, ITEM, text)
    thread = await _topic(product)
    await _relay(product, thread, "раз", "два\nи ещё\n\nтри", "Итог\nчетыре\nконец")

    verdict = city.judge()

    assert (verdict.is_clean, verdict.lines[0].arrived) == (True, 4)


async def test_voice_may_change_its_box_but_not_its_count(city, product):
    city.avito.buyer_says(ACCOUNT, BUYER, ITEM, "раз")
    city.avito.buyer_sends_voice(ACCOUNT, BUYER, ITEM)
    thread = await _topic(product)
    await _relay(product, thread, "раз")
    verdicts = [city.judge()]
    for _ in range(2):
        form = aiohttp.FormData()
        form.add_field("chat_id", str(GROUP))
        form.add_field("message_thread_id", str(thread))
        form.add_field("voice", b"OggS other bytes", filename="a.oga")
        url = f"{city.telegram_url}/bot{TOKEN}/sendVoice"
        async with product.session.post(url, data=form) as response:
            assert response.status == 200
        verdicts.append(city.judge())

    assert [(one.lost, one.doubled) for one in verdicts] == [(1, 0), (0, 0), (0, 1)]


async def test_picture_is_known_again_by_its_bytes(city, product):
    said = city.avito.buyer_sends_image(ACCOUNT, BUYER, ITEM)
    async with product.session.get(said.content["image"]["sizes"]["1280x960"]) as response:
        data = await response.read()
    thread = await _topic(product)
    before = city.judge().lost
    form = aiohttp.FormData()
    form.add_field("chat_id", str(GROUP))
    form.add_field("message_thread_id", str(thread))
    form.add_field("photo", data, filename="a.png")
    async with product.session.post(
        f"{city.telegram_url}/bot{TOKEN}/sendPhoto", data=form
    ) as response:
        assert response.status == 200

    assert (before, city.judge().is_clean) == (1, True)
