import base64
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.settings import NAMES, SECRETS, Mode, SettingsInvalid, load_settings

KEY = base64.b64encode(bytes.fromhex("3f9a" + "17c2e85b604d" * 5)).decode()
DEV = {
    "VISHENKA_DATABASE_URL": "postgresql://app:pw@db/vishenka",
    "VISHENKA_REDIS_URL": "redis://valkey:6379/0",
    "VISHENKA_MASTER_KEY": base64.b64encode(os.urandom(32)).decode(),
}
PROD = DEV | {
    "VISHENKA_MODE": "prod",
    "VISHENKA_DATABASE_URL": "postgresql://vishenka_app:0f1e2d3c4b5a@db/vishenka",
    "VISHENKA_MIGRATE_DATABASE_URL": "postgresql://vishenka_owner:9a8b7c6d5e4f@db/vishenka",
    "VISHENKA_PUBLIC_URL": "https://vishenka.example",
    "VISHENKA_MASTER_BOT_TOKEN": "4200000:AAEexampleexampleexample",
    "VISHENKA_METRICS_TOKEN": "5cb1f0a6e7d94c0b8a3f",
}


def faults(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsInvalid) as refusal:
        load_settings(environ)
    return refusal.value.faults


def test_laptop_needs_three_settings() -> None:
    settings = load_settings(DEV)

    assert settings.mode is Mode.DEV
    assert settings.listen == "127.0.0.1:8080"
    assert len(settings.master_key) == 32
    assert settings.owner_database_url == settings.database_url


def test_good_production_settings_are_accepted() -> None:
    assert load_settings(PROD).is_prod


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"VISHENKA_MASTER_KEY": ""}, "VISHENKA_MASTER_KEY is not set"),
        ({"VISHENKA_MASTER_KEY": base64.b64encode(b"short").decode()}, "must be 32 bytes"),
        ({"VISHENKA_MASTER_KEY": base64.b64encode(bytes(32)).decode()}, "MASTER_KEY is weak"),
        ({"VISHENKA_MASTER_KEY": base64.b64encode(bytes(range(32))).decode()}, "is weak"),
        ({"VISHENKA_MASTER_KEY": "correct horse"}, "is not base64"),
        ({"VISHENKA_PUBLIC_URL": "http://vishenka.example"}, "PUBLIC_URL must be https"),
        ({"VISHENKA_PUBLIC_URL": ""}, "VISHENKA_PUBLIC_URL is not set"),
        ({"VISHENKA_PUBLIC_URL": "https://localhost"}, "points at this machine"),
        ({"VISHENKA_LIMITS_SCALE": "2"}, "VISHENKA_LIMITS_SCALE is for MODE=dev only"),
        ({"VISHENKA_TELEGRAM_API_URL": "http://tg.example"}, "TELEGRAM_API_URL must be https"),
        ({"VISHENKA_AVITO_API_URL": "https://127.0.0.1:8090/a"}, "AVITO_API_URL points at this"),
        ({"VISHENKA_METRICS_TOKEN": ""}, "VISHENKA_METRICS_TOKEN is not set"),
        ({"VISHENKA_METRICS_TOKEN": "short"}, "shorter than 16"),
        ({"VISHENKA_DATABASE_URL": "postgresql://postgres:x9f2@db/v"}, "uses a superuser"),
        ({"VISHENKA_DATABASE_URL": "postgresql://app:postgres@db/v"}, "a default one"),
        ({"VISHENKA_MIGRATE_DATABASE_URL": ""}, "MIGRATE_DATABASE_URL is not set"),
        ({"VISHENKA_DEBUG": "1"}, "VISHENKA_DEBUG must be off"),
        ({"VISHENKA_MASTER_BOT_TOKEN": ""}, "VISHENKA_MASTER_BOT_TOKEN is not set"),
    ],
)
def test_production_refuses_weak_setting(change: dict[str, str], said: str) -> None:
    (only,) = faults(PROD | change)

    assert said in only


