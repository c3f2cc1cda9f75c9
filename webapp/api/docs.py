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
    paths = {path: {"get": _operation(*operation)} for path, operation in OPERATIONS.items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Vishenka", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": {"Page": PAGE_SCHEMA, "Error": ERROR_SCHEMA},
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


def _json(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
