"""The documents tell the truth: links, commands, settings, places in code, capabilities."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services.connectors.base import Capabilities
from services.connectors.registry import factories
from services.kit.settings import NAMES, PREFIX, Settings
from tests.house import ROOT

DOCUMENTS = tuple(
    path
    for folder, pattern in ((ROOT, "*.md"), (ROOT / "docs", "**/*.md"))
    for path in sorted(folder.glob(pattern))
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
TICKED = re.compile(r"`([^`\n]+)`")
PLACE = re.compile(r"^[\w./-]+\.\w+(::[\w.]+)?$|^[\w./-]+/$")
SUFFIXES = {".py", ".md", ".yml", ".yaml", ".po", ".toml", ".sh", ".json", ".js"}
RUN = re.compile(r"\./run ([a-z]+)")
# commands of main.py that are words of their own in the documents
MAIN = re.compile(r"main\.py ([a-z]+)")
WITH_PLACES = ("ARCHITECTURE.md", "GLOSSARY.md", "docs/adding-a-provider.md")
MINUTES_OF_READING = {"ARCHITECTURE.md": 130, "docs/threat-model.md": 90}

TABLE = re.compile(r"<!-- capabilities -->\n(.*)<!-- /capabilities -->", re.DOTALL)
MIB = 1024 * 1024


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# ---- links and places ------------------------------------------------------------------------


def test_every_promised_document_is_there() -> None:
    promised = (
        "README.md ARCHITECTURE.md GLOSSARY.md CHANGELOG.md docs/adding-a-provider.md "
        "docs/operations.md docs/runbook.md docs/review-checklist.md docs/threat-model.md "
        "docs/user-guide.ru.md docs/user-guide.en.md docs/screens/city.png docs/data-model.md"
    )
    assert [name for name in promised.split() if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=short)
def test_every_link_leads_somewhere(document: Path) -> None:
    broken = []
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        name, _, anchor = target.partition("#")
        if "://" in name:
            continue
        path = (document.parent / name) if name else document
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(target)
    assert broken == []


def anchors(path: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def places(document: str) -> Iterator[str]:
    """What a document names as a place: `path`, `path::name`, `folder/`."""
    for found in TICKED.findall(text(document)):
        head = found.partition("::")[0]
        is_file = Path(head).suffix in SUFFIXES and "/" in head
        if PLACE.match(found) and ("::" in found or is_file or found.endswith("/")):
            yield found


@cache
def names_in(path: Path) -> frozenset[str]:
    """Classes, functions, methods and assigned names of a module."""
    found: set[str] = set()
    _collect(ast.parse(path.read_text(encoding="utf-8")).body, "", found)
    return frozenset(found)


def _collect(body: list[ast.stmt], prefix: str, found: set[str]) -> None:
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(prefix + node.name)
        if isinstance(node, ast.ClassDef):
            _collect(node.body, f"{prefix}{node.name}.", found)
        targets = node.targets if isinstance(node, ast.Assign) else []
        single = [node.target] if isinstance(node, ast.AnnAssign) else []
        found.update(prefix + one.id for one in (*targets, *single) if isinstance(one, ast.Name))


def exists(place: str) -> bool:
    head, _, name = place.partition("::")
    homes = [ROOT / head, ROOT / "services" / head]
    path = next((one for one in homes if one.exists()), None)
    return path is not None and (not name or name in names_in(path))


@pytest.mark.parametrize("document", WITH_PLACES)
def test_every_place_in_code_exists(document: str) -> None:
    assert [place for place in places(document) if not exists(place)] == []


def test_the_trace_names_real_functions() -> None:
    trace = text("ARCHITECTURE.md").split("## What happens when", 1)[1].split("\n## ", 1)[0]
    named = [one for one in TICKED.findall(trace) if "::" in one]

    assert len(named) >= 15
    assert all(exists(one) for one in named)


@pytest.mark.parametrize("document", MINUTES_OF_READING)
def test_short_documents_stay_short(document: str) -> None:
    assert len(text(document).splitlines()) <= MINUTES_OF_READING[document]


# ---- words ------------------------------------------------------------------------------------

TERMS = """
tenant member manager actor contact identity consent provider connector channel conversation
message delivery attempt inbox outbox receipt parked unknown batch lane ring sweep webhook
campaign segment
template experiment variant plan subscription quota usage suppression task lease fence owner
resolver settled workspace mark card ladder doubt poller incident notice idempotency audit
"""


def glossary() -> dict[str, list[str]]:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text("GLOSSARY.md").splitlines()
        if line.startswith("| ") and not line.startswith("| term")
    ]
    return {row[0]: row[1:] for row in rows}


def test_glossary_has_every_term_of_the_house() -> None:
    known = {word for term in glossary() for word in re.split(r"[^\w]+", term.lower())}
    assert [term for term in TERMS.split() if term not in known] == []


def test_every_term_has_russian_word_meaning_and_place() -> None:
    for term, cells in glossary().items():
        assert len([cell for cell in cells if cell]) == 3, term
        russian, _, place = cells
        assert re.search("[а-яё]", russian, re.IGNORECASE), term
        assert "later" in place or TICKED.search(place), term


# ---- commands and settings -------------------------------------------------------------------


@pytest.mark.parametrize("document", DOCUMENTS, ids=short)
def test_every_named_command_is_in_the_help(document: Path) -> None:
    helped = "\n".join(re.findall(r"^#:.*$", text("run"), re.MULTILINE))
    known = set(re.findall(r"[a-z]+", helped))
    written = document.read_text(encoding="utf-8")
    named = {*RUN.findall(written), *(MAIN.findall(written))} - {"all"}

    assert sorted(named - known) == []


def settings_rows() -> dict[str, str]:
    return dict(
        re.findall(rf"^\| `{PREFIX}([A-Z_]+)` \| (.+?) \|", text("README.md"), re.MULTILINE)
    )


def test_settings_table_has_every_setting_and_no_other() -> None:
    assert set(settings_rows()) == set(NAMES)


def test_settings_table_gives_the_defaults() -> None:
    rows = settings_rows()
    for name, field in Settings.model_fields.items():
        default = field.default
        if name.upper() not in rows or isinstance(default, bool) or field.is_required():
            continue
        if default and isinstance(default, str | int | float):
            shown = f"{default:g}" if isinstance(default, float) else str(default)
            assert f"`{shown}`" in rows[name.upper()], name


def test_example_environment_names_nothing_unknown() -> None:
    written = set(re.findall(rf"^(?:# )?{PREFIX}([A-Z_]+)=", text(".env.example"), re.MULTILINE))
    compose = {"DOMAIN", "ACME_EMAIL", "APP_PASSWORD", "OWNER_PASSWORD", "REDIS_PASSWORD"}
    families = {name for name in written if re.search("_(API|PROXY)_URL$", name)}

    assert written - families - compose == set(NAMES)


# ---- capabilities ------------------------------------------------------------------------------


def capability_table() -> str:
    """The table of README.md, from the connectors themselves."""
    made: dict[str, Any] = dict(factories())
    caps: dict[str, Capabilities] = {name: made[name].capabilities for name in sorted(made)}
    head = f"| | {' | '.join(name.title() for name in caps)} |"
    lines = [head, "|---" * (len(caps) + 1) + "|"]
    for words, show in ROWS:
        lines.append(f"| {words} | {' | '.join(show(one) for one in caps.values())} |")
    return "\n".join(lines) + "\n"


def yes(value: object) -> str:
    return "yes" if value else "–"


def _media(caps: Capabilities) -> str:
    sized = [
        f"{kind.value} {_size(caps.max_upload[kind])}" if kind in caps.max_upload else kind.value
        for kind in sorted(caps.media)
    ]
    return ", ".join(sized) or "–"


def _size(count: int) -> str:
    return f"{count // MIB} MB" if count >= MIB else f"{count // 1024} KB"


def _delete(caps: Capabilities) -> str:
    hours = caps.delete_within_seconds // 3600
    return f"within {hours} h" if hours else "–"


ROWS = (
    ("may write first", lambda c: yes(c.initiate)),
    ("text, characters", lambda c: str(c.max_text)),
    ("caption, characters", lambda c: str(c.max_caption or "–")),
    ("attachments out", _media),
    ("album, items", lambda c: str(c.max_album) if c.max_album > 1 else "–"),
    ("formatting", lambda c: yes(c.formatting)),
    ("buttons", lambda c: yes(c.buttons)),
    ("reply to a message", lambda c: yes(c.reply_to)),
    ("edit what was sent", lambda c: yes(c.edit)),
    ("unsend", _delete),
    ("reactions", lambda c: yes(c.reactions)),
    ("topics", lambda c: yes(c.topics)),
    ("typing", lambda c: yes(c.typing)),
    ("mark as read", lambda c: yes(c.mark_read)),
    ("block a person", lambda c: yes(c.block)),
    ("receipts", lambda c: ", ".join(sorted(c.receipts)) or "–"),
    ("own messages come back", lambda c: yes(c.own_messages_echoed)),
    ("webhook", lambda c: yes(c.hooks)),
    ("webhook has a secret header", lambda c: yes(c.hook_has_secret)),
    ("webhook proves its sender", lambda c: yes(c.hook_is_proof)),
)


def test_capability_table_is_what_connectors_say() -> None:
    found = TABLE.search(text("README.md"))
    wanted = capability_table()

    assert found is not None
    assert found[1] == wanted, f"put into README.md:\n{wanted}"
