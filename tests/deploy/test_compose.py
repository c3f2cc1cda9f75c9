"""docker-compose.yml read as data: what it promises holds without a Docker engine."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.kit.settings import NAMES, PREFIX, load_settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SECRET = re.compile(r"PASSWORD|TOKEN|KEY|SECRET", re.IGNORECASE)
REFERENCE = re.compile(r"\$\{(\w+)(:?[-?][^}]*)?\}")
ONE_SHOT = {"migrate"}


@pytest.fixture
def env_file(tmp_path: Path) -> dict[str, str]:
    path = tmp_path / ".env"
    shutil.copy(ROOT / ".env.example", path)
    subprocess.run([str(ROOT / "deploy" / "example-secrets"), str(path)], check=True)
    lines = (line for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.parametrize("name", SERVICES)
def test_service_is_neither_root_nor_writable(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not str(service["user"]).startswith(("0", "root"))
    assert service.get("privileged") is None


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONE_SHOT))
def test_service_says_whether_it_is_well_and_is_pinned(name: str) -> None:
    service = SERVICES[name]

    assert service["healthcheck"]["test"]
    assert re.search(r":(v?\d+\.\d+|\$\{VISHENKA_VERSION)", service["image"]), service["image"]


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()

    for name, rest in REFERENCE.findall(text):
        if SECRET.search(name):
            assert rest.startswith(":?") or rest == ":-", name
    for service in SERVICES.values():
        for name, value in (service.get("environment") or {}).items():
            if SECRET.search(name) or name.endswith("_URL"):
                assert "${" in value, f"{name} is written out"


def test_every_reference_is_in_the_example(env_file: dict[str, str]) -> None:
    example = (ROOT / ".env.example").read_text()
    text = (ROOT / "docker-compose.yml").read_text()

    for name, rest in REFERENCE.findall(text):
        if not rest.startswith(":-"):
            assert env_file.get(name), name
        assert f"{name}=" in example or name == "VISHENKA_VERSION", name


@pytest.mark.parametrize("role", ["web", "worker", "scheduler", "migrate"])
def test_role_accepts_its_settings_as_production(role: str, env_file: dict[str, str]) -> None:
    environ = {
        name: REFERENCE.sub(lambda found: env_file.get(found[1], ""), str(value))
        for name, value in SERVICES[role]["environment"].items()
    }

    settings = load_settings(environ)

    assert settings.is_prod
    assert not settings.unknown_names
    assert {name.removeprefix(PREFIX) for name in environ} <= set(NAMES)


def test_roles_wait_for_the_migration() -> None:
    for role in ("web", "worker", "scheduler"):
        waits = SERVICES[role]["depends_on"]
        assert waits["migrate"]["condition"] == "service_completed_successfully"
    assert SERVICES["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"


def test_only_caddy_is_open_to_the_world() -> None:
    for name, service in SERVICES.items():
        for port in service.get("ports", []):
            assert name == "caddy" or port.startswith("127.0.0.1:"), f"{name} {port}"
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert SERVICES["postgres"]["networks"] == SERVICES["valkey"]["networks"] == ["inside"]


def test_every_named_file_volume_and_network_exists() -> None:
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (ROOT / source).exists(), f"{name} mounts {source}"
            else:
                assert source in COMPOSE["volumes"], f"{name} mounts {source}"
        assert set(service["networks"]) <= set(COMPOSE["networks"])
        for other in service.get("depends_on", {}):
            assert other in SERVICES


def test_image_takes_what_the_program_needs_and_runs_as_nobody_special() -> None:
    text = (ROOT / "Dockerfile").read_text()

    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert len(bases) == 2
    assert all(re.fullmatch(r"python:\d+\.\d+\.\d+-\S+", base) for base in bases)
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    allowed = (ROOT / ".dockerignore").read_text().split()
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        for part in source.split():
            assert (ROOT / part).exists(), part
            assert f"!{part}" in allowed, part
