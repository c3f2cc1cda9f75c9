"""Forms as they stand in pages: found by walking the pages, read from their HTML."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

from tests.webapp.pages import look
from tests.webapp.people import Person

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<=/join/)[\w-]+")
TYPED = {"text", "search", "time", "textarea", "password"}
LINKS = ("href", "hx-get")
ALIKE = 2
NO_PAGES = ("/app/files/", "/app/login")
SHOWS = {200, 204}


@dataclass
class Field:
    """A field: how it is typed (`text`, `select`, `checkbox`, …), what stands in it, its fault."""

    name: str
    kind: str
    value: str = ""
    fault: str = ""
    is_wrong: bool = False

    @property
    def is_typed(self) -> bool:
        return self.kind in TYPED


@dataclass
class Form:
    """A form of the page it was found on."""

    page: str
    action: str
    method: str = "post"
    fields: dict[str, Field] = field(default_factory=dict)

    @property
    def route(self) -> str:
        return canonical(self.action)

    def filled(self, changes: Mapping[str, str]) -> dict[str, str]:
        """Return what a browser sends when these fields were typed anew."""
        kept = {
            f.name: f.value for f in self.fields.values() if f.kind not in {"checkbox", "file"}
        }
        return {**kept, **changes}


@dataclass
class Page:
    """What stands on a page: forms, links, and words that say what is wrong."""

    path: str
    forms: list[Form] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    alerts: int = 0
    is_sheet: bool = True

    @property
    def like(self) -> str:
        return likeness(self.path)

    def form(self, action: str) -> Form | None:
        return next((form for form in self.forms if form.action == action), None)


def canonical(path: str) -> str:
    """Return a path as its route is written."""
    return ID.sub("{}", urlsplit(path).path)


def likeness(path: str) -> str:
    """Return a path's route and the names of its parameters."""
    names = sorted(name for name, _ in parse_qsl(urlsplit(path).query))
    return f"{canonical(path)}?{','.join(names)}"


def read(path: str, text: str) -> Page:
    """Return what stands on a page."""
    reader = _Reader(path)
    reader.feed(text)
    return reader.page


async def walk(person: Person, *starts: str) -> list[Page]:
    """Follow every link within the cabinet; a few pages for each route and set of parameters."""
    found: dict[str, Page] = {}
    seen: Counter[str] = Counter()
    todo = list(starts)
    while todo:
        path = todo.pop(0)
        like = likeness(path)
        is_page = path.startswith("/app") and not path.startswith(NO_PAGES)
        if not is_page or path in found or seen[like] >= ALIKE:
            continue
        status, text = await look(person, path)
        if status not in SHOWS:
            raise AssertionError(f"{path}: {status}")
        page = found[path] = read(path, text)
        seen[like] += 1
        todo += page.links
    return list(found.values())


class _Reader(HTMLParser):
    """Keeps the form it is in, the field whose words it reads."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.page = Page(path)
        self._form: Form | None = None
        self._area: Field | None = None
        self._choice: Field | None = None
        self._fault: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        self.page.links += [has[name] for name in LINKS if has.get(name)]
        self.page.alerts += has.get("role") == "alert"
        self.page.is_sheet &= tag != "main"
        if has.get("hx-post"):
            self.page.forms.append(Form(self.page.path, has["hx-post"]))
        if tag == "form":
            action = has.get("action", self.page.path)
            self._form = Form(self.page.path, action, has.get("method", "get"))
            self.page.forms.append(self._form)
            self._notes(has)
        elif tag == "p" and has.get("class") == "er":
            self._fault = []
        elif self._form is not None:
            self._field(tag, has)

    def _notes(self, has: Mapping[str, str]) -> None:
        """The reply box turns into a note without another form."""
        if has.get("data-note") and self._form is not None:
            self.page.forms.append(replace(self._form, action=has["data-note"]))

    def _field(self, tag: str, has: Mapping[str, str]) -> None:
        assert self._form is not None
        if tag == "option" and self._choice is not None:
            if "selected" in has or not self._choice.value:
                self._choice.value = has.get("value", "")
            return
        if tag == "button" and has.get("formaction"):
            self.page.forms.append(replace(self._form, action=has["formaction"]))
        if not has.get("name"):
            return
        kind = has.get("type", "text") if tag == "input" else tag
        made = Field(has["name"], kind, has.get("value", ""), is_wrong="aria-invalid" in has)
        self._form.fields[made.name] = made
        self._area = made if tag == "textarea" else None
        self._choice = made if tag == "select" else None

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag in {"textarea", "select"}:
            self._area = self._choice = None
        elif tag == "p" and self._fault is not None:
            self.page.faults.append("".join(self._fault).strip())
            self._fault = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value += data
        elif self._fault is not None:
            self._fault.append(data)
