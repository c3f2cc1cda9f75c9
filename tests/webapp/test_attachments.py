"""Attachments in the cabinet: shown by a sealed link, to whoever may see the dialog."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from services.connectors.messages import Media, MediaKind
from services.desk.attachments import Attachments
from services.desk.dialogs import Dialogs
from services.kit.ids import new_id
from tests.services.desk.shops import Shop
from tests.webapp.people import Town


@pytest.fixture
async def shop(town: Town) -> Shop:
    services = town.door.services
    dialogs = Dialogs(services.clock, services.features.conversations.policies)
    opened = Shop(services, dialogs, id=town.cherry)
    opened.channels = [await opened.channel("avito-1"), await opened.channel("avito-2")]
    for person in (town.anna, town.boris, town.clara, town.dora):
        await person.enter()
    return opened


@pytest.fixture
async def picture(town: Town, shop: Shop) -> tuple[UUID, UUID]:
    """A dialog with one picture; its ids."""
    dialog = await shop.talk("Иван", "вот фото")
    message = await shop.say(dialog, 2, "")
    keys = await town.door.services.keyring.of(town.cherry)
    media = Media(kind=MediaKind.IMAGE, ref="r", name="фото.png", origin=str(shop.channels[0]))
    sealed = keys.seal("attachment:media", f"{message}:0", msgspec.msgpack.encode(media))
    await shop.write(
        "INSERT INTO attachment (tenant_id, message_id, ordinal, kind, media, size)"
        " VALUES ($1, $2, 0, 'image', $3, 108)",
        message,
        sealed,
    )
    return dialog, message


async def opened(town: Town, url: str) -> tuple[int, bytes, Any]:
    async with town.door.http.get(town.door.url(url)) as answer:
        return answer.status, await answer.read(), answer.headers


async def test_links_are_made_for_those_who_see_the_dialog_only(
    town: Town, picture: tuple[UUID, UUID]
) -> None:
    dialog, message = picture
    for who, one, part in (
        (town.clara, dialog, message),
        (town.boris, new_id(), message),
        (town.boris, dialog, new_id()),
    ):
        status, _ = await who.call("GET", f"/api/v1/dialogs/{one}/files/{part}/0")
        assert status == 404
    for ordinal in ("1", "x", "-1", "99999999999", "٣"):
        status, _ = await town.boris.call(
            "GET", f"/api/v1/dialogs/{dialog}/files/{message}/{ordinal}"
        )
        assert status == 404


async def test_old_broken_and_foreign_links_are_one_nothing(
    town: Town, picture: tuple[UUID, UUID]
) -> None:
    services = town.door.services
    made: Attachments = services.features.desk.attachments
    link = await made.link(town.cherry, picture[1], 0)
    foreign = await made.link(town.plum, picture[1], 0)
    swapped = foreign[:22] + link[22:]

    class Later:
        def now(self) -> Any:
            return services.clock.now() - timedelta(minutes=6)

    old = await Attachments(
        services.database,
        Later(),  # type: ignore[arg-type]
        keyring=services.keyring,
        source=made._source,
        uploads=made.uploads,
    ).link(town.cherry, picture[1], 0)
    for name in (old, foreign, swapped, link[:-3], "x", "A" * 399, "%F0%9F%8D%92", "a" * 3000):
        assert (await opened(town, f"/app/files/{name}"))[0] == 404, name
