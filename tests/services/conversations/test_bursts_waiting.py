"""A burst whose group has just changed and lets nothing through: what has to wait takes nothing
along, so that nothing is closed on the word of a call that does not begin.
"""

from services.connectors import errors
from services.connectors.base import Rate
from services.connectors.messages import OutboundMessage
from tests.services.conversations.town import GROUP, Town, until

NEW_GROUP = f"{GROUP}777"
LINES = [f"строка {number}" for number in range(5)]


async def test_a_burst_that_must_wait_at_its_new_address_loses_nothing(town: Town) -> None:
    for chat in ("u2i-1", "u2i-2"):
        await town.buyer("?", chat=chat)
    await town.calm()
    town.house.group_rate = Rate(6, 0.5)  # so few that bursts are always joined
    trouble = {
        LINES[0]: errors.Temporary(retry_after_seconds=0.6),
        "новое место": errors.RateLimited(retry_after_seconds=1.5, bucket=f"chat:{NEW_GROUP}"),
    }
    town.house.refuse = lambda action: (
        trouble.pop(action.text.text, None) if isinstance(action, OutboundMessage) else None
    )
    await town.buyer(LINES[0], chat="u2i-2")
    await until(lambda: LINES[0] not in trouble)
    for line in LINES[1:]:
        await town.buyer(line, chat="u2i-2")
    await town.rows("UPDATE workspace SET chat_id = $1 RETURNING id", NEW_GROUP)
    await town.buyer("новое место", chat="u2i-1")
    await until(lambda: "новое место" in town.house.texts(), 20)
    await town.calm()

    shown = "\n".join(town.house.texts()).split("\n")
    assert [line for line in shown if line in LINES] == LINES
