"""The OpenAPI document, made from the same models that check the queries."""

from __future__ import annotations

from typing import Any

import orjson
from aiohttp import web
from pydantic import BaseModel

from webapp.api.deliveries import Journal, ParkedEvents
from webapp.api.envelope import Paging

OPERATIONS: dict[str, tuple[str, str, type[BaseModel]]] = {
    "/api/v1/deliveries": ("The journal of deliveries, newest first", "deliveries:read", Journal),
    "/api/v1/inbox": ("Parked inbound events, newest first", "inbox:read", ParkedEvents),
    "/api/v1/audit": ("What people did, newest first", "audit:read", Paging),
}
MOVES: dict[str, tuple[str, str]] = {
    "/api/v1/deliveries/{id}/retry": (
        "Send a parked or unknown delivery again",
        "deliveries:write",
    ),
    "/api/v1/deliveries/{id}/drop": ("Give a delivery up for good", "deliveries:write"),
    "/api/v1/inbox/{id}/replay": ("Take a parked event up again", "inbox:write"),
}
MOVED_SCHEMA = {
    "type": "object",
    "required": ["moved"],
    "properties": {"moved": {"type": "integer", "minimum": 0, "maximum": 1}},
}
PAGE_SCHEMA = {
    "type": "object",
    "required": ["items", "next_cursor"],
    "properties": {
        "items": {"type": "array", "items": {"type": "object"}},
        "next_cursor": {"type": ["string", "null"]},
    },
}
ERROR_SCHEMA = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "retryable", "field", "trace"],
            "properties": {
                "code": {"type": "string"},
                "retryable": {"type": "boolean"},
                "field": {"type": "string"},
                "trace": {"type": "string"},
            },
        }
    },
}
ERRORS = {
    "401": "No key, or a key that does not live",
    "403": "The key lacks the scope",
    "422": "Bad query",
}


async def openapi(_request: web.Request) -> web.Response:
    """Answer GET /api/v1/openapi.json."""
    return web.Response(body=orjson.dumps(document()), content_type="application/json")


def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    paths: dict[str, Any] = {
        path: {"get": _operation(*operation)} for path, operation in OPERATIONS.items()
    }
    paths |= {path: {"post": _move(*move)} for path, move in MOVES.items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Vishenka", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": {"Page": PAGE_SCHEMA, "Moved": MOVED_SCHEMA, "Error": ERROR_SCHEMA},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"key": []}],
    }


def _operation(summary: str, scope: str, model: type[BaseModel]) -> dict[str, Any]:
    properties = model.model_json_schema()["properties"]
    return {
        "summary": summary,
        "description": f"Scope `{scope}`.",
        "parameters": [
            {"name": name, "in": "query", "required": False, "schema": schema}
            for name, schema in properties.items()
        ],
        "responses": {
            "200": {"description": "A page", "content": _json("Page")},
            **{
                status: {"description": words, "content": _json("Error")}
                for status, words in ERRORS.items()
            },
        },
    }


def _move(summary: str, scope: str) -> dict[str, Any]:
    answers = {**ERRORS, "404": "No such row"}
    del answers["422"]
    return {
        "summary": summary,
        "description": f"Scope `{scope}`. A second call moves nothing.",
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
        ],
        "responses": {
            "200": {"description": "How many rows moved", "content": _json("Moved")},
            **_refusals(answers),
        },
    }


def _refusals(words: dict[str, str]) -> dict[str, Any]:
    return {
        status: {"description": text, "content": _json("Error")} for status, text in words.items()
    }


def _json(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