def test_all_faults_are_listed_at_once() -> None:
    found = faults(
        {
            "VISHENKA_MODE": "prod",
            "VISHENKA_DATABASE_URL": "mysql://root@db",
            "VISHENKA_LISTEN": "8080",
            "VISHENKA_LEASE_SECONDS": "soon",
            "VISHENKA_TELEGRAM_PROXY_URL": "ftp://proxy",
            "VISHENKA_LIMITS_SCALE": "3",
        }
    )

    for name in (
        "DATABASE_URL must look like",
        "LISTEN must look like",
        "LEASE_SECONDS",
        "TELEGRAM_PROXY_URL must look like",
        "LIMITS_SCALE is for MODE=dev only",
        "MASTER_KEY is not set",
        "REDIS_URL is not set",
        "METRICS_TOKEN is not set",
    ):
        assert any(name in fault for fault in found), name


def test_fault_never_repeats_a_secret() -> None:
    text = " ".join(faults(DEV | {"VISHENKA_MASTER_KEY": "AAAsecretAAA="}))

    assert "secret" not in text


@pytest.mark.parametrize("field", sorted(SECRETS - {"master_key_previous"}))
def test_secret_comes_from_a_file(tmp_path: Path, field: str) -> None:
    name = f"VISHENKA_{field.upper()}"
    value = PROD.get(name, "https://user:pw@host.example")
    (tmp_path / "secret").write_text(value + "\n")

    environ = {k: v for k, v in PROD.items() if k != name}
    settings = load_settings(environ | {f"{name}_FILE": str(tmp_path / "secret")})

    assert getattr(settings, field) in {value, base64.b64decode(PROD["VISHENKA_MASTER_KEY"])}


def test_secret_given_twice_or_unreadable_is_refused(tmp_path: Path) -> None:
    missing = str(tmp_path / "nowhere")

    assert "both set" in faults(DEV | {"VISHENKA_MASTER_KEY_FILE": missing})[0]
    assert "cannot be read" in faults(DEV | {"VISHENKA_SENTRY_DSN_FILE": missing})[0]


def test_secrets_do_not_show_in_repr() -> None:
    settings = load_settings(PROD)

    shown = repr(settings) + str(settings)

    for name in ("DATABASE_URL", "MASTER_KEY", "MASTER_BOT_TOKEN", "METRICS_TOKEN"):
        assert PROD[f"VISHENKA_{name}"] not in shown
    assert repr(settings.master_key) not in shown


def test_provider_addresses_are_looked_up_by_folder_name() -> None:
    settings = load_settings(
        DEV
        | {
            "VISHENKA_TELEGRAM_API_URL": "http://127.0.0.1:8090/telegram/",
            "VISHENKA_VK_PROXY_URL": "http://proxy:3128",
        }
    )

    assert settings.provider_url("telegram") == "http://127.0.0.1:8090/telegram"
    assert settings.provider_url("vk", "https://api.vk.com") == "https://api.vk.com"
    assert settings.provider_proxy("vk") == "http://proxy:3128"
    assert settings.provider_proxy("telegram") is None


def test_lists_are_read_with_commas_or_spaces() -> None:
    settings = load_settings(
        DEV | {"VISHENKA_ADMIN_TELEGRAM_IDS": "1, 2 3", "VISHENKA_TRUSTED_PROXIES": "10.0.0.0/8"}
    )

    assert settings.admin_telegram_ids == {1, 2, 3}
    assert settings.trusted_proxies == ("10.0.0.0/8",)


def test_misspelt_name_is_remembered_for_check() -> None:
    settings = load_settings(DEV | {"VISHENKA_LISTN": "x", "OTHER": "y"})

    assert settings.unknown_names == ("VISHENKA_LISTN",)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings(DEV).listen = "0.0.0.0:1"  # type: ignore[misc]


@given(st.dictionaries(st.sampled_from([f"VISHENKA_{n}" for n in NAMES]), st.text(max_size=60)))
def test_any_environment_is_accepted_or_refused_in_words(environ: dict[str, str]) -> None:
    try:
        load_settings(environ)
    except SettingsInvalid as refusal:
        found = refusal.faults
    else:
        found = ()

    assert all(fault.startswith("VISHENKA_") for fault in found)
