"""What a bot can carry and how fast it may speak, as data.

Source: Bot API 10.3, "Sending files" and the bots FAQ on limits. Exact limits are unpublished; the
figures below are the FAQ's: about 30 messages a second, 1 a second to a person (short bursts
pass), 20 a minute to a group.
"""

from __future__ import annotations

from services.connectors.base import Capabilities, Cost, Rate
from services.connectors.messages import MediaKind

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_ALBUM = 10
MAX_PHOTO = 10 * 1024 * 1024
MAX_UPLOAD = 50 * 1024 * 1024
MAX_DOWNLOAD = 20 * 1024 * 1024
MAX_TOPIC_NAME = 128

UPLOADS = {
    MediaKind.IMAGE: MAX_PHOTO,
    MediaKind.VOICE: MAX_UPLOAD,
    MediaKind.VIDEO: MAX_UPLOAD,
    MediaKind.AUDIO: MAX_UPLOAD,
    MediaKind.ANIMATION: MAX_UPLOAD,
    MediaKind.FILE: MAX_UPLOAD,
    MediaKind.STICKER: 512 * 1024,
}

CAPABILITIES = Capabilities(
    initiate=True,
    max_text=MAX_TEXT,
    max_caption=MAX_CAPTION,
    media=frozenset({*UPLOADS, MediaKind.LOCATION}),
    max_upload=UPLOADS,
    max_album=MAX_ALBUM,
    formatting=True,
    buttons=True,
    reply_to=True,
    edit=True,
    delete_within_seconds=48 * 3600,
    receipts=frozenset(),
    topics=True,
    reactions=True,
    mark_read=False,
    block=False,
    typing=True,
    honours_idempotency_key=False,
    own_messages_echoed=False,
    hooks=True,
    hook_has_secret=True,
    hook_is_proof=True,
    bot=True,
)

_CHANNEL = Rate(30, 1.0, reserve=1)
_PERSON = Rate(3, 3.0)
_GROUP = Rate(20, 60.0)


def chat_bucket(chat_id: str) -> str:
    """Return the name of a chat's own bucket; RateLimited names it too."""
    return f"chat:{chat_id}"


def is_group(chat_id: str) -> bool:
    """Say whether the id is a group's or a channel's: theirs are negative, `@name` is a public
    one.
    """
    return chat_id.startswith(("-", "@"))


def _scaled(rate: Rate, scale: float) -> Rate:
    return Rate(max(1, round(rate.count * scale)), rate.seconds, rate.reserve)


class Prices:
    """The costs of calls under one LIMITS_SCALE."""

    def __init__(self, scale: float) -> None:
        self._channel = Cost("", _scaled(_CHANNEL, scale))
        self._person = _scaled(_PERSON, scale)
        self._group = _scaled(_GROUP, scale)

    def of(self, chat_id: str, *, messages: int) -> tuple[Cost, ...]:
        """Return the channel's cost, then the chat's for each message or topic it makes."""
        if not chat_id:
            return (self._channel,)
        rate = self._group if is_group(chat_id) else self._person
        return (self._channel, *(Cost(chat_bucket(chat_id), rate) for _ in range(messages)))
