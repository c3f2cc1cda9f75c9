"""The fake Avito checks tokens, limits and shapes, and tells its subscribers what was written."""

import aiohttp
import pytest

from tests.sandbox.city.conftest import ACCOUNT, BUYER, ITEM

V1 = f"/messenger/v1/accounts/{ACCOUNT}"
V2 = f"/messenger/v2/accounts/{ACCOUNT}"
V3 = f"/messenger/v3/accounts/{ACCOUNT}"


async def _token(city, product, **form):
    form = {"client_id": "cid", "client_secret": "cs", **form}
    async with product.session.post(f"{city.avito_url}/token/", data=form) as response:
        return response.status, await response.json()


async def test_stranger_and_expired_token_are_refused(city, product):
    async with product.session.get(f"{city.avito_url}/core/v1/accounts/self") as response:
        stranger = response.status
    ok, body = await product.avito("GET", "/core/v1/accounts/self")
    city.avito.expire_tokens(ACCOUNT)
    expired, _ = await product.avito("GET", "/core/v1/accounts/self")
    await product.login()
    again, _ = await product.avito("GET", "/core/v1/accounts/self")

    assert (stranger, ok, expired, again) == (401, 200, 403, 200)
    assert body["id"] == ACCOUNT


async def test_refresh_rotates_both_tokens(city, product):
    code = city.avito.issue_code(ACCOUNT)
    _, first = await _token(city, product, grant_type="authorization_code", code=code)
    status, second = await _token(
        city, product, grant_type="refresh_token", refresh_token=first["refresh_token"]
    )
    replay, _ = await _token(
        city, product, grant_type="refresh_token", refresh_token=first["refresh_token"]
    )
    product.access = first["access_token"]
    old, _ = await product.avito("GET", "/core/v1/accounts/self")

    assert (status, replay, old) == (200, 400, 403)
    assert second["refresh_token"] != first["refresh_token"]


async def test_wrong_secret_gets_no_token(city, product):
    status, _ = await _token(city, product, grant_type="client_credentials", client_secret="no")

    assert status == 401


async def test_buyer_writes_and_the_account_answers(city, product, hook):
    await product.avito("POST", "/messenger/v3/webhook", json={"url": hook.url})
    said = city.avito.buyer_says(ACCOUNT, BUYER, ITEM, "Здравствуйте!")
    chat = f"/chats/{said.chat_id}"

    body = {"type": "text", "message": {"text": "Да, приезжайте"}}
    status, sent = await product.avito("POST", f"{V1}{chat}/messages", json=body)
    first, echo = await hook.wait(2)
    _, history = await product.avito("GET", f"{V3}{chat}/messages/")
    _, listed = await product.avito("GET", f"{V2}/chats?unread_only=true")

    assert status == 200
    assert first["version"] == "v3.0.0"
    assert len(hook.headers[0]["x-avito-messenger-signature"]) == 64
    assert first["payload"]["value"]["author_id"] == BUYER
    assert first["payload"]["value"]["item_id"] == ITEM
    assert echo["payload"]["value"]["author_id"] == ACCOUNT
    assert echo["payload"]["value"]["id"] == sent["id"]
    assert [one["direction"] for one in history] == ["out", "in"]
    assert listed["chats"] == []
    assert city.avito.texts(ACCOUNT, said.chat_id) == ["Да, приезжайте"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"type": "text", "message": {"text": "а" * 1001}}, 400),
        ({"type": "text", "message": {"text": "а" * 1000}}, 200),
        ({"type": "text", "message": {"text": ""}}, 400),
        ({"type": "image", "message": {"text": "x"}}, 400),
        ({}, 400),
    ],
)
async def test_text_is_checked(city, product, body, status):
    said = city.avito.buyer_says(ACCOUNT, BUYER, ITEM, "эй")

    got, _ = await product.avito("POST", f"{V1}/chats/{said.chat_id}/messages", json=body)

    assert got == status


async def test_image_is_uploaded_in_its_odd_field_then_sent(city, product):
    said = city.avito.buyer_says(ACCOUNT, BUYER, ITEM, "эй")
    wrong = aiohttp.FormData()
    wrong.add_field("file", b"\x89PNG1", filename="a.png")
    right = aiohttp.FormData()
    right.add_field("uploadfile[]", b"\x89PNG1", filename="a.png")

    refused, _ = await product.avito("POST", f"{V1}/uploadImages", data=wrong)
    status, sizes = await product.avito("POST", f"{V1}/uploadImages", data=right)
    [image_id] = sizes
    sent, body = await product.avito(
        "POST", f"{V1}/chats/{said.chat_id}/messages/image", json={"image_id": image_id}
    )
    async with product.session.get(body["content"]["image"]["sizes"]["1280x960"]) as response:
        data = await response.read()

    assert (refused, status, sent, data) == (400, 200, 200, b"\x89PNG1")


