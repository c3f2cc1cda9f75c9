"""The house linters: what review would otherwise repeat. Each fault names its file and line."""

import ast
import inspect
import re
from collections.abc import Iterator

import pytest
from importlinter.application.use_cases import SUCCESS, lint_imports
from importlinter.configuration import configure

from services import tasks as feature_tasks
from services.kit import catalogues
from services.kit.queue import specs
from services.kit.settings import NAMES, PREFIX
from tests.house import (
    FOLDERS,
    PRODUCT,
    ROOT,
    calls,
    dotted,
    files,
    functions,
    name,
    own_lines,
    tree,
    words,
)

LONGEST_FUNCTION = 50
LONGEST_FILE = 300

# Telegram is the members' home: these parts of the product are about it (STYLE 2.6).
TELEGRAM_HOMES = (
    "bot/",
    "handlers/",
    "main.py",
    "services/bootstrap.py",
    "services/seed.py",  # a seed file's `bots:` are Telegram's by definition
    "services/seeding/",
    "services/identity/",  # people sign in by Telegram
    "webapp/auth/",
    "webapp/cabinet/policy.py",  # whose frame the pages may stand in
    "webapp/api/auth.py",
    "webapp/routes.py",
)
# a person's id and name there are about members, not about the provider
MEMBERS_WORDS = re.compile(r"telegram_(user_)?ids?|TelegramId|TelegramPerson", re.IGNORECASE)
# marketplace words that would mean a marketplace's shape has leaked into the core
MARKETPLACE_WORDS = re.compile(r"avito|объявлени|cian|youla", re.IGNORECASE)
# the setting of the poller's pace carries its provider's name by decision (DESIGN.md 9)
MARKETPLACE_EXEMPT = re.compile(r"avito_poll_seconds", re.IGNORECASE)

KIT_DOORS = {
    "os.environ": {"main.py", "services/kit/settings.py"},
    "os.getenv": {"services/kit/settings.py"},
    "datetime.now": {"services/kit/clock.py"},
    "datetime.utcnow": set(),
    "datetime.datetime.now": {"services/kit/clock.py"},
    "asyncio.create_task": {"services/kit/tasks.py"},
    "asyncio.ensure_future": set(),
    "httpx.AsyncClient": {"services/kit/http.py"},
    "aiohttp.ClientSession": {"services/kit/http.py"},
}


def report(faults: Iterator[str] | list[str]) -> None:
    found = list(faults)
    assert not found, "\n" + "\n".join(found)


def test_imports_point_one_way() -> None:
    configure()
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None) == SUCCESS


def test_functions_are_short() -> None:
    report(
        f"{name(path)}:{f.lineno} {f.name} has {length} lines"
        for path in files(*FOLDERS)
        for f in functions(path)
        if (length := own_lines(f)) > LONGEST_FUNCTION
    )


def test_files_are_short() -> None:
    report(
        f"{name(path)} has {length} lines"
        for path in files(*FOLDERS)
        if (length := len(path.read_text().splitlines())) > LONGEST_FILE
    )


def test_every_module_says_what_it_is_for() -> None:
    report(
        f"{name(path)} has no docstring"
        for path in files(*FOLDERS)
        if tree(path).body and not ast.get_docstring(tree(path))
    )


@pytest.mark.parametrize("banned", KIT_DOORS)
def test_world_is_reached_through_the_kit(banned: str) -> None:
    report(
        f"{name(path)}:{node.lineno} uses {banned}"
        for path in files(*PRODUCT)
        if name(path) not in KIT_DOORS[banned]
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and dotted(node) == banned
    )


def test_web_server_is_known_to_the_edge_only() -> None:
    report(
        f"{name(path)}:{node.lineno} imports aiohttp.web"
        for path in files("services", "bot", "handlers")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom | ast.Import) and _imports_web(node)
    )


def _imports_web(node: ast.ImportFrom | ast.Import) -> bool:
    names = {alias.name for alias in node.names}
    if isinstance(node, ast.Import):
        return "aiohttp.web" in names
    return node.module == "aiohttp.web" or (node.module == "aiohttp" and "web" in names)


def test_nothing_is_printed() -> None:
    report(
        f"{name(path)}:{call.lineno} prints"
        for path in files(*PRODUCT, "sandbox")
        for call in calls(path)
        if isinstance(call.func, ast.Name) and call.func.id == "print"
    )


def test_log_messages_are_constant() -> None:
    levels = {"debug", "info", "warning", "error", "exception", "critical"}
    report(
        f"{name(path)}:{call.lineno} builds its log message; use extra="
        for path in files(*PRODUCT, "sandbox")
        for call in calls(path)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in levels
        and dotted(call.func.value) in {"log", "logger", "logging"}
        and not (call.args and isinstance(call.args[0], ast.Constant) and len(call.args) == 1)
    )


