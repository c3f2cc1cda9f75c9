"""The cabinet's acts through real HTTP: connect, answer, find what did not get through (J2-J5)."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import FormData

from sandbox.city.demo import DEMO_CLIENT_TOKEN
from tests.scenarios.cabinet import Cabinet, cabinet_of
from tests.scenarios.test_j3_connect_avito import CLIENT, SECRET, without_avito
from tests.scenarios.world import ACCOUNT, ANNA, BIKE, BORIS, IVAN, World, sees, town

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(1000)


@pytest.fixture
async def shop(environ: dict[str, str]) -> AsyncIterator[World]:
    async with town(environ, without_avito()) as world:
        yield world


@pytest.fixture
async def anna(shop: World) -> AsyncIterator[Cabinet]:
    async with cabinet_of(shop, ANNA, "Анна") as cabinet:
        yield cabinet


def keys(secret: str = SECRET) -> dict[str, Any]:
    return {
        "provider": "avito",
        "credentials": {"client_id": CLIENT, "client_secret": secret},
    }


async def test_wrong_keys_are_found_at_save_and_nothing_is_kept(anna: Cabinet) -> None:
    status, told = await anna.call("POST", "/accounts", keys("not-the-secret"))

    assert (status, told["error"]["code"]) == (422, "channels.credentials.refused")
    assert (await anna.get("/accounts"))["items"] == []
    status, told = await anna.call("POST", "/accounts", {**keys(), "provider": "ebay"})
    assert (status, told["error"]["field"]) == (422, "provider")
    forms = (await anna.get("/account-forms"))["forms"]
    assert [field["name"] for field in forms["avito"]] == ["client_id", "client_secret"]


async def test_an_account_connected_here_brings_buyers_who_are_answered_here(
    shop: World, anna: Cabinet
) -> None:
    made = await anna.post("/accounts", keys())
    assert made["is_new"]
    account = await anna.get(f"/accounts/{made['id']}")
    assert (account["title"], account["hook_state"]) == ("ВелоДвор", "set")
    found = (await anna.post(f"/accounts/{made['id']}/check"))["items"]
    assert {line["name"]: line["state"] for line in found}["token"] == "ok"

    await shop.topic("Ещё продаёте?")
    (dialog,) = (await anna.get("/dialogs"))["items"]
    async with cabinet_of(shop, BORIS, "Борис") as boris:
        sent = await boris.post(f"/dialogs/{dialog['id']}/messages", {"text": "Да", "key": "1"})
        await shop.reaches("Да")
        await sees(lambda: shop.message("Борис:\nДа"))
        await arrives(boris, dialog["id"], sent["id"])
    shop.judged()


async def test_who_writes_in_the_cabinet_is_seen_typing_in_the_topic(
    shop: World, anna: Cabinet
) -> None:
    await anna.post("/accounts", keys())
    thread = await shop.topic("Ещё продаёте?")
    (dialog,) = (await anna.get("/dialogs"))["items"]

    for typing in (True, True, True, False):
        path = f"/dialogs/{dialog['id']}/presence"
        status, _ = await anna.call("PUT", path, {"typing": typing})
        assert status == 200

    await sees(lambda: shop.crossed(method="sendChatAction"))
    shown = shop.crossed(method="sendChatAction")
    assert len(shown) <= 2, "once in ten seconds"
    assert [str(one.body["message_thread_id"]) for one in shown[:1]] == [str(thread)]
    sent = await anna.post(f"/dialogs/{dialog['id']}/messages", {"text": "Да", "key": "1"})
    await arrives(anna, dialog["id"], sent["id"])
    shop.judged()


async def arrives(cabinet: Cabinet, dialog: str, message: str) -> None:
    """The thread says so too, once the delivery is settled."""
    for _ in range(100):
        thread = await cabinet.get(f"/dialogs/{dialog}")
        states = {item["id"]: item["state"] for item in thread["items"]}
        if states[message] in ("sent", "delivered", "read"):
            return
    raise AssertionError(states)


async def test_what_avito_refuses_is_found_and_sent_again(shop: World, anna: Cabinet) -> None:
    await anna.post("/accounts", keys())
    await shop.topic("Ещё продаёте?")
    (dialog,) = (await anna.get("/dialogs"))["items"]
    shop.city.faults.add("avito", "answer", method="send", status=400, body={"error": "no"})
    await anna.post(f"/dialogs/{dialog['id']}/messages", {"text": "Да", "key": "1"})
    stuck = await some(anna)
    assert stuck["items"][0]["text"] == "Да"

    shop.city.faults.clear()
    moved = await anna.post("/undelivered/retry", {"reason": stuck["groups"][0]["reason"]})

    assert moved == {"moved": 1}
    await shop.reaches("Да")
    assert (await anna.get("/undelivered"))["items"] == []


async def some(cabinet: Cabinet) -> Any:
    for _ in range(200):
        found = await cabinet.get("/undelivered")
        if found["items"]:
            return found
    raise AssertionError("nothing got stuck")


async def test_a_bot_in_use_elsewhere_and_a_broken_token_are_told_apart(anna: Cabinet) -> None:
    status, told = await anna.call("POST", "/bots", {"token": "nonsense"})
    assert (status, told["error"]["field"]) == (422, "token")
    status, told = await anna.call("POST", "/bots", {"token": DEMO_CLIENT_TOKEN})
    assert (status, told["is_new"]) == (201, False)
    (bot,) = (await anna.get("/bots"))["items"]
    assert bot["checks"] is not None
    status, _ = await anna.call("GET", f"/accounts/{bot['id']}")
    assert status == 404


async def test_a_buyers_picture_opens_by_a_link_and_what_is_no_picture_is_saved(
    shop: World, anna: Cabinet
) -> None:
    await anna.post("/accounts", keys())
    await shop.topic("Смотрите")
    (dialog,) = (await anna.get("/dialogs"))["items"]
    shop.city.avito.buyer_sends_image(ACCOUNT, IVAN, BIKE)
    message = await file_of(anna, dialog["id"], 1)
    link = await anna.get(f"/dialogs/{dialog['id']}/files/{message}/0")

    async with anna.http.get(f"{anna.base}{link['url']}") as answer:
        assert answer.status == 200
        assert answer.content_type == "image/png"
        assert (await answer.read()).startswith(b"\x89PNG")

    shop.city.avito.buyer_sends_image(ACCOUNT, IVAN, BIKE, b"<script>alert(1)</script>")
    message = await file_of(anna, dialog["id"], 2)
    link = await anna.get(f"/dialogs/{dialog['id']}/files/{message}/0")
    async with anna.http.get(f"{anna.base}{link['url']}") as answer:
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment;")


async def file_of(cabinet: Cabinet, dialog: str, number: int) -> str:
    """Wait for so many messages with files; return the newest one's id."""
    for _ in range(200):
        thread = await cabinet.get(f"/dialogs/{dialog}")
        found = [item["id"] for item in thread["items"] if item["files"]]
        if len(found) == number:
            return str(found[-1])
    raise AssertionError("no file came")


