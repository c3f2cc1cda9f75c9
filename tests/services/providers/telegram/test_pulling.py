"""getUpdates and downloads."""

import pytest
from aiohttp import web

from services.connectors.errors import AuthExpired, Reason, Rejected, Temporary
from services.connectors.messages import Media, MediaKind
from services.providers.telegram.hooks import raw_event
from tests.services.providers.telegram.botserver import BOT_ID, TOKEN, make_account, ok, refusal
from tests.services.providers.telegram.test_sending import huge


def update(number: int) -> dict:
    return {"update_id": number, "message": {"message_id": 1, "date": 1, "chat": {"id": 5}}}


async def test_page_moves_the_cursor_past_its_last_update(connector, account, server):
    server.on("getUpdates", ok([update(7), update(9)]), ok([]))

    page = await connector.pull(account, "", wait_seconds=0)
    again = await connector.pull(account, page.cursor)

    assert [event.key for event in page.events] == ["7", "9"]
    assert page.events[0].key == raw_event(page.events[0].body).key
    assert page.cursor == "10"
    assert not page.more
    assert "offset" not in server.asked[0].params
    assert server.asked[1].params["offset"] == 10
    assert again.cursor == "10"


async def test_two_pollers_back_off(connector, account, server):
    server.on("getUpdates", refusal(409, "Conflict: terminated by other getUpdates request"))

    with pytest.raises(Temporary) as caught:
        await connector.pull(account, "")

    assert caught.value.retry_after_seconds == 35


async def test_page_over_a_mebibyte_is_asked_in_smaller_ones(connector, account, server):
    server.on("getUpdates", huge, ok([update(1)]))

    page = await connector.pull(account, "")

    assert [asked.params["limit"] for asked in server.asked] == [100, 10]
    assert page.cursor == "2"


async def test_revoked_token_stops_pulling(connector):
    with pytest.raises(AuthExpired):
        await connector.pull(make_account("1:revoked"), "")


async def fetch(connector, account, ref: str) -> bytes:
    media = Media(kind=MediaKind.FILE, ref=ref)
    return b"".join([chunk async for chunk in connector.fetch(account, media)])


async def test_file_of_this_bot_is_streamed(connector, account, server):
    server.on("getFile", ok({"file_id": "F", "file_path": "photos/file 1.jpg"}))
    server.files["photos/file 1.jpg"] = b"jpeg" * 1000

    assert await fetch(connector, account, f"tg:{BOT_ID}:F") == b"jpeg" * 1000
    assert server.asked[0].params == {"file_id": "F"}


@pytest.mark.parametrize(
    ("ref", "answer", "reason"),
    [
        ("tg:F", refusal(400, "Bad Request: file is too big"), Reason.TOO_BIG),
        ("tg:F", refusal(400, "Bad Request: invalid file_id"), Reason.MEDIA_GONE),
        ("tg:F", ok({"file_id": "F"}), Reason.MEDIA_GONE),
        ("tg:F", ok({"file_id": "F", "file_path": "gone.jpg"}), Reason.MEDIA_GONE),
        ("tg:F", ok({"file_id": "F", "file_path": "../../etc/passwd"}), Reason.MEDIA_GONE),
        ("tg:F", ok({"file_id": "F", "file_path": "/etc/passwd"}), Reason.MEDIA_GONE),
        ("tg:777:F", ok({}), Reason.MEDIA_GONE),
        ("https://evil.example/x", ok({}), Reason.MEDIA_GONE),
    ],
)
async def test_file_that_cannot_be_had_says_why(connector, account, server, ref, answer, reason):
    server.on("getFile", answer)

    with pytest.raises(Rejected) as caught:
        await fetch(connector, account, ref)

    assert caught.value.reason is reason


async def test_download_stops_at_20_mb(connector, account, server):
    server.on("getFile", ok({"file_id": "F", "file_path": "big.bin"}))
    server.files["big.bin"] = bytes(20 * 1024 * 1024 + 1)

    with pytest.raises(Rejected) as caught:
        await fetch(connector, account, "tg:F")

    assert caught.value.reason is Reason.TOO_BIG


async def test_broken_download_is_temporary_and_hides_the_token(connector, account, server):
    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-length": "100"})
        await response.prepare(request)
        await response.write(b"part")
        request.transport.abort()
        return response

    server.on("getFile", ok({"file_id": "F", "file_path": "cut.bin"}))
    server.files["cut.bin"] = cut

    with pytest.raises(Temporary) as caught:
        await fetch(connector, account, "tg:F")

    shown = "".join(repr(one) for one in (caught.value, caught.value.__cause__))
    assert TOKEN.partition(":")[2] not in shown
