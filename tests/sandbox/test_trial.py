import base64
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import trial
from sandbox.trial import DEMO_MASTER_TOKEN, SetupFailed, check_ports, complete, open_data_dir
from services.kit.settings import SettingsInvalid

GIVEN = {
    "VISHENKA_DATABASE_URL": "postgresql://app:pw@db/v",
    "VISHENKA_REDIS_URL": "redis://valkey/0",
    "VISHENKA_MASTER_BOT_TOKEN": "42:theirs",
}


@pytest.fixture
def taken() -> Iterator[socket.socket]:
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    holder.listen()
    yield holder
    holder.close()


def test_empty_environment_is_completed_for_a_laptop(tmp_path: Path) -> None:
    plan = complete({}, tmp_path)

    assert (plan.postgres, plan.valkey, plan.city) == (True, True, True)
    assert plan.env["VISHENKA_MASTER_BOT_TOKEN"] == DEMO_MASTER_TOKEN
    assert plan.env["VISHENKA_TELEGRAM_API_URL"] == "http://127.0.0.1:8090/telegram"
    assert plan.env["VISHENKA_AVITO_API_URL"] == "http://127.0.0.1:8090/avito"
    assert plan.env["VISHENKA_PUBLIC_URL"] == "http://127.0.0.1:8080"
    assert len(base64.b64decode(plan.env["VISHENKA_MASTER_KEY"])) == 32


def test_what_is_given_is_not_brought(tmp_path: Path) -> None:
    plan = complete(GIVEN, tmp_path)

    assert (plan.postgres, plan.valkey, plan.city) == (False, False, False)
    assert "VISHENKA_TELEGRAM_API_URL" not in plan.env  # a real token means the real Telegram
    assert "VISHENKA_PUBLIC_URL" not in plan.env


def test_secret_in_a_file_counts_as_given(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("42:theirs")

    plan = complete({"VISHENKA_MASTER_BOT_TOKEN_FILE": str(tmp_path / "token")}, tmp_path)

    assert not plan.city


def test_master_key_is_made_once_and_private(tmp_path: Path) -> None:
    first, second = (complete({}, tmp_path).env["VISHENKA_MASTER_KEY"] for _ in range(2))

    assert first == second
    assert (tmp_path / "master.key").stat().st_mode & 0o077 == 0


def test_production_is_never_completed(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid) as refusal:
        complete({"VISHENKA_MODE": "prod"}, tmp_path)

    text = "\n".join(refusal.value.faults)
    for name in ("DATABASE_URL", "REDIS_URL", "MASTER_KEY", "MASTER_BOT_TOKEN", "METRICS_TOKEN"):
        assert f"VISHENKA_{name} is not set" in text
    assert not list(tmp_path.iterdir())


def test_every_fault_is_told_before_a_server_starts(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid) as refusal:
        complete({"VISHENKA_LISTEN": "8080", "VISHENKA_LEASE_SECONDS": "x"}, tmp_path)

    assert len(refusal.value.faults) == 2


@pytest.mark.parametrize("name", ["LISTEN", "CITY_LISTEN"])
def test_taken_port_is_named_with_its_setting(
    tmp_path: Path, taken: socket.socket, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "_PORT_PATIENCE_SECONDS", 0.1)
    address = f"127.0.0.1:{taken.getsockname()[1]}"
    other = {"LISTEN": "CITY_LISTEN", "CITY_LISTEN": "LISTEN"}[name]
    free = {f"VISHENKA_{other}": _free_address(), f"VISHENKA_{name}": address}

    with pytest.raises(SetupFailed, match=f"{address} is taken.*VISHENKA_{name}="):
        check_ports(complete(free, tmp_path))


def test_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    # a file in its place refuses root as well, whom rights do not stop
    (tmp_path / "file").write_text("")

    with pytest.raises(SetupFailed, match=r"cannot write in .*file.*--data"):
        open_data_dir(tmp_path / "file" / "data")


def test_address_for_everybody_is_shown_as_one_that_can_be_opened(tmp_path: Path) -> None:
    plan = complete({"VISHENKA_LISTEN": "0.0.0.0:8080"}, tmp_path)

    assert plan.web_url == "http://127.0.0.1:8080"


def test_owner_without_application_role_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="DATABASE_URL is not"):
        complete({"VISHENKA_MIGRATE_DATABASE_URL": "postgresql://o:p@h/d"}, tmp_path)


def _free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"
