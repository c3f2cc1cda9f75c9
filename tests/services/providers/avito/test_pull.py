"""The audit against the fake Avito: nothing missed, the webhook's own keys, bounded steps."""

import json

import pytest

from sandbox.city.faults import Kind
from services.connectors.base import (
    HookRequest,
)
from services.connectors.errors import (
    RateLimited,
    Temporary,
)
from services.connectors.messages import (
    Deleted,
    Receipt,
)
from services.kit.http import Answer as HttpAnswer
from tests.services.providers.avito.conftest import (
    ACCOUNT_ID,
    BUYER_ID,
    ITEM_ID,
    Seller,
    address,
    drain,
    send,
    texts,
)

HOOK = "https://bridge.test/hooks/avito/key-1"


async def test_first_pull_brings_what_is_unread(seller):
    seller.says("раз")
    seller.says("два")

    events, cursor = await drain(seller, "")
    again, _ = await drain(seller, cursor)

    assert texts(seller, events) == ["раз", "два"]
    assert again == []


async def test_keys_of_webhook_and_pull_are_equal(seller):
    _, cursor = await drain(seller, "")
    written = seller.says("раз")

    events, _ = await drain(seller, cursor)

    request = HookRequest("POST", HOOK, {}, hook_body(seller, written))
    [hook] = seller.connector.open(seller.account, request).events
    assert [event.key for event in events] == [hook.key]
    assert events[0].lane == hook.lane
    [by_pull] = seller.connector.parse(seller.account, events[0])
    [by_hook] = seller.connector.parse(seller.account, hook)
    assert by_pull.text == by_hook.text


def hook_body(seller: Seller, message) -> bytes:
    chat = seller.city.avito.chat(ACCOUNT_ID, BUYER_ID, ITEM_ID)
    value = seller.city.avito.world._value(chat, message)
    payload = {"type": "message", "value": value}
    return json.dumps({"id": "h1", "version": "v3.0.0", "payload": payload}).encode()


async def test_pull_finds_each_new_message_once_in_order(seller):
    _, cursor = await drain(seller, "")
    found: list[str] = []
    for number in range(30):
        seller.says(f"сообщение {number}")
        if number % 3 == 0:
            events, cursor = await drain(seller, cursor)
            found += [event.key for event in events]
    events, cursor = await drain(seller, cursor)
    found += [event.key for event in events]

    unique = list(dict.fromkeys(found))
    chat_id = address(seller).chat_id
    assert unique == [m.id for m in seller.city.avito.messages(ACCOUNT_ID, chat_id)]


async def test_two_messages_of_one_second_are_both_found(seller):
    _, cursor = await drain(seller, "")
    seller.says("раз")
    _, cursor = await drain(seller, cursor)
    seller.city.avito.buyer_says(ACCOUNT_ID, BUYER_ID, ITEM_ID, "в ту же секунду")

    events, _ = await drain(seller, cursor)

    assert "в ту же секунду" in texts(seller, events)


async def test_quiet_account_costs_one_call(seller):
    seller.says("раз")
    _, cursor = await drain(seller, "")
    before = len(seller.city.journal.calls("avito"))

    await drain(seller, cursor)

    assert len(seller.city.journal.calls("avito")) - before == 1


async def test_many_chats_are_read_in_bounded_steps(seller):
    for number in range(40):
        buyer = 90_000_000 + number
        seller.city.avito.add_buyer(buyer, f"Покупатель {number}")
        seller.says(f"от {number}", buyer)

    page = await seller.connector.pull(seller.account, "")
    rest, cursor = await drain(seller, page.cursor)

    assert page.more
    assert len(page.events) == 12
    assert texts(seller, [*page.events, *rest]) == [f"от {number}" for number in range(40)]
    assert len(cursor) < 1024


async def test_more_than_a_page_of_messages_is_found(seller):
    _, cursor = await drain(seller, "")
    for number in range(230):
        seller.says(f"{number}")

    events, _ = await drain(seller, cursor)

    assert texts(seller, events) == [f"{number}" for number in range(230)]


async def test_reading_of_our_answer_is_found_without_any_webhook(seller):
    seller.says("?")
    _, cursor = await drain(seller, "")
    sent = await send(seller, "ответ")
    _, cursor = await drain(seller, cursor)
    seller.clock.second += 100
    seller.city.avito.buyer_reads(ACCOUNT_ID, address(seller).chat_id)

    events, cursor = await drain(seller, cursor)

    receipts = [
        one for event in events for one in seller.connector.parse(seller.account, event)
        if isinstance(one, Receipt)
    ]  # fmt: skip
    assert [one.external_id for one in receipts] == [sent.external_id]
    assert f"{sent.external_id}:read" in [event.key for event in events]
    assert (await drain(seller, cursor))[0] == []


