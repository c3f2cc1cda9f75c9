"""Who writes an answer at this moment: for colleagues, by name, and for nobody else."""

from __future__ import annotations

from uuid import UUID

from services.desk.values import Viewer, Wanted
from services.kit.ids import new_id
from tests.services.desk.shops import Shop


async def colleague(shop: Shop, name: str, telegram_id: int, status: str = "active") -> Viewer:
    user = new_id()
    async with shop.services.database.system("test") as tx:
        await tx.execute(
            "INSERT INTO users (id, telegram_user_id, name) VALUES ($1, $2, $3)",
            user,
            telegram_id,
            name,
        )
    await shop.write(
        "INSERT INTO membership (tenant_id, id, user_id, role, status)"
        " VALUES ($1, $2, $3, 'manager', $4)",
        new_id(),
        user,
        status,
    )
    return Viewer(user, name)


async def types(shop: Shop, who: Viewer, row: UUID, *, on: bool = True) -> None:
    async with shop.services.database.tenant(shop.id) as tx:
        await shop.services.features.desk.acts.types(tx, who, row, on=on)


async def test_colleagues_see_who_writes_in_list_and_thread(cherry: Shop, plum: Shop) -> None:
    row, other = await cherry.talk("Иван", "?"), await cherry.talk("Пётр", "?")
    ksenia = await colleague(cherry, "Ксения", 501)
    theirs = await plum.talk("Иван", "?")

    await types(cherry, ksenia, row)

    assert (await cherry.thread(row)).dialog.answering == ("Ксения",)
    assert (await cherry.thread(other)).dialog.answering == ()
    listed = {dialog.id: dialog.answering for dialog in await cherry.page(Wanted())}
    assert listed == {row: ("Ксения",), other: ()}
    assert (await plum.thread(theirs)).dialog.answering == ()


async def test_ones_own_typing_is_not_shown_to_oneself(cherry: Shop) -> None:
    row = await cherry.talk("Иван", "?")

    await types(cherry, cherry.viewer(), row)

    assert (await cherry.thread(row)).dialog.answering == ()


async def test_who_stopped_or_left_the_team_is_not_shown(cherry: Shop) -> None:
    row = await cherry.talk("Иван", "?")
    ksenia = await colleague(cherry, "Ксения", 501)
    gone = await colleague(cherry, "Павел", 502, status="removed")
    await types(cherry, gone, row)
    await types(cherry, ksenia, row)

    assert (await cherry.thread(row)).dialog.answering == ("Ксения",)
    await types(cherry, ksenia, row, on=False)
    assert (await cherry.thread(row)).dialog.answering == ()


async def test_the_threads_version_changes_with_who_writes(cherry: Shop) -> None:
    row = await cherry.talk("Иван", "?")
    ksenia = await colleague(cherry, "Ксения", 501)
    before = (await cherry.thread(row)).version

    await types(cherry, ksenia, row)
    between = (await cherry.thread(row)).version
    await types(cherry, ksenia, row, on=False)

    assert between != before
    assert (await cherry.thread(row)).version == before
