"""J1, J2 and J3 by page, one after another as a newcomer lives them: Anna's first five minutes.

Left out, for pages that come with the admin's cabinet: J1.1 (the admin makes her invitation in
the chat here) and the admin's list of J1.6 (the owner's team page and the audit stand for it).
"""

from __future__ import annotations

import re

from playwright.async_api import Browser

from sandbox.city.telegram.model import ADMIN_RIGHTS
from tests.browser.journeys.hands import Hands, hands
from tests.browser.journeys.marks import MARKS
from tests.scenarios.test_j1_join_by_the_master_bot import link_of_olga
from tests.scenarios.world import ACCOUNT, ANNA, BORIS, MASTER, World, sees, text_of

pytestmark = MARKS
TOKEN = "4200777:AAEnew_bot_of_anna_for_the_scenarios_"
NOBODYS = "4200778:AAEnobody_ever_made_this_bot_at_all_0"
NEW_BOT, NEW_GROUP = 4200777, -1002200000777
CLIENT, SECRET = "city-velodvor", "city-velodvor-secret"
SAVE = "Проверить и сохранить"


async def test_newcomer_joins_connects_and_answers_the_first_buyer(
    empty: World, browser: Browser
) -> None:
    city = empty.city.telegram
    city.add_bot(TOKEN, "anna_new_bot", "Кофейня поддержка")
    city.add_group(NEW_GROUP, "Продажи")
    city.add_member(NEW_GROUP, ANNA, "creator")
    async with hands(browser, empty) as anna:
        await joins(empty, anna)
        await adds_a_bot(empty, anna)
        await adds_a_group(empty, anna)
        await connects_avito(empty, anna)
        await answers_the_first_buyer(empty, anna)
        await mends_a_dead_key(empty, anna)
    empty.judged()


async def joins(world: World, anna: Hands) -> None:
    """J1: from a link to the cabinet; used up, broken and expired links say so."""
    token = await link_of_olga(world)
    await anna.opens(ANNA)
    await anna.sees("Вы пока ни в одной компании")
    await expires(world, "-1 s")
    await anna.opens(ANNA, f"/app/join/{token}")
    await anna.sees("Срок ссылки вышел")
    await expires(world, "15 min")
    world.city.telegram.start_bot(ANNA, MASTER, token)
    offer = await world.told(ANNA, "Вас зовут")
    await world.presses(ANNA, offer, "Принять")
    await world.told(ANNA, "Вы владелец «Кофейня»")

    for link, said in ((token, "Ссылка уже использована"), ("no_such_link", "не подошла")):
        await anna.opens(BORIS, f"/app/join/{link}")
        await anna.sees(said)
        await anna.sees("Попросите новую ссылку")
    await anna.opens(ANNA)
    await anna.sees("Три шага до первого ответа")
    await anna.presses("Ещё")
    await anna.presses("Команда")
    await anna.sees("Анна")
    acts = {row["action"] for row in await world.rows("SELECT action FROM audit_entry")}
    assert {"invite.create", "invite.accept"} <= acts


async def expires(world: World, span: str) -> None:
    async with world.web.database.system("a test lets time pass") as tx:
        await tx.execute("UPDATE link_token SET expires_at = now() + $1::text::interval", span)


async def adds_a_bot(world: World, anna: Hands) -> None:
    """J2.1, 2, 5: wrong tokens are refused in words, nothing is kept; the right one works."""
    await anna.presses("Сейчас")
    await anna.presses("Подключить бота")
    await anna.sees("Открыть BotFather")
    for wrong, said in (
        ("что-то не то", "Это не похоже на токен"),
        (NOBODYS, "Ключ не подошёл"),
        (str(world.settings.master_bot_token), "подключить нельзя"),  # somebody else's
    ):
        await anna.types("Токен бота", wrong)
        await anna.presses(SAVE)
        await anna.sees(said)
    world.city.faults.add("telegram", "server_error", method="getMe", status=502)
    await anna.types("Токен бота", TOKEN)
    await anna.presses(SAVE)
    await anna.sees("Сервис не отвечает")
    await anna.sees("Ничего не сохранено")
    assert await world.rows("SELECT 1 FROM channel WHERE kind = 'client'") == []

    world.city.faults.clear("telegram")
    await anna.types("Токен бота", TOKEN)
    await anna.presses(SAVE)
    await anna.sees("Подключено")
    await anna.sees("@anna_new_bot")
    await anna.sees("приходит", "#line-webhook")
    assert TOKEN not in await anna.page.content()


