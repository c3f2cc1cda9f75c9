"""Replies through the fake Avito: tokens, misbehaviour, what the buyer sees."""

import dataclasses

import pytest

from sandbox.city.faults import Kind
from services.connectors.base import (
    Connector,
    SupportsHistory,
    SupportsMedia,
    SupportsOAuth,
    SupportsPull,
    SupportsSetup,
)
from services.connectors.errors import (
    AuthExpired,
    OutcomeUnknown,
    RateLimited,
    Reason,
    Rejected,
    Temporary,
)
from services.connectors.messages import (
    Media,
    MediaKind,
    OutboundMessage,
    Text,
)
from services.connectors.registry import factories
from tests.services.providers.avito.conftest import (
    ACCOUNT_ID,
    Bytes,
    address,
    send,
)


def test_registry_finds_avito_with_all_its_powers(avito):
    assert "avito" in factories()
    powers = (SupportsSetup, SupportsPull, SupportsHistory, SupportsMedia, SupportsOAuth)
    assert all(isinstance(avito, power) for power in powers)
    connector: Connector = avito
    assert connector.name == "avito"


async def test_wrong_keys_are_refused(seller):
    keys = dataclasses.replace(seller.account.credentials, client_secret="wrong")
    stranger = dataclasses.replace(seller.account, credentials=keys, token=None)

    with pytest.raises(AuthExpired) as caught:
        await seller.connector.refresh(stranger)

    assert not caught.value.refreshable


async def test_reply_reaches_the_buyer_once(seller):
    seller.says("Здравствуйте")

    sent = await send(seller, "Добрый день")

    chat_id = address(seller).chat_id
    assert seller.city.avito.texts(ACCOUNT_ID, chat_id) == ["Добрый день"]
    assert sent.external_id in {m.id for m in seller.city.avito.messages(ACCOUNT_ID, chat_id)}


@pytest.mark.parametrize("status", [401, 403])
async def test_expired_token_is_refreshable_and_a_new_one_works(seller, status):
    seller.says("?")
    seller.city.avito.world.expired_status = status
    seller.city.avito.expire_tokens(ACCOUNT_ID)

    with pytest.raises(AuthExpired) as caught:
        await send(seller, "первый")
    assert caught.value.refreshable
    await seller.sign_in()
    await send(seller, "первый")

    assert seller.city.avito.texts(ACCOUNT_ID, address(seller).chat_id) == ["первый"]


async def test_unpaid_level_is_said(seller):
    seller.says("?")
    seller.city.avito.set_paid(ACCOUNT_ID, paid=False)

    with pytest.raises(Rejected) as caught:
        await send(seller, "ответ")

    assert caught.value.reason is Reason.NOT_PAID


@pytest.mark.parametrize(
    ("kind", "params", "error"),
    [
        (Kind.RATE_LIMIT, {"retry_after": 7}, RateLimited),
        (Kind.SERVER_ERROR, {"status": 502}, Temporary),
        (Kind.HTML, {"status": 503}, Temporary),
        (Kind.HTML, {"status": 200}, OutcomeUnknown),
        (Kind.HUGE, {"bytes": 3_000_000}, OutcomeUnknown),
        (Kind.ENDLESS, {}, OutcomeUnknown),
        (Kind.HANG, {"seconds": 5}, OutcomeUnknown),
        (Kind.RESET, {}, OutcomeUnknown),
        (Kind.REVOKE, {}, AuthExpired),
    ],
)
async def test_misbehaviour_has_its_error(seller, kind, params, error):
    seller.says("?")
    seller.city.faults.add("avito", kind, method="send", **params)

    with pytest.raises(error):
        await send(seller, "ответ")


async def test_lost_answer_is_found_in_the_history(seller):
    seller.says("?")
    seller.city.faults.add("avito", Kind.RESET, method="send")
    action = OutboundMessage(to=address(seller), text=Text(text="ответ"))
    with pytest.raises(OutcomeUnknown):
        await seller.connector.send(seller.account, action, Bytes(b""))

    read = await seller.connector.history(seller.account, address(seller).chat_id)

    assert [seller.connector.same(action, message) for message in read] == [False, True]


async def test_picture_reaches_the_buyer(seller):
    seller.says("фото?")
    content = seller.city.avito.world.media.image(
        seller.city.avito.world.media.add_image(), "140x105"
    )
    action = OutboundMessage(to=address(seller), media=(Media(kind=MediaKind.IMAGE, ref="x"),))

    await seller.connector.send(seller.account, action, Bytes(content))

    last = seller.city.avito.messages(ACCOUNT_ID, address(seller).chat_id)[-1]
    assert (last.type, last.author_id) == ("image", ACCOUNT_ID)
    assert seller.city.avito.world.media.images[last.media_id] == content
