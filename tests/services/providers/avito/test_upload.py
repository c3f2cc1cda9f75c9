"""A picture's way: looked at, uploaded, then sent; only the last call may be ambiguous."""

import json

import pytest

from services.connectors.errors import (
    OutcomeUnknown,
    Reason,
    Rejected,
    Temporary,
    Unsupported,
)
from services.connectors.messages import (
    Address,
    Media,
    MediaKind,
    OutboundMessage,
    Text,
)
from services.kit.http import Answer as HttpAnswer
from services.kit.http import NoAnswer, NotSent
from services.providers.avito.capabilities import CAPABILITIES, MAX_IMAGE
from tests.services.providers.avito.conftest import PNG, Bytes, address

TO = Address(chat_id="u2i-A~b_1")
BASE = "https://api.avito.ru/messenger"
OK = HttpAnswer(200, {}, b'{"id":"m1","created":1790000020}')
UPLOADED = HttpAnswer(200, {}, b'{"12345.abc":{"32x32":"https://x"}}')
HTML = b"<html></html>"


def answer(status: int, body: object = None, **headers: str) -> HttpAnswer:
    raw = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    return HttpAnswer(
        status, {name.replace("_", "-"): value for name, value in headers.items()}, raw
    )


def text(value: str) -> OutboundMessage:
    return OutboundMessage(to=TO, text=Text(text=value))


def picture(size: int = 0, **more) -> OutboundMessage:
    item = Media(kind=MediaKind.IMAGE, ref="r", size=size)
    return OutboundMessage(to=TO, media=(item,), **more)


async def test_picture_is_uploaded_then_sent(avito, http, account):
    http.script = [UPLOADED, OK]

    sent = await avito.send(account, picture(), Bytes(PNG, times=3))

    upload, message = http.asked
    assert upload.url == f"{BASE}/v1/accounts/77001122/uploadImages"
    assert b'name="uploadfile[]"' in upload.body
    assert PNG * 3 in upload.body
    assert upload.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert message.url.endswith("/chats/u2i-A~b_1/messages/image")
    assert json.loads(message.body) == {"image_id": "12345.abc"}
    assert sent.external_id == "m1"


@pytest.mark.parametrize(
    ("content", "mime"),
    [
        (b"\xff\xd8\xff\xe0rest", b"image/jpeg"),
        (PNG, b"image/png"),
        (b"GIF89a....", b"image/gif"),
        (b"BM......", b"image/bmp"),
        (b"\0\0\0\x18ftypheic....", b"image/heic"),
    ],
)
async def test_type_is_told_by_content(avito, http, account, content, mime):
    http.script = [UPLOADED, OK]

    await avito.send(account, picture(), Bytes(content))

    assert b"Content-Type: " + mime in http.asked[0].body


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"RIFF....WEBP", b"<svg/>", b"\x00" * 20, b"G"])
async def test_other_content_never_leaves(avito, http, account, content):
    with pytest.raises(Unsupported):
        await avito.send(account, picture(), Bytes(content))

    assert http.asked == []


async def test_picture_over_24_mb_is_too_big(avito, http, account):
    megabyte = PNG + b"x" * (1024 * 1024 - len(PNG))

    with pytest.raises(Rejected) as caught:
        await avito.send(account, picture(), Bytes(megabyte, times=25))

    assert caught.value.reason is Reason.TOO_BIG
    assert http.asked == []
    assert CAPABILITIES.max_upload[MediaKind.IMAGE] == MAX_IMAGE


async def test_empty_picture_is_gone(avito, http, account):
    with pytest.raises(Rejected) as caught:
        await avito.send(account, picture(), Bytes(b"", times=0))

    assert caught.value.reason is Reason.MEDIA_GONE


@pytest.mark.parametrize(
    ("silence", "kind"), [(NoAnswer("t"), Temporary), (NotSent("t"), Temporary)]
)
async def test_lost_upload_is_temporary(avito, http, account, silence, kind):
    http.script = [silence]

    with pytest.raises(kind):
        await avito.send(account, picture(), Bytes(PNG))


async def test_silence_after_the_picture_message_is_unknown(avito, http, account):
    http.script = [answer(200, {"1.a": {}}), NoAnswer("t")]

    with pytest.raises(OutcomeUnknown):
        await avito.send(account, picture(), Bytes(PNG))


@pytest.mark.parametrize("body", [b"{}", b"[]", HTML, b'{"": {}}'])
async def test_upload_without_an_id_is_temporary(avito, http, account, body):
    http.script = [answer(200, body)]

    with pytest.raises(Temporary):
        await avito.send(account, picture(), Bytes(PNG))


class Counting(Bytes):
    """Knows how far it was read, and may break off."""

    read = 0
    opened = 0
    breaks_after = 10**9

    async def open(self, media):
        self.opened += 1
        for _ in range(self.times):
            if self.read >= self.breaks_after:
                raise Rejected("file is gone", reason=Reason.MEDIA_GONE)
            self.read += len(self.content)
            yield self.content


async def test_picture_of_known_size_is_not_read_before_it_is_sent(avito, http, account):
    source = Counting(PNG + b"x" * 65_000, times=30)
    seen = []

    async def call(method, url, *, body=None, headers=None, **_more):
        if isinstance(body, bytes):
            return OK
        seen.append(source.read)
        content = b"".join([chunk async for chunk in body])
        seen.append(int(headers["Content-Length"]) - len(content))
        return UPLOADED

    http.call = call
    sent = await avito.send(account, picture(size=30 * len(source.content)), source)

    assert sent.external_id == "m1"
    assert seen == [len(source.content), 0]


@pytest.mark.parametrize("told", [10, 70, 500])
async def test_picture_of_another_size_than_told_goes_all_the_same(avito, http, account, told):
    http.script = [UPLOADED, OK]
    source = Counting(PNG, times=3)

    await avito.send(account, picture(size=told), source)

    assert source.opened == 2
    assert http.asked[0].headers["Content-Length"] == str(len(http.asked[0].body))
    assert PNG * 3 in http.asked[0].body


async def test_source_that_breaks_off_while_sending_says_why(avito, http, account):
    source = Counting(PNG, times=9)
    source.breaks_after = 4 * len(PNG)

    with pytest.raises(Rejected) as caught:
        await avito.send(account, picture(size=9 * len(PNG)), source)

    assert caught.value.reason is Reason.MEDIA_GONE
    assert http.asked == []


async def test_streamed_picture_arrives_whole_at_the_city(seller):
    seller.says("покажите")
    source = Bytes(PNG + b"x" * 300_000)
    item = Media(kind=MediaKind.IMAGE, ref="r", size=len(source.content))
    action = OutboundMessage(to=address(seller), media=(item,))

    sent = await seller.connector.send(seller.account, action, source)

    assert sent.external_id