async def test_voice_has_an_address_with_real_sound(city, product):
    said = city.avito.buyer_sends_voice(ACCOUNT, BUYER, ITEM)
    voice_id = said.content["voice"]["voice_id"]

    _, body = await product.avito("GET", f"{V1}/getVoiceFiles?voice_ids={voice_id}")
    async with product.session.get(body["voices_urls"][voice_id]) as response:
        data = await response.read()

    assert data[4:8] == b"ftyp"


async def test_own_message_can_be_deleted_within_the_hour(city, product):
    said = city.avito.buyer_says(ACCOUNT, BUYER, ITEM, "эй")
    path = f"{V1}/chats/{said.chat_id}/messages"
    body = {"type": "text", "message": {"text": "ой"}}
    _, sent = await product.avito("POST", path, json=body)

    mine, _ = await product.avito("POST", f"{path}/{sent['id']}")
    foreign, _ = await product.avito("POST", f"{path}/{said.id}")
    _, history = await product.avito("GET", f"{V3}/chats/{said.chat_id}/messages/")

    assert (mine, foreign, history[0]["type"]) == (200, 404, "deleted")


async def test_paging_is_capped_and_another_account_is_forbidden(product):
    far, _ = await product.avito("GET", f"{V2}/chats?offset=1001")
    wide, _ = await product.avito("GET", f"{V2}/chats?limit=101")
    foreign, _ = await product.avito("GET", "/messenger/v2/accounts/1/chats")
    missing, body = await product.avito("GET", f"{V2}/chats/u2i-none")

    assert (far, wide, foreign, missing) == (400, 400, 403, 404)
    assert body == {"error": {"code": 404, "message": "Not found"}}


async def test_account_without_paid_level_answers_402(city, product):
    city.avito.set_paid(ACCOUNT, paid=False)

    status, _ = await product.avito("GET", f"{V2}/chats")

    assert status == 402


async def test_budget_speaks_through_headers_then_429(city, product):
    city.avito.world.accounts[ACCOUNT].budget_per_minute = 2

    statuses = [(await product.avito("GET", f"{V2}/chats"))[0] for _ in range(3)]

    assert statuses == [200, 200, 429]


async def test_unsubscribed_url_hears_nothing(city, product, hook):
    await product.avito("POST", "/messenger/v3/webhook", json={"url": hook.url})
    _, listed = await product.avito("POST", "/messenger/v1/subscriptions")
    await product.avito("POST", "/messenger/v1/webhook/unsubscribe", json={"url": hook.url})
    city.avito.buyer_says(ACCOUNT, BUYER, ITEM, "эй")
    _, after = await product.avito("POST", "/messenger/v1/subscriptions")

    assert listed["subscriptions"] == [{"url": hook.url, "version": "3"}]
    assert (after["subscriptions"], hook.bodies) == ([], [])


async def test_every_type_of_message_reaches_the_webhook(city, product, hook):
    await product.avito("POST", "/messenger/v3/webhook", json={"url": hook.url})
    buyer = (ACCOUNT, BUYER, ITEM)
    city.avito.buyer_sends_image(*buyer)
    city.avito.buyer_sends_voice(*buyer)
    city.avito.buyer_sends_location(*buyer)
    city.avito.buyer_sends_link(*buyer)
    city.avito.buyer_sends_item(*buyer, ITEM)
    city.avito.buyer_calls(*buyer)
    for kind in ("appCall", "file", "video"):
        last = city.avito.buyer_sends(*buyer, kind)
    city.avito.avito_says(ACCOUNT, last.chat_id, "Персональное предложение")
    city.avito.seller_types_in_app(ACCOUNT, last.chat_id, "сам")
    city.avito.buyer_deletes(ACCOUNT, last.chat_id, last.id)

    bodies = await hook.wait(12)

    # `deleted` was lined up last; what it erased had been told as `video` before or not at all.
    kinds = [one["payload"]["value"]["type"] for one in bodies]
    assert kinds[:8] == [
        "image", "voice", "location", "link", "item", "call", "appCall", "file",
    ]  # fmt: skip
    assert kinds[-3:] == ["system", "text", "deleted"]
    assert bodies[-1]["payload"]["value"]["content"] == {}
