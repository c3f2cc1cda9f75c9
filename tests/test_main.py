"""main.py as an operator meets it: a process, its words, its exit code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.kit.settings import load_settings

ROOT = Path(__file__).resolve().parents[1]
BARE = {name: value for name, value in os.environ.items() if not name.startswith("VISHENKA_")}


def program(
    *words: str, environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *words],
        env=BARE | (environ or {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


@pytest.mark.parametrize("role", ["web", "worker", "scheduler", "migrate", "check"])
def test_role_without_settings_lists_them_and_ends_with_78(role: str) -> None:
    result = program(role)

    assert result.returncode == 78
    for name in ("DATABASE_URL", "REDIS_URL", "MASTER_KEY"):
        assert f"VISHENKA_{name} is not set" in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_absent_database_is_said_in_words(environ: dict[str, str]) -> None:
    away = {"VISHENKA_DATABASE_URL": "postgresql://app:pw@127.0.0.1:1/v"}

    result = program("worker", environ=environ | away)

    assert result.returncode == 75
    assert "the database does not answer" in result.stderr
    assert "Traceback" not in result.stderr


def test_owner_as_application_role_is_refused_in_words(environ: dict[str, str]) -> None:
    owner = {"VISHENKA_DATABASE_URL": environ["VISHENKA_MIGRATE_DATABASE_URL"]}

    result = program("worker", environ=environ | owner)

    assert result.returncode == 78
    assert "NOINHERIT" in result.stderr
    assert "Traceback" not in result.stderr


def test_migrate_twice_applies_once(environ: dict[str, str]) -> None:
    result = program("migrate", environ=environ)

    assert result.returncode == 0, result.stderr
    assert result.stdout == "nothing to apply\n"


def test_check_reads_as_a_list(environ: dict[str, str]) -> None:
    result = program("check", environ=environ)

    assert result.returncode == 0, result.stdout + result.stderr
    assert "ok   settings: complete" in result.stdout
    assert "ok   database: PostgreSQL" in result.stdout


def test_new_key_is_one_that_settings_accept(environ: dict[str, str]) -> None:
    result = program("keys", "new")

    settings = load_settings(environ | {"VISHENKA_MASTER_KEY": result.stdout.strip()})
    assert len(settings.master_key) == 32
