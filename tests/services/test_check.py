from services.bootstrap import Services
from services.check import examine
from services.kit.settings import Settings, load_settings


async def test_good_machine_is_said_to_be_good(settings: Settings) -> None:
    findings = await examine(settings)

    assert [finding.subject for finding in findings] == [
        "settings", "redis", "database", "sign-in by browser",
    ]  # fmt: skip
    assert all(finding.is_good for finding in findings), findings
    assert "vishenka_app" in findings[2].words


async def test_half_a_login_and_an_absent_issuer_are_found(environ: dict[str, str]) -> None:
    environ["VISHENKA_LOGIN_CLIENT_ID"] = "4200000"
    environ["VISHENKA_LOGIN_API_URL"] = "http://127.0.0.1:1/login"
    half = (await examine(load_settings(environ)))[-1]
    environ["VISHENKA_LOGIN_CLIENT_SECRET"] = "s" * 32
    absent = (await examine(load_settings(environ)))[-1]

    assert (half.is_good, "only one" in half.words) == (False, True)
    assert (absent.is_good, "does not answer" in absent.words) == (False, True)


async def test_owner_in_place_of_the_application_role_is_found(environ: dict[str, str]) -> None:
    environ["VISHENKA_DATABASE_URL"] = environ["VISHENKA_MIGRATE_DATABASE_URL"]

    finding = (await examine(load_settings(environ)))[-1]

    assert not finding.is_good
    assert finding.subject == "database role"


async def test_absent_servers_and_misspelt_names_are_found(environ: dict[str, str]) -> None:
    environ["VISHENKA_REDIS_URL"] = "redis://127.0.0.1:1/0"
    environ["VISHENKA_DATABASE_URL"] = "postgresql://app:pw@127.0.0.1:1/v"
    environ["VISHENKA_LISTN"] = "127.0.0.1:80"

    findings = await examine(load_settings(environ))

    assert [finding.subject for finding in findings] == ["VISHENKA_LISTN", "redis", "database"]
    assert not any(finding.is_good for finding in findings)


async def test_services_fixture_is_the_programs_own_wiring(services: Services) -> None:
    async with services.database.system("a test looks") as tx:
        assert await tx.value("SELECT count(*) FROM channel") == 0
