"""Nobody is led in a circle: who has no home page begins elsewhere; a failed sign-in is told."""

from __future__ import annotations

import pytest

from services.tenants.actor import Role
from tests.webapp.people import Town


async def page(town: Town, path: str, *, htmx: bool = False) -> tuple[int, str, str]:
    """Open a page as Boris; status, where it leads, what it says."""
    headers = {"Authorization": f"Bearer {town.boris.access}"} if town.boris.access else {}
    more = {"HX-Request": "true"} if htmx else {}
    async with town.door.http.get(
        town.door.url(path), headers=headers | more, allow_redirects=False
    ) as answer:
        return answer.status, answer.headers.get("Location", ""), await answer.text()


@pytest.mark.parametrize("htmx", [False, True])
async def test_who_has_no_home_page_begins_at_the_rest(town: Town, htmx: bool) -> None:
    await town.role(town.boris, Role.BILLING)
    await town.boris.enter()

    status, where, _ = await page(town, "/app", htmx=htmx)
    assert (status, where) == (303, "/app/more")
    assert (await page(town, where, htmx=htmx))[0] == 200


async def test_refusal_leads_where_one_may_be(town: Town) -> None:
    await town.role(town.boris, Role.BILLING)
    await town.boris.enter()

    status, _, text = await page(town, "/app/bots")
    main = text[text.index("<main") : text.index("</main>")]
    assert status == 403
    assert 'href="/app/more"' in main
    assert 'href="/app"' not in main


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("auth.login_denied", "Вы отменили вход в Telegram"),
        ("web.brand", "Войдите через Telegram"),
        ("auth.nothing", "Войдите через Telegram"),
        ("<script>", "Войдите через Telegram"),
    ],
)
async def test_sign_in_that_failed_says_why(town: Town, key: str, says: str) -> None:
    status, _, text = await page(town, f"/app/?problem={key}")

    assert status == 200
    assert says in text[text.index("tpl-enter") :]
