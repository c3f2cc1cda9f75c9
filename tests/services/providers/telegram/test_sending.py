"""What leaves, over a real socket: bodies, uploads, topics, repeats, silence."""

import asyncio

import pytest
from aiohttp import web

from services.connectors.errors import (
    AuthExpired,
    OutcomeUnknown,
    RateLimited,
    Reason,
    Rejected,
    Temporary,
    Unsupported,
)
from services.connectors.messages import (
    Address,
    Answer,
    Block,
    Button,
    Delete,
    Edit,
    Entity,
    MarkRead,
    Media,
    MediaKind,
    Native,
    OutboundMessage,
    Pin,
    React,
    Text,
    TopicCreate,
    TopicEdit,
    Typing,
)
from tests.services.kit.test_media import voice
from tests.services.providers.telegram.botserver import (
    BOT_ID,
    TOKEN,
    Shelf,
    make_account,
    make_connector,
    ok,
    refusal,
)

TOPIC = Address(chat_id="-1001", thread_id="77")
PERSON = Address(chat_id="555")
SHELF = Shelf()


def text(words: str, to: Address = TOPIC, **more) -> OutboundMessage:
    return OutboundMessage(to=to, text=Text(text=words), **more)


async def test_text_goes_to_its_topic_with_reply_and_buttons(connector, account, server):
    buttons = ((Button(text="Да", callback="yes"), Button(text="Сайт", url="https://e.com")),)

    sent = await connector.send(
        account, text("Здравствуйте", reply_to="5", buttons=buttons, silent=True), SHELF
    )

    params = server.asked[0].params
    assert sent.external_id == "101"
    assert sent.parts == ("101",)
    assert sent.thread_id == "77"
    assert params["chat_id"] == -1001
    assert params["message_thread_id"] == 77
    assert params["reply_parameters"]["message_id"] == 5
    assert params["disable_notification"] is True
    assert params["link_preview_options"] == {"is_disabled": True}
    assert params["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "yes"


async def test_general_topic_is_named_by_no_thread(connector, account, server):
    await connector.send(account, text("x", Address(chat_id="-1001", thread_id="1")), SHELF)

    assert "message_thread_id" not in server.asked[0].params


async def test_message_in_a_wrong_topic_is_taken_back(connector, account, server):
    server.on("sendMessage", ok({"message_id": 9, "date": 1, "chat": {"id": -1001}}))

    with pytest.raises(Rejected) as caught:
        await connector.send(account, text("x"), SHELF)

    assert caught.value.reason is Reason.TOPIC_MISSING
    assert server.methods() == ["sendMessage", "deleteMessage"]
    assert server.asked[1].params == {"chat_id": -1001, "message_id": 9}


async def test_bad_entities_are_sent_once_more_as_plain_text(connector, account, server):
    bad = refusal(400, "Bad Request: can't parse entities: Unsupported start tag")
    server.on("sendMessage", bad, ok({"message_id": 8, "message_thread_id": 77, "date": 1}))
    bold = Text(text="привет", entities=(Entity(kind="bold", offset=0, length=6),))

    sent = await connector.send(account, OutboundMessage(to=TOPIC, text=bold), SHELF)

    assert sent.external_id == "8"
    assert "entities" in server.asked[0].params
    assert "entities" not in server.asked[1].params


async def test_entities_refused_twice_are_rejected(connector, account, server):
    server.on("sendMessage", refusal(400, "Bad Request: can't parse entities"))

    with pytest.raises(Rejected) as caught:
        await connector.send(account, text("x"), SHELF)

    assert caught.value.reason is Reason.BAD_REQUEST
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("kind", "method", "field"),
    [
        (MediaKind.IMAGE, "sendPhoto", "photo"),
        (MediaKind.FILE, "sendDocument", "document"),
        (MediaKind.VIDEO, "sendVideo", "video"),
        (MediaKind.AUDIO, "sendAudio", "audio"),
        (MediaKind.ANIMATION, "sendAnimation", "animation"),
        (MediaKind.STICKER, "sendSticker", "sticker"),
    ],
)
async def test_file_is_streamed_under_its_field(connector, account, server, kind, method, field):
    shelf = Shelf({"f": [b"abc", b"def"]})
    media = Media(kind=kind, file_id="f", name='от "Ани"\r\n.bin', mime="image/jpeg")

    sent = await connector.send(account, OutboundMessage(to=TOPIC, media=(media,)), shelf)

    asked = server.asked[0]
    name, mime, content = asked.files[field]
    assert asked.method == method
    assert asked.chunked
    assert content == b"abcdef"
    assert mime == "image/jpeg"
    assert "\n" not in name
    assert sent.external_id == "101"


