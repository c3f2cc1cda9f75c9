"""A merged call that was accepted and whose answer vanished: what travelled in it is repeated
together, once and marked; nothing else comes under the mark.
"""

from collections import Counter

from services.connectors import errors
from services.connectors.base import Rate
from services.connectors.messages import OutboundMessage
from tests.services.conversations.town import Town, until

LINES = 40
MARK = "↻"


async def test_a_burst_whose_answer_vanished_is_repeated_as_it_was_and_marked(town: Town) -> None:
    await town.buyer("?")
    await town.calm()
    town.house.group_rate = Rate(10, 1.5)
    vanished: list[str] = []

    def vanish(action: object) -> Exception | None:
        text = action.text.text if isinstance(action, OutboundMessage) else ""
        is_chosen = "\n\n" in text or text.endswith("строка 2")
        if not is_chosen or text.startswith(MARK) or len(vanished) == 5:
            return None
        vanished.append(text)
        return errors.OutcomeUnknown("vanished")

    town.house.after = vanish
    for number in range(LINES):
        await town.buyer(f"строка {number}")
    await until(lambda: f"строка {LINES - 1}" in "\n".join(town.house.texts()).split("\n"), 20)
    await town.calm()

    assert any("\n\n" in text for text in vanished)
    plain, marked = _shown(town)
    assert plain == Counter(f"строка {number}" for number in range(LINES))
    assert marked == _lines(vanished)
    repeats = [text.partition("\n")[2] for text in town.house.texts() if text.startswith(MARK)]
    assert repeats == vanished
    rows = await town.rows("SELECT state FROM delivery WHERE possible_repeat")
    assert [row["state"] for row in rows] == ["sent"] * len(vanished)


def _shown(town: Town) -> tuple[Counter[str], Counter[str]]:
    texts = town.house.texts()
    marked = [text.partition("\n")[2] for text in texts if text.startswith(MARK)]
    return _lines([text for text in texts if not text.startswith(MARK)]), _lines(marked)


def _lines(texts: list[str]) -> Counter[str]:
    lines = (line for text in texts for line in text.split("\n"))
    return Counter(line for line in lines if line.startswith("строка"))
