"""Pages of bots and accounts through HTTP: who sees what, what a refusal keeps, what is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest

from sandbox.city.demo import DEMO_MASTER_TOKEN
from services.kit.ids import new_id
from services.tenants.actor import Role
from services.tenants.rules import scope_text
from tests.scenarios.cabinet import Cabinet, cabinet_of
from tests.scenarios.test_j3_connect_avito import CLIENT, SECRET, without_avito
from tests.scenarios.world import ANNA, World
from tests.scenarios.world import town as town_of
from tests.webapp.people import Person, Town

XSS = '"><script>alert(1)</script>'


async def get(person: Person, path: str) -> tuple[int, str]:
    status, raw = await person.call("GET", path)
    return status, raw.decode() if isinstance(raw, bytes) else orjson.dumps(raw).decode()


async def post(person: Person, path: str, **fields: str) -> tuple[int, str]:
    """Send a form as a page does; return the answer before any way back is followed."""
    headers = {"Authorization": f"Bearer {person.access}"}
    url = person.door.url(path)
    options = {"data": fields, "headers": headers, "allow_redirects": False}
    async with person.door.http.post(url, **options) as answer:  # type: ignore[arg-type]
        return answer.status, answer.headers.get("Location", "") or await answer.text()


@pytest.fixture
async def shop(town: Town) -> Town:
    for person in (town.anna, town.boris, town.clara):
        await person.enter()
    return town


async def change(town: Town, column: str, value: object, provider: str = "avito") -> None:
    async with town.door.services.database.tenant(town.cherry) as tx:
        await tx.execute(
            f"UPDATE channel SET {column} = $3 WHERE tenant_id = $1 AND id = $2",
            town.cherry,
            town.door.channels[provider],
            value,
        )


async def failed(town: Town, provider: str, code: str, times: int = 1) -> None:
    """Calls of this account that failed just now."""
    async with town.door.services.database.tenant(town.cherry) as tx:
        for number in range(times):
            await tx.execute(
                "INSERT INTO channel_error (tenant_id, id, channel_id, endpoint, status, attempt,"
                " code, trace) VALUES ($1, $2, $3, 'send', 403, $4, $5, '')",
                town.cherry,
                new_id(),
                town.door.channels[provider],
                number + 1,
                code,
            )


async def group_of(town: Town, checks: str = "[]") -> UUID:
    """A group the bot holds."""
    row = new_id()
    async with town.door.services.database.tenant(town.cherry) as tx:
        await tx.execute(
            "INSERT INTO workspace (tenant_id, id, channel_id, chat_id, name, title, checks)"
            " VALUES ($1, $2, $3, '-1001', 'sales', 'Продажи', $4::jsonb)",
            town.cherry,
            row,
            town.door.channels["telegram"],
            checks,
        )
    return row


async def test_another_business_and_a_wrong_kind_look_like_an_unknown_id(shop: Town) -> None:
    bot, account = shop.door.channels["telegram"], shop.door.channels["avito"]
    for path in (
        f"/app/accounts/{account}",
        f"/app/accounts/{account}/errors",
        f"/app/accounts/{account}/keys",
        f"/app/accounts/{account}/hook",
        f"/app/bots/{bot}",
        f"/app/bots/{bot}/remove",
    ):
        status, text = await get(shop.clara, path)
        unknown, same = await get(shop.clara, path.replace(str(bot), str(new_id())))
        assert (status, unknown) == (404, 404), path
        assert "telegram" not in text
        assert "avito" not in same
    assert (await get(shop.anna, f"/app/accounts/{bot}"))[0] == 404
    assert (await get(shop.anna, f"/app/bots/{account}"))[0] == 404
    _, text = await get(shop.clara, "/app/accounts")
    assert "Пока ни одного аккаунта" in text
    status, _ = await post(shop.clara, f"/app/accounts/{account}/remove")
    assert status == 404


async def test_manager_reads_and_changes_nothing(shop: Town) -> None:
    account = shop.door.channels["avito"]
    status, text = await get(shop.boris, f"/app/accounts/{account}")

    assert status == 200
    assert 'id="remove"' not in text
    assert (await get(shop.boris, "/app/accounts/new"))[0] == 403
    for act in ("check", "hook", "remove", "keys"):
        assert (await post(shop.boris, f"/app/accounts/{account}/{act}"))[0] == 403
    await shop.role(shop.boris, Role.BILLING)
    assert (await get(shop.boris, "/app/bots"))[0] == 403


async def test_a_missing_key_is_told_under_its_field_and_what_was_typed_stays(shop: Town) -> None:
    status, text = await post(
        shop.anna, "/app/accounts/new", provider="avito", client_id="my-client", client_secret=""
    )

    assert status == 422
    assert 'id="f-client_secret-er"' in text
    assert "Не заполнено поле «Client Secret»" in text
    assert 'value="my-client"' in text


async def test_a_secret_never_comes_back(shop: Town) -> None:
    status, text = await post(shop.anna, "/app/bots/new", token=f"чепуха {XSS}")

    assert status == 422
    assert "чепуха" not in text
    assert "<script>alert" not in text
    _, page = await get(shop.anna, f"/app/bots/{shop.door.channels['telegram']}")
    _, keys = await get(shop.anna, f"/app/bots/{shop.door.channels['telegram']}/keys")
    assert "AAE_test" not in page + keys


async def test_unknown_provider_is_refused_without_a_form_of_nothing(shop: Town) -> None:
    status, text = await post(shop.anna, "/app/accounts/new", provider="ebay")

    assert status == 422
    assert "Такого сервиса нет" in text


async def test_list_tells_the_webhook_and_the_last_failure(shop: Town) -> None:
    await change(shop, "hook_state", "lost")
    await change(shop, "title", XSS)
    await failed(shop, "avito", "no_rights")
    _, text = await get(shop.boris, "/app/accounts")

    assert "вебхук пропал" in text
    assert "Не хватает прав" in text
    assert XSS not in text


async def test_refused_key_is_the_first_thing_said_with_the_way_out(shop: Town) -> None:
    await change(shop, "status", "suspended")
    await change(shop, "status_reason", "auth")
    await change(shop, "last_success_at", datetime(2026, 5, 1, 9, 11, tzinfo=UTC))
    account = shop.door.channels["avito"]
    _, text = await get(shop.anna, f"/app/accounts/{account}")
    _, same = await get(shop.boris, f"/app/accounts/{account}")

    assert "Avito больше не принимает ключ" in text
    assert f"/app/accounts/{account}/keys" in text
    assert f"/app/accounts/{account}/keys" not in same


async def test_journal_counts_the_day_in_plain_words(shop: Town) -> None:
    await failed(shop, "avito", "auth", 3)
    await failed(shop, "avito", "timeout")
    account = shop.door.channels["avito"]
    _, page = await get(shop.boris, f"/app/accounts/{account}")
    _, text = await get(shop.boris, f"/app/accounts/{account}/errors")

    for told in (page, text):
        assert "4 ошибки за сутки" in told
        assert "Ключ не подходит" in told
        assert "3 раза" in told
    assert "Отправка сообщения" in text
    assert "403" not in text
    _, none = await get(shop.boris, f"/app/bots/{shop.door.channels['telegram']}/errors")
    assert "За сутки ошибок не было" in none


async def test_long_journal_goes_on_page_by_page(shop: Town) -> None:
    await failed(shop, "avito", "auth", 52)
    here = f"/app/accounts/{shop.door.channels['avito']}/errors"
    _, first = await get(shop.boris, here)
    cursor = first.split("errors?cursor=")[1].split('"')[0]
    _, second = await get(shop.boris, f"{here}?cursor={cursor}")

    assert first.count("Отправка сообщения") == 50
    assert second.count("Отправка сообщения") == 2
    assert "errors?cursor=" not in second


async def test_bot_shows_rights_of_its_groups_line_by_line(shop: Town) -> None:
    bot = shop.door.channels["telegram"]
    await change(shop, "username", "velodvor_bot", "telegram")
    _, before = await get(shop.anna, f"/app/bots/{bot}")
    checks = (
        '[{"name": "admin", "state": "ok", "key": "workspace.check.admin.ok"},'
        ' {"name": "topics", "state": "bad", "key": "workspace.check.topics.bad"}]'
    )
    group = await group_of(shop, checks)
    _, after = await get(shop.anna, f"/app/bots/{bot}")

    assert "Бот ещё не в группе" in before
    assert "https://t.me/velodvor_bot?startgroup=" in before
    assert "Дайте боту право «Управление темами»" in after
    assert "поправьте права" in after
    assert f"/app/bots/{bot}/groups/{group}/test" in after


async def test_disconnecting_asks_with_what_is_lost_and_then_does_it(shop: Town) -> None:
    account = shop.door.channels["avito"]
    async with shop.door.services.database.tenant(shop.cherry) as tx:
        await tx.execute(
            "INSERT INTO delivery (tenant_id, id, lane, seq, channel_id, idempotency_key, class,"
            " purpose, order_key, action)"
            " VALUES ($1, $3, 1, 1, $2, 'k', 0, 'to_buyer', 'o', '')",
            shop.cherry,
            account,
            new_id(),
        )
        await tx.execute("UPDATE delivery SET state = 'parked', reason = 'auth'")
    _, asked = await get(shop.anna, f"/app/accounts/{account}/remove")
    _, of_bot = await get(shop.anna, f"/app/bots/{shop.door.channels['telegram']}/remove")
    status, way = await post(shop.anna, f"/app/accounts/{account}/remove")

    assert "1 недоставленное повторить будет нельзя" in asked
    assert "в группах бот замолчит" in of_bot
    assert "недоставленн" not in of_bot
    assert (status, way) == (303, "/app/accounts")
    assert (await get(shop.anna, f"/app/accounts/{account}"))[0] == 404


async def test_bots_are_switched_within_ones_scope(shop: Town) -> None:
    bot, second = shop.door.channels["telegram"], new_id()
    async with shop.door.services.database.tenant(shop.cherry) as tx:
        await tx.execute(
            "INSERT INTO channel (tenant_id, id, provider, kind, name, title, external_id,"
            " credentials, hook_key) VALUES ($1, $2, 'telegram', 'client', 'two', 'Второй', '8',"
            " '\\x00', 'two')",
            shop.cherry,
            second,
        )
    _, whole = await get(shop.boris, f"/app/bots/{bot}")
    async with shop.door.services.database.tenant(shop.cherry) as tx:
        await tx.execute(
            "UPDATE membership SET scope = $1::jsonb WHERE user_id ="
            " (SELECT id FROM users WHERE telegram_user_id = $2)",
            scope_text(Role.MANAGER, [bot]),
            shop.boris.telegram_id,
        )
    _, narrow = await get(shop.boris, f"/app/bots/{bot}")

    assert f'href="/app/bots/{second}"' in whole
    assert "Второй" not in narrow
    assert (await get(shop.boris, f"/app/bots/{second}"))[0] == 404


async def test_foreign_group_cannot_be_tried(shop: Town) -> None:
    group = await group_of(shop)
    bot = shop.door.channels["telegram"]

    assert (await post(shop.clara, f"/app/bots/{bot}/groups/{group}/test"))[0] == 404
    assert (await post(shop.boris, f"/app/bots/{bot}/groups/{group}/test"))[0] == 403
    assert (await post(shop.anna, f"/app/bots/{bot}/groups/{new_id()}/test"))[0] == 404


async def test_page_speaks_english_to_who_wants_it(shop: Town) -> None:
    async with shop.door.services.database.system("a test chooses") as tx:
        await tx.execute("UPDATE users SET locale = 'en' WHERE telegram_user_id = 1001")
    await shop.anna.enter()
    for path in (
        "/app/bots",
        "/app/accounts/new",
        f"/app/accounts/{shop.door.channels['avito']}",
        f"/app/bots/{shop.door.channels['telegram']}",
        f"/app/bots/{shop.door.channels['telegram']}/errors",
    ):
        status, text = await get(shop.anna, path)
        main = text[text.index("<main") : text.index("</main>")]
        assert status == 200
        assert not any("а" <= letter <= "я" for letter in main.lower()), path
        assert "conn." not in main


# ---- against the city -----------------------------------------------------------------------


@pytest.fixture
async def bare(environ: dict[str, str]) -> AsyncIterator[World]:
    async with town_of(environ, without_avito(), with_worker=False) as world:
        yield world


async def sent(cabinet: Cabinet, path: str, **fields: str) -> tuple[int, str]:
    """Send a form, follow the way back; return the page."""
    headers = {"Authorization": f"Bearer {cabinet.access}", "HX-Request": "true"}
    url = f"{cabinet.base}{path}"
    async with cabinet.http.post(url, data=fields, headers=headers) as answer:
        return answer.status, await answer.text()


async def test_wrong_keys_are_refused_at_save_and_right_ones_show_what_works(bare: World) -> None:
    keys = {"provider": "avito", "client_id": CLIENT}
    async with cabinet_of(bare, ANNA, "Анна") as anna:
        refused = await sent(anna, "/app/accounts/new", **keys, client_secret="not-the-secret")
        kept = await bare.rows("SELECT 1 FROM channel WHERE provider = 'avito'")
        status, text = await sent(anna, "/app/accounts/new", **keys, client_secret=SECRET)

    assert refused[0] == 422
    assert 'id="f-client_secret-er"' in refused[1]
    assert "Ничего не сохранено" in refused[1]
    assert "not-the-secret" not in refused[1]
    assert kept == []
    assert status == 200
    assert "Подключено" in text
    for told in ("принят", "приходит", "Сообщения доступны", "не нужно"):
        assert told in text
    assert SECRET not in text


async def test_provider_that_is_away_and_a_bot_of_others_are_told_apart(bare: World) -> None:
    keys = {"provider": "avito", "client_id": CLIENT, "client_secret": SECRET}
    async with cabinet_of(bare, ANNA, "Анна") as anna:
        bare.city.faults.add("avito", "answer", status=503, body={})
        away = await sent(anna, "/app/accounts/new", **keys)
        taken = await sent(anna, "/app/bots/new", token=DEMO_MASTER_TOKEN)

    assert away[0] == 422
    assert "Сервис не отвечает" in away[1]
    assert f'value="{CLIENT}"' in away[1]
    assert taken[0] == 422
    assert "Этого бота подключить нельзя" in taken[1]
    assert DEMO_MASTER_TOKEN not in taken[1]
