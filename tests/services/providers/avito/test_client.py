"""What every answer of Avito becomes: one table over statuses, pages, silence."""

import dataclasses
import json

import pytest

from services.connectors.errors import (
    AuthExpired,
    OutcomeUnknown,
    RateLimited,
    Reason,
    Rejected,
    Temporary,
)
from services.connectors.messages import (
    Address,
    Delete,
    MarkRead,
    Media,
    MediaKind,
    OutboundMessage,
    Text,
)
from services.kit.http import Answer, NoAnswer, NotSent, TooLarge
from services.providers.avito.connector import Avito
from tests.services.providers.avito.conftest import Bytes, make_account, wiring

SEND = OutboundMessage(to=Address(chat_id="u2i-A~b_1"), text=Text(text="Да"))
READ = MarkRead(to=Address(chat_id="u2i-A~b_1"))
NO_MEDIA = Bytes(b"")
HTML = b"<html><body>502 Bad Gateway</body></html>"


def answer(status: int, body: object = None, **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def refused(status: int, message: str = "Some words") -> Answer:
    return answer(status, {"error": {"code": status, "message": message}})


STATUSES = [
    (301, Temporary, Reason.PROVIDER_DOWN),
    (400, Rejected, Reason.BAD_REQUEST),
    (401, AuthExpired, Reason.AUTH),
    (402, Rejected, Reason.NOT_PAID),
    (403, AuthExpired, Reason.AUTH),
    (404, Rejected, Reason.CHAT_NOT_FOUND),
    (405, Rejected, Reason.BAD_REQUEST),
    (408, Temporary, Reason.PROVIDER_DOWN),
    (409, Rejected, Reason.BAD_REQUEST),
    (410, Rejected, Reason.CHAT_NOT_FOUND),
    (413, Rejected, Reason.TOO_BIG),
    (418, Rejected, Reason.BAD_REQUEST),
    (422, Rejected, Reason.BAD_REQUEST),
    (425, Temporary, Reason.PROVIDER_DOWN),
    (429, RateLimited, Reason.RATE_LIMITED),
    (500, Temporary, Reason.PROVIDER_DOWN),
    (502, Temporary, Reason.PROVIDER_DOWN),
    (503, Temporary, Reason.PROVIDER_DOWN),
    (504, Temporary, Reason.PROVIDER_DOWN),
    (599, Temporary, Reason.PROVIDER_DOWN),
]
BODIES = [b"", HTML, b'{"error":"slug"}', b'{"code":1,"message":2}', b"[" * 9000, b"\xff", b"null"]


@pytest.mark.parametrize(("status", "kind", "reason"), STATUSES)
@pytest.mark.parametrize("action", [SEND, READ], ids=["send", "read"])
async def test_every_status_has_its_error(avito, http, account, status, kind, reason, action):
    http.script = [refused(status)]

    with pytest.raises(kind) as caught:
        await avito.send(account, action, NO_MEDIA)

    assert type(caught.value) is kind
    assert caught.value.reason is reason
    assert caught.value.status == status


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(("status", "kind", "reason"), STATUSES)
async def test_status_decides_whatever_the_body(avito, http, account, status, kind, reason, body):
    http.script = [answer(status, body or b" ")]

    with pytest.raises(kind):
        await avito.send(account, SEND, NO_MEDIA)


@pytest.mark.parametrize("status", [401, 403])
async def test_refused_token_may_be_renewed_once(avito, http, account, status):
    http.script = [refused(status)]

    with pytest.raises(AuthExpired) as caught:
        await avito.send(account, SEND, NO_MEDIA)

    assert caught.value.refreshable
    again = caught.value.after_refresh()
    if status == 403:
        assert isinstance(again, Rejected)
        assert again.reason is Reason.NO_RIGHTS
    else:
        assert isinstance(again, AuthExpired)
        assert not again.refreshable


async def test_every_call_goes_to_the_given_base_through_the_given_proxy(http, account):
    base, proxy = "https://mirror.test/avito/", "http://proxy.test:3128"
    connector = Avito(dataclasses.replace(wiring(http), base_url=base, proxy=proxy))
    http.script = [answer(200, {"id": "m1"}), answer(200, {"access_token": "t"})]
    http.files = {"https://avito.st/x": answer(200, b"x")}

    await connector.send(account, SEND, NO_MEDIA)
    await connector.refresh(account)
    picture = Media(kind=MediaKind.IMAGE, ref="https://avito.st/x")
    assert [chunk async for chunk in connector.fetch(account, picture)] == [b"x"]

    paths = [asked.url.removeprefix(base) for asked in http.asked[:2]]
    assert paths == ["messenger/v1/accounts/77001122/chats/u2i-A~b_1/messages", "token"]
    assert {asked.proxy for asked in http.asked} == {proxy}


@pytest.mark.parametrize("token", ["", "with space", "line\nbreak", "ключ"])
async def test_without_a_usable_token_nothing_leaves(avito, http, token):
    with pytest.raises(AuthExpired) as caught:
        await avito.send(make_account(token), SEND, NO_MEDIA)

    assert caught.value.refreshable
    assert http.asked == []


async def test_unsent_request_may_be_repeated(avito, http, account):
    http.script = [NotSent("refused")]

    with pytest.raises(Temporary):
        await avito.send(account, SEND, NO_MEDIA)


@pytest.mark.parametrize("silence", [NoAnswer("timeout"), TooLarge("big")])
async def test_silence_after_a_message_is_an_unknown_outcome(avito, http, account, silence):
    http.script = [silence]

    with pytest.raises(OutcomeUnknown):
        await avito.send(account, SEND, NO_MEDIA)


@pytest.mark.parametrize("action", [READ, Delete(to=SEND.to, external_id="m1")])
async def test_silence_after_a_repeatable_call_is_temporary(avito, http, account, action):
    http.script = [NoAnswer("timeout")]

    with pytest.raises(Temporary):
        await avito.send(account, action, NO_MEDIA)


@pytest.mark.parametrize("body", [*BODIES, b"{}", b'{"id": null}', b'{"id": ""}', b'{"id": {}}'])
async def test_acceptance_that_names_no_message_is_an_unknown_outcome(avito, http, account, body):
    http.script = [answer(200, body)] if body else [Answer(200, {}, b"")]

    with pytest.raises(OutcomeUnknown):
        await avito.send(account, SEND, NO_MEDIA)


@pytest.mark.parametrize("body", [*BODIES, b'{"chats": 5}', b"{}", b'{"chats": null}'])
async def test_unreadable_list_is_temporary(avito, http, account, body):
    http.script = [Answer(200, {}, body)]

    with pytest.raises(Temporary):
        await avito.pull(account, "")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "17"}, 17),
        ({"retry_after": "0"}, 1),
        ({"retry_after": "999999"}, 3600),
        ({"retry_after": "soon"}, 30),
        ({"retry_after": "-5"}, 30),
        ({}, 30),
        (
            {
                "retry_after": "Mon, 21 Sep 2026 14:14:00 GMT",
                "date": "Mon, 21 Sep 2026 14:13:20 GMT",
            },
            40,
        ),
        ({"retry_after": "Mon, 21 Sep 2026 14:14:00 GMT"}, 30),  # no date to count from
    ],
)
async def test_429_waits_as_asked(avito, http, account, headers, seconds):
    http.script = [answer(429, {}, **headers)]

    with pytest.raises(RateLimited) as caught:
        await avito.send(account, SEND, NO_MEDIA)

    assert caught.value.retry_after_seconds == seconds


