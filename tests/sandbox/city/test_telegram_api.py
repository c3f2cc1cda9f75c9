"""The fake Bot API refuses and answers the way the real one does."""

import asyncio

import aiohttp
import pytest

from tests.sandbox.city.conftest import ANNA, BORIS, GROUP, TOKEN


async def test_unknown_token_is_unauthorised(product):
    status, body = await product.bot("getMe", token="1:nobody")

    assert (status, body["error_code"], body["ok"]) == (401, 401, False)


async def test_message_goes_into_a_topic_and_keeps_its_fields(city, product):
    topic = await product.ok("createForumTopic", chat_id=GROUP, name="Иван · Велосипед")
    thread = topic["message_thread_id"]

    sent = await product.ok(
        "sendMessage",
        chat_id=GROUP,
        message_thread_id=thread,
        text="<b>Да</b>",
        parse_mode="HTML",
    )

    assert sent["text"] == "Да"
    assert sent["entities"] == [{"type": "bold", "offset": 0, "length": 2}]
    assert sent["is_topic_message"] is True
    assert sent["reply_to_message"]["forum_topic_created"]["name"] == "Иван · Велосипед"
    assert city.telegram.texts(GROUP, thread) == ["Да"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": "  \n"}, "message text is empty"),
        ({"text": "а" * 4097}, "message is too long"),
        ({"text": "😀" * 2049}, "message is too long"),  # two UTF-16 units each
        ({"text": "<q>x", "parse_mode": "HTML"}, "can't parse entities"),
        ({"text": "<b>x", "parse_mode": "HTML"}, "can't parse entities"),
        ({"text": "a.b", "parse_mode": "MarkdownV2"}, "is reserved and must be escaped"),
        ({"text": "x", "message_thread_id": 999}, "message thread not found"),
        ({"text": "x", "chat_id": 5}, "chat not found"),
        ({"text": "x", "reply_parameters": {"message_id": 77}}, "message to be replied not found"),
    ],
)
async def test_bad_text_is_refused_in_words(product, params, words):
    status, body = await product.bot("sendMessage", **{"chat_id": GROUP, **params})

    assert status == 400
    assert words in body["description"]


async def test_callback_data_over_64_bytes_is_refused(product):
    keyboard = {"inline_keyboard": [[{"text": "ok", "callback_data": "я" * 33}]]}

    status, body = await product.bot("sendMessage", chat_id=GROUP, text="x", reply_markup=keyboard)

    assert (status, body["description"]) == (400, "Bad Request: BUTTON_DATA_INVALID")


async def test_person_who_never_started_cannot_be_written_to(city, product):
    status, body = await product.bot("sendMessage", chat_id=ANNA, text="x")
    city.telegram.start_bot(ANNA, TOKEN)
    started, _ = await product.bot("sendMessage", chat_id=ANNA, text="x")
    city.telegram.block_bot(ANNA, TOKEN)
    blocked, words = await product.bot("sendMessage", chat_id=ANNA, text="x")

    assert (status, started, blocked) == (403, 200, 403)
    assert "can't initiate" in body["description"]
    assert words["description"] == "Forbidden: bot was blocked by the user"


async def test_kicked_bot_and_migrated_group_say_so(city, product):
    city.telegram.kick_bot(GROUP, TOKEN)
    kicked, _ = await product.bot("sendMessage", chat_id=GROUP, text="x")
    city.telegram.return_bot(GROUP, TOKEN)
    city.telegram.migrate_group(GROUP, -1009)
    status, body = await product.bot("sendMessage", chat_id=GROUP, text="x")
    await product.ok("sendMessage", chat_id=-1009, text="x")

    assert (kicked, status) == (403, 400)
    assert body["parameters"] == {"migrate_to_chat_id": -1009}


async def test_closed_and_deleted_topics_are_told_apart(city, product):
    thread = (await product.ok("createForumTopic", chat_id=GROUP, name="т"))["message_thread_id"]
    city.telegram.set_rights(GROUP, TOKEN, ["can_delete_messages"])
    city.telegram.close_topic(GROUP, thread)
    _, closed = await product.bot("sendMessage", chat_id=GROUP, message_thread_id=thread, text="x")
    city.telegram.delete_topic(GROUP, thread)
    _, gone = await product.bot("sendMessage", chat_id=GROUP, message_thread_id=thread, text="x")
    _, rights = await product.bot("createForumTopic", chat_id=GROUP, name="т")

    assert closed["description"] == "Bad Request: TOPIC_CLOSED"
    assert gone["description"] == "Bad Request: message thread not found"
    assert "not enough rights" in rights["description"]


async def test_edit_without_change_and_missing_messages(product):
    sent = await product.ok("sendMessage", chat_id=GROUP, text="было")
    where = {"chat_id": GROUP, "message_id": sent["message_id"]}

    edited = await product.ok("editMessageText", **where, text="стало")
    _, same = await product.bot("editMessageText", **where, text="стало")
    assert await product.ok("deleteMessage", **where) is True
    _, no_edit = await product.bot("editMessageText", **where, text="x")
    _, no_delete = await product.bot("deleteMessage", **where)

    assert edited["edit_date"]
    assert "message is not modified" in same["description"]
    assert "message to edit not found" in no_edit["description"]
    assert "message to delete not found" in no_delete["description"]