def providers() -> list[str]:
    return sorted(p.parent.name for p in (ROOT / "services" / "providers").glob("*/__init__.py"))


def test_no_provider_is_named_outside_its_folder() -> None:
    report(_provider_names())


def _provider_names() -> Iterator[str]:
    known = [provider for provider in providers() if provider != "webhook"]
    pattern = re.compile("|".join(known) or "$^", re.IGNORECASE)
    for path in files(*PRODUCT):
        where = name(path)
        if where.startswith(("services/providers/", *TELEGRAM_HOMES)):
            continue
        for line, word in words(path):
            bare = MARKETPLACE_EXEMPT.sub("", MEMBERS_WORDS.sub("", word))
            for found in pattern.findall(bare):
                yield f"{where}:{line} names {found.lower()}: {word[:60]}"


def test_no_marketplace_word_is_in_the_core() -> None:
    report(
        f"{name(path)}:{line} {word[:60]}"
        for path in files("services", "webapp")
        if not name(path).startswith(("services/providers/", "main.py"))
        for line, word in words(path)
        if MARKETPLACE_WORDS.search(MARKETPLACE_EXEMPT.sub("", word))
    )


def test_every_provider_has_fixtures() -> None:
    report(
        f"tests/services/providers/{provider}/fixtures has no example"
        for provider in providers()
        if not any((ROOT / "tests/services/providers" / provider / "fixtures").glob("*"))
    )


@pytest.mark.parametrize("document", [".env.example", "README.md"])
def test_every_setting_is_explained(document: str) -> None:
    path = ROOT / document
    assert path.exists(), f"{document} is not written"
    text = path.read_text(encoding="utf-8")
    report(f"{document} does not name {PREFIX}{n}" for n in NAMES if n not in text)


def test_every_language_has_every_text() -> None:
    report(catalogues.faults())


def test_every_used_key_has_a_text() -> None:
    """Keys are found where they are written out: `t(…, "key")`, `AppError("key")`."""
    report(_keys_without_text())


def _keys_without_text() -> Iterator[str]:
    known, _ = catalogues.read_catalogues(catalogues.LOCALES_DIR)
    keys = catalogues.keys_of(known["ru"])
    for path in files(*PRODUCT):
        for call in calls(path):
            called = dotted(call.func).rsplit(".", 1)[-1]
            position = {"t": 1, "tn": 1}.get(called)
            if position is None or len(call.args) <= position:
                continue
            argument = call.args[position]
            key = argument.value if isinstance(argument, ast.Constant) else None
            if isinstance(key, str) and key not in keys:
                yield f"{name(path)}:{call.lineno} has no text: {key}"


def test_every_rung_name_is_a_task_and_its_arguments_fit() -> None:
    report(_bad_rings())


def _bad_rings() -> Iterator[str]:
    feature_tasks.load()
    table = specs()
    for path in files(*PRODUCT):
        for call in calls(path):
            if not (isinstance(call.func, ast.Attribute) and call.func.attr == "enqueue"):
                continue
            first = call.args[0] if call.args else None
            if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
                continue
            where = f"{name(path)}:{call.lineno}"
            if first.value not in table:
                yield f"{where} rings {first.value}, which is no task"
                continue
            accepted = set(inspect.signature(table[first.value].body).parameters)
            given = {keyword.arg for keyword in call.keywords if keyword.arg}
            if given - accepted:
                yield f"{where} gives {first.value} {sorted(given - accepted)}"


CHANCE = {"new_id", "uuid4", "random_token", "token_hex"} | {"now", "today", "random", "choice"}


def test_no_test_gets_its_name_by_chance() -> None:
    """Two test processes must collect the same names, else the whole run stops."""
    report(
        f"{name(path)}:{call.lineno} gives values of chance"
        for path in files("tests")
        for call in calls(path)
        if dotted(call.func).endswith("parametrize")
        if CHANCE & {dotted(one.func).rsplit(".")[-1] for one in _calls_in(call)}
    )


def _calls_in(call: ast.Call) -> Iterator[ast.Call]:
    return (node for node in ast.walk(call) if isinstance(node, ast.Call))


def test_no_machine_or_registry_is_named() -> None:
    """What is committed must work anywhere: no index address in the lock."""
    text = (ROOT / "requirements.lock").read_text()
    assert not re.search(r"https?://|--index-url|--find-links", text)


def test_help_lists_every_command_of_the_program() -> None:
    text = (ROOT / "run").read_text()
    program = (ROOT / "main.py").read_text()
    shown = re.findall(r"@app\.command\ndef (\w+)", program)
    assert {"web", "worker", "scheduler", "migrate", "seed", "check"} <= set(shown)
    report(
        f"./run help does not name {command}"
        for command in (*shown, "keys")
        if command not in text
    )
