"""A receipt that says "not delivered" after "sent": a broken heart and the reason, once."""

from __future__ import annotations

import pytest

from services.connectors.messages import Receipt, ReceiptStatus
from tests.services.conversations.town import Post, Town, until


async def sent(town: Town) -> str:
    await town.buyer("?")
    await town.calm()
    _, message_id = await town.manager("ответ")
    await until(lambda: town.house.reaction_on(message_id) == "👌")
    return message_id


async def receive(
    town: Town, status: ReceiptStatus, reason: str = "", slug: str = "cherry", **more: str
) -> None:
    external = more.get("external_id") or town.market.sent_ids[-1]
    receipt = Receipt(
        chat_id="u2i-1", status=status, at=town.clock.now(), external_id=external, reason=reason
    )
    event = await town.event(slug)
    async with town.tx(slug) as tx:
        await town.conversations.receipt(tx, event, receipt)


async def state(town: Town) -> str:
    return str((await town.one("SELECT state FROM message WHERE direction = 'out'"))["state"])


def beside(town: Town, message_id: str) -> list[Post]:
    return [post for post in town.house.posts if post.reply_to == message_id]


@pytest.mark.parametrize("status", [ReceiptStatus.FAILED, ReceiptStatus.BOUNCED])
async def test_what_was_not_delivered_after_all_is_told_once_with_its_reason(
    town: Town, status: ReceiptStatus
) -> None:
    message_id = await sent(town)
    for _ in range(2):
        await receive(town, status, "blocked")
    await until(lambda: town.house.reaction_on(message_id) == "💔")
    await town.calm()

    (told,) = beside(town, message_id)
    assert told.text == (
        "Не дошло. Market принял сообщение, но не доставил."
        " Покупатель больше не принимает сообщения."
    )
    assert await state(town) == "bounced"


async def test_unknown_reason_is_left_out_and_later_receipts_change_nothing(town: Town) -> None:
    message_id = await sent(town)
    await receive(town, ReceiptStatus.FAILED, "9999-odd")
    for status in (ReceiptStatus.DELIVERED, ReceiptStatus.READ):
        await receive(town, status)
    await until(lambda: bool(beside(town, message_id)))
    await town.calm()
    assert beside(town, message_id)[0].text == "Не дошло. Market принял сообщение, но не доставил."
    assert town.house.reaction_on(message_id) == "💔"
    assert await state(town) == "bounced"


async def test_group_without_reactions_has_its_one_reply_edited(town: Town) -> None:
    town.house.reacts = False
    await town.buyer("?")
    await town.calm()
    _, message_id = await town.manager("ответ")
    await until(lambda: any(p.text == "Отправлено" for p in beside(town, message_id)))
    await receive(town, ReceiptStatus.BOUNCED)
    await until(lambda: beside(town, message_id)[0].text.startswith("Не дошло."))
    assert len(beside(town, message_id)) == 1


async def test_complaint_is_the_deliverys_and_a_strangers_receipt_nobodys(town: Town) -> None:
    message_id = await sent(town)
    await receive(town, ReceiptStatus.FAILED, slug="plum", external_id=town.market.sent_ids[-1])
    await receive(town, ReceiptStatus.COMPLAINED)
    await town.calm()
    assert town.house.reaction_on(message_id) == "👌"
    assert beside(town, message_id) == []
    row = await town.one("SELECT state FROM delivery WHERE purpose = 'to_buyer'")
    assert row["state"] == "complained"
