"""Workplaces: what they serve, what a trial keeps, and that another business sees none of it."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from services.connectors.base import Check
from services.conversations.workspaces import Workspaces
from services.kit.errors import Conflict
from tests.services.conversations.town import Town

OK = Check("trial", "ok")


def of(town: Town) -> Workspaces:
    return town.conversations.workspaces


async def served(town: Town, slug: str) -> list[str]:
    async with town.tx(slug) as tx:
        rows = await tx.fetch(
            "SELECT w.name FROM workspace_channel s JOIN workspace w ON w.id = s.workspace_id"
            " AND w.tenant_id = s.tenant_id WHERE s.tenant_id = $1",
            town.tenants[slug],
        )
    return [row["name"] for row in rows]


async def test_trial_remembers_its_topic_and_another_business_has_none(town: Town) -> None:
    await town.tenant("apple")
    bot, group = town.channel_id("cherry", "house"), town.group("cherry")

    async with town.tx("apple") as tx:
        assert await of(town).begin_trial(tx, bot, group) is None
        await of(town).inspected(tx, bot, group, [OK], "66")
    async with town.tx("cherry") as tx:
        assert await of(town).begin_trial(tx, bot, group) == ""
        assert await of(town).begin_trial(tx, bot, group) is None  # one is on
        await of(town).inspected(tx, bot, group, [OK], "77")
        await of(town).inspected(tx, bot, group, [], None)
        row = await tx.row("SELECT checks::text AS c, settings ->> 'trial' AS t FROM workspace")

    assert row is not None
    assert (row["c"], row["t"]) == ("[]", "77")


async def test_chat_that_is_no_workplace_is_tried_by_nobody(town: Town) -> None:
    async with town.tx("cherry") as tx:
        bot = town.channel_id("cherry", "house")
        assert await of(town).begin_trial(tx, bot, "-999") is None


async def test_group_takes_what_has_none_and_leaves_the_rest(town: Town) -> None:
    await town.tenant("apple", workspace=False)
    bot = town.channel_id("apple", "house")
    async with town.tx("apple") as tx:
        await of(town).attach(tx, bot, "-1", None, name="first")
        await of(town).attach(tx, bot, "-2", None, name="second")
        with pytest.raises(Conflict):
            await of(town).attach(tx, bot, "-3", None, name="first")

    assert await served(town, "apple") == ["first"]
    assert await served(town, "cherry") == ["sales"]


@pytest.mark.parametrize("is_owner", [True, False])
async def test_new_account_goes_to_a_private_chat_only_if_the_owner_gave_it_something(
    town: Town, is_owner: bool
) -> None:
    await town.tenant("apple", workspace=False)
    bot, market = town.channel_id("apple", "house"), town.channel_id("apple", "market")
    async with town.tx("apple") as tx:
        serves = None if is_owner else ()
        await of(town).attach(tx, bot, "7", serves, name="direct", is_forum=False)
        await tx.execute(
            "INSERT INTO channel (tenant_id, id, provider, kind, name, external_id, hook_key)"
            " VALUES ($1, $2, 'market', 'account', 'new', 'new', 'hook-new')",
            town.tenants["apple"], UUID(int=7),
        )  # fmt: skip
        await of(town).serve_only(tx, UUID(int=7))
        found = await tx.fetch("SELECT channel_id FROM workspace_channel")

    assert {row["channel_id"] for row in found} == ({market, UUID(int=7)} if is_owner else set())


async def test_group_and_account_of_one_moment_see_each_other(town: Town) -> None:
    await town.tenant("apple", workspace=False)
    bot, market = town.channel_id("apple", "house"), town.channel_id("apple", "market")
    attached = asyncio.Event()

    async def group_comes() -> None:
        async with town.tx("apple") as tx:
            await of(town).attach(tx, bot, "-1", (), name="first")
            attached.set()
            await asyncio.sleep(0.05)

    async def account_comes() -> None:
        await attached.wait()
        async with town.tx("apple") as tx:
            await of(town).serve_only(tx, market)

    await asyncio.gather(group_comes(), account_comes())

    assert await served(town, "apple") == ["first"]
