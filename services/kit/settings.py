"""Settings: one frozen object, read from the environment once, every fault named at once.

`load_settings(os.environ)` is called by `main.py` and nowhere else; everything below gets the
object. Names are `VISHENKA_` + the field in capitals; a secret may also come from a file, by
`VISHENKA_<NAME>_FILE` (docker and kubernetes secrets). Providers' addresses are a family of names:
`VISHENKA_TELEGRAM_API_URL`, `VISHENKA_TELEGRAM_PROXY_URL` and so on, by folder name.

`MODE=dev` (the default) is a laptop: plain http and loopback providers are fine, limits can be
scaled. `MODE=prod` refuses everything that is only good enough for a laptop.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from services.kit.settings_rules import prod_faults

PREFIX = "VISHENKA_"
_PROVIDER_NAME = re.compile(r"^([A-Z0-9]+)_(API|PROXY)_URL$")


class SettingsInvalid(Exception):
    """The environment is not one this process may run in; `faults` are sentences for people."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(f"- {fault}" for fault in faults))


class Mode(StrEnum):
    """Where this runs: a laptop, or in front of real people."""

    DEV = "dev"
    PROD = "prod"


class LogFormat(StrEnum):
    """How a log line is written: for eyes, or for a collector."""

    TEXT = "text"
    JSON = "json"


