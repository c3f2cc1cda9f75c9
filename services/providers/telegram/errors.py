"""Bot API answers as connector errors: error_code and parameters first, then a table of
descriptions.

Shape: `{"ok": false, "error_code": 400, "description": "Bad Request: …", "parameters":
{"retry_after": 5}}`; parameters carry only `retry_after` or `migrate_to_chat_id`. Descriptions are
unversioned text, so an unknown one falls to its code. They may quote the message, so `detail` is
the table's own words, or a scrubbed text.
Source: Bot API 10.3 "Making requests"; the server's source (tdlib/telegram-bot-api);
TelegramBotAPI/errors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

import msgspec

from services.connectors.errors import (
    AuthExpired,
    ConnectorError,
    DestinationMoved,
    OutcomeUnknown,
    RateLimited,
    Reason,
    RecipientUnreachable,
    Rejected,
    Temporary,
)
from services.providers.telegram.capabilities import chat_bucket, is_group
from services.providers.telegram.methods import creates, is_repeatable

CONFLICT_SECONDS = 35.0
"""A second poller keeps its long poll up to 30 s, so a shorter wait only repeats the 409."""


class Parameters(msgspec.Struct, frozen=True):
    """ResponseParameters."""

    retry_after: float = 0
    migrate_to_chat_id: int = 0


class ApiAnswer(msgspec.Struct, frozen=True):
    """The envelope of every answer."""

    ok: bool
    result: msgspec.Raw = msgspec.Raw(b"null")
    error_code: int = 0
    description: str = ""
    parameters: Parameters | None = None


class BadEntities(Rejected):
    """The formatting does not parse: the sender repeats the text plain, once."""


class BadPicture(Rejected):
    """Telegram cannot show this as a picture: the sender sends it as a file, once."""


class _Kind(StrEnum):
    UNREACHABLE = "unreachable"
    REJECTED = "rejected"
    ENTITIES = "entities"
    PICTURE = "picture"
    AUTH = "auth"


_U, _R = _Kind.UNREACHABLE, _Kind.REJECTED

# Some UPPER_CASE codes of the server come as 400 where a person would expect 403; so 400 and 403
# share the table.
# Order matters: the first row whose words are in the description wins.
_TABLE: tuple[tuple[str, _Kind, Reason], ...] = (
    ("bot was blocked by the user", _U, Reason.BLOCKED),
    ("user_is_blocked", _U, Reason.BLOCKED),
    ("user is deactivated", _U, Reason.CHAT_NOT_FOUND),
    ("user_deactivated", _U, Reason.CHAT_NOT_FOUND),
    ("can't initiate conversation", _U, Reason.CHAT_NOT_FOUND),
    ("can't send messages to bots", _U, Reason.CHAT_NOT_FOUND),
    ("can't send messages to the user", _U, Reason.BLOCKED),
    ("bot was kicked", _U, Reason.KICKED),
    ("bot is not a member", _U, Reason.KICKED),
    ("channel_private", _U, Reason.KICKED),
    ("group chat was deleted", _U, Reason.CHAT_NOT_FOUND),
    ("group chat was deactivated", _U, Reason.CHAT_NOT_FOUND),
    ("group chat was upgraded", _U, Reason.CHAT_NOT_FOUND),
    ("chat not found", _U, Reason.CHAT_NOT_FOUND),
    ("user not found", _U, Reason.CHAT_NOT_FOUND),
    ("peer_id_invalid", _U, Reason.CHAT_NOT_FOUND),
    ("chat_id is empty", _U, Reason.CHAT_NOT_FOUND),
    ("message thread not found", _R, Reason.TOPIC_MISSING),
    ("topic_id_invalid", _R, Reason.TOPIC_MISSING),
    ("topic_deleted", _R, Reason.TOPIC_MISSING),
    ("topic_closed", _R, Reason.TOPIC_CLOSED),
    ("topic is closed", _R, Reason.TOPIC_CLOSED),
    ("chat is not a forum", _R, Reason.NO_RIGHTS),
    ("not enough rights", _R, Reason.NO_RIGHTS),
    ("have no rights", _R, Reason.NO_RIGHTS),
    ("need administrator rights", _R, Reason.NO_RIGHTS),
    ("chat_admin_required", _R, Reason.NO_RIGHTS),
    ("chat_write_forbidden", _R, Reason.NO_RIGHTS),
    ("chat_restricted", _R, Reason.NO_RIGHTS),
    ("right_forbidden", _R, Reason.NO_RIGHTS),
    ("voice_messages_forbidden", _R, Reason.UNSUPPORTED),
    ("_forbidden", _R, Reason.NO_RIGHTS),
    ("can't parse entities", _Kind.ENTITIES, Reason.BAD_REQUEST),
    ("can't parse messageentity", _Kind.ENTITIES, Reason.BAD_REQUEST),
    ("entity_", _Kind.ENTITIES, Reason.BAD_REQUEST),
    ("entities_", _Kind.ENTITIES, Reason.BAD_REQUEST),
    ("entity beginning", _Kind.ENTITIES, Reason.BAD_REQUEST),
    ("image_process_failed", _Kind.PICTURE, Reason.BAD_REQUEST),
    ("photo_invalid_dimensions", _Kind.PICTURE, Reason.BAD_REQUEST),
    ("photo_ext_invalid", _Kind.PICTURE, Reason.BAD_REQUEST),
    ("file is too big", _R, Reason.TOO_BIG),
    ("too large", _R, Reason.TOO_BIG),
    ("too long", _R, Reason.TOO_BIG),
    ("too_long", _R, Reason.TOO_BIG),
    ("file must be non-empty", _R, Reason.MEDIA_GONE),
    ("wrong file", _R, Reason.MEDIA_GONE),
    ("wrong remote file", _R, Reason.MEDIA_GONE),
    ("invalid file_id", _R, Reason.MEDIA_GONE),
    ("file_reference", _R, Reason.MEDIA_GONE),
    ("http url content", _R, Reason.MEDIA_GONE),
    ("logged out", _Kind.AUTH, Reason.AUTH),
    ("method not found", _R, Reason.BAD_REQUEST),
)

_HARMLESS: tuple[tuple[str, str], ...] = (
    ("edit", "message is not modified"),
    ("edit", "message_not_modified"),
    ("edit", "topic_not_modified"),
    ("close", "topic_not_modified"),
    ("reopen", "topic_not_modified"),
    ("delete", "message to delete not found"),
    ("pin", "chat_not_modified"),
    ("set", "message_not_modified"),
    ("answer", "query is too old"),
    ("answer", "query id is invalid"),
)

_QUOTED = re.compile(r"[\"«“][^\"»”]*[\"»”]")
_NUMBER = re.compile(r"[0-9]{4,}(:[A-Za-z0-9_-]+)?")
_WORD = re.compile(r"https?://\S+|@\w+")
_AFTER = re.compile(r"retry after ([0-9]{1,6})")


def is_harmless(method: str, description: str) -> bool:
    """Say whether this refusal means that what was asked for already holds."""
    words = description.lower()
    return any(method.startswith(start) and text in words for start, text in _HARMLESS)


def scrub(description: str) -> str:
    """Return a description without quotes, long numbers, links, names; at most 120 characters."""
    text = _WORD.sub("…", _NUMBER.sub("#", _QUOTED.sub('"…"', description)))
    return text[:120]


def of_refusal(
    method: str, chat_id: str, answer: ApiAnswer, headers: Mapping[str, str]
) -> ConnectorError:
    """Return what a well-formed `ok: false` means."""
    code, words = answer.error_code, answer.description.lower()
    parameters = answer.parameters or Parameters()
    if code == 429:
        return _limited(method, chat_id, _wait(parameters, headers, words))
    if parameters.migrate_to_chat_id:
        return DestinationMoved(str(parameters.migrate_to_chat_id), "group was upgraded")
    if code == 401 or (code == 404 and words in {"not found", ""}):
        return AuthExpired("unauthorized", refreshable=False, status=code)
    if code == 409:
        return Temporary("conflict", retry_after_seconds=CONFLICT_SECONDS, status=409)
    if code >= 500:
        wait = _wait(parameters, headers, words, default=0) or None
        return Temporary(f"server error {code}", retry_after_seconds=wait, status=code)
    return _from_table(code, words, answer.description)


def _from_table(code: int, words: str, description: str) -> ConnectorError:
    for text, kind, reason in _TABLE:
        if text in words:
            return _make(kind, reason, text, code)
    if code == 413:
        return Rejected("request entity too large", reason=Reason.TOO_BIG, status=code)
    reason = Reason.NO_RIGHTS if code == 403 else Reason.BAD_REQUEST
    return Rejected(scrub(description), reason=reason, status=code)


def _make(kind: _Kind, reason: Reason, text: str, code: int) -> ConnectorError:
    match kind:
        case _Kind.UNREACHABLE:
            return RecipientUnreachable(text, reason=reason, status=code)
        case _Kind.ENTITIES:
            return BadEntities(text, reason=reason, status=code)
        case _Kind.PICTURE:
            return BadPicture(text, reason=reason, status=code)
        case _Kind.AUTH:
            return AuthExpired(text, refreshable=False, status=code)
        case _Kind.REJECTED:
            return Rejected(text, reason=reason, status=code)


def _wait(
    parameters: Parameters, headers: Mapping[str, str], words: str, *, default: float = 1
) -> float:
    if parameters.retry_after > 0:
        return parameters.retry_after
    header = headers.get("retry-after", "")
    if header.isascii() and header.isdigit():
        return float(header[:6])
    found = _AFTER.search(words)
    return float(found.group(1)) if found else default


def _limited(method: str, chat_id: str, seconds: float) -> RateLimited:
    """A group's 20 a minute is by far the commonest flood, and only that group must wait; else
    the bot does.
    """
    own = bool(chat_id) and is_group(chat_id) and creates(method)
    bucket = chat_bucket(chat_id) if own else ""
    return RateLimited("flood control", retry_after_seconds=seconds, bucket=bucket)


def of_foreign(
    method: str, chat_id: str, status: int, headers: Mapping[str, str]
) -> ConnectorError:
    """Return what an answer that is no Bot API JSON means (a gateway's page, a cut body)."""
    if status == 429:
        return _limited(method, chat_id, _wait(Parameters(), headers, ""))
    if status == 413:
        return Rejected("request entity too large", reason=Reason.TOO_BIG, status=status)
    # 2xx: it was read by somebody; 504: the gateway gave up waiting for a server that had the
    # request.
    if 200 <= status < 300 or status == 504:
        return no_answer(method, f"unreadable answer {status}")
    wait = _wait(Parameters(), headers, "", default=0) or None
    return Temporary(f"unreadable answer {status}", retry_after_seconds=wait, status=status)


def no_answer(method: str, detail: str) -> ConnectorError:
    """Return what silence means: unknown for a call that creates, a later repeat for the
    others.
    """
    if is_repeatable(method):
        return Temporary(detail, reason=Reason.TIMEOUT)
    return OutcomeUnknown(detail)