async def test_file_of_this_bot_goes_by_its_id(connector, account, server):
    media = Media(kind=MediaKind.IMAGE, ref=f"tg:{BOT_ID}:FILE", file_id="f")

    await connector.send(account, OutboundMessage(to=TOPIC, media=(media,)), SHELF)

    assert server.asked[0].params["photo"] == "FILE"


async def test_file_of_another_bot_is_uploaded(connector, account, server):
    media = Media(kind=MediaKind.IMAGE, ref="tg:777:FILE", file_id="f")

    await connector.send(
        account, OutboundMessage(to=TOPIC, media=(media,)), Shelf({"f": [b"jpeg"]})
    )

    assert server.asked[0].files["photo"][2] == b"jpeg"


async def test_album_has_all_its_parts(connector, account, server):
    media = (
        Media(kind=MediaKind.IMAGE, file_id="a"),
        Media(kind=MediaKind.VIDEO, ref="tg:V"),
        Media(kind=MediaKind.IMAGE, file_id="b"),
    )
    action = OutboundMessage(to=TOPIC, text=Text(text="три"), media=media)

    sent = await connector.send(account, action, Shelf({"a": [b"1"], "b": [b"2"]}))

    asked = server.asked[0]
    assert asked.method == "sendMediaGroup"
    assert [item["media"] for item in asked.params["media"]] == [
        "attach://file0",
        "V",
        "attach://file2",
    ]
    assert asked.params["media"][0]["caption"] == "три"
    assert asked.files["file2"][2] == b"2"
    assert len(sent.parts) == 3
    assert sent.external_id == sent.parts[0]


async def test_album_of_pictures_and_files_goes_as_files(connector, account, server):
    media = (Media(kind=MediaKind.IMAGE, ref="tg:A"), Media(kind=MediaKind.FILE, ref="tg:B"))

    await connector.send(account, OutboundMessage(to=PERSON, media=media), SHELF)

    assert [item["type"] for item in server.asked[0].params["media"]] == ["document"] * 2


async def test_picture_known_to_be_too_big_never_leaves(connector, account, server):
    media = Media(kind=MediaKind.IMAGE, file_id="f", size=10 * 1024 * 1024 + 1)

    with pytest.raises(Rejected) as caught:
        await connector.send(account, OutboundMessage(to=TOPIC, media=(media,)), SHELF)

    assert caught.value.reason is Reason.TOO_BIG
    assert server.asked == []


async def test_picture_found_too_big_on_the_way_is_rejected(connector, account, server):
    chunks = [bytes(1024 * 1024)] * 11
    media = Media(kind=MediaKind.IMAGE, file_id="f")

    with pytest.raises(Rejected) as caught:
        await connector.send(
            account, OutboundMessage(to=TOPIC, media=(media,)), Shelf({"f": chunks})
        )

    assert caught.value.reason is Reason.TOO_BIG


async def test_picture_telegram_cannot_show_arrives_as_a_file(connector, account, server):
    server.on("sendPhoto", refusal(400, "Bad Request: IMAGE_PROCESS_FAILED"))
    media = Media(kind=MediaKind.IMAGE, file_id="f", name="a.heic")

    sent = await connector.send(
        account, OutboundMessage(to=TOPIC, media=(media,)), Shelf({"f": [b"heic"]})
    )

    assert server.methods() == ["sendPhoto", "sendDocument"]
    assert server.asked[1].files["document"] == ("a.heic", "application/octet-stream", b"heic")
    assert sent.external_id == "101"