def _master_key(value: object) -> object:
    """32 bytes in base64, standard or URL-safe alphabet."""
    if not isinstance(value, str):
        return value
    try:
        key = base64.b64decode(value.strip().translate(str.maketrans("-_", "+/")), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64; make one with: ./run keys new") from None
    if len(key) != 32:
        raise ValueError(f"must be 32 bytes in base64, this is {len(key)}; ./run keys new")
    return key


def _database_url(value: str) -> str:
    if urlsplit(value).scheme not in {"postgres", "postgresql"} or not urlsplit(value).hostname:
        raise ValueError("must look like postgresql://user:password@host:5432/name")
    return value


def _redis_url(value: str) -> str:
    if urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("must look like redis://host:6379/0")
    return value


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must look like https://host.example")
    if parts.query or parts.fragment:
        raise ValueError("must not carry a query or a fragment")
    return value.rstrip("/")


def _proxy_url(value: str) -> str:
    if urlsplit(value).scheme not in {"http", "https", "socks5"} or not urlsplit(value).hostname:
        raise ValueError("must look like http://host:port")
    return value


def _listen(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("must look like 127.0.0.1:8080")
    return value


def _words(value: object) -> object:
    """`1, 2 3` -> ["1", "2", "3"]."""
    return (
        re.split(r"[,\s]+", value.strip()) if isinstance(value, str) and value.strip() else value
    )


MasterKey = Annotated[bytes, BeforeValidator(_master_key)]
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
Listen = Annotated[str, AfterValidator(_listen)]


class Settings(BaseSettings):
    """Everything that may differ between two machines; secrets never appear in its repr."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=False
    )

    database_url: DatabaseUrl = Field(repr=False)
    migrate_database_url: DatabaseUrl = Field(default="", repr=False)
    redis_url: Annotated[str, AfterValidator(_redis_url)] = Field(repr=False)
    listen: Listen = "127.0.0.1:8080"
    public_url: HttpUrl | None = None
    mode: Mode = Mode.DEV
    debug: bool = False
    master_bot_token: str | None = Field(default=None, repr=False)
    master_key: MasterKey = Field(repr=False)
    master_key_previous: MasterKey | None = Field(default=None, repr=False)
    admin_telegram_ids: Annotated[frozenset[int], NoDecode, BeforeValidator(_words)] = frozenset()
    login_client_id: str | None = None
    login_client_secret: str | None = Field(default=None, repr=False)
    files_dir: Path = Path(".vishenka/files")
    files_url: str | None = Field(default=None, repr=False)
    metrics_token: str | None = Field(default=None, repr=False)
    metrics_listen: Listen | None = None
    trusted_proxies: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)] = ()
    log_format: LogFormat = LogFormat.TEXT
    sentry_dsn: str | None = Field(default=None, repr=False)
    clickhouse_url: str | None = Field(default=None, repr=False)
    vault_addr: HttpUrl | None = None
    lease_seconds: float = Field(default=30, ge=1, le=300)
    sweep_seconds: float = Field(default=5, ge=0.1, le=60)
    provider_timeout_seconds: float = Field(default=10, ge=0.1, le=60)
    avito_poll_seconds: float = Field(default=60, ge=0.1, le=3600)
    relay_window_seconds: float = Field(default=86_400, ge=60)
    limits_scale: float = Field(default=1, gt=0, le=10_000)
    city_listen: Listen = "127.0.0.1:8090"
    provider_urls: Annotated[Mapping[str, HttpUrl], NoDecode] = Field(default_factory=dict)
    provider_proxies: Annotated[
        Mapping[str, Annotated[str, AfterValidator(_proxy_url)]], NoDecode
    ] = Field(default_factory=dict, repr=False)
    unknown_names: tuple[str, ...] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load_settings` read: nothing reaches the object behind its back."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @property
    def is_prod(self) -> bool:
        return self.mode is Mode.PROD

    @property
    def owner_database_url(self) -> str:
        """The role that migrates."""
        return self.migrate_database_url or self.database_url

    def provider_url(self, provider: str, default: str | None = None) -> str | None:
        """The provider's base URL when the environment overrides it, else the default."""
        return self.provider_urls.get(provider, default)

    def provider_proxy(self, provider: str) -> str | None:
        """The proxy for calls to this provider, if any."""
        return self.provider_proxies.get(provider)


SECRETS = frozenset(
    {
        "database_url",
        "migrate_database_url",
        "redis_url",
        "master_bot_token",
        "master_key",
        "master_key_previous",
        "login_client_secret",
        "files_url",
        "metrics_token",
        "sentry_dsn",
        "clickhouse_url",
    }
)
_COLLECTED = {"provider_urls", "provider_proxies", "unknown_names"}
NAMES = tuple(name.upper() for name in Settings.model_fields if name not in _COLLECTED)


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read and check the environment; raises SettingsInvalid listing every fault at once."""
    values, faults = _read(environ)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsInvalid(faults + _explain(error) + prod_faults(values)) from None
    faults += prod_faults(values)
    if faults:
        raise SettingsInvalid(faults)
    return settings


def _read(environ: Mapping[str, str]) -> tuple[dict[str, object], list[str]]:
    values: dict[str, object] = {}
    urls: dict[str, str] = {}
    proxies: dict[str, str] = {}
    unknown: list[str] = []
    faults: list[str] = []
    for full_name, raw in sorted(environ.items()):
        if not full_name.startswith(PREFIX) or not raw.strip():
            continue
        name = full_name.removeprefix(PREFIX)
        field = name.lower()
        if name in NAMES:
            values[field] = raw.strip()
        elif match := _PROVIDER_NAME.match(name):
            (urls if match[2] == "API" else proxies)[match[1].lower()] = raw.strip()
        elif name.endswith("_FILE") and field.removesuffix("_file") in SECRETS:
            faults += _read_file(values, field.removesuffix("_file"), raw.strip(), environ)
        else:
            unknown.append(full_name)
    values |= {"provider_urls": urls, "provider_proxies": proxies, "unknown_names": tuple(unknown)}
    return values, faults


def _read_file(
    values: dict[str, object], field: str, path: str, environ: Mapping[str, str]
) -> list[str]:
    name = PREFIX + field.upper()
    if environ.get(name, "").strip():
        return [f"{name} and {name}_FILE are both set; keep one"]
    try:
        values[field] = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        return [f"{name}_FILE: {path} cannot be read ({type(error).__name__})"]
    return []


def _explain(error: ValidationError) -> list[str]:
    faults = []
    for fault in error.errors(include_url=False, include_input=False):
        first, *rest = (str(part) for part in fault["loc"])
        name = PREFIX + first.upper()
        if first in {"provider_urls", "provider_proxies"} and rest:
            kind = "API" if first == "provider_urls" else "PROXY"
            name = f"{PREFIX}{rest[0].upper()}_{kind}_URL"
        words = fault["msg"].removeprefix("Value error, ")
        missing = fault["type"] == "missing"
        faults.append(f"{name} {'is not set' if missing else words[0].lower() + words[1:]}")
    return faults
