"""A refused file by a link: offered, pressed for, kept sealed, sent once, opened for a while."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bootstrap import bootstrap
from services.connectors import errors
from services.connectors.errors import Reason
from services.connectors.messages import Media, MediaKind, OutboundMessage
from services.conversations import filelinks
from services.conversations.carrying import Refusal
from services.conversations.filelinks import FileLinks, OpenFile
from services.conversations.refusals import BAD_ENDINGS, MAX_BYTES, can_go_by_link
from services.conversations.values import Answered
from services.kit.files import FileStore
from services.kit.settings import Settings
from services.kit.signed import Signer
from tests.services.conversations.town import (
    MARKET,
    House,
    Market,
    MovableClock,
    Post,
    Told,
    Town,
    connect,
    until,
)

PDF = b"%PDF-1.7 a contract " + b"x" * 100_000
BASE = "https://files.example.test"


@dataclass
class Shelf:
    """What the members' channel can hand out, and trouble on demand."""

    content: dict[str, bytes] = field(default_factory=dict)
    trouble: list[Exception] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)

    async def open(self, media: Media) -> AsyncIterator[bytes]:
        self.opened.append(media.ref)
        if self.trouble:
            raise self.trouble.pop(0)
        body = self.content[media.ref]
        for start in range(0, len(body), 50_000):
            yield body[start : start + 50_000]


@dataclass
class Shop:
    """A town whose bridge can link files."""

    town: Town
    files: FileLinks
    shelf: Shelf
    folder: Path

    async def document(self, ref: str = "contract", **more: Any) -> Post:
        """Boris sends a file the marketplace does not take; the refusal beside it."""
        values: dict[str, Any] = {"name": f"{ref}.pdf", "size": 100, **more.pop("media", {})}
        media = (Media(kind=MediaKind.FILE, ref=ref, **values),)
        self.shelf.content.setdefault(ref, PDF)
        outcome, one = await self.town.manager(more.pop("text", ""), media=media, **more)
        assert outcome is Answered.REFUSED
        house = self.town.house
        await until(lambda: any(p.reply_to == one for p in house.posts))
        return next(p for p in house.posts if p.reply_to == one)

    async def press(self, told: Post, **more: Any) -> str:
        button = told.buttons["Отправить ссылкой"]
        return await self.town.press(button, message_id=told.id, **more)

    def said(self) -> list[str]:
        return [call.text.text for call in self.town.market.of(OutboundMessage)]

    async def token(self, index: int = -1) -> str:
        await until(lambda: any(BASE in text for text in self.said()))
        text = [one for one in self.said() if BASE in one][index]
        return text.split(f"{BASE}/f/")[1].split()[0]

    async def state(self) -> str:
        return str((await self.town.one("SELECT state FROM link_offer"))["state"])


@pytest.fixture
async def shop(settings: Settings, tmp_path: Path) -> AsyncIterator[Shop]:
    market, house, clock, told = Market(), House(), MovableClock(), Told()
    market.capabilities = replace(MARKET, max_text=1000)
    connectors = {"market": lambda _w: market, "house": lambda _w: house}
    services = await bootstrap(settings, connectors=connectors, use_broker=False)
    shelf = Shelf()

    async def key_for(tenant_id: UUID) -> bytes:
        return (await services.keyring.of(tenant_id)).files_key

    files = FileLinks(
        services.database,
        services.keyring,
        clock,
        files=FileStore(tmp_path, key_for, clock),
        signer=Signer([b"k" * 32]),
        source=lambda _tenant: shelf,
        base=BASE + "/",
    )
    town = connect(services, market, house, clock, told, files)
    await town.tenant("cherry")
    await town.tenant("plum")
    town.run()
    await town.buyer("?")
    await town.calm()
    yield Shop(town, files, shelf, tmp_path)
    await town.stop()
    await services.close()


async def read(found: OpenFile | None) -> bytes:
    assert found is not None
    return b"".join([chunk async for chunk in found.chunks])


async def test_pressed_once_or_thrice_the_buyer_gets_one_link_that_opens(shop: Shop) -> None:
    told = await shop.document(text="Вот договор")
    assert told.text.startswith("Market такое не принимает: Файл")
    assert shop.said() == []

    first = await shop.press(told)
    await shop.press(told)
    found = await shop.files.open(await shop.token())
    await until(lambda: told.text.startswith("Отправили ссылкой"))

    assert first == "Готовим ссылку"
    assert found is not None
    assert (found.name, found.mime, found.size) == ("contract.pdf", "application/pdf", len(PDF))
    assert await read(found) == PDF
    (text,) = shop.said()
    assert text.startswith("Вот договор\n\nФайл «contract.pdf» (1 МБ): https://")
    assert told.buttons == {}
    assert shop.shelf.opened == ["contract"]


