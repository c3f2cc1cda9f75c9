"""Uploads that break, and the rarer turns of a send."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from services.connectors.errors import (
    AuthExpired,
    OutcomeUnknown,
    Reason,
    Rejected,
    Temporary,
)
from services.connectors.messages import (
    Address,
    Entity,
    Media,
    MediaKind,
    Native,
    OutboundMessage,
    Text,
)
from tests.services.providers.telegram.botserver import Shelf, ok, refusal
from tests.services.providers.telegram.test_sending import reset

TOPIC = Address(chat_id="-1001", thread_id="77")
FILE = OutboundMessage(to=TOPIC, media=(Media(kind=MediaKind.FILE, file_id="f"),))
MB = bytes(1024 * 1024)


async def test_upload_that_left_whole_without_an_answer_is_unknown(connector, account, server):
    async def read_then_reset(request: web.Request) -> web.StreamResponse:
        return await reset(request)

    server.on("sendDocument", read_then_reset)

    with pytest.raises(OutcomeUnknown):
        await connector.send(account, FILE, Shelf({"f": [b"abc"]}))


async def test_upload_cut_half_way_was_never_accepted(connector, account, server):
    async def cut(request: web.Request) -> web.StreamResponse:
        await request.content.read(1)
        return await reset(request)

    server.early = cut

    with pytest.raises(Temporary):
        await connector.send(account, FILE, Shelf({"f": [MB] * 40}))


class Failing(Shelf):
    async def open(self, media: Media) -> AsyncIterator[bytes]:
        yield b"begin"
        raise Temporary("source is away")


async def test_source_that_fails_on_the_way_tells_its_own_error(connector, account):
    with pytest.raises(Temporary) as caught:
        await connector.send(account, FILE, Failing())

    assert caught.value.detail == "source is away"


async def test_empty_file_is_media_gone(connector, account):
    with pytest.raises(Rejected) as caught:
        await connector.send(account, FILE, Shelf({"f": []}))

    assert caught.value.reason is Reason.MEDIA_GONE


async def test_voice_over_20_mb_is_too_big_to_put_in_its_box(connector, account):
    voice = Media(kind=MediaKind.VOICE, file_id="f", mime="audio/mp4")

    with pytest.raises(Rejected) as caught:
        await connector.send(
            account, OutboundMessage(to=TOPIC, media=(voice,)), Shelf({"f": [MB] * 21})
        )

    assert caught.value.reason is Reason.TOO_BIG


async def test_album_with_a_bad_caption_is_sent_again_plain_and_whole(connector, account, server):
    bad = refusal(400, "Bad Request: can't parse entities")
    done = ok([{"message_id": n, "message_thread_id": 77, "date": 1} for n in (5, 6)])
    server.on("sendMediaGroup", bad, done)
    text = Text(text="x", entities=(Entity(kind="bold", offset=0, length=1),))
    media = (Media(kind=MediaKind.IMAGE, file_id="f"), Media(kind=MediaKind.IMAGE, file_id="f"))

    sent = await connector.send(
        account, OutboundMessage(to=TOPIC, text=text, media=media), Shelf({"f": [b"1"]})
    )

    assert sent.parts == ("5", "6")
    assert "caption_entities" not in server.asked[1].params["media"][0]
    assert server.asked[1].files["file1"][2] == b"1"


async def test_album_telegram_cannot_show_arrives_as_files(connector, account, server):
    done = ok([{"message_id": n, "message_thread_id": 77, "date": 1} for n in (5, 6)])
    server.on("sendMediaGroup", refusal(400, "Bad Request: IMAGE_PROCESS_FAILED"), done)
    media = (Media(kind=MediaKind.IMAGE, file_id="f"), Media(kind=MediaKind.IMAGE, file_id="f"))

    await connector.send(account, OutboundMessage(to=TOPIC, media=media), Shelf({"f": [b"1"]}))

    assert [one["type"] for one in server.asked[1].params["media"]] == ["document"] * 2


async def test_stray_message_that_cannot_be_taken_back_still_means_a_missing_topic(
    connector, account, server
):
    server.on("sendMessage", ok({"message_id": 9, "date": 1}))
    server.on("deleteMessage", refusal(400, "Bad Request: message can't be deleted"))

    with pytest.raises(Rejected) as caught:
        await connector.send(account, OutboundMessage(to=TOPIC, text=Text(text="x")), Shelf())

    assert caught.value.reason is Reason.TOPIC_MISSING


@pytest.mark.parametrize("params", [b"", b"[]", b"nonsense", b"5"])
async def test_native_params_must_be_an_object(connector, account, server, params):
    with pytest.raises(Rejected):
        await connector.send(account, Native(to=TOPIC, method="getMe", params=params), Shelf())

    assert server.asked == []


async def test_native_message_to_general_is_checked_against_no_topic(connector, account, server):
    server.on("sendMessage", ok({"message_id": 9, "date": 1}))
    params = b'{"chat_id": -1001, "message_thread_id": 1, "text": "x"}'
    action = Native(to=TOPIC, method="sendMessage", params=params)

    assert (await connector.send(account, action, Shelf())).external_id == "9"


@pytest.mark.parametrize(
    ("status", "error"), [(401, AuthExpired), (500, Temporary), (404, Rejected), (302, Temporary)]
)
async def test_download_answers_are_read_right(connector, account, server, status, error):
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status)

    server.on("getFile", ok({"file_id": "F", "file_path": "a.bin"}))
    server.files["a.bin"] = answer

    media = Media(kind=MediaKind.FILE, ref="tg:F")
    with pytest.raises(error):
        [part async for part in connector.fetch(account, media)]
