"""What a trial start adds to the environment: a folder for data, keys, addresses, own servers.

`complete` decides what is missing and must be brought; nothing is started here. In `MODE=prod`
nothing is added: there every gap is a fault, named by the settings themselves.
"""

import functools
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.cluster import write_private
from sandbox.processes import is_free, wait_until
from services.kit.crypto import new_master_key
from services.kit.settings import PREFIX, SettingsInvalid, load_settings

DEMO_MASTER_TOKEN = "4200000:AAEplay_bot_of_the_provider_city_00"  # noqa: S105  fake on purpose
DEMO_LOGIN_CLIENT = "4200000"
DEMO_LOGIN_SECRET = "login_secret_of_the_provider_city"  # noqa: S105  fake on purpose
# stand-ins that let every other setting be checked before a server is started
_LATER = {
    "DATABASE_URL": "postgresql://later:later@127.0.0.1/later",
    "REDIS_URL": "redis://127.0.0.1/0",
}
_PORT_PATIENCE_SECONDS = 3.0  # a predecessor that was just killed still holds its port


class SetupFailed(Exception):
    """This machine or folder does not allow the start; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The completed environment, and what must be brought because nobody gave it."""

    env: Mapping[str, str]
    postgres: bool
    valkey: bool
    city: bool
    listen: str
    city_listen: str

    @property
    def web_url(self) -> str:
        return f"http://{_reachable(self.listen)}"

    @property
    def city_url(self) -> str:
        return f"http://{_reachable(self.city_listen)}"


def open_data_dir(path: Path) -> Path:
    """The folder for keys, data and logs; raises SetupFailed when it cannot be written."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path.resolve()
    except OSError as error:
        raise SetupFailed(
            f"cannot write in {path} ({error.strerror}): give the rights, "
            "or another folder with --data FOLDER"
        ) from None


def complete(environ: Mapping[str, str], data: Path) -> Plan:
    """Fill the gaps of a laptop's environment; raises SettingsInvalid with every fault."""
    env = dict(environ)
    is_dev = _given(env, "MODE") in {"", "dev"}
    needs = {name: is_dev and not _given(env, name) for name in ("DATABASE_URL", "REDIS_URL")}
    needs_city = is_dev and not _given(env, "MASTER_BOT_TOKEN")
    if is_dev:
        _default(env, "FILES_DIR", str(data / "files"))
        if not _given(env, "MASTER_KEY"):
            env[PREFIX + "MASTER_KEY"] = _master_key(data)
    _check(env, needs)
    settings = load_settings(
        env | {PREFIX + n: _LATER[n] for n, needed in needs.items() if needed}
    )
    plan = Plan(
        env=env,
        postgres=needs["DATABASE_URL"],
        valkey=needs["REDIS_URL"],
        city=needs_city,
        listen=settings.listen,
        city_listen=settings.city_listen,
    )
    if needs_city:
        _point_at_city(env, plan)
    return plan


def check_ports(plan: Plan) -> None:
    """Raise SetupFailed naming the setting of a port that somebody else has."""
    taken = {"LISTEN": plan.listen} | ({"CITY_LISTEN": plan.city_listen} if plan.city else {})
    for name, address in taken.items():
        host, _, port = address.rpartition(":")
        free = functools.partial(is_free, host.strip("[]"), int(port))
        if not wait_until(free, seconds=_PORT_PATIENCE_SECONDS):
            other = f"{host}:{int(port) + 1000}"
            raise SetupFailed(
                f"{address} is taken by another program: stop it, or choose another address, "
                f"for example {PREFIX}{name}={other} ./run"
            )


def _check(env: Mapping[str, str], needs: Mapping[str, bool]) -> None:
    if needs["DATABASE_URL"] and _given(env, "MIGRATE_DATABASE_URL"):
        fault = f"{PREFIX}MIGRATE_DATABASE_URL is set but {PREFIX}DATABASE_URL is not"
        raise SettingsInvalid([fault])


def _point_at_city(env: dict[str, str], plan: Plan) -> None:
    env[PREFIX + "MASTER_BOT_TOKEN"] = DEMO_MASTER_TOKEN
    _default(env, "TELEGRAM_API_URL", f"{plan.city_url}/telegram")
    _default(env, "AVITO_API_URL", f"{plan.city_url}/avito")
    _default(env, "LOGIN_API_URL", f"{plan.city_url}/login")
    _default(env, "LOGIN_CLIENT_ID", DEMO_LOGIN_CLIENT)
    _default(env, "LOGIN_CLIENT_SECRET", DEMO_LOGIN_SECRET)
    _default(env, "PUBLIC_URL", plan.web_url)
    # the city speaks for every provider from one address, as a proxy would
    _default(env, "TRUSTED_PROXIES", "127.0.0.1")


def _master_key(data: Path) -> str:
    """The trial's key, made once: losing it would lose every encrypted column."""
    path = data / "master.key"
    if not path.exists():
        write_private(path, new_master_key())
    return path.read_text().strip()


def _given(env: Mapping[str, str], name: str) -> str:
    return env.get(PREFIX + name, "").strip() or env.get(f"{PREFIX}{name}_FILE", "").strip()


def _default(env: dict[str, str], name: str, value: str) -> None:
    if not _given(env, name):
        env[PREFIX + name] = value


def _reachable(listen: str) -> str:
    host, _, port = listen.rpartition(":")
    everywhere = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}
    return f"{everywhere.get(host, host)}:{port}"
