"""Everything the fake Bot API says is what a client's strict models expect."""

import json

import aiohttp
from aiogram.types import (
    ChatFullInfo,
    ChatMemberAdministrator,
    ChatMemberOwner,
    File,
    ForumTopic,
    Message,
    Update,
    User,
    WebhookInfo,
)

from tests.sandbox.city.conftest import ANNA, BORIS, GROUP, TOKEN


def _is(model, body):
    shown = model.model_validate(body)
    unknown = set(shown.model_extra or ())
    assert not unknown, unknown
    return shown


async def test_answers_have_the_documented_fields(city, product):
    _is(User, await product.ok("getMe"))
    _is(WebhookInfo, await product.ok("getWebhookInfo"))
    topic = await product.ok("createForumTopic", chat_id=GROUP, name="т")
    _is(ForumTopic, topic)
    place = {"chat_id": GROUP, "message_thread_id": topic["message_thread_id"]}
    sent = await product.ok("sendMessage", **place, text="раз @anna https://x.example /go")
    _is(Message, sent)
    await product.ok("pinChatMessage", chat_id=GROUP, message_id=sent["message_id"])
    _is(ChatFullInfo, await product.ok("getChat", chat_id=GROUP))
    _is(ChatMemberAdministrator, await product.ok("getChatMember", chat_id=GROUP, user_id=4200001))
    _is(ChatMemberOwner, await product.ok("getChatMember", chat_id=GROUP, user_id=ANNA))
    _is(Message, await product.ok("sendLocation", **place, latitude=55.5, longitude=37.6))


async def test_media_have_the_documented_fields(city, product):
    for kind in ("photo", "document", "voice", "video", "animation", "audio", "sticker"):
        form = aiohttp.FormData()
        form.add_field("chat_id", str(GROUP))
        form.add_field(kind, b"\xff\xd8\xff data", filename="a.jpg")
        url = f"{city.telegram_url}/bot{TOKEN}/send{kind.capitalize()}"
        async with product.session.post(url, data=form) as response:
            sent = (await response.json())["result"]
        shown = _is(Message, sent)
        media = getattr(shown, kind)
        file = media[-1] if kind == "photo" else media
        _is(File, await product.ok("getFile", file_id=file.file_id))


async def test_updates_have_the_documented_fields(city, product):
    await product.ok(
        "getUpdates",
        allowed_updates=json.dumps(
            ["message", "edited_message", "callback_query", "my_chat_member", "message_reaction"]
        ),
    )
    sent = await product.ok(
        "sendMessage",
        chat_id=GROUP,
        text="карточка",
        reply_markup={"inline_keyboard": [[{"text": "Беру", "callback_data": "take"}]]},
    )
    telegram = city.telegram
    said = telegram.user_says(BORIS, GROUP, "раз", reply_to=sent["message_id"])
    telegram.user_edits(BORIS, GROUP, said.id, "два")
    telegram.user_reacts(BORIS, GROUP, said.id, "👍")
    telegram.user_presses(BORIS, GROUP, sent["message_id"], "take")
    telegram.user_sends_photo(BORIS, GROUP, b"\xff\xd8\xff", caption="фото")
    telegram.user_sends_document(BORIS, GROUP, b"x", name="a.txt")
    telegram.user_sends_voice(BORIS, GROUP, b"OggS")
    telegram.user_sends_sticker(BORIS, GROUP)
    telegram.user_sends_album(BORIS, GROUP, [b"\xff\xd8\xff1", b"\xff\xd8\xff2"])
    telegram.user_sends_poll(BORIS, GROUP, "Когда?", ["сегодня", "завтра"])
    telegram.start_bot(ANNA, TOKEN, "deep")
    telegram.block_bot(ANNA, TOKEN)
    telegram.unblock_bot(ANNA, TOKEN)
    telegram.kick_bot(GROUP, TOKEN)
    telegram.return_bot(GROUP, TOKEN)
    telegram.add_user(1003, "Ксения")
    telegram.join(GROUP, 1003)
    telegram.leave(GROUP, 1003)
    telegram.create_topic(BORIS, GROUP, "Тема")
    telegram.migrate_group(GROUP, -1009)

    updates = await product.ok("getUpdates")

    shown = [_is(Update, one) for one in updates]
    kinds = {one.event_type for one in shown}
    assert kinds == {
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
        "message_reaction",
    }
    assert len(shown) >= 19


async def test_init_data_is_signed_as_telegram_signs(city):
    from aiogram.utils.web_app import safe_parse_webapp_init_data  # noqa: PLC0415

    data = safe_parse_webapp_init_data(TOKEN, city.telegram.init_data(TOKEN, ANNA, "deep"))

    assert (data.user.id, data.start_param) == (ANNA, "deep")
