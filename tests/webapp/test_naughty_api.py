"""Every text of the API's document, in bodies, queries and paths, fed with naughty strings: kept
as it is or refused by the name of its field; never a fault of ours.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from services.kit.ids import new_id
from services.tenants import rules
from tests.naughty import SHARP, STRINGS, joined, sendable
from tests.services.desk.shops import Shop
from tests.webapp.people import Town

ENDS = ("/auth/", "/me/leave", "/me/tenant", "/second-factor")
"""Sign-in has its own mutations; what ends a seat has no text."""
EXAMPLES = {"zone": "Europe/Moscow", "locale": "ru", "length": "1h", "reason": "timeout"}
ROOM = 4_000
FEW = 900
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A text of the document: its operation, a body that is right but for it, where it stands."""

    method: str
    path: str
    body: Any
    at: Path
    most: int

    def holding(self, text: str) -> Any:
        """Return the body with a text in its place."""
        body = copy.deepcopy(self.body)
        inner = body
        for step in self.at[:-1]:
            inner = inner[step]
        inner[self.at[-1]] = text
        return body


class Document:
    """The OpenAPI document, its references followed."""

    def __init__(self, found: dict[str, Any]) -> None:
        self.paths: dict[str, dict[str, Any]] = found["paths"]
        self._schemas = found["components"]["schemas"]

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for path, methods in self.paths.items():
            for method, operation in methods.items():
                if not any(end in path for end in ENDS):
                    yield method.upper(), path, operation

    def body(self, operation: dict[str, Any]) -> dict[str, Any] | None:
        content = operation.get("requestBody", {}).get("content", {})
        found: dict[str, Any] | None = content.get("application/json", {}).get("schema")
        return found

    def plain(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the schema itself, without the null it may be instead."""
        while "$ref" in schema:
            schema = self._schemas[schema["$ref"].rsplit("/", 1)[-1]]
        for option in schema.get("anyOf", ()):
            if option.get("type") != "null":
                return self.plain(option)
        return schema

    def example(self, schema: dict[str, Any], name: str = "") -> Any:
        """Return a value the document allows."""
        schema = self.plain(schema)
        if "enum" in schema or "const" in schema:
            return schema.get("enum", [schema.get("const")])[0]
        match schema.get("type"):
            case "object":
                named = schema.get("properties", {})
                return {key: self.example(one, key) for key, one in named.items()}
            case "array":
                return [self.example(schema["items"], name)] * schema.get("minItems", 1)
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return False
            case _:
                return self._word(schema, name)

    def _word(self, schema: dict[str, Any], name: str) -> str:
        made = {"uuid": str(new_id()), "date": "2027-01-01", "time": "09:00:00"}
        usual = made.get(schema.get("format", ""), EXAMPLES.get(name, "a"))
        return usual * max(1, schema.get("minLength", 1) if usual == "a" else 1)

    def texts(self, schema: dict[str, Any], at: Path = ()) -> Iterator[tuple[Path, int]]:
        """Yield where free texts stand, with their most characters."""
        schema = self.plain(schema)
        match schema.get("type"):
            case "object":
                for key, one in schema.get("properties", {}).items():
                    yield from self.texts(one, (*at, key))
            case "array":
                yield from self.texts(schema["items"], (*at, 0))
            case "string" if "enum" not in schema:
                yield at, schema.get("maxLength", ROOM)


@pytest.fixture
async def document(town: Town, shop: Shop) -> Document:
    _, found = await town.anna.call("GET", "/api/v1/openapi.json")
    return Document(found)


def spots(document: Document) -> list[Spot]:
    """Every text in every body."""
    found = []
    for method, path, operation in document.operations():
        schema = document.body(operation)
        if schema is not None:
            body = document.example(schema)
            texts = document.texts(schema)
            found += [Spot(method, path, body, at, most) for at, most in texts]
    return found


def filled(path: str, dialog: object) -> str:
    """Return the path of a dialog that is there, of other things that are not."""
    path = path.replace("/dialogs/{id}", f"/dialogs/{dialog}").replace("{name}", "a")
    return path.replace("{id}", str(new_id())).replace("{token}", "x")


def what_is_wrong(spot: Spot, text: str, status: int, answer: Any) -> str:
    """Return what an answer to a text lacks, "" for a good one."""
    where = f"{spot.method} {spot.path} {spot.at}: {text!r}: {status}"
    if status in {404, 409, 429}:
        return ""
    if status == 422:
        return "" if answer["error"]["field"] else f"{where} names no field"
    if status not in {200, 201}:
        return where
    now = answer.get(str(spot.at[-1]))
    is_same = now in {text, text.strip(), rules.clean_name(text), None}
    return "" if is_same else f"{where} became {now!r}"


def tried(most: int) -> Sequence[str]:
    """All strings in as few texts as fit, and a few of each kind alone."""
    return [*joined(STRINGS, most, between=" "), *SHARP[::2]] if most > FEW else SHARP


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_every_text_of_every_body_is_kept_or_refused_by_name(
    town: Town, shop: Shop, document: Document
) -> None:
    dialog = await shop.talk("Иван", "?")
    found = spots(document)
    wrong = []
    for spot in found:
        path = filled(spot.path, dialog)
        for text in map(sendable, tried(spot.most)):
            status, answer = await town.anna.call(spot.method, path, spot.holding(text))
            wrong.append(what_is_wrong(spot, text, status, answer))
    assert [one for one in wrong if one] == []
    assert len(found) > 15


async def test_half_a_character_in_a_body_is_refused(town: Town, document: Document) -> None:
    headers = {"Authorization": f"Bearer {town.anna.access}", "Content-Type": "application/json"}
    for escaped in (b'"\\ud83d"', b'"a\\ude00b"', b'"\xed\xa0\xbd"', b'"\xff"', b'"\\u0000"'):
        body = b'{"name": ' + escaped + b"}"
        url = town.door.url("/api/v1/settings")
        async with town.door.http.patch(url, data=body, headers=headers) as answer:
            assert answer.status == 422, escaped


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_every_text_of_every_query_and_path_is_answered(
    town: Town, shop: Shop, document: Document
) -> None:
    dialog = await shop.talk("Иван", "?")
    wrong = []
    for method, path, operation in document.operations():
        named = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
        for n, text in enumerate(map(sendable, SHARP)):
            query = {name: text if k == n % len(named) else "" for k, name in enumerate(named)}
            odd = {k: v for k, v in query.items() if v}
            paths = [f"{filled(path, dialog)}?{urlencode(odd)}"] if odd and method == "GET" else []
            if "{" in path and n % 4 == 0:
                part = quote(text, safe="") or "%20"
                paths.append(path.replace("{name}", part).replace("{id}", part, 1))
            for asked in paths:
                status, _ = await town.anna.call(method, filled(asked, dialog))
                wrong += [f"{method} {asked}: {status}"] if status >= 500 else []
    assert wrong == []
