"""The one envelope of lists, and the query parameters every list takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import orjson
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.kit.errors import InvalidInput

MAX_PAGE = 100
M = TypeVar("M", bound=BaseModel)


class Paging(BaseModel):
    """`limit` rows (1–100) after `cursor`, the `next_cursor` of the page before."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(default=50, ge=1, le=MAX_PAGE)
    cursor: UUID | None = None


class Page(BaseModel):
    """A page of a list; `next_cursor` is None on the last one."""

    items: list[dict[str, Any]]
    next_cursor: str | None


def parse(model: type[M], values: Mapping[str, str]) -> M:
    """Return the typed query. Raises InvalidInput naming the field."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in fault["loc"])
        raise InvalidInput("error.invalid_input", field=field) from error


def page(rows: Sequence[Mapping[str, Any]], limit: int) -> web.Response:
    """Return rows as `{"items": […], "next_cursor": id or null}`."""
    items = [{name: _plain(value) for name, value in row.items()} for row in rows]
    cursor = items[-1]["id"] if len(items) == limit and items else None
    body = orjson.dumps({"items": items, "next_cursor": cursor})
    return web.Response(body=body, content_type="application/json")


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value
