"""The OpenAPI document, read off the routes: each view's description, models and permission."""

from __future__ import annotations

import re
from typing import Any

import orjson
from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from services.tenants.rights import rights
from webapp.api.schema import Described, described
from webapp.auth.gate import routes
from webapp.auth.session import rule_of

PREFIX = "/api/v1/"
REF = "#/components/schemas/{model}"
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
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
    "401": "Not signed in, or no longer",
    "403": "Signed in, but not allowed",
    "404": "No such row here",
    "409": "Its state forbids it",
    "413": "Too much",
    "415": "Not JSON",
    "422": "Something is not as it must be: `field` names it",
    "429": "Too often",
    "503": "Away for a moment",
}


async def openapi(request: web.Request) -> web.Response:
    """Answer GET /api/v1/openapi.json."""
    return web.Response(body=orjson.dumps(document(request.app)), content_type="application/json")


def document(app: web.Application) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of an application."""
    operations = [
        (method, path, view, found)
        for method, path, view in routes(app)
        if method in VERBS and path.startswith(PREFIX) and (found := described(view)) is not None
    ]
    paths: dict[str, Any] = {}
    for method, path, view, found in operations:
        operation = _operation(path, view, found)
        paths.setdefault(path, {})[method.lower()] = operation
    schemas = _schemas([found for *_, found in operations])
    return {
        "openapi": "3.1.0",
        "info": {"title": "Vishenka", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": {**schemas, "Error": ERROR_SCHEMA},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"bearer": []}],
    }


def _schemas(found: list[Described]) -> dict[str, Any]:
    models = {one for row in found for one in (row.body, row.answer) if one is not None}
    inputs = {row.body for row in found}
    wanted = [
        (model, "validation" if model in inputs else "serialization")
        for model in sorted(models, key=lambda one: one.__name__)
    ]
    _, schema = models_json_schema(wanted, ref_template=REF)  # type: ignore[arg-type]
    found_schemas: dict[str, Any] = schema.get("$defs", {})
    return found_schemas


def _operation(path: str, view: object, found: Described) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": found.summary,
        "parameters": [*_in_path(path), *_in_query(found.query)],
        "responses": {str(found.status): _content("Done", found.answer), **_refusals()},
    }
    if found.body is not None:
        operation["requestBody"] = {"required": True, **_content("", found.body)}
        operation["requestBody"].pop("description")
    rule = rule_of(view)
    if rule is None:
        return {**operation, "security": []}
    key = rights()[rule.permission].key
    scope = f" A machine's key needs the scope `{key}`." if key else " People only."
    return {**operation, "description": f"Permission `{rule.permission}`.{scope}"}


def _in_path(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", path)
    ]


def _in_query(model: type[BaseModel] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    properties = model.model_json_schema()["properties"]
    return [
        {"name": name, "in": "query", "required": False, "schema": schema}
        for name, schema in properties.items()
    ]


def _content(words: str, model: type[BaseModel] | None) -> dict[str, Any]:
    name = model.__name__ if model is not None else "Error"
    return {"description": words, "content": _json(name)}


def _refusals() -> dict[str, Any]:
    return {
        status: {"description": words, "content": _json("Error")}
        for status, words in ERRORS.items()
    }


def _json(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": REF.format(model=schema)}}}
