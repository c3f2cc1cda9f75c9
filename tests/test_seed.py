"""What a seed file promises: everything once, with ids, strictly read."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from services.bootstrap import Services, bootstrap
from services.kit.crypto import hash_token
from services.kit.errors import InvalidInput
from services.kit.settings import Mode, Settings, load_settings
from services.seed import ensure_master, seed, seed_file

DOCUMENT: dict[str, Any] = {
    "admins": [{"telegram_id": 1, "name": "Ольга"}],
    "tenants": [
        {
            "slug": "cherry",
            "name": "Вишня",
            "locale": "ru",
            "zone": "Europe/Moscow",
            "plan": "free",
            "members": [
                {"telegram_id": 1001, "name": "Анна", "role": "owner"},
                {"telegram_id": 1002, "name": "Борис", "role": "manager"},
            ],
            "bots": [
                {
                    "name": "support",
                    "token": "4200001:AAEexample_token_of_the_tests_000",
                    "username": "cherry_support_bot",
                }
            ],
            "channels": [
                {
                    "name": "avito-main",
                    "provider": "avito",
                    "account_id": "94235311",
                    "credentials": {"client_id": "abcdef", "client_secret": "ghijkl"},
                }
            ],
            "workspaces": [
                {
                    "name": "sales",
                    "bot": "support",
                    "chat_id": -1001234567890,
                    "serves": ["avito-main"],
                }
            ],
            "api_keys": [{"name": "probe", "scopes": ["*"]}],
            "contacts": [
                {
                    "ref": "c1",
                    "name": "Иван",
                    "fields": {"city": "Москва"},
                    "identities": {
                        "telegram": {"bot": "support", "chat_id": 555},
                        "email": "I@example.com",
                        "sms": "+7 999 123-45-67",
                    },
                }
            ],
            "consents": [
                {
                    "contact": "c1",
                    "purpose": "marketing",
                    "channel": "telegram",
                    "action": "grant",
                    "evidence": "test",
                }
            ],
        },
        {"slug": "apple", "name": "Яблоко"},
    ],
}


@pytest_asyncio.fixture
async def services(settings: Settings) -> AsyncIterator[Services]:
    found = await bootstrap(settings, use_broker=False)
    yield found
    await found.close()


def changed(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    document = deepcopy(DOCUMENT)
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return document


async def counts(services: Services) -> dict[str, int]:
    tables = ("tenant", "users", "membership", "channel", "workspace", "workspace_channel")
    tables += ("api_key", "contact", "identity", "consent_event")
    async with services.database.system("tests count rows of all tenants") as tx:
        return {table: await tx.value(f"SELECT count(*) FROM {table}") for table in tables}


async def test_document_is_answered_in_its_shape_with_ids(services: Services) -> None:
    answer = await seed(services, DOCUMENT)

    cherry = answer["tenants"][0]
    bot, account = cherry["bots"][0], cherry["channels"][0]
    assert bot["hook_url"].startswith("http://127.0.0.1:8080/hooks/telegram/")
    assert len(bot["hook_secret"]) >= 32
    assert account["hook_url"].startswith("http://127.0.0.1:8080/hooks/avito/")
    assert account["hook_secret"] is None
    assert cherry["contacts"][0]["identity_ids"].keys() == {"telegram", "email", "sms"}
    assert cherry["consents"][0]["id"]
    assert len(cherry["api_keys"][0]["key"]) > 40
    assert set(DOCUMENT["tenants"][0]) <= set(cherry)
    assert "AAEexample" not in json.dumps(answer)


async def test_same_document_twice_changes_nothing_and_hides_the_key(services: Services) -> None:
    first = await seed(services, DOCUMENT)
    before = await counts(services)

    second = await seed(services, DOCUMENT)

    assert await counts(services) == before
    first["tenants"][0]["api_keys"][0]["key"] = None
    assert second == first


async def test_hook_finds_the_seeded_channel_with_its_credentials(services: Services) -> None:
    answer = await seed(services, DOCUMENT)

    bot = answer["tenants"][0]["bots"][0]
    key = bot["hook_url"].rsplit("/", 1)[1]
    view = await services.channel_cache.by_hook("telegram", key)

    assert view is not None
    assert view.is_bot
    assert view.account.external_id == "4200001"
    assert view.account.hook_secret == bot["hook_secret"]
    assert view.account.credentials.token.startswith("4200001:")


async def test_given_api_key_is_stored_as_a_hash(services: Services) -> None:
    key = "probe-key-of-the-tests-000000000000"
    await seed(
        services,
        changed(("tenants", 0, "api_keys"), [{"name": "probe", "scopes": ["*"], "key": key}]),
    )

    async with services.database.system("tests look at a key") as tx:
        assert await tx.value("SELECT key_hash FROM api_key") == hash_token(key)


async def test_tenants_do_not_see_each_other(services: Services) -> None:
    answer = await seed(services, DOCUMENT)
    other = answer["tenants"][1]["id"]

    async with services.database.tenant(other) as tx:
        for table in ("membership", "channel", "workspace", "contact", "identity", "api_key"):
            assert await tx.value(f"SELECT count(*) FROM {table}") == 0


async def test_changed_token_keeps_address_and_secret(services: Services) -> None:
    first = await seed(services, DOCUMENT)
    token = "4200001:BBB_another_token_of_the_tests_0"

    second = await seed(services, changed(("tenants", 0, "bots", 0, "token"), token))

    assert second["tenants"][0]["bots"] == first["tenants"][0]["bots"]
    services.channel_cache.forget()
    key = first["tenants"][0]["bots"][0]["hook_url"].rsplit("/", 1)[1]
    view = await services.channel_cache.by_hook("telegram", key)
    assert view is not None
    assert view.account.credentials.token == token


async def test_bot_of_another_tenant_is_refused_without_telling_whose(services: Services) -> None:
    await seed(services, DOCUMENT)
    bots = DOCUMENT["tenants"][0]["bots"]

    with pytest.raises(InvalidInput) as refusal:
        await seed(services, {"tenants": [{"slug": "thief", "name": "T", "bots": bots}]})

    assert refusal.value.key == "channels.account_taken"
    assert "cherry" not in str(refusal.value.params)


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("tenants", 0, "colour"), "red", "tenants[0]"),
        (("tenants", 0, "members", 0, "role"), "king", "tenants[0].members[0].role"),
        (("tenants", 0, "members", 0, "telegram_id"), "1", "tenants[0].members[0].telegram_id"),
        (("tenants", 0, "slug"), "Вишня", "tenants[0].slug"),
        (("tenants", 0, "zone"), "Mars/Base", "tenants[0].zone"),
        (("tenants", 0, "bots", 0, "token"), "nonsense", "tenants[0].bots[0].token"),
        (("tenants", 0, "channels", 0, "provider"), "olx", "tenants[0].channels[0].provider"),
        (
            ("tenants", 0, "channels", 0, "credentials"),
            {"client_id": "abcdef"},
            "tenants[0].channels[0].credentials.client_secret",
        ),
        (("tenants", 0, "workspaces", 0, "bot"), "nobody", "tenants[0].workspaces[0].bot"),
        (
            ("tenants", 0, "workspaces", 0, "serves"),
            ["avito-main", "nobody"],
            "tenants[0].workspaces[0].serves[1]",
        ),
        (("tenants", 0, "consents", 0, "contact"), "c2", "tenants[0].consents[0].contact"),
        (
            ("tenants", 0, "contacts", 0, "identities", "email"),
            "nobody",
            "tenants[0].contacts[0].identities.email",
        ),
        # Features of later issues are refused by name, not ignored.
        (("tenants", 0, "campaigns"), [{"name": "may"}], "tenants[0].campaigns"),
        (("tenants", 0, "templates"), [{"name": "hello"}], "tenants[0].templates"),
        (("tenants", 0, "segments"), [{"name": "moscow"}], "tenants[0].segments"),
    ],
)
async def test_fault_is_named_by_its_path(
    services: Services, path: tuple[str | int, ...], value: object, field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await seed(services, changed(path, value))

    assert refusal.value.field == field


@pytest.mark.parametrize(
    "document",
    [
        {"demo": True, "tenants": []},
        {
            "tenants": [
                {
                    "slug": "platform",
                    "name": "P",
                    "bots": [
                        {
                            "name": "m",
                            "token": "1:a",
                            "username": "vishenka_play_bot",
                        }
                    ],
                }
            ]
        },
        {
            "tenants": [
                {
                    "slug": "a",
                    "name": "A",
                    "api_keys": [{"name": "k", "scopes": ["*"], "key": "a-short-known-key"}],
                }
            ]
        },
    ],
)
async def test_demo_data_is_refused_in_prod(services: Services, document: dict[str, Any]) -> None:
    prod = services.settings.model_copy(update={"mode": Mode.PROD})
    guarded = replace(services, settings=prod)

    with pytest.raises(InvalidInput):
        await seed(guarded, document)

    assert (await counts(services))["tenant"] == 0


async def test_master_bot_follows_the_settings(services: Services) -> None:
    first = await ensure_master(services)
    again = await ensure_master(services)
    token = "4300000:Another_master_bot_of_the_tests"
    moved = replace(
        services, settings=services.settings.model_copy(update={"master_bot_token": token})
    )
    other = await ensure_master(moved)

    assert first == again != other
    async with services.database.system("tests look at bots") as tx:
        rows = await tx.fetch(
            "SELECT external_id, status, credentials IS NULL AS bare FROM channel ORDER BY status"
        )
    assert [tuple(row) for row in rows] == [
        ("4300000", "active", False),
        ("4200000", "removed", True),
    ]


async def test_file_is_seeded_and_answered_as_json(
    dsns: object, environ: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(
        "admins: [{telegram_id: 1, name: Ольга}]\ntenants: [{slug: cherry, name: Вишня}]\n"
    )

    answer = json.loads(await seed_file(load_settings(environ), file))

    assert answer["tenants"][0]["slug"] == "cherry"
    assert answer["admins"][0]["telegram_id"] == 1


async def test_demo_of_the_city_is_seeded_after_its_master_bot(services: Services) -> None:
    """The web process makes the master bot from its settings before anybody seeds."""
    text = (Path(__file__).parent.parent / "sandbox" / "demo.yaml").read_text()
    document = yaml.safe_load(text)
    token = document["tenants"][0]["bots"][0]["token"]
    started = replace(
        services, settings=services.settings.model_copy(update={"master_bot_token": token})
    )
    made = await ensure_master(started)

    answer = await seed(started, document)

    assert str(answer["tenants"][0]["bots"][0]["id"]) == str(made)
    assert await ensure_master(started) == made


async def test_thousands_of_contacts_are_seeded_in_few_statements(services: Services) -> None:
    contacts = [
        {"ref": f"c{n}", "name": f"N{n}", "identities": {"email": f"n{n}@example.com"}}
        for n in range(3000)
    ]
    consents = [
        {"contact": f"c{n}", "purpose": "marketing", "channel": "email", "action": "grant"}
        for n in range(3000)
    ]
    document = {
        "tenants": [{"slug": "big", "name": "Big", "contacts": contacts, "consents": consents}]
    }

    first = await seed(services, document)
    second = await seed(services, document)

    assert first == second
    assert (await counts(services))["consent_event"] == 3000


async def test_one_address_of_two_contacts_is_refused(services: Services) -> None:
    contacts = [{"ref": ref, "identities": {"email": "a@example.com"}} for ref in ("c1", "c2")]

    with pytest.raises(InvalidInput) as refusal:
        await seed(services, {"tenants": [{"slug": "t", "name": "T", "contacts": contacts}]})

    assert refusal.value.field == "tenants[0].contacts[1].identities.email"


async def test_account_known_under_another_name_takes_the_new_one(services: Services) -> None:
    await seed(services, DOCUMENT)
    renamed = changed(("tenants", 0, "bots", 0, "name"), "helpers")
    renamed["tenants"][0]["workspaces"][0]["bot"] = "helpers"
    renamed["tenants"][0]["contacts"][0]["identities"]["telegram"]["bot"] = "helpers"

    answer = await seed(services, renamed)

    assert [bot["name"] for bot in answer["tenants"][0]["bots"]] == ["helpers"]
    assert (await counts(services))["channel"] == 2


@pytest.mark.parametrize("text", ["tenants: [", "a: b: c"])
async def test_file_that_is_no_yaml_is_refused_by_its_line(
    environ: dict[str, str], tmp_path: Path, text: str
) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(text)

    with pytest.raises(InvalidInput) as refusal:
        await seed_file(load_settings(environ), file)

    assert refusal.value.key == "seed.not_yaml"
    assert refusal.value.params["line"] == 1


async def test_program_prints_json_only_and_explains_faults(
    environ: dict[str, str], tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("tenants: [{slug: cherry, name: Вишня}]")
    bad.write_text("tenants: [{slug: cherry, name: Вишня, campaigns: [{name: may}]}]")

    answers = [await run_program(environ, file) for file in (good, bad)]

    assert json.loads(answers[0][1])["tenants"][0]["slug"] == "cherry"
    assert answers[1][:2] == (78, "")
    assert answers[1][2].startswith("tenants[0].campaigns: the section “campaigns”")


async def run_program(environ: dict[str, str], file: Path) -> tuple[int, str, str]:
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "main.py",
        "seed",
        str(file),
        env={**environ, "PATH": "/usr/bin:/bin"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
    )
    out, err = await program.communicate()
    return program.returncode or 0, out.decode(), err.decode()
