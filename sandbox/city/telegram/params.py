"""Reads a call's parameters whichever way they came: query, JSON, form or multipart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import BodyPartReader, web

from sandbox.city.core import Json
from sandbox.city.telegram.errors import ApiError, bad

MAX_UPLOAD = 50 * 1024 * 1024
MAX_PHOTO = 10 * 1024 * 1024


@dataclass(slots=True)
class Upload:
    """One file part of a multipart call."""

    name: str
    mime: str
    data: bytes


@dataclass(slots=True)
class Params:
    """Parameters by name. Form values are strings, JSON ones have their own types."""

    values: Json = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """A string, empty when absent."""
        value = self.values.get(name)
        return default if value is None else str(value)

    def number(self, name: str) -> int | None:
        """An integer, None when absent."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        try:
            return int(value)
        except (TypeError, ValueError) as error:
            raise bad(f"invalid {name} specified") from error

    def flag(self, name: str) -> bool:
        """A boolean in any of the spellings of a form."""
        return self.values.get(name) in {True, "true", "True", "1"}

    def data(self, name: str) -> Any:
        """A structure: native in a JSON body, a JSON string in a form."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise bad(f"can't parse {name} JSON object") from error

    def journal(self) -> Json:
        """What the journal keeps: values and the sizes of files."""
        if not self.files:
            return self.values
        sizes = {name: {"name": f.name, "size": len(f.data)} for name, f in self.files.items()}
        return {**self.values, "files": sizes}


async def read(request: web.BaseRequest) -> Params:
    """All parameters of a call."""
    values: Json = dict(request.query) if request.query_string else {}
    if request.method != "POST":
        return Params(values)
    kind = request.content_type
    if kind == "multipart/form-data":
        return await _multipart(request, values)
    body = await request.read()
    if not body:
        return Params(values)
    if kind == "application/json":
        values.update(_json(body))
    else:
        values.update({name: str(value) for name, value in (await request.post()).items()})
    return Params(values)


def _json(body: bytes) -> Json:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise bad("can't parse JSON object") from error
    if not isinstance(parsed, dict):
        raise bad("object expected as root")
    return parsed


async def _multipart(request: web.BaseRequest, values: Json) -> Params:
    params = Params(values)
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        if part.filename is None:
            params.values[part.name] = await part.text()
            continue
        params.files[part.name] = Upload(
            part.filename,
            part.headers.get("Content-Type", "application/octet-stream"),
            await _capped(part),
        )
    return params


async def _capped(part: BodyPartReader) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(65_536):
        data += chunk
        if len(data) > MAX_UPLOAD:
            raise ApiError(413, "Request Entity Too Large")
    return bytes(data)
