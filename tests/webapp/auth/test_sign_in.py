"""The Mini App signs in: initData once, tokens, who I am, out again."""

from __future__ import annotations

from datetime import timedelta

from tests.webapp.people import ANNA, Town, init_data


async def test_init_data_becomes_a_session_that_knows_the_business(town: Town) -> None:
    status, tokens = await town.anna.enter()

    assert status == 200
    assert tokens["expires_in"] == 900
    status, me = await town.anna.call("GET", "/api/v1/me")
    assert status == 200
    assert me["user"]["telegram_id"] == ANNA
    assert me["role"] == "owner"
    assert me["tenant"]["id"] == str(town.cherry)
    assert "team.write" in me["permissions"]


async def test_a_lost_answer_may_be_asked_for_again_and_a_replay_later_not(town: Town) -> None:
    text = init_data(town.anna.token, ANNA)
    first = await town.anna.enter(text)
    again = await town.anna.enter(text)

    assert (first[0], again[0]) == (200, 200)
    assert first[1]["refresh_token"] == again[1]["refresh_token"]
    services = town.door.services
    services.features.identity.sessions._began -= timedelta(hours=1)
    async with services.database.system("time passes") as tx:
        await tx.execute("UPDATE user_session SET created_at = created_at - interval '11 s'")
    status, body = await town.anna.enter(text)
    assert (status, body["error"]["code"]) == (409, "auth.reopen")


async def test_after_signing_out_the_same_init_data_opens_nothing(town: Town) -> None:
    text = init_data(town.anna.token, ANNA)
    await town.anna.enter(text)

    assert (await town.anna.call("POST", "/api/v1/auth/logout"))[0] == 200
    assert (await town.anna.call("GET", "/api/v1/me"))[0] == 401
    assert (await town.anna.refresh())[0] == 401
    assert (await town.anna.enter(text))[0] == 409


async def test_a_stranger_signs_in_and_may_only_look_at_themselves(town: Town) -> None:
    await town.dora.enter()

    status, me = await town.dora.call("GET", "/api/v1/me")
    assert (status, me["tenant"], me["role"]) == (200, None, None)
    status, body = await town.dora.call("GET", "/api/v1/deliveries")
    assert (status, body["error"]["code"]) == (403, "auth.no_seat")


async def test_another_bots_init_data_is_refused(town: Town) -> None:
    foreign = init_data("4200001:AAE_test", ANNA)

    status, body = await town.anna.enter(foreign)

    assert (status, body["error"]["code"]) == (401, "auth.refused")