@pytest.mark.parametrize(
    ("limit", "remaining", "pause"),
    [
        ("60", "40", 0.0),
        ("60", "7", 0.0),
        ("60", "6", 2.0),
        ("60", "0", 10.0),
        ("", "0", 10.0),
        ("0", "0", 10.0),
        ("", "5", 0.0),
        ("many", "few", 0.0),
        ("60", "-1", 0.0),
    ],
)
async def test_rate_headers_slow_the_channel_down(avito, http, account, limit, remaining, pause):
    headers = {"x_ratelimit_limit": limit, "x_ratelimit_remaining": remaining}
    http.script = [answer(200, {"id": "m1"}, **headers)]

    sent = await avito.send(account, SEND, NO_MEDIA)

    assert sent.slow_down_seconds == pause


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"error": {"message": "Payment required"}}, "Payment required"),
        ({"message": "Not found"}, "Not found"),
        ({"error": "invalid_client"}, "invalid_client"),
        ({"error": {"message": "Иван, +7 999 123-45-67"}}, ""),
        ({"error": {"message": "mail@example.test"}}, ""),
        ({"error": {"message": "x" * 500}}, ""),
    ],
)
async def test_detail_is_a_plain_phrase_or_nothing(avito, http, account, body, detail):
    http.script = [answer(400, body)]

    with pytest.raises(Rejected) as caught:
        await avito.send(account, SEND, NO_MEDIA)

    assert caught.value.detail == detail