async def adds_a_group(world: World, anna: Hands) -> None:
    """J2.3, 4: the group's page says what is missing, by itself that it is ready."""
    city = world.city.telegram
    await anna.presses("Сейчас")
    await anna.presses("Подключить группу")
    await anna.sees("Добавить @anna_new_bot")
    city.return_bot(NEW_GROUP, NEW_BOT, "member", user_id=ANNA)
    await sees(lambda: world.message("Группа пока не готова", group=NEW_GROUP))
    await anna.looks_until("поправьте права")
    await anna.presses("Сейчас")
    await anna.sees("ему не хватает прав")
    await anna.presses("Посмотреть права")
    await anna.presses("Продажи")
    await anna.sees("Сделайте бота администратором")

    city.set_rights(NEW_GROUP, NEW_BOT, ADMIN_RIGHTS, user_id=ANNA)
    await sees(lambda: world.message("✅ пробная тема", group=NEW_GROUP))
    await anna.presses("Проверить сейчас")
    await anna.sees("готова")
    thread = world.thread("Проверка связи", NEW_GROUP)
    await sees(lambda: city.world.groups[NEW_GROUP].topics[thread].is_closed)


async def connects_avito(world: World, anna: Hands) -> None:
    """J3.1-3: bad keys are an error of their field, a silent provider says so; then chips."""
    await anna.presses("Сейчас")
    await anna.presses("Подключить аккаунт")
    await anna.types("Client ID", CLIENT)
    await anna.types("Client Secret", "not-the-secret")
    await anna.presses(SAVE)
    await anna.sees("Ключ не подошёл", "#f-client_secret-er")
    assert await anna.page.input_value("#f-client_id") == CLIENT
    world.city.faults.add("avito", "server_error", status=503)
    await anna.types("Client Secret", SECRET)
    await anna.presses(SAVE)
    await anna.sees("Сервис не отвечает")
    assert await world.rows("SELECT 1 FROM channel WHERE provider = 'avito'") == []

    world.city.faults.clear("avito")
    await anna.types("Client Secret", SECRET)
    await anna.presses(SAVE)
    await anna.sees("ВелоДвор")
    await anna.sees("Нашли 4 объявления")
    for line, said in (("token", "принят"), ("webhook", "приходит"), ("orders", "не нужно")):
        await anna.sees(said, f"#line-{line}")


async def answers_the_first_buyer(world: World, anna: Hands) -> None:
    """What the five minutes were for."""
    await anna.presses("Сейчас")
    await anna.sees("Никто не ждёт")
    chat = world.buyer("Здравствуйте, ещё продаёте?")
    await sees(lambda: world.message("ещё продаёте", group=NEW_GROUP))
    await anna.tick()
    await anna.presses("Ответить: ")
    await anna.sees("ещё продаёте?", "#chat")
    await anna.answers("Да, приезжайте")
    await world.reaches("Да, приезжайте", chat)
    await sees(lambda: world.message("Да, приезжайте", group=NEW_GROUP))


async def mends_a_dead_key(world: World, anna: Hands) -> None:
    """J3.4, 5: the key dies, the owner is told once; new keys bring what was missed, in order."""
    city = world.city
    city.avito.world.accounts[ACCOUNT].client_secret = "changed-by-avito"
    city.avito.expire_tokens(ACCOUNT)
    city.faults.add("avito", "silent")
    alarm = await sees(lambda: world.said(ANNA, "ключ не подходит"), 8)
    assert "Ввести новые ключи" in str(alarm["reply_markup"])
    lost = [f"Пока не было ключа, {number}" for number in range(4)]
    for text in lost:
        world.buyer(text)
    city.faults.clear("avito")

    await anna.goes("/app")
    await anna.sees("ключ не подходит")
    await anna.presses("Посмотреть")
    await anna.sees("нужен ключ")
    await anna.presses("Ввести новый ключ")
    await anna.types("Client ID", CLIENT)
    await anna.types("Client Secret", "changed-by-avito")
    await anna.presses(SAVE)
    await anna.sees("принят", "#line-token")
    await sees(lambda: world.message(lost[-1], group=NEW_GROUP), 5)
    await anna.goes("/app/dialogs")
    await anna.presses("Иван Петров")
    await anna.sees(lost[-1], "#chat")
    assert [text for text in await anna.turns() if text in lost] == lost
    told = "\n".join(city.telegram.texts(MASTER, user_id=ANNA))
    assert len(re.findall("ключ не подходит", told)) == 1
    assert "снова работает" in text_of(await world.told(ANNA, "снова работает"))
