"""Cards and bad news in a group lead into the cabinet, where Telegram would open it."""

from __future__ import annotations

from services.connectors import errors
from services.connectors.messages import OutboundMessage
from services.kit.ids import new_id
from tests.services.conversations.town import Town, until

LABEL = "Открыть в кабинете"
MASTER = """
INSERT INTO channel (tenant_id, id, provider, kind, name, external_id, username, hook_key)
VALUES ($1, $2, 'telegram', 'master', 'master', '42', 'vishenka_bot', 'master') RETURNING 1
"""


async def opened(town: Town) -> None:
    async with town.services.database.system("a test prepares") as tx:
        await tx.execute(MASTER, town.tenants["plum"], new_id())
    town.conversations.doors.open("https://cabinet.example")


async def test_card_and_failed_answer_lead_to_their_dialog(town: Town) -> None:
    await opened(town)
    await town.buyer("?")
    await town.calm()
    row = (await town.one("SELECT id FROM conversation"))["id"]
    way = f"https://t.me/vishenka_bot?startapp=dialogs-{row.hex}"

    assert town.house.posts[0].buttons[LABEL] == way
    town.market.refuse = lambda a: errors.Rejected() if isinstance(a, OutboundMessage) else None
    _, message_id = await town.manager("ответ")
    await until(lambda: any(p.reply_to == message_id for p in town.house.posts))
    told = next(p for p in town.house.posts if p.reply_to == message_id)
    assert told.buttons[LABEL] == way
    await town.press(town.house.posts[0].buttons["Беру"], who=1)
    await until(lambda: "Ведёт" in town.house.posts[0].text)
    assert town.house.posts[0].buttons[LABEL] == way  # an edit keeps it


async def test_without_https_there_is_no_such_button(town: Town) -> None:
    await opened(town)
    town.conversations.doors.open("http://127.0.0.1:8080")
    await town.buyer("?")
    await town.calm()

    assert LABEL not in town.house.posts[0].buttons
