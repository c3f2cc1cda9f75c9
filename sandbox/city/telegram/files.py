"""Files of the fake Telegram: uploads, per-bot file ids, shapes of media objects, downloads."""

from __future__ import annotations

import hashlib
import struct
from typing import Any

from sandbox.city.core import Json
from sandbox.city.telegram.errors import bad
from sandbox.city.telegram.model import File
from sandbox.city.telegram.params import MAX_PHOTO, Params, Upload

MAX_DOWNLOAD = 20 * 1024 * 1024
_SUFFIX = {
    "photo": "jpg",
    "voice": "oga",
    "audio": "mp3",
    "video": "mp4",
    "animation": "mp4",
    "sticker": "webp",
    "document": "bin",
}
_FOLDER = {
    "photo": "photos",
    "voice": "voice",
    "audio": "music",
    "video": "videos",
    "animation": "animations",
    "sticker": "stickers",
    "document": "documents",
}


class Files:
    """Every file ever uploaded. An id belongs to one bot, as in real life."""

    def __init__(self) -> None:
        """Empty."""
        self._last = 0
        self._by_number: dict[int, File] = {}

    def add(self, kind: str, data: bytes, name: str = "", mime: str = "", **meta: Any) -> File:
        """Keep bytes."""
        self._last += 1
        number = self._last
        name = name or f"file_{number}.{_SUFFIX.get(kind, 'bin')}"
        digest = hashlib.sha256(data).hexdigest()
        file = File(number, kind, data, name, mime or "application/octet-stream", digest, meta)
        self._by_number[number] = file
        return file

    def by_id(self, file_id: str, bot_id: int) -> File:
        """The file of an id given out to this very bot."""
        parts = file_id.split("-")
        if len(parts) == 3 and parts[1] == str(bot_id) and parts[2].isdigit():
            file = self._by_number.get(int(parts[2]))
            if file is not None:
                return file
        raise bad("wrong file identifier/HTTP URL specified")

    def by_path(self, path: str) -> File | None:
        """The file behind `file/bot<token>/<path>`."""
        stem = path.rsplit("/", 1)[-1].split(".", maxsplit=1)[0].removeprefix("file_")
        return self._by_number.get(int(stem)) if stem.isdigit() else None

    def take(self, params: Params, field: str, bot_id: int, *, value: str = "") -> File:
        """The file a call speaks of: an upload, `attach://`, an id or a URL."""
        upload = params.files.get(field)
        value = value or params.text(field)
        if value.startswith("attach://"):
            upload = params.files.get(value.removeprefix("attach://"))
        if upload is not None:
            return self._upload(field, upload)
        if not value:
            raise bad(f"there is no {field} in the request")
        if value.startswith(("http://", "https://")):
            # The real server downloads it; nothing of the city leaves the machine.
            return self.add(field, b"", value.rsplit("/", 1)[-1], url=value)
        return self.by_id(value, bot_id)

    def _upload(self, field: str, upload: Upload) -> File:
        if not upload.data:
            raise bad("file must be non-empty")
        if field == "photo":
            if len(upload.data) > MAX_PHOTO:
                raise bad("file is too big")
            if not _is_image(upload.data):
                raise bad("IMAGE_PROCESS_FAILED")
        return self.add(field, upload.data, upload.name, upload.mime)


def file_id(file: File, bot_id: int) -> str:
    """The id this bot knows the file by."""
    return f"{file.kind[:3].upper()}-{bot_id}-{file.number}"


def path_of(file: File) -> str:
    """Path for a download."""
    suffix = file.name.rsplit(".", 1)[-1] if "." in file.name else _SUFFIX.get(file.kind, "bin")
    return f"{_FOLDER.get(file.kind, 'documents')}/file_{file.number}.{suffix}"


def shape(file: File, bot_id: int) -> Json | list[Json]:
    """The media object inside a message."""
    base: Json = {
        "file_id": file_id(file, bot_id),
        "file_unique_id": file.unique_id(),
        "file_size": len(file.data),
    }
    match file.kind:
        case "photo":
            width, height = dimensions(file.data)
            return [{**base, "width": width, "height": height}]
        case "voice":
            return {**base, "duration": file.meta.get("duration", 3), "mime_type": "audio/ogg"}
        case "audio":
            return {**base, "duration": 3, "mime_type": "audio/mpeg", "file_name": file.name}
        case "video" | "animation":
            return {
                **base,
                "width": 320,
                "height": 240,
                "duration": 3,
                "mime_type": "video/mp4",
                "file_name": file.name,
            }
        case "sticker":
            return {
                **base,
                "type": "regular",
                "width": 512,
                "height": 512,
                "emoji": "👍",
                "is_animated": False,
                "is_video": False,
            }
        case _:
            return {**base, "file_name": file.name, "mime_type": file.mime}


def dimensions(data: bytes) -> tuple[int, int]:
    """Width and height of a PNG; a guess for the rest."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return int(width), int(height)
    return 640, 480


def _is_image(data: bytes) -> bool:
    return data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM")) or data[8:12] == b"WEBP"
