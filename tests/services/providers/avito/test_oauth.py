"""Access tokens: a day by keys, rotation of a grant, refusals and troubles."""

import json
from urllib.parse import parse_qs

import pytest

from services.connectors.errors import (
    AuthExpired,
    Temporary,
)
from services.kit.http import Answer, NoAnswer, NotSent
from tests.services.providers.avito.conftest import make_account

HTML = b"<html></html>"


def answer(status: int, body: object = None, **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


async def test_personal_keys_get_a_token_for_a_day(avito, http, account):
    http.script = [answer(200, {"access_token": "new", "expires_in": 86400})]

    token = await avito.refresh(make_account(""))

    form = parse_qs(http.asked[0].body.decode())
    assert form == {
        "grant_type": ["client_credentials"],
        "client_id": ["client-1"],
        "client_secret": ["secret-1"],
    }
    assert (token.value, token.refresh) == ("new", "")
    assert token.expires_at.timestamp() == 1_790_001_000 + 86400 - 300


async def test_grant_rotates_both_tokens(avito, http):
    old = make_account("old", refresh="refresh-1")
    http.script = [
        answer(200, {"access_token": "new", "expires_in": 100, "refresh_token": "refresh-2"})
    ]

    token = await avito.refresh(old)

    form = parse_qs(http.asked[0].body.decode())
    assert form["grant_type"] == ["refresh_token"]
    assert form["refresh_token"] == ["refresh-1"]
    assert (token.value, token.refresh) == ("new", "refresh-2")


@pytest.mark.parametrize(
    "refusal",
    [
        answer(400, {"error": "invalid_grant"}),
        answer(401, {"error": "invalid_client"}),
        answer(403, HTML),
        answer(200, {"error": "access_denied", "error_description": "Wrong keys"}),
    ],
)
async def test_wrong_keys_cannot_be_renewed(avito, http, account, refusal):
    http.script = [refusal]

    with pytest.raises(AuthExpired) as caught:
        await avito.refresh(account)

    assert not caught.value.refreshable


@pytest.mark.parametrize(
    "trouble",
    [
        answer(503),
        answer(200, HTML),
        answer(200, {}),
        answer(200, {"access_token": 5}),
        NotSent("x"),
        NoAnswer("x"),
        answer(429),
    ],
)
async def test_trouble_at_renewal_is_temporary(avito, http, account, trouble):
    http.script = [trouble]

    with pytest.raises(Temporary):
        await avito.refresh(account)


@pytest.mark.parametrize("life", [None, "86400", -5, 10**30, True, "x", 0])
async def test_strange_life_of_a_token_still_makes_a_token(avito, http, account, life):
    http.script = [answer(200, {"access_token": "new", "expires_in": life})]

    assert (await avito.refresh(account)).value == "new"


def test_secrets_are_not_shown_in_a_traceback():
    account = make_account("access-1", hook_secret="hook-1")

    shown = repr(account)

    assert not any(secret in shown for secret in ("secret-1", "access-1", "hook-1"))