async def test_fate_of_the_link_is_shown_on_the_members_own_message(shop: Shop) -> None:
    told = await shop.document()
    await shop.press(told)
    await until(lambda: shop.town.house.reaction_on(told.reply_to) == "👌")
    row = await shop.town.one("SELECT author_name, state FROM message WHERE direction = 'out'")
    assert (row["author_name"], row["state"]) == ("Борис", "sent")


async def test_file_lies_sealed_and_its_name_too(shop: Shop) -> None:
    await shop.press(await shop.document("secretname"))
    await shop.token()
    raw = b"".join(path.read_bytes() for path in shop.folder.rglob("*") if path.is_file())
    assert b"a contract" not in raw
    row = await shop.town.one("SELECT * FROM stored_file")
    offer = await shop.town.one("SELECT * FROM link_offer")
    assert b"secretname" not in bytes(row["name"]) + bytes(offer["content"])


async def test_what_a_dead_process_had_begun_is_ended_by_the_sweep(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await shop.document()
    monkeypatch.setattr(shop.town.conversations.linking, "_fulfil", lambda _t, _o: None)
    await shop.press(told)
    assert await shop.state() == "wanted"

    assert await shop.files.sweep() == 1
    assert await shop.state() == "sent"
    assert await shop.files.sweep() == 0
    await shop.token()
    assert len(shop.said()) == 1


async def test_two_processes_at_one_offer_send_one_link(shop: Shop) -> None:
    told = await shop.document()
    await shop.press(told)
    row = await shop.town.one("SELECT tenant_id, id FROM link_offer")
    await asyncio.gather(*(shop.files.fulfil(row["tenant_id"], row["id"]) for _ in range(5)))
    await shop.token()
    await shop.town.calm()
    assert len(shop.said()) == 1
    assert len(await shop.town.rows("SELECT 1 FROM stored_file")) == 1


async def test_trouble_that_passes_is_tried_again_then_told_with_another_try(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await shop.document()
    shop.shelf.trouble = [errors.Temporary("503")] * filelinks.MAX_TRIES
    await shop.press(told)
    for _ in range(filelinks.MAX_TRIES):
        await until(lambda: len(shop.shelf.opened) > 0)
        await shop.town.calm()
        await shop.town.rows("UPDATE link_offer SET lease_until = '-infinity' RETURNING 1")
        await shop.files.sweep()
    await until(lambda: "Попробуйте позже" in told.text)
    assert await shop.state() == "failed"

    await shop.press(told)
    await shop.token()
    assert await shop.state() == "sent"


@pytest.mark.parametrize(
    ("trouble", "content", "words"),
    [
        (errors.Rejected(reason=Reason.MEDIA_GONE), PDF, "больше не хранит"),
        (None, b"MZ\x90\x00 a program", "такого типа"),
        (None, b"<html><script>alert(1)</script>", "такого типа"),
        (None, b"<svg xmlns='http://www.w3.org/2000/svg'/>", "такого типа"),
        (None, b"#!/bin/sh\nrm -rf /", "такого типа"),
        (None, b"\x7fELF\x02\x01", "такого типа"),
        (None, b"%PDF-" + b"x" * (MAX_BYTES + 1), "больше 20 МБ"),
    ],
)
async def test_what_cannot_be_kept_is_told_and_nothing_is_sent(
    shop: Shop, trouble: Exception | None, content: bytes, words: str
) -> None:
    told = await shop.document()
    shop.shelf.content["contract"] = content
    shop.shelf.trouble = [trouble] if trouble else []
    await shop.press(told)
    await until(lambda: words in told.text)
    assert shop.said() == []
    assert not [path for path in shop.folder.rglob("*.*") if path.is_file()]


async def test_refused_album_is_spoken_of_once_and_goes_as_several_links(shop: Shop) -> None:
    told = await shop.document("a", group_id="g", text="Оба")
    shop.shelf.content["b"] = PDF
    media = (Media(kind=MediaKind.FILE, ref="b", name="b.pdf", size=5),)
    outcome, second = await shop.town.manager("", media=media, group_id="g")
    assert outcome is Answered.REFUSED
    await shop.press(told)
    await shop.token()
    (text,) = shop.said()
    assert text.startswith("Оба\n\nФайл «a.pdf»")
    assert text.count(BASE) == 2
    assert not any(p.reply_to == second for p in shop.town.house.posts)


async def test_strangers_other_businesses_and_forged_buttons_get_nothing(shop: Shop) -> None:
    told = await shop.document()
    assert await shop.press(told, who=77) == "Это могут менеджеры"
    assert await shop.press(told, slug="plum") == "Этой кнопки больше нет"
    forged = "b:link:AAAAAAAAAAAAAAAAAAAAAA"
    assert await shop.town.press(forged, message_id=told.id) == "Этой кнопки больше нет"
    assert await shop.state() == "offered"
    assert shop.shelf.opened == []


async def test_expired_foreign_unknown_and_erased_links_open_nothing(shop: Shop) -> None:
    await shop.press(await shop.document())
    token = await shop.token()
    row = await shop.town.one("SELECT * FROM stored_file")
    signer = Signer([b"k" * 32])
    name = signer.read(token, shop.town.clock.now())
    assert name is not None
    foreign = signer.token(replace(name, tenant_id=shop.town.tenants["plum"]))
    unknown = signer.token(replace(name, file_id=row["ref"]))
    for bad in (foreign, unknown, Signer([b"x" * 32]).token(name), "", token[:-1], "a" * 70):
        assert await shop.files.open(bad) is None

    shop.town.clock.shift = timedelta(days=7, seconds=1)
    assert await shop.files.open(token) is None
    shop.town.clock.shift = timedelta()
    for path in [path for path in shop.folder.rglob("*.*") if path.is_file()]:
        path.unlink()
    assert await shop.files.open(token) is None


async def test_touched_file_opens_nothing(shop: Shop) -> None:
    await shop.press(await shop.document())
    token = await shop.token()
    (path,) = [path for path in shop.folder.rglob("*.*") if path.is_file()]
    body = bytearray(path.read_bytes())
    body[40] ^= 1
    path.write_bytes(bytes(body))
    assert await shop.files.open(token) is None


async def test_sweep_forgets_what_has_expired(shop: Shop) -> None:
    await shop.press(await shop.document())
    await shop.token()
    await shop.town.rows("UPDATE stored_file SET expires_at = now() - interval '1 s' RETURNING 1")
    shop.town.clock.shift = timedelta(days=8)
    await shop.files.sweep()
    assert await shop.town.rows("SELECT 1 FROM stored_file") == []
    assert not [path for path in shop.folder.rglob("*.*") if path.is_file()]


async def test_offers_are_forgotten_with_their_buttons(shop: Shop) -> None:
    await shop.document()
    await shop.files.sweep()
    assert await shop.state() == "offered"
    await shop.town.rows("UPDATE link_offer SET created_at = now() - interval '32 d' RETURNING 1")
    await shop.files.sweep()
    assert await shop.town.rows("SELECT 1 FROM link_offer") == []


# --- rules -----------------------------------------------------------------------------------
KIND = Refusal("bridge.refused.kind", MediaKind.FILE)


@pytest.mark.parametrize("ending", sorted(BAD_ENDINGS))
def test_no_link_for_what_runs(ending: str) -> None:
    media = Media(kind=MediaKind.FILE, ref="r", name=f"price.{ending.upper()}")
    assert not can_go_by_link(KIND, [media])


@given(st.sampled_from(MediaKind), st.integers(0, 2 * MAX_BYTES), st.text(max_size=3))
def test_only_whole_files_of_known_kinds_are_offered(kind: MediaKind, size: int, ref: str) -> None:
    able = can_go_by_link(KIND, [Media(kind=kind, ref=ref, size=size, name="a.pdf")])
    assert not able or (ref and size <= MAX_BYTES and kind is not MediaKind.POLL)
    assert not can_go_by_link(Refusal("bridge.refused.empty"), [])


MOVES = {
    "offered": {"offered", "wanted"},
    "wanted": {"wanted", "sent", "failed"},
    "failed": {"failed", "wanted"},
    "sent": {"sent"},
}


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_in_whatever_order_one_link_at_most_is_sent(
    shop: Shop, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test plays dice
    monkeypatch.setattr(shop.town.conversations.linking, "_fulfil", lambda _t, _o: None)
    await shop.document()
    row = await shop.town.one("SELECT tenant_id, id FROM link_offer")
    before = await shop.state()
    for _ in range(25):
        step = chance.choice(["press", "fulfil", "sweep", "trouble", "gone", "lease"])
        if step == "press":
            async with shop.town.tx("cherry") as tx:
                await shop.town.conversations.linking.want(tx, row["id"], "1")
        elif step == "fulfil":
            await shop.files.fulfil(row["tenant_id"], row["id"])
        elif step == "sweep":
            await shop.files.sweep()
        elif step == "lease":
            await shop.town.rows("UPDATE link_offer SET lease_until = '-infinity' RETURNING 1")
        else:
            gone = errors.Rejected(reason=Reason.MEDIA_GONE)
            shop.shelf.trouble = [errors.Temporary("503") if step == "trouble" else gone]
        after = await shop.state()
        assert after in MOVES[before], (step, before, after)
        before = after
    await shop.town.calm()
    assert len(shop.said()) == (before == "sent")
