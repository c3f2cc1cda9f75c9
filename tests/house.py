"""How the house linters read the code: files, functions, calls, words; nothing is imported."""

import ast
import io
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = ("services", "webapp", "bot", "handlers")
FOLDERS = (*PRODUCT, "sandbox", "benchmarks")


@cache
def files(*folders: str) -> tuple[Path, ...]:
    """Python files of these folders (those that exist), and main.py with the product."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return (*found, *([ROOT / "main.py"] if "services" in folders else []))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def own_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Its length without the functions inside it: a router is a list of short handlers."""
    inner = [node for node in function.body if _is_def(node)]
    return _lines(function) - sum(_lines(node) for node in inner)


def _is_def(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield node


def dotted(node: ast.AST) -> str:
    """`datetime.datetime.now` for an attribute chain, "" for anything else."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        return ".".join([node.id, *reversed(parts)])
    return ""


def words(path: Path) -> Iterator[tuple[int, str]]:
    """Identifiers and string literals with their line; comments and docstrings do not count."""
    text = path.read_text(encoding="utf-8")
    docstrings = _docstring_lines(tree(path))
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        kinds = {tokenize.NAME, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", -1)}
        if token.type in kinds and token.start[0] not in docstrings:
            yield token.start[0], token.string


def _docstring_lines(module: ast.Module) -> set[int]:
    lines: set[int] = set()
    homes = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(module):
        for statement in node.body if isinstance(node, homes) else []:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                lines.update(range(statement.lineno, (statement.end_lineno or 0) + 1))
    return lines
