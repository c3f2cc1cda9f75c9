"""Every answer of the Bot API that means something to us, row by row."""

import pytest

from services.connectors.errors import (
    AuthExpired,
    DestinationMoved,
    RateLimited,
    Reason,
    RecipientUnreachable,
    Rejected,
    Temporary,
)
from services.providers.telegram.errors import (
    ApiAnswer,
    BadEntities,
    BadPicture,
    Parameters,
    is_harmless,
    no_answer,
    of_foreign,
    of_refusal,
    scrub,
)
from services.providers.telegram.methods import creates, is_repeatable

GROUP = "-1001"


def refused(code, description, *, method="sendMessage", chat=GROUP, headers=None, **parameters):
    given = Parameters(**parameters) if parameters else None
    answer = ApiAnswer(ok=False, error_code=code, description=description, parameters=given)
    return of_refusal(method, chat, answer, headers or {})


UNREACHABLE, REJECTED = RecipientUnreachable, Rejected


@pytest.mark.parametrize(
    ("code", "description", "error", "reason"),
    [
        (403, "Forbidden: bot was blocked by the user", UNREACHABLE, Reason.BLOCKED),
        (403, "Forbidden: user is deactivated", UNREACHABLE, Reason.CHAT_NOT_FOUND),
        (
            403,
            "Forbidden: bot can't initiate conversation with a user",
            UNREACHABLE,
            Reason.CHAT_NOT_FOUND,
        ),
        (
            403,
            "Forbidden: bot can't send messages to bots",
            UNREACHABLE,
            Reason.CHAT_NOT_FOUND,
        ),
        (403, "Forbidden: bot was kicked from the supergroup chat", UNREACHABLE, Reason.KICKED),
        (403, "Forbidden: bot is not a member of the channel chat", UNREACHABLE, Reason.KICKED),
        (403, "Forbidden: the group chat was deleted", UNREACHABLE, Reason.CHAT_NOT_FOUND),
        (403, "Forbidden: something of 2031", REJECTED, Reason.NO_RIGHTS),
        (400, "Bad Request: chat not found", UNREACHABLE, Reason.CHAT_NOT_FOUND),
        (400, "Bad Request: PEER_ID_INVALID", UNREACHABLE, Reason.CHAT_NOT_FOUND),
        # a 403 with an UPPER_CASE code is told as 400 by the server
        (400, "Bad Request: USER_IS_BLOCKED", UNREACHABLE, Reason.BLOCKED),
        (400, "Bad Request: CHANNEL_PRIVATE", UNREACHABLE, Reason.KICKED),
        (400, "Bad Request: message thread not found", REJECTED, Reason.TOPIC_MISSING),
        (400, "Bad Request: TOPIC_ID_INVALID", REJECTED, Reason.TOPIC_MISSING),
        (400, "Bad Request: TOPIC_DELETED", REJECTED, Reason.TOPIC_MISSING),
        (400, "Bad Request: TOPIC_CLOSED", REJECTED, Reason.TOPIC_CLOSED),
        (400, "Bad Request: the chat is not a forum", REJECTED, Reason.NO_RIGHTS),
        (400, "Bad Request: not enough rights to create a topic", REJECTED, Reason.NO_RIGHTS),
        (400, "Bad Request: have no rights to send a message", REJECTED, Reason.NO_RIGHTS),
        (400, "Bad Request: need administrator rights in the chat", REJECTED, Reason.NO_RIGHTS),
        (400, "Bad Request: CHAT_ADMIN_REQUIRED", REJECTED, Reason.NO_RIGHTS),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN", REJECTED, Reason.NO_RIGHTS),
        (400, "Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN", REJECTED, Reason.NO_RIGHTS),
        (400, "Bad Request: VOICE_MESSAGES_FORBIDDEN", REJECTED, Reason.UNSUPPORTED),
        (
            400,
            "Bad Request: can't parse entities: byte offset 5",
            BadEntities,
            Reason.BAD_REQUEST,
        ),
        (400, "Bad Request: ENTITY_BOUNDS_INVALID", BadEntities, Reason.BAD_REQUEST),
        (400, "Bad Request: IMAGE_PROCESS_FAILED", BadPicture, Reason.BAD_REQUEST),
        (400, "Bad Request: PHOTO_INVALID_DIMENSIONS", BadPicture, Reason.BAD_REQUEST),
        (400, "Bad Request: file is too big", REJECTED, Reason.TOO_BIG),
        (400, "Bad Request: message is too long", REJECTED, Reason.TOO_BIG),
        (400, "Bad Request: message caption is too long", REJECTED, Reason.TOO_BIG),
        (413, "Request Entity Too Large", REJECTED, Reason.TOO_BIG),
        (
            400,
            "Bad Request: wrong file identifier/HTTP URL specified",
            REJECTED,
            Reason.MEDIA_GONE,
        ),
        (
            400,
            "Bad Request: wrong file_id or the file is temporarily unavailable",
            REJECTED,
            Reason.MEDIA_GONE,
        ),
        (400, "Bad Request: file must be non-empty", REJECTED, Reason.MEDIA_GONE),
        (400, "Bad Request: something of 2031", REJECTED, Reason.BAD_REQUEST),
        (404, "Not Found: method not found", REJECTED, Reason.BAD_REQUEST),
        (401, "Unauthorized", AuthExpired, Reason.AUTH),
        (404, "Not Found", AuthExpired, Reason.AUTH),
        (400, "Logged out", AuthExpired, Reason.AUTH),
        (500, "Internal Server Error", Temporary, Reason.PROVIDER_DOWN),
        (502, "Bad Gateway", Temporary, Reason.PROVIDER_DOWN),
        (409, "Conflict: terminated by other getUpdates request", Temporary, Reason.PROVIDER_DOWN),
    ],
)
def test_refusal_means(code, description, error, reason):
    found = refused(code, description)

    assert type(found) is error
    assert found.reason is reason


