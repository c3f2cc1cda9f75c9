"""Faults do what they say, to whom they say, as often as they say."""

import asyncio

import aiohttp
import pytest

from tests.sandbox.city.conftest import ACCOUNT, BORIS, BUYER, GROUP, ITEM, TOKEN


async def test_rate_limit_counts_down_and_ends(city, product):
    city.faults.add("telegram", "rate_limit", method="sendMessage", count=2, retry_after=7)

    answers = [await product.bot("sendMessage", chat_id=GROUP, text="x") for _ in range(3)]

    assert [status for status, _ in answers] == [429, 429, 200]
    assert answers[0][1]["parameters"] == {"retry_after": 7}
    assert len(city.journal.accepted("telegram", "sendMessage")) == 1
    assert city.journal.calls("telegram", "sendMessage")[0].note == "wait 7"


@pytest.mark.parametrize("kind", ["accept_then_hang", "accept_then_reset"])
async def test_accepted_call_without_an_answer_is_in_the_journal(city, product, kind):
    city.faults.add("telegram", kind, method="sendMessage", count=1)

    with pytest.raises((TimeoutError, aiohttp.ClientError)):
        async with asyncio.timeout(0.3):
            await product.bot("sendMessage", chat_id=GROUP, text="x")

    [entry] = city.journal.accepted("telegram", "sendMessage")
    assert entry.answered is False
    assert city.telegram.texts(GROUP) == ["x"]


async def test_dropped_call_is_never_accepted(city, product):
    city.faults.add("telegram", "drop", count=1)

    with pytest.raises(aiohttp.ClientError):
        await product.bot("sendMessage", chat_id=GROUP, text="x")

    assert city.journal.accepted("telegram") == []


async def test_filter_spares_other_chats(city, product):
    city.telegram.add_group(-1002, "Вторая")
    city.telegram.add_member(-1002, 4200001, "administrator")
    city.faults.add("telegram", "server_error", chat=GROUP, status=502)

    hit, _ = await product.bot("sendMessage", chat_id=GROUP, text="x")
    spared, _ = await product.bot("sendMessage", chat_id=-1002, text="x")

    assert (hit, spared) == (502, 200)


async def test_probability_is_the_same_with_the_same_seed(city, product):
    city.faults.add("avito", "server_error", probability=0.5)

    await product.login()
    statuses = [(await product.avito("GET", "/core/v1/accounts/self"))[0] for _ in range(20)]

    assert {200, 503} == set(statuses)


async def test_html_and_huge_bodies_are_served(city, product):
    city.faults.add("telegram", "html", count=1, status=502)
    url = f"{city.telegram_url}/bot{TOKEN}/getMe"
    async with product.session.get(url) as response:
        page = await response.text()
    city.faults.add("telegram", "huge", count=1, bytes=300_000)
    async with product.session.get(url) as response:
        size = len(await response.read())

    assert "<html>" in page
    assert size > 300_000


async def test_endless_body_never_ends(city, product):
    city.faults.add("telegram", "endless", count=1)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await product.bot("getMe")


async def test_webhook_is_duplicated_silenced_and_shuffled(city, product, hook):
    await product.avito("POST", "/messenger/v3/webhook", json={"url": hook.url})
    once = city.faults.add("avito", "duplicate", times=5, count=1)
    city.avito.buyer_says(ACCOUNT, BUYER, ITEM, "пять раз")
    await hook.wait(5)
    city.faults.remove(once)
    silent = city.faults.add("avito", "silent")
    city.avito.buyer_says(ACCOUNT, BUYER, ITEM, "тишина")
    city.faults.remove(silent)
    city.faults.add("avito", "reorder", window=0.05)
    for number in range(9):
        city.avito.buyer_says(ACCOUNT, BUYER, ITEM, str(number))
    bodies = await hook.wait(14)

    texts = [one["payload"]["value"]["content"]["text"] for one in bodies]
    assert texts[:5] == ["пять раз"] * 5
    assert "тишина" not in texts
    assert sorted(texts[5:]) == [str(number) for number in range(9)]
    assert texts[5:] != sorted(texts[5:])


async def test_silent_telegram_keeps_updates_and_tells_them_later(city, product, hook):
    await product.ok("setWebhook", url=hook.url)
    silent = city.faults.add("telegram", "silent")
    city.telegram.user_says(BORIS, GROUP, "позже")
    await asyncio.sleep(0.1)
    before = len(hook.bodies)
    city.faults.remove(silent)

    bodies = await hook.wait(1)

    assert (before, bodies[0]["message"]["text"]) == (0, "позже")


async def test_expired_token_is_cured_by_a_new_one(city, product):
    await product.login()
    await asyncio.sleep(0.01)
    city.faults.add("avito", "expire_token")
    stale, _ = await product.avito("GET", "/core/v1/accounts/self")
    await product.login()
    fresh, _ = await product.avito("GET", "/core/v1/accounts/self")

    assert (stale, fresh) == (403, 200)


async def test_refused_refresh_and_revoked_bot(city, product):
    city.faults.add("avito", "refuse_refresh")
    city.faults.add("telegram", "revoke", account=4200001)

    form = {"grant_type": "client_credentials", "client_id": "cid", "client_secret": "cs"}
    async with product.session.post(f"{city.avito_url}/token", data=form) as response:
        refused = response.status
    revoked, _ = await product.bot("getMe")

    assert (refused, revoked) == (400, 401)


@pytest.mark.parametrize(("moment", "accepted"), [("headers", 0), ("body", 0), ("accepted", 1)])
async def test_hold_point_stops_a_call_at_its_moment(city, product, moment, accepted):
    hold = city.points.arm(moment, provider="telegram", method="sendMessage")
    call = asyncio.create_task(product.bot("sendMessage", chat_id=GROUP, text="x"))

    await hold.reached()
    there = len(city.journal.accepted("telegram", "sendMessage")), call.done()
    hold.release()
    status, _ = await call

    assert (there, status) == ((accepted, False), 200)


async def test_action_runs_at_the_nth_call(city, product):
    seen = []
    city.points.arm("answered", method="sendMessage", nth=2, action=lambda: seen.append("now"))

    for number in range(3):
        await product.ok("sendMessage", chat_id=GROUP, text=str(number))

    assert seen == ["now"]
