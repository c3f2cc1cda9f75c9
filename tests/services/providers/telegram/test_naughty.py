"""Every naughty string through the connector to the city's strict Bot API: as words, in bold and
changed, as the name of a topic; what arrives is what was given, and nothing is a 400.
"""

from __future__ import annotations

from services.connectors.errors import Rejected
from services.connectors.messages import Address, Edit, Entity, OutboundMessage, Text, TopicEdit
from services.conversations.rules import MAX_TITLE, title
from tests.naughty import SHARP, STRINGS, sendable
from tests.services.providers.telegram.test_city import GROUP, Town, town

__all__ = ["town"]
TEXTS = tuple(dict.fromkeys(map(sendable, STRINGS)))


async def test_every_string_is_said_in_a_topic_as_it_is(town: Town) -> None:
    refused = []
    for text in TEXTS:
        try:
            await town.say(text)
        except Rejected:
            refused.append(text)
    shown = town.city.telegram.texts(GROUP, town.thread())

    assert not any(text.strip() for text in refused)
    assert shown == [text.strip() for text in TEXTS if text.strip()]


async def test_any_string_may_stand_in_bold_and_be_edited(town: Town) -> None:
    made = await town.say("раньше")
    wrong = []
    for text in (text for text in map(sendable, SHARP) if text.strip()):
        bold = (Entity(kind="bold", offset=0, length=len(text)),)
        words = Text(text=f"{text}\nконец", entities=bold)
        await town.send(OutboundMessage(to=town.topic, text=words))
        await town.send(Edit(to=town.topic, external_id=made.external_id, text=words))
        said = town.city.telegram.texts(GROUP, town.thread())
        wrong += [text] if {said[0], said[-1]} != {f"{text}\nконец".strip()} else []
    assert wrong == []


async def test_every_string_is_the_name_of_a_topic(town: Town) -> None:
    wrong = []
    for text in TEXTS:
        name = title("🟢", text, text)
        await town.send(
            TopicEdit(to=Address(chat_id=str(GROUP), thread_id=town.topic.thread_id), name=name)
        )
        shown = town.city.telegram.topics(GROUP)[town.thread()]
        wrong += [text] if shown != name.strip() or len(shown) > MAX_TITLE else []
    assert wrong == []