def test_conflict_waits_longer_than_the_other_poller():
    assert refused(409, "Conflict", method="getUpdates").retry_after_seconds == 35


def test_moved_group_names_its_new_id():
    found = refused(
        400,
        "Bad Request: group chat was upgraded to a supergroup chat",
        migrate_to_chat_id=-100777,
    )

    assert isinstance(found, DestinationMoved)
    assert found.new_chat_id == "-100777"


@pytest.mark.parametrize(
    ("method", "chat", "bucket"),
    [
        ("sendMessage", GROUP, f"chat:{GROUP}"),
        ("createForumTopic", GROUP, f"chat:{GROUP}"),
        ("sendMessage", "555", ""),
        ("editMessageText", GROUP, ""),
        ("sendChatAction", GROUP, ""),
        ("getUpdates", "", ""),
    ],
)
def test_flood_in_a_group_stops_the_group_any_other_the_bot(method, chat, bucket):
    found = refused(429, "Too Many Requests", method=method, chat=chat, retry_after=17)

    assert isinstance(found, RateLimited)
    assert found.retry_after_seconds == 17
    assert found.bucket == bucket


def test_wait_is_read_from_parameters_header_or_words():
    assert refused(429, "x", retry_after=3, headers={"retry-after": "9"}).retry_after_seconds == 3
    assert refused(429, "x", headers={"retry-after": "9"}).retry_after_seconds == 9
    assert refused(429, "Too Many Requests: retry after 21").retry_after_seconds == 21
    assert refused(429, "x", headers={"retry-after": "soon"}).retry_after_seconds == 1


def test_server_error_keeps_the_wait_it_names():
    assert refused(503, "x", headers={"retry-after": "9"}).retry_after_seconds == 9
    assert refused(503, "x").retry_after_seconds is None


def test_gateway_page_with_429_still_names_a_wait():
    found = of_foreign("sendMessage", GROUP, 429, {"retry-after": "4"})

    assert isinstance(found, RateLimited)
    assert found.retry_after_seconds == 4


def test_detail_never_quotes_the_message():
    found = refused(400, 'Bad Request: unknown thing "Иван Петров, +79991234567" @ivan 12345678')

    assert "Иван" not in found.detail
    assert "7999" not in found.detail
    assert "ivan" not in found.detail
    assert len(scrub("x" * 500)) == 120


@pytest.mark.parametrize(
    ("method", "repeatable", "making"),
    [
        ("sendMessage", False, True),
        ("sendMediaGroup", False, True),
        ("copyMessage", False, True),
        ("forwardMessage", False, True),
        ("createForumTopic", False, True),
        ("createInvoiceLink", False, False),
        ("refundStarPayment", False, False),
        ("sendChatAction", True, False),
        ("editMessageText", True, False),
        ("deleteMessage", True, False),
        ("setMessageReaction", True, False),
        ("pinChatMessage", True, False),
        ("answerCallbackQuery", True, False),
        ("closeForumTopic", True, False),
        ("getMe", True, False),
    ],
)
def test_methods_are_known_by_what_a_repeat_would_do(method, repeatable, making):
    assert is_repeatable(method) is repeatable
    assert creates(method) is making
    assert isinstance(no_answer(method, "x"), Temporary) is repeatable


def test_harmless_refusals_belong_to_their_methods():
    assert is_harmless("editMessageText", "Bad Request: message is not modified")
    assert not is_harmless("sendMessage", "Bad Request: message is not modified")
    assert not is_harmless("editMessageText", "Bad Request: message to edit not found")
