"""What a view of the API takes and gives: pydantic models that check a request, write the answer
and draw the OpenAPI document, so that the three cannot differ.

    @require("self.write")
    @describe("Change your language or zone", body=MeChange, answer=Me)
    async def change(request): wanted = await body(request, MeChange) ...
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import orjson
from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json

from services.kit.errors import InvalidInput, NotFound
from webapp.auth.session import View

NUL = b"\\u0000"
"""How JSON may spell it."""
MARK = "_vishenka_described"
JSON = "application/json"
M = TypeVar("M", bound=BaseModel)


class Body(BaseModel):
    """A request's body: nothing unknown, no type guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Answer(BaseModel):
    """A response's body."""

    model_config = ConfigDict(frozen=True)


class Done(Answer):
    """It is done; there is nothing to say."""

    done: bool = True


@dataclass(frozen=True, slots=True)
class Described:
    """One operation for the document."""

    summary: str
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    status: int = 200


def describe(
    summary: str,
    *,
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    answer: type[BaseModel] | None = None,
    status: int = 200,
) -> Callable[[View], View]:
    """Say what an operation does, takes and gives."""
    found = Described(summary, query, body, answer, status)

    def mark(view: View) -> View:
        setattr(view, MARK, found)
        return view

    return mark


def described(view: object) -> Described | None:
    """Return what was said about a view."""
    found = getattr(view, MARK, None)
    return found if isinstance(found, Described) else None


async def body(request: web.Request, model: type[M]) -> M:
    """Return the typed body. Raises InvalidInput naming the field, HTTPUnsupportedMediaType for
    what is not JSON (a form of a foreign page cannot pose as a call).
    """
    if request.content_type != JSON:
        raise web.HTTPUnsupportedMediaType
    raw = await request.read()
    try:
        wanted = model.model_validate_json(raw)
    except ValidationError as error:
        raise invalid(error) from None
    if NUL in raw:
        check_text(from_json(raw))
    return wanted


def check_text(value: object, path: str = "") -> None:
    """Raise InvalidInput where a text holds a NUL: no table can keep it."""
    match value:
        case str() if "\x00" in value:
            raise InvalidInput("error.invalid_input", field=path.removeprefix("."))
        case dict():
            for name, one in value.items():
                check_text(name, path)
                check_text(one, f"{path}.{name}")
        case list():
            for number, one in enumerate(value):
                check_text(one, f"{path}.{number}")


def invalid(error: ValidationError) -> InvalidInput:
    """Return the first fault as an expected refusal: the field's path, never its value."""
    fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
    field = ".".join(str(part) for part in fault["loc"])
    return InvalidInput("error.invalid_input", field=field)


def path_id(request: web.Request, name: str = "id") -> UUID:
    """Return an id in the path. Raises NotFound for what is none: it names no row."""
    try:
        return UUID(request.match_info[name])
    except ValueError:
        raise NotFound("error.not_found") from None


def path_number(request: web.Request, name: str) -> int:
    """Return a small number in the path. Raises NotFound for what is none."""
    text = request.match_info[name]
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        raise NotFound("error.not_found")
    return int(text)


def rows(items: Sequence[Any], cursor: str) -> web.Response:
    """Return plain dataclasses as the envelope of a list: what hot lists use instead of models."""
    body = orjson.dumps({"items": items, "next_cursor": cursor or None}, default=str)
    return web.Response(body=body, content_type=JSON)


def answer(value: BaseModel, status: int = 200, **more: Any) -> web.Response:
    """Return a model as JSON."""
    text = value.model_dump_json()
    return web.Response(status=status, text=text, content_type=JSON, **more)