async def test_opus_voice_in_mp4_is_sent_in_ogg(connector, account, server):
    media = Media(kind=MediaKind.VOICE, file_id="f", mime="audio/mp4", duration_seconds=1)

    await connector.send(
        account, OutboundMessage(to=TOPIC, media=(media,)), Shelf({"f": [voice("mp4")]})
    )

    name, mime, content = server.asked[0].files["voice"]
    assert (name, mime, content[:4]) == ("voice.ogg", "audio/ogg", b"OggS")
    assert server.asked[0].params["duration"] == 1


async def test_voice_of_another_codec_is_sent_as_it_is(connector, account, server):
    media = Media(kind=MediaKind.VOICE, file_id="f", mime="audio/mp4")
    original = voice("mp4", "aac")

    await connector.send(
        account, OutboundMessage(to=TOPIC, media=(media,)), Shelf({"f": [original]})
    )

    assert server.asked[0].files["voice"] == ("voice.m4a", "audio/mp4", original)


async def test_voice_in_ogg_is_streamed_untouched(connector, account, server):
    media = Media(kind=MediaKind.VOICE, file_id="f", mime="audio/ogg; codecs=opus")

    await connector.send(
        account, OutboundMessage(to=TOPIC, media=(media,)), Shelf({"f": [b"Ogg", b"S"]})
    )

    assert server.asked[0].files["voice"][2] == b"OggS"


async def test_missing_content_is_media_gone(connector, account):
    media = Media(kind=MediaKind.FILE, file_id="nowhere")

    with pytest.raises(Rejected) as caught:
        await connector.send(account, OutboundMessage(to=TOPIC, media=(media,)), SHELF)

    assert caught.value.reason is Reason.MEDIA_GONE


async def test_edit_that_changes_nothing_is_a_success(connector, account, server):
    server.on("editMessageText", refusal(400, "Bad Request: message is not modified: …"))

    await connector.send(account, Edit(to=TOPIC, external_id="5", text=Text(text="x")), SHELF)

    assert server.methods() == ["editMessageText"]


async def test_edit_of_a_caption_and_of_buttons_use_their_methods(connector, account, server):
    edit = Edit(to=TOPIC, external_id="5", text=Text(text="x"), caption=True)
    await connector.send(account, edit, SHELF)
    await connector.send(account, Edit(to=TOPIC, external_id="5"), SHELF)

    assert server.methods() == ["editMessageCaption", "editMessageReplyMarkup"]


async def test_small_actions_call_their_methods(connector, account, server):
    actions = [
        Delete(to=TOPIC, external_id="5"),
        React(to=TOPIC, external_id="5", emoji="❤️"),
        Pin(to=TOPIC, external_id="5"),
        Typing(to=TOPIC),
        Answer(callback_id="q", text="ок"),
        TopicEdit(to=TOPIC, name="Новое", closed=True),
        TopicEdit(to=TOPIC, closed=False),
    ]
    for action in actions:
        await connector.send(account, action, SHELF)

    assert server.methods() == [
        "deleteMessage",
        "setMessageReaction",
        "pinChatMessage",
        "sendChatAction",
        "answerCallbackQuery",
        "editForumTopic",
        "closeForumTopic",
        "reopenForumTopic",
    ]
    assert server.asked[1].params["reaction"] == [{"type": "emoji", "emoji": "❤"}]
    assert server.asked[2].params["disable_notification"] is True


async def test_topic_is_created_and_named_by_its_thread(connector, account, server):
    sent = await connector.send(account, TopicCreate(to=TOPIC, name="И" * 200), SHELF)

    assert sent.external_id == sent.thread_id == "101"
    assert len(server.asked[0].params["name"]) == 128


@pytest.mark.parametrize(
    ("action", "method", "description"),
    [
        (Delete(to=TOPIC, external_id="5"), "deleteMessage", "message to delete not found"),
        (TopicEdit(to=TOPIC, closed=True), "closeForumTopic", "TOPIC_NOT_MODIFIED"),
        (TopicEdit(to=TOPIC, name="x"), "editForumTopic", "TOPIC_NOT_MODIFIED"),
        (
            Answer(callback_id="1"),
            "answerCallbackQuery",
            "query is too old and response timeout expired or query ID is invalid",
        ),
    ],
)
async def test_what_already_holds_is_a_success(
    connector, account, server, action, method, description
):
    server.on(method, refusal(400, f"Bad Request: {description}"))

    assert (await connector.send(account, action, SHELF)).external_id == ""


