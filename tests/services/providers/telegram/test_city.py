"""The connector against provider city: a Bot API that checks requests as the real one does."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from sandbox.city.app import City
from services.connectors.base import Account
from services.connectors.errors import (
    AuthExpired,
    DestinationMoved,
    OutcomeUnknown,
    RateLimited,
    Reason,
    RecipientUnreachable,
    Rejected,
    Temporary,
)
from services.connectors.messages import (
    Address,
    Answer,
    Button,
    Delete,
    Edit,
    Entity,
    Media,
    MediaKind,
    OutboundMessage,
    Pin,
    React,
    Text,
    TopicCreate,
    TopicEdit,
)
from services.kit.http import Clients
from services.providers.telegram.connector import TelegramConnector
from tests.services.providers.telegram.botserver import BOT_ID, TOKEN, Shelf, make_connector

GROUP = -1001234567890
BOT = int(BOT_ID)
ANNA = 1001
PNG = b"\x89PNG\r\n\x1a\n" + bytes(8) + bytes([0, 0, 0, 4, 0, 0, 0, 4]) + bytes(20)
SHELF = Shelf({"png": [PNG], "doc": [b"a" * 70_000, b"b" * 70_000]})


@dataclass
class Town:
    city: City
    connector: TelegramConnector
    account: Account
    topic: Address

    async def send(self, action, shelf: Shelf = SHELF):
        return await self.connector.send(self.account, action, shelf)

    async def say(self, text: str, to: Address | None = None, **more):
        action = OutboundMessage(to=to or self.topic, text=Text(text=text), **more)
        return await self.send(action)

    def thread(self) -> int:
        return int(self.topic.thread_id)


@pytest.fixture
async def town(clients: Clients, account: Account) -> AsyncIterator[Town]:
    async with City() as city:
        telegram = city.telegram
        telegram.add_bot(TOKEN, "cherry_bot", "Вишенка")
        telegram.add_user(ANNA, "Анна")
        telegram.add_group(GROUP, "Продажи")
        telegram.add_member(GROUP, ANNA, "creator")
        rights = ["can_manage_topics", "can_pin_messages", "can_delete_messages"]
        telegram.add_member(GROUP, BOT, "administrator", rights)
        connector = make_connector(city.telegram_url, clients)
        chat = Address(chat_id=str(GROUP))
        made = await connector.send(account, TopicCreate(to=chat, name="Иван · Диван"), SHELF)
        topic = Address(chat_id=str(GROUP), thread_id=made.thread_id)
        yield Town(city, connector, account, topic)


async def test_topic_message_edit_reaction_pin_and_delete(town):
    bold = Text(text="🍒 Здравствуйте", entities=(Entity(kind="bold", offset=2, length=12),))
    sent = await town.send(OutboundMessage(to=town.topic, text=bold))
    await town.send(React(to=town.topic, external_id=sent.external_id, emoji="👍"))
    await town.send(Pin(to=town.topic, external_id=sent.external_id))
    await town.send(Edit(to=town.topic, external_id=sent.external_id, text=Text(text="Правка")))
    await town.send(Edit(to=town.topic, external_id=sent.external_id, text=Text(text="Правка")))

    (seen,) = town.city.telegram.messages(GROUP, town.thread())
    assert seen["text"] == "Правка"
    assert seen["is_pinned"]
    assert list(seen["reactions"].values()) == [["👍"]]
    assert sent.thread_id == town.topic.thread_id

    await town.send(Delete(to=town.topic, external_id=sent.external_id))
    await town.send(Delete(to=town.topic, external_id=sent.external_id))
    assert town.city.telegram.messages(GROUP, town.thread()) == []


async def test_picture_file_and_album_arrive_whole(town):
    picture = Media(kind=MediaKind.IMAGE, file_id="png", mime="image/png")
    paper = Media(kind=MediaKind.FILE, file_id="doc", name="Прайс.pdf", mime="application/pdf")
    await town.send(OutboundMessage(to=town.topic, media=(picture,), text=Text(text="фото")))
    await town.send(OutboundMessage(to=town.topic, media=(paper,)))
    album = await town.send(OutboundMessage(to=town.topic, media=(picture, picture)))

    seen = town.city.telegram.messages(GROUP, town.thread())
    assert seen[0]["caption"] == "фото"
    assert seen[1]["document"]["file_name"] == "Прайс.pdf"
    assert seen[1]["document"]["file_size"] == 140_000
    assert [str(one["message_id"]) for one in seen[2:]] == list(album.parts)


async def test_file_of_a_person_is_pulled_fetched_and_sent_again_by_id(town):
    town.city.telegram.user_sends_photo(ANNA, GROUP, PNG, thread=town.thread())
    page = await town.connector.pull(town.account, "")
    parsed = [one for event in page.events for one in town.connector.parse(town.account, event)]
    media = next(one.media[0] for one in parsed if getattr(one, "media", ()))

    content = b"".join([part async for part in town.connector.fetch(town.account, media)])
    await town.send(OutboundMessage(to=town.topic, media=(media,)))

    assert content == PNG
    assert "photo" in town.city.telegram.messages(GROUP, town.thread())[-1]


async def test_button_is_pressed_and_answered(town):
    buttons = ((Button(text="Повторить", callback="retry:1"),),)
    sent = await town.say("Не доставлено", buttons=buttons)
    query = town.city.telegram.user_presses(ANNA, GROUP, int(sent.external_id), "retry:1")

    await town.send(Answer(callback_id=query, text="Повторяем"))
    await town.send(Answer(callback_id="1", text="поздно"))

    assert town.city.telegram.answer_of(BOT, query)["text"] == "Повторяем"


async def test_topic_is_renamed_closed_and_reopened_again_and_again(town):
    for _ in range(2):
        await town.send(TopicEdit(to=town.topic, name="Новое", closed=True))
    for _ in range(2):
        await town.send(TopicEdit(to=town.topic, closed=False))

    assert town.city.telegram.topics(GROUP)[town.thread()] == "Новое"


async def test_deleted_topic_is_missing(town):
    town.city.telegram.delete_topic(GROUP, town.thread())

    with pytest.raises(Rejected) as caught:
        await town.say("x")
    assert caught.value.reason is Reason.TOPIC_MISSING
    with pytest.raises(Rejected) as caught:
        await town.send(TopicEdit(to=town.topic, name="y"))
    assert caught.value.reason is Reason.TOPIC_MISSING


async def test_kicked_blocked_unknown_and_migrated_are_told_apart(town):
    telegram = town.city.telegram
    person = Address(chat_id=str(ANNA))
    with pytest.raises(RecipientUnreachable) as caught:
        await town.say("x", person)
    assert caught.value.reason is Reason.CHAT_NOT_FOUND

    telegram.start_bot(ANNA, BOT)
    await town.say("x", person)
    telegram.block_bot(ANNA, BOT)
    with pytest.raises(RecipientUnreachable) as caught:
        await town.say("x", person)
    assert caught.value.reason is Reason.BLOCKED

    telegram.kick_bot(GROUP, BOT)
    with pytest.raises(RecipientUnreachable) as caught:
        await town.say("x")
    assert caught.value.reason is Reason.KICKED


async def test_group_that_moved_names_its_new_id(town):
    telegram = town.city.telegram
    telegram.add_group(-500, "Малая", forum=False)
    telegram.add_member(-500, ANNA, "creator")
    telegram.add_member(-500, BOT, "administrator")
    telegram.migrate_group(-500, -1009)

    with pytest.raises(DestinationMoved) as caught:
        await town.say("x", Address(chat_id="-500"))

    assert caught.value.new_chat_id == "-1009"


@pytest.mark.parametrize(
    ("kind", "params", "error"),
    [
        ("rate_limit", {"retry_after": 7}, RateLimited),
        ("server_error", {"status": 500}, Temporary),
        ("html", {"status": 502}, Temporary),
        ("html", {"status": 200}, OutcomeUnknown),
        ("huge", {"bytes": 2 * 1024 * 1024}, OutcomeUnknown),
        ("endless", {}, OutcomeUnknown),
        ("drop", {}, OutcomeUnknown),
        ("accept_then_reset", {}, OutcomeUnknown),
        ("accept_then_hang", {"seconds": 20}, OutcomeUnknown),
        ("revoke", {}, AuthExpired),
    ],
)
async def test_misbehaving_server_is_read_right(town, clients, kind, params, error):
    hasty = make_connector(town.city.telegram_url, clients, timeout_seconds=1.0)
    town.city.faults.add("telegram", kind, method="sendMessage", count=1, **params)
    action = OutboundMessage(to=town.topic, text=Text(text="x"))

    with pytest.raises(error) as caught:
        await hasty.send(town.account, action, SHELF)

    assert type(caught.value) is error
    if isinstance(caught.value, RateLimited):
        assert caught.value.retry_after_seconds == 7
        assert caught.value.bucket == f"chat:{GROUP}"


async def test_webhook_is_set_once_checked_and_taken_away(town):
    url = "http://127.0.0.1:9/hooks/telegram/key"
    await town.connector.connect(town.account, url)
    await town.connector.connect(town.account, url)

    checks = {one.name: one.state for one in await town.connector.health(town.account, url)}
    assert checks["token"] == checks["webhook"] == "ok"
    assert len(town.city.journal.calls("telegram", "setWebhook")) == 1

    await town.connector.disconnect(town.account, url)
    checks = {one.name: one.state for one in await town.connector.health(town.account, url)}
    assert checks["webhook"] == "bad"


async def test_group_of_the_city_is_fit_for_the_bridge(town):
    checks = await town.connector.inspect(town.account, str(GROUP))

    assert {one.state for one in checks} == {"ok"}
    identity = await town.connector.identify(town.account)
    assert (identity.external_id, identity.username) == (BOT_ID, "cherry_bot")
