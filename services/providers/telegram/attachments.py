"""Attachments: which method carries a kind, how one is named in a call, what may travel together.

`Media.ref` of a file that lies at Telegram is `tg:<bot id>:<file id>` (a file id belongs to one
bot). With this bot's id, or without any (`tg:<file id>`), it is sent by id; everything else is
uploaded from the MediaSource. Albums: 2–10 items; pictures and videos mix, audio and files do not;
so a mix with files goes as files.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.connectors.errors import Reason, Rejected, Unsupported
from services.connectors.messages import Media, MediaKind
from services.providers.telegram.capabilities import MAX_ALBUM, MAX_UPLOAD, UPLOADS

SCHEME = "tg:"

_FIELDS = {
    MediaKind.IMAGE: ("sendPhoto", "photo"),
    MediaKind.VOICE: ("sendVoice", "voice"),
    MediaKind.VIDEO: ("sendVideo", "video"),
    MediaKind.AUDIO: ("sendAudio", "audio"),
    MediaKind.ANIMATION: ("sendAnimation", "animation"),
    MediaKind.FILE: ("sendDocument", "document"),
    MediaKind.STICKER: ("sendSticker", "sticker"),
}
_GROUPED = {
    MediaKind.IMAGE: "photo",
    MediaKind.VIDEO: "video",
    MediaKind.AUDIO: "audio",
    MediaKind.FILE: "document",
}
_NAMES = {
    MediaKind.IMAGE: "photo.jpg",
    MediaKind.VOICE: "voice.ogg",
    MediaKind.VIDEO: "video.mp4",
    MediaKind.AUDIO: "audio.mp3",
    MediaKind.ANIMATION: "animation.mp4",
    MediaKind.STICKER: "sticker.webp",
}
CAPTIONED = frozenset(_FIELDS) - {MediaKind.STICKER}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to upload under a form field."""

    field: str
    media: Media
    max_bytes: int

    @property
    def name(self) -> str:
        """Return the name a person will see."""
        return self.media.name or _NAMES.get(self.media.kind, "file")


def make_ref(bot_id: str, file_id: str) -> str:
    """Return how a file of this bot is named in our messages."""
    return f"{SCHEME}{bot_id}:{file_id}"


def own_file_id(ref: str, bot_id: str) -> str:
    """Return the file id when the file is this bot's, else ""."""
    if not ref.startswith(SCHEME):
        return ""
    owner, colon, file_id = ref[len(SCHEME) :].rpartition(":")
    return file_id if not colon or owner == bot_id else ""


def method_and_field(kind: MediaKind) -> tuple[str, str]:
    """Return the send method and its file field. Raises Unsupported."""
    try:
        return _FIELDS[kind]
    except KeyError:
        raise Unsupported(f"no {kind}") from None


def check(media: Media) -> None:
    """Refuse what cannot leave: a placeholder, a size known to be over the limit. Raises
    Rejected.
    """
    if media.unavailable == "too_big" or media.size > limit_of(media.kind):
        raise Rejected("file is too big", reason=Reason.TOO_BIG)
    if media.unavailable:
        raise Rejected("file was never there", reason=Reason.MEDIA_GONE)


def limit_of(kind: MediaKind) -> int:
    """Return the most bytes of one upload."""
    return UPLOADS.get(kind, MAX_UPLOAD)


def group_types(media: tuple[Media, ...]) -> tuple[str, ...]:
    """Return each item's type in an album. Raises Unsupported for what no album can hold."""
    if len(media) > MAX_ALBUM:
        raise Unsupported("album over 10")
    kinds = {item.kind for item in media}
    if not kinds <= set(_GROUPED):
        raise Unsupported("kind not in albums")
    if kinds <= {MediaKind.IMAGE, MediaKind.VIDEO} or kinds == {MediaKind.AUDIO}:
        return tuple(_GROUPED[item.kind] for item in media)
    return tuple("document" for _ in media)
