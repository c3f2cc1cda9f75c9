"""The `run` script as a newcomer meets it, without installing anything."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run(folder: Path, *words: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environ = os.environ | ({"PATH": path, "PYTHON": ""} if path else {})
    return subprocess.run(
        ["/bin/sh", str(folder / "run"), *words],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "a fresh clone"
    folder.mkdir()
    for name in ("run", "requirements.lock"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def tools(tmp_path: Path, *names: str) -> Path:
    """A PATH with these commands and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in names:
        (folder / name).symlink_to(shutil.which(name) or "/bin/false")
    return folder


def test_help_comes_from_the_script_itself(clone: Path) -> None:
    result = run(clone, "help")

    assert result.returncode == 0
    for command in ("test", "lint", "types", "bench", "chaos", "messages", "migration", "lock"):
        assert f"./run {command}" in result.stdout
    assert not (clone / ".venv").exists()


def test_missing_python_is_said_with_the_package_to_install(clone: Path, tmp_path: Path) -> None:
    path = str(tools(tmp_path, "dirname", "cksum", "cat", "env"))

    result = run(clone, "check", path=path)

    assert result.returncode == 1
    assert "Python 3.11 or newer is needed" in result.stderr


def test_python_without_ensurepip_is_named_with_its_package(clone: Path, tmp_path: Path) -> None:
    bin_folder = tools(tmp_path, "dirname", "cksum", "cat")
    fake = bin_folder / "python3"
    fake.write_text('#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; esac\nexit 0\n')
    fake.chmod(0o755)

    result = run(clone, "check", path=str(bin_folder))

    assert result.returncode == 1
    assert "apt install python3-venv" in result.stderr


def test_script_is_plain_sh() -> None:
    text = (ROOT / "run").read_text()

    assert text.startswith("#!/bin/sh\n")
    assert subprocess.run(["/bin/sh", "-n", str(ROOT / "run")], check=False).returncode == 0
    assert os.access(ROOT / "run", os.X_OK)
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


SUMMARY = "=========================== short test summary info ============================"


def not_passed(folder: Path, *lines: str) -> tuple[int, list[str]]:
    """What CI tries once more after a run with this log."""
    log = folder / "log"
    log.write_text("\n".join(lines) + "\n")
    found = subprocess.run(
        [str(ROOT / ".ci" / "failed"), str(log)], capture_output=True, text=True, check=False
    )
    return found.returncode, found.stdout.splitlines()


def test_ci_tries_once_more_what_failed_and_what_broke_in_setup_or_teardown(
    tmp_path: Path,
) -> None:
    assert not_passed(
        tmp_path,
        "ERROR    asyncio:base_events.py:1771 a line some test logged",
        SUMMARY,
        "FAILED tests/a.py::test_one - ZeroDivisionError: float division by zero",
        "FAILED tests/a.py::test_with[a value] - assert 1 == 2",
        "ERROR tests/b.py::test_two@faults - Failed: Timeout (>60.0s) from pytest-timeout.",
        "ERROR tests/a.py::test_one - it broke in its teardown too",
        "2 failed, 3897 passed, 2 errors in 617.02s",
    ) == (0, ["tests/a.py::test_one", "tests/a.py::test_with[a value]", "tests/b.py::test_two"])


@pytest.mark.parametrize(
    "lines",
    [
        (SUMMARY, "ERROR tests/b.py - ImportError: no such thing", "FAILED tests/a.py::test_one"),
        ("the run was cut short before it could sum up",),
    ],
)
def test_ci_tries_nothing_again_when_a_file_cannot_be_collected_or_nothing_is_known(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    assert not_passed(tmp_path, *lines) == (1, [])