async def test_native_method_passes_its_params_through(connector, account, server):
    action = Native(to=PERSON, method="sendDice", params=b'{"chat_id": 555, "emoji": "1"}')

    sent = await connector.send(account, action, SHELF)

    assert server.asked[0].params == {"chat_id": 555, "emoji": "1"}
    assert sent.external_id == "101"


async def test_native_method_that_makes_nothing_has_no_id(connector, account, server):
    action = Native(to=PERSON, method="setMyCommands", params=b'{"commands": []}')

    assert (await connector.send(account, action, SHELF)).external_id == ""


@pytest.mark.parametrize("method", ["../getMe", "send Message", "", "метод"])
async def test_native_method_cannot_leave_its_path(connector, account, server, method):
    with pytest.raises(Rejected):
        await connector.send(account, Native(to=PERSON, method=method), SHELF)

    assert server.asked == []


@pytest.mark.parametrize("action", [MarkRead(to=PERSON), Block(to=PERSON, user_id="1")])
async def test_what_bots_cannot_do_is_unsupported(connector, account, server, action):
    with pytest.raises(Unsupported):
        await connector.send(account, action, SHELF)

    assert server.asked == []


async def test_lost_typing_harms_nothing(connector, account, server):
    server.on("sendChatAction", refusal(400, "Bad Request: chat not found"))

    await connector.send(account, Typing(to=PERSON), SHELF)


async def test_refused_connection_is_temporary(clients, account):
    nobody = make_connector("http://127.0.0.1:9", clients)

    with pytest.raises(Temporary):
        await nobody.send(account, text("x"), SHELF)


async def hang(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


async def reset(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def huge(request: web.Request) -> web.StreamResponse:
    return web.Response(body=bytes(1024 * 1024 + 1))


SILENCES = [reset, huge]


@pytest.mark.parametrize("silence", SILENCES)
async def test_silence_after_a_message_leaves_its_outcome_unknown(
    connector, account, server, silence
):
    server.on("sendMessage", silence)

    with pytest.raises(OutcomeUnknown):
        await connector.send(account, text("x"), SHELF)


@pytest.mark.parametrize("silence", SILENCES)
async def test_silence_after_an_edit_is_tried_again(connector, account, server, silence):
    server.on("editMessageText", silence)

    with pytest.raises(Temporary):
        await connector.send(account, Edit(to=TOPIC, external_id="5", text=Text(text="x")), SHELF)


async def test_timeout_after_a_message_leaves_its_outcome_unknown(
    server, connector, clients, account
):
    server.on("sendMessage", hang)
    hasty = make_connector(connector._api._base, clients, timeout_seconds=0.3)

    with pytest.raises(OutcomeUnknown):
        await hasty.send(account, text("x"), SHELF)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, OutcomeUnknown),
        (504, OutcomeUnknown),
        (502, Temporary),
        (503, Temporary),
        (404, Temporary),
        (413, Rejected),
        (429, RateLimited),
    ],
)
async def test_page_of_a_gateway_is_no_answer_of_telegram(
    connector, account, server, status, expected
):
    server.on("sendMessage", b"<html>Bad Gateway</html>", status=status)

    with pytest.raises(expected):
        await connector.send(account, text("x"), SHELF)


async def test_revoked_token_is_told_without_showing_it(connector):
    with pytest.raises(AuthExpired) as caught:
        await connector.send(make_account("1:wrong"), text("x"), SHELF)

    assert not caught.value.refreshable


async def test_token_shows_nowhere(connector, account, server, caplog):
    caplog.set_level("DEBUG")
    seen = [repr(account)]
    server.on("sendMessage", refusal(400, f"Bad Request: strange bot{TOKEN}"), reset)
    for _ in range(2):
        with pytest.raises((Rejected, OutcomeUnknown)) as caught:
            await connector.send(account, text("x"), SHELF)
        error: BaseException | None = caught.value
        while error is not None:
            seen.append(repr(error))
            error = error.__cause__ or error.__context__

    secret = TOKEN.partition(":")[2]
    assert secret not in "".join(seen)
    assert secret not in caplog.text
