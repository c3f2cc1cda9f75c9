"""docker-compose.yml read as data: what it promises holds without a Docker engine."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.kit.log import FIRST
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

    stages = re.findall(r"^FROM (\S+)(?: AS (\S+))?$", text, re.MULTILINE)
    own = {name for _, name in stages}
    bases = [base for base, _ in stages if base not in own]
    assert len(stages) == len(text.split("\nFROM ")) - 1
    assert all(re.fullmatch(r"python:\d+\.\d+\.\d+-\S+", base) for base in bases)
    for final in text.split("\nFROM ")[-1], text.split(" AS demo\n")[1].split("\nFROM ")[0]:
        assert re.search(r"^USER 10001:10001$", final, re.MULTILINE)
    assert "sandbox" not in text.split("\nFROM ")[-1], "production has no fakes"
    allowed = (ROOT / ".dockerignore").read_text().split()
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        for part in source.split():
            assert (ROOT / part).exists(), part
            assert f"!{part}" in allowed, part


DEV: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.dev.yml").read_text())


def test_demo_needs_no_settings_and_is_for_this_machine_only() -> None:
    text = (ROOT / "docker-compose.dev.yml").read_text()
    service = DEV["services"]["vishenka"]

    assert {rest for _, rest in REFERENCE.findall(text)} == {":-local"}
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["user"] == "10001:10001"
    assert service["healthcheck"]["test"]
    assert service["build"]["target"] == "demo"


def test_a_changed_source_starts_the_demo_anew() -> None:
    watched = DEV["services"]["vishenka"]["develop"]["watch"]
    synced = {one["path"].removeprefix("./"): one for one in watched}
    copied = re.findall(r"^COPY (\w+) \w+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)

    assert {name for name, one in synced.items() if one["action"] == "sync+restart"} == set(copied)
    for name, one in synced.items():
        assert (ROOT / name).exists()
        assert one.get("target", f"/app/{name}") == f"/app/{name}"


# `!override` is compose's own tag
LOGS: dict[str, Any] = yaml.safe_load(
    (ROOT / "deploy" / "compose.logs.yml").read_text().replace("!override ", "")
)


def test_logs_leave_by_docker_itself_and_no_collector_is_root() -> None:
    added = {name: one for name, one in LOGS["services"].items() if "image" in one}
    ours = {name for name, one in SERVICES.items() if one["image"].startswith("vishenka:")}

    assert set(LOGS["services"]) - set(added) == ours
    for name in ours:
        assert LOGS["services"][name]["logging"]["options"]["syslog-address"].startswith(
            "udp://127."
        )
    for service in added.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert not str(service["user"]).startswith(("0", "root"))
        assert service["healthcheck"]["test"]
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            assert source in LOGS["volumes"] or (ROOT / source).exists()
            assert "docker.sock" not in volume


def test_collector_labels_are_keys_of_our_lines() -> None:
    text = (ROOT / "deploy" / "logs" / "config.alloy").read_text()
    store = yaml.safe_load((ROOT / "deploy" / "logs" / "loki.yml").read_text())

    assert set(re.findall(r'(\w+) = ""', text)) <= set(FIRST)
    assert text.count("{") == text.count("}")
    assert store["compactor"]["retention_enabled"] is True


def test_the_workflow_builds_small_lists_what_is_inside_and_pushes_tags_only() -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())["jobs"]

    steps = {step.get("name"): step for step in jobs["image"]["steps"]}
    assert "250000000" in steps["The image is small, and not root's"]["run"]
    pushes = jobs["push"]
    assert pushes["needs"] == "image"
    assert "refs/tags/" in pushes["if"]
    [build] = [step for step in pushes["steps"] if "build-push-action" in step.get("uses", "")]
    assert build["with"]["push"] is True
    assert build["with"]["sbom"] is True
