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
