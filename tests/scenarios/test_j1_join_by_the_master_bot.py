"""J1: a client joins by the master bot. Cabinet steps are chat commands here."""

from __future__ import annotations

import re

from tests.scenarios.world import ANNA, BORIS, GROUP, MASTER, OLGA, World, buttons, text_of


async def link_of_olga(world: World, name: str = "Кофейня") -> str:
    """The admin invites a company; what its link carries."""
    world.tells(OLGA, "/start")
    hello = await world.told(OLGA, "администратор")
    await world.presses(OLGA, hello, "Пригласить новую компанию")
    await world.told(OLGA, "Как называется новая компания")
    world.tells(OLGA, name)
    answer = text_of(await world.told(OLGA, "Ссылка в"))
    assert "до" in answer.splitlines()[-1]
    found = re.search(r"\?start=([\w-]+)", answer)
    assert found, answer
    return found[1]


async def test_invited_client_becomes_owner_and_the_link_works_once(empty: World) -> None:
    token = await link_of_olga(empty)

    empty.city.telegram.start_bot(ANNA, MASTER, token)
    offer = await empty.told(ANNA, "Вас зовут")
    assert "Анна" in text_of(offer)
    assert "Кофейня" in text_of(offer)
    assert "владелец" in text_of(offer)
    await empty.presses(ANNA, offer, "Принять")
    await empty.told(ANNA, "Вы владелец «Кофейня»")

    empty.city.telegram.start_bot(BORIS, MASTER, token)
    refused = text_of(await empty.told(BORIS, "уже использована"))
    assert "/invite" in refused

    empty.tells(ANNA, "/team")
    await empty.told(ANNA, "Анна, владелец")
    acts = {row["action"] for row in await empty.rows("SELECT action FROM audit_entry")}
    assert {"invite.create", "invite.accept"} <= acts


async def test_expired_and_broken_links_say_so_and_where_to_get_another(empty: World) -> None:
    token = await link_of_olga(empty)
    async with empty.web.database.system("a test lets time pass") as tx:
        await tx.execute("UPDATE link_token SET expires_at = now() - interval '1 second'")

    empty.city.telegram.start_bot(ANNA, MASTER, token)
    await empty.told(ANNA, "Срок ссылки вышел")

    empty.city.telegram.start_bot(BORIS, MASTER, "no_such_link")
    broken = await empty.told(BORIS, "не подошла")
    assert "/invite" in text_of(broken)


async def test_manager_invited_by_an_owner_answers_buyers(world: World) -> None:
    world.tells(ANNA, "/invite")
    asked = await world.told(ANNA, "Кого приглашаем")
    assert {"менеджер", "аналитик", "владелец"} <= {one["text"] for one in buttons(asked)}
    await world.presses(ANNA, asked, "менеджер")
    link = text_of(await world.told(ANNA, "Ссылка в «ВелоДвор»"))
    token = re.search(r"\?start=([\w-]+)", link)
    assert token
    clara = world.city.telegram.add_user(700100777, "Клара").id

    world.city.telegram.start_bot(clara, MASTER, token[1])
    await world.presses(clara, await world.told(clara, "Вас зовут"), "Принять")
    await world.told(clara, "Вы менеджер «ВелоДвор»")

    thread = await world.topic("Можно посмотреть?")
    world.city.telegram.add_member(GROUP, clara)
    world.says("Приезжайте", thread, who=clara)
    await world.reaches("Приезжайте")
    world.judged()
