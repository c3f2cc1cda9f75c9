"""Another process can do by HTTP all that a test can do in the loop; the demo's world is whole."""

import asyncio
import json

import pytest

from sandbox import trial
from sandbox.city import City, app, demo, state
from tests.sandbox.city.conftest import ACCOUNT, BORIS, BUYER, GROUP, ITEM


@pytest.fixture
def control(city, product):
    async def call(http, path, **more):
        url = f"{city.url}/city/api/{path}"
        async with product.session.request(http, url, **more) as response:
            return response.status, await response.json()

    return call


async def test_acts_faults_and_verdict_by_http(city, control):
    _, said = await control(
        "POST",
        "avito/buyer_says",
        json={
            "account_id": ACCOUNT,
            "buyer_id": BUYER,
            "item_id": ITEM,
            "text": "эй",
        },
    )
    _, fault = await control(
        "POST",
        "faults",
        json={
            "provider": "telegram",
            "kind": "rate_limit",
            "retry_after": 3,
        },
    )
    _, listed = await control("GET", "faults")
    _, _ = await control("DELETE", f"faults/{fault['id']}")
    _, after = await control("GET", "faults")
    _, verdict = await control("GET", "judge")

    assert said["result"]["chat_id"].startswith("u2i-")
    assert [one["kind"] for one in listed["faults"]] == ["rate_limit"]
    assert (after["faults"], verdict["lost"]) == ([], 1)


async def test_unknown_act_and_foreign_page_are_refused(control):
    unknown, _ = await control("POST", "telegram/__init__", json={})
    wrong, _ = await control("POST", "telegram/user_says", json={"nobody": 1})
    foreign, _ = await control("POST", "reset", headers={"Origin": "https://evil.example"})

    assert (unknown, wrong, foreign) == (400, 400, 403)


async def test_hold_point_by_http(city, control, product):
    _, armed = await control("POST", "points", json={"moment": "body", "method": "sendMessage"})
    call = asyncio.create_task(product.bot("sendMessage", chat_id=GROUP, text="x"))

    _, seen = await control("GET", f"points/{armed['id']}?wait=5")
    await control("POST", f"points/{armed['id']}/release")
    status, _ = await call

    assert (seen, status) == ({"reached": True}, 200)


async def test_snapshot_shows_both_sides_and_counts_the_unseen(city, control, product):
    topic = await product.ok("createForumTopic", chat_id=GROUP, name="Иван")
    thread = topic["message_thread_id"]
    await product.ok("sendMessage", chat_id=GROUP, message_thread_id=thread, text="эй")

    _, first = await control("GET", f"state?me={BORIS}")
    _, opened = await control("GET", f"state?me={BORIS}&chat={GROUP}&thread={thread}")

    row = first["groups"][0]["topics"][0]
    assert (row["name"], row["unread"], row["preview"]["text"]) == ("Иван", 1, "эй")
    assert opened["groups"][0]["topics"][0]["unread"] == 0
    assert [one["text"] for one in opened["thread"]["posts"]][-1] == "эй"


async def test_page_is_served_under_a_strict_policy(city, product):
    async with product.session.get(city.url + "/") as response:
        policy = response.headers["Content-Security-Policy"]
        page = await response.text()
    async with product.session.get(city.url + "/..%2fcity.py") as response:
        outside = response.status

    assert "unsafe" not in policy
    assert "<style" not in page
    assert "style=" not in page
    assert outside == 404


def test_demo_file_and_constants_agree():
    city = City()
    demo.build(city)

    assert trial.DEMO_MASTER_TOKEN == demo.DEMO_MASTER_TOKEN
    assert set(city.telegram.world.bots) == {demo.DEMO_MASTER_TOKEN, demo.DEMO_CLIENT_TOKEN}
    assert city.telegram.world.bot("@vishenka_play_bot").id == 4200000
    assert set(city.avito.world.accounts) == {demo.DEMO_ACCOUNT}
    members = city.telegram.world.groups[demo.DEMO_GROUP].members
    assert members[demo.DEMO_ANNA].status == "creator"
    assert members[4200001].may("can_manage_topics")


async def test_world_outlives_a_restart(city, tmp_path):
    thread = city.telegram.create_topic(BORIS, GROUP, "Иван").id
    post = city.telegram.user_says(BORIS, GROUP, "эй", thread=thread)
    said = city.avito.buyer_says(ACCOUNT, BUYER, ITEM, "привет")
    state.save(city, tmp_path / "city.pickle")

    other = City()
    assert state.load(other, (tmp_path / "city.pickle").read_bytes())
    later = other.telegram.user_says(BORIS, GROUP, "снова", thread=thread)

    assert other.telegram.texts(GROUP, thread) == ["эй", "снова"]
    assert later.id > post.id
    assert other.avito.messages(ACCOUNT, said.chat_id)[0].content == {"text": "привет"}
    assert state.load(City(), b"rubbish") is False


async def test_hooks_come_from_what_seed_printed(city):
    app.register(
        city,
        json.loads(
            json.dumps(
                {
                    "tenants": [
                        {
                            "bots": [
                                {
                                    "username": "cherry_support_bot",
                                    "hook_url": "http://x/h",
                                    "hook_secret": "s",
                                }
                            ],
                            "channels": [
                                {
                                    "account_id": str(ACCOUNT),
                                    "hook_url": "http://x/a",
                                    "hook_secret": None,
                                }
                            ],
                        }
                    ]
                }
            )
        ),
    )

    assert city.telegram.world.bot(4200001).updates.hook.secret == "s"
    assert city.avito.world.accounts[ACCOUNT].hooks == {"http://x/a": "3"}