async def test_a_picture_put_in_here_reaches_the_buyer_the_topic_and_the_thread(
    shop: World, anna: Cabinet
) -> None:
    await anna.post("/accounts", keys())
    await shop.topic("Есть фото?")
    (dialog,) = (await anna.get("/dialogs"))["items"]
    url = f"{anna.base}/api/v1/dialogs/{dialog['id']}/files"

    async with anna.http.post(url, data=form(PICTURE), headers=anna.bearer) as answer:
        assert answer.status == 201, await answer.text()
    await shop.reaches("Вот")
    await sees(lambda: shop.message("Анна:\nВот"))
    message = await file_of(anna, dialog["id"], 1)
    link = await anna.get(f"/dialogs/{dialog['id']}/files/{message}/0")
    async with anna.http.get(f"{anna.base}{link['url']}") as answer:
        assert await answer.read() == PICTURE

    for content, code in ((b"<script>", "desk.file_kind"), (b"", "desk.file_empty")):
        async with anna.http.post(url, data=form(content), headers=anna.bearer) as answer:
            told = await answer.json()
            assert (answer.status, told["error"]["code"]) == (422, code)
    huge = PICTURE + b"\0" * (21 * 1024 * 1024)
    async with anna.http.post(url, data=form(huge), headers=anna.bearer) as answer:
        assert (answer.status, (await answer.json())["error"]["field"]) == (422, "file")
    shop.judged()


def form(content: bytes) -> FormData:
    found = FormData()
    found.add_field("text", "Вот")
    found.add_field("key", f"k{len(content)}")
    found.add_field("file", io.BytesIO(content), filename="фото.png", content_type="image/png")
    return found