async def test_photo_by_multipart_is_kept_and_its_id_is_one_bots_own(city, product):
    city.telegram.add_bot("4200002:B", "other_bot")
    city.telegram.add_member(GROUP, 4200002, "administrator")
    form = aiohttp.FormData()
    form.add_field("chat_id", str(GROUP))
    form.add_field("photo", b"\x89PNG\r\n\x1a\n" + b"0" * 40, filename="a.png")
    url = f"{city.telegram_url}/bot{TOKEN}/sendPhoto"
    async with product.session.post(url, data=form) as response:
        sent = (await response.json())["result"]
    file_id = sent["photo"][-1]["file_id"]

    found = await product.ok("getFile", file_id=file_id)
    async with product.session.get(
        f"{city.telegram_url}/file/bot{TOKEN}/{found['file_path']}"
    ) as response:
        data = await response.read()
    status, _ = await product.bot("getFile", token="4200002:B", file_id=file_id)

    assert data.startswith(b"\x89PNG")
    assert status == 400


async def test_album_is_all_or_nothing_and_returns_each_part(city, product):
    form = aiohttp.FormData()
    media = '[{"type":"photo","media":"attach://a","caption":"x"},{"type":"photo","media":"attach://b"}]'
    form.add_field("chat_id", str(GROUP))
    form.add_field("media", media)
    form.add_field("a", b"\xff\xd8\xff1", filename="a.jpg")
    form.add_field("b", b"\xff\xd8\xff2", filename="b.jpg")
    url = f"{city.telegram_url}/bot{TOKEN}/sendMediaGroup"
    async with product.session.post(url, data=form) as response:
        parts = (await response.json())["result"]

    assert len(parts) == 2
    assert parts[0]["media_group_id"] == parts[1]["media_group_id"]


async def test_webhook_carries_the_secret_and_repeats_until_taken(city, product, hook):
    hook.answers = [503, 500]
    await product.ok("setWebhook", url=hook.url, secret_token="s3cret")

    city.telegram.user_says(BORIS, GROUP, "первое")
    city.telegram.user_says(BORIS, GROUP, "второе")
    bodies = await hook.wait(4)

    assert {one["X-Telegram-Bot-Api-Secret-Token"] for one in hook.headers} == {"s3cret"}
    assert [one["message"]["text"] for one in bodies] == ["первое"] * 3 + ["второе"]
    assert bodies[0]["update_id"] < bodies[3]["update_id"]


async def test_get_updates_waits_confirms_and_excludes_a_webhook(city, product):
    waiting = asyncio.create_task(product.ok("getUpdates", timeout=5))
    await asyncio.sleep(0.05)
    city.telegram.user_says(BORIS, GROUP, "эй")
    [update] = await waiting
    left = await product.ok("getUpdates", offset=update["update_id"] + 1)
    await product.ok("setWebhook", url="http://127.0.0.1:9/x")
    status, _ = await product.bot("getUpdates")

    assert (update["message"]["text"], left, status) == ("эй", [], 409)


async def test_second_poller_ends_the_first(product):
    first = asyncio.create_task(product.bot("getUpdates", timeout=5))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(product.bot("getUpdates", timeout=0))

    status, body = await first
    await second

    assert status == 409
    assert "terminated by other getUpdates" in body["description"]


async def test_privacy_mode_hides_plain_talk(city, product):
    city.telegram.set_rights(GROUP, TOKEN, None)
    await product.ok("getUpdates", offset=-1)
    city.telegram.user_says(BORIS, GROUP, "между собой")
    city.telegram.user_says(BORIS, GROUP, "/status")

    seen = await product.ok("getUpdates")

    assert [one["message"]["text"] for one in seen if "message" in one] == ["/status"]


async def test_press_is_answered_once_known(city, product):
    keyboard = {"inline_keyboard": [[{"text": "Беру", "callback_data": "take:1"}]]}
    sent = await product.ok("sendMessage", chat_id=GROUP, text="карточка", reply_markup=keyboard)

    query_id = city.telegram.user_presses(BORIS, GROUP, sent["message_id"], "Беру")
    [update] = await product.ok("getUpdates")
    await product.ok("answerCallbackQuery", callback_query_id=query_id, text="Ваш")
    status, _ = await product.bot("answerCallbackQuery", callback_query_id="0")

    assert update["callback_query"]["data"] == "take:1"
    assert city.telegram.answer_of(TOKEN, query_id)["text"] == "Ваш"
    assert status == 400


async def test_group_limit_is_twenty_messages_a_minute(city, product):
    city.telegram.limits.is_enabled = True
    for number in range(20):
        await product.ok("sendMessage", chat_id=GROUP, text=f"м{number}")

    status, body = await product.bot("sendMessage", chat_id=GROUP, text="м20")
    edited, _ = await product.bot("sendChatAction", chat_id=GROUP, action="typing")

    assert (status, edited) == (429, 200)
    assert 1 <= body["parameters"]["retry_after"] <= 60


async def test_topic_service_lines_reach_the_bot_itself(product):
    topic = await product.ok("createForumTopic", chat_id=GROUP, name="т")
    [update] = await product.ok("getUpdates")

    assert update["message"]["forum_topic_created"]["name"] == "т"
    assert update["message"]["message_thread_id"] == topic["message_thread_id"]


async def test_mini_app_buttons_are_for_private_chats_and_https(city, product):
    city.telegram.start_bot(ANNA, TOKEN)

    async def sent(chat_id, url):
        keyboard = {"inline_keyboard": [[{"text": "Открыть", "web_app": {"url": url}}]]}
        return await product.bot("sendMessage", chat_id=chat_id, text="x", reply_markup=keyboard)

    assert (await sent(ANNA, "https://cabinet.example/app/open?to=home"))[0] == 200
    status, body = await sent(ANNA, "http://127.0.0.1/app")
    assert (status, "Only HTTPS" in body["description"]) == (400, True)
    status, body = await sent(GROUP, "https://cabinet.example/app")
    assert (status, body["description"]) == (400, "Bad Request: BUTTON_TYPE_INVALID")