async def test_deleted_message_is_found(seller):
    written = seller.says("удалю")
    _, cursor = await drain(seller, "")
    seller.city.avito.buyer_deletes(ACCOUNT_ID, address(seller).chat_id, written.id)
    seller.says("следом")

    events, _ = await drain(seller, cursor)

    [gone] = [event for event in events if event.key == f"{written.id}:deleted"]
    [inbound] = seller.connector.parse(seller.account, gone)
    assert isinstance(inbound, Deleted)
    assert inbound.external_id == written.id


async def test_seller_typing_in_the_app_is_found_as_own(seller):
    seller.says("?")
    _, cursor = await drain(seller, "")
    seller.clock.second += 1
    seller.city.avito.seller_types_in_app(ACCOUNT_ID, address(seller).chat_id, "из приложения")

    events, _ = await drain(seller, cursor)

    read = [one for event in events for one in seller.connector.parse(seller.account, event)]
    assert [one.text.text for one in read if one.sender.own] == ["из приложения"]


async def test_limit_in_the_middle_keeps_what_was_read(seller):
    _, cursor = await drain(seller, "")
    for number in range(6):
        buyer = 90_000_000 + number
        seller.city.avito.add_buyer(buyer, f"Покупатель {number}")
        seller.says(f"от {number}", buyer)
    broken = seller.city.avito.chat(ACCOUNT_ID, 90_000_003, ITEM_ID).id
    seller.city.faults.add("avito", Kind.RATE_LIMIT, method="messages", chat=broken, count=2)

    page = await seller.connector.pull(seller.account, cursor)
    with pytest.raises(RateLimited):
        await seller.connector.pull(seller.account, page.cursor)
    rest, _ = await drain(seller, page.cursor)

    assert page.more
    assert texts(seller, [*page.events, *rest]) == [f"от {number}" for number in range(6)]


async def test_chat_that_fails_alone_holds_up_nobody_and_is_read_later(seller):
    _, cursor = await drain(seller, "")
    for number in range(4):
        buyer = 90_000_000 + number
        seller.city.avito.add_buyer(buyer, f"Покупатель {number}")
        seller.says(f"от {number}", buyer)
    broken = seller.city.avito.chat(ACCOUNT_ID, 90_000_001, ITEM_ID).id
    fault = seller.city.faults.add("avito", Kind.SERVER_ERROR, method="messages", chat=broken)

    events, cursor = await drain(seller, cursor)
    seller.clock.second += 3000
    seller.says("позже", 90_000_003)
    later, cursor = await drain(seller, cursor)
    seller.city.faults.remove(fault)
    seller.clock.second += 3000
    healed, cursor = await drain(seller, cursor)

    assert texts(seller, events) == ["от 0", "от 2", "от 3"]
    assert "позже" in texts(seller, later)
    assert texts(seller, healed) == ["от 1"]


async def test_first_reading_that_fails_does_not_bring_old_talk_later(seller):
    old = seller.says("давно прочитано")
    old.is_read = True
    seller.clock.second += 5
    seller.says("не прочитано")
    fault = seller.city.faults.add("avito", Kind.SERVER_ERROR, method="messages")

    events, cursor = await drain(seller, "")
    seller.city.faults.remove(fault)
    healed, _ = await drain(seller, cursor)

    assert events == []
    assert texts(seller, healed) == ["не прочитано"]


async def test_trouble_of_the_whole_account_is_raised(seller):
    for number in range(30):
        buyer = 90_000_000 + number
        seller.city.avito.add_buyer(buyer, f"Покупатель {number}")
        seller.says(f"от {number}", buyer)
    page = await seller.connector.pull(seller.account, "")
    seller.city.faults.add("avito", Kind.SERVER_ERROR)

    for cursor in (page.cursor, ""):
        with pytest.raises(Temporary):
            await seller.connector.pull(seller.account, cursor)


async def test_half_a_surrogate_on_a_page_does_not_cost_the_page(avito, http, account):
    listed = b'{"chats":[{"id":"c1","updated":5,"last_message":{"id":"m1"}}]}'
    body = b'[{"id":"m1","author_id":1,"type":"text","created":5,"content":{"text":"a \\ud83d"},'
    page = body + b'"is_read":false,"direction":"in"}]'
    http.script = [HttpAnswer(200, {}, part) for part in (listed, listed, page)]

    found = await avito.pull(account, "")

    [event] = found.events
    [message] = avito.parse(account, event)
    assert message.text.text == "a ?"


@pytest.mark.parametrize("cursor", ["null", "{", '{"u":"x"}', "[]", "5", '{"t":[1]}'])
async def test_spoiled_cursor_begins_anew(seller, cursor):
    seller.says("раз")

    events, _ = await drain(seller, cursor)

    assert texts(seller, events) == ["раз"]


async def test_list_as_an_object_is_read_too(seller):
    seller.city.avito.world.messages_as_object = True
    seller.says("раз")

    assert texts(seller, (await drain(seller, ""))[0]) == ["раз"]
