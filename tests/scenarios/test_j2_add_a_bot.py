"""J2: a client adds a bot by its token, and a group it works in."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.city.demo import DEMO_CLIENT_TOKEN
from sandbox.city.telegram.model import ADMIN_RIGHTS
from tests.scenarios.world import ANNA, World, buttons, seeding, sees, text_of, town

TOKEN = "4200777:AAEnew_bot_of_anna_for_the_scenarios_"
NEW_BOT, NEW_GROUP = 4200777, -1002200000777


def bare() -> dict[str, Any]:
    """Anna's business without a bot, and somebody else's that owns the demo's bot."""
    platform, velodvor = seeding()["tenants"]
    mine = {key: velodvor[key] for key in ("slug", "name", "locale", "zone", "plan", "members")}
    other = {
        "slug": "rival", "name": "Конкурент", "locale": "ru", "zone": "Europe/Moscow",
        "plan": "free", "bots": velodvor["bots"],
        "members": [{"telegram_id": 700100999, "name": "Клара", "role": "owner"}],
    }  # fmt: skip
    return {"tenants": [platform, mine, other]}


@pytest.fixture
async def shop(environ: dict[str, str]):  # type: ignore[no-untyped-def]
    async with town(environ, bare()) as world:
        world.city.telegram.add_bot(TOKEN, "anna_new_bot", "ВелоДвор поддержка")
        yield world


async def test_token_is_removed_checked_and_the_bot_shown(shop: World) -> None:
    told = shop.tells(ANNA, TOKEN)

    added = await shop.told(ANNA, "подключён")
    assert "@anna_new_bot" in text_of(added)
    assert "вебхук работает" in text_of(added)
    assert "startgroup" in buttons(added)[0]["url"]
    await sees(lambda: not shop.is_there(ANNA, told))
    assert TOKEN not in "\n".join(shop.city.telegram.texts("@vishenka_play_bot", user_id=ANNA))


async def test_bot_without_a_picture_gets_one_and_words_about_it(shop: World) -> None:
    shop.tells(ANNA, TOKEN)
    added = await shop.told(ANNA, "подключён")

    assert "поставили вишенку" in text_of(added)
    shown = shop.city.telegram.world.bots_by_id[NEW_BOT].settings
    assert shown["photo"] > 1000
    assert "/stop" in shown["setmydescription"]["description"]
    assert shown["setmyshortdescription"]["short_description"]


async def test_picture_its_owner_chose_is_left_alone(shop: World) -> None:
    shown = shop.city.telegram.world.bots_by_id[NEW_BOT].settings
    shown["photo"] = 7

    shop.tells(ANNA, TOKEN)
    added = await shop.told(ANNA, "подключён")

    assert "вишенку" not in text_of(added)
    assert shown["photo"] == 7


async def test_group_says_which_rights_are_missing_and_then_that_it_is_ready(
    shop: World,
) -> None:
    shop.tells(ANNA, TOKEN)
    await shop.told(ANNA, "подключён")
    city = shop.city.telegram
    city.add_group(NEW_GROUP, "Продажи")
    city.add_member(NEW_GROUP, ANNA, "creator")

    city.return_bot(NEW_GROUP, NEW_BOT, "member", user_id=ANNA)
    missing = await sees(lambda: shop.message("Группа пока не готова", group=NEW_GROUP))
    assert "Сделайте бота администратором" in text_of(missing)

    city.set_rights(NEW_GROUP, NEW_BOT, ["can_manage_chat", "can_pin_messages"], user_id=ANNA)
    await sees(lambda: shop.message("«Управление темами»", group=NEW_GROUP))

    city.set_rights(NEW_GROUP, NEW_BOT, ADMIN_RIGHTS, user_id=ANNA)
    ready = await sees(lambda: shop.message("✅ пробная тема", group=NEW_GROUP))
    assert "Группа готова" in text_of(ready)


async def ready_group(shop: World) -> None:
    shop.tells(ANNA, TOKEN)
    await shop.told(ANNA, "подключён")
    city = shop.city.telegram
    city.add_group(NEW_GROUP, "Продажи")
    city.add_member(NEW_GROUP, ANNA, "creator")
    city.return_bot(NEW_GROUP, NEW_BOT, user_id=ANNA)
    await sees(lambda: shop.message("✅ пробная тема", group=NEW_GROUP))


async def test_test_topic_appears_and_closes(shop: World) -> None:
    await ready_group(shop)

    thread = shop.thread("Проверка связи", NEW_GROUP)
    topic = shop.city.telegram.world.groups[NEW_GROUP].topics[thread]
    assert topic.is_closed
    assert "Проверяю, хватает ли прав" in "\n".join(shop.texts(thread, NEW_GROUP))
    [stored] = await shop.rows(
        "SELECT checks::text AS c, settings ->> 'trial' AS t FROM workspace"
    )
    assert stored["t"] == str(thread)
    assert '"trial"' in stored["c"]


async def test_second_look_opens_no_second_topic(shop: World) -> None:
    await ready_group(shop)
    first = shop.thread("Проверка связи", NEW_GROUP)
    await shop.rows("UPDATE workspace SET settings = settings - 'trial_at' RETURNING 1")
    before = len(shop.texts(first, NEW_GROUP))

    shop.city.telegram.user_says(ANNA, NEW_GROUP, "/here")
    await sees(lambda: len(shop.texts(first, NEW_GROUP)) > before)

    await sees(lambda: shop.city.telegram.world.groups[NEW_GROUP].topics[first].is_closed)
    assert [
        name for name in shop.city.telegram.topics(NEW_GROUP).values() if "Проверка" in name
    ] == ["Проверка связи"]


async def test_group_of_a_stranger_is_no_workplace(shop: World) -> None:
    shop.tells(ANNA, TOKEN)
    await shop.told(ANNA, "подключён")
    city = shop.city.telegram
    stranger = city.add_user(700100555, "Прохожий").id
    city.add_group(NEW_GROUP, "Чужая группа")
    city.add_member(NEW_GROUP, stranger, "creator")

    city.return_bot(NEW_GROUP, NEW_BOT, user_id=stranger)
    await sees(lambda: shop.message("не владелец", group=NEW_GROUP))
    assert await shop.rows("SELECT 1 FROM workspace") == []


async def test_wrong_token_is_refused_with_a_reason_and_nothing_is_kept(shop: World) -> None:
    wrong = shop.tells(ANNA, "4200778:AAEnobody_ever_made_this_bot_at_all_0")

    await shop.told(ANNA, "Ключ не подошёл")
    await sees(lambda: not shop.is_there(ANNA, wrong))
    assert await shop.rows("SELECT 1 FROM channel WHERE external_id = '4200778'") == []


async def test_bot_of_another_business_is_refused_without_telling_whose(shop: World) -> None:
    shop.tells(ANNA, DEMO_CLIENT_TOKEN)

    refused = text_of(await shop.told(ANNA, "подключить нельзя"))
    assert "Конкурент" not in refused
    owners = await shop.rows("SELECT tenant_id FROM channel WHERE external_id = '4200001'")
    assert len(owners) == 1
