"""Connecting, disconnecting, and what a health check says."""

import dataclasses
import re
from pathlib import Path

from services.connectors.base import (
    Account,
)
from services.kit.i18n import LOCALES_DIR, keys_of, read_catalogues
from services.providers.avito import setup
from services.providers.avito.credentials import FIELDS
from tests.services.providers.avito.conftest import (
    ACCOUNT_ID,
    Seller,
)

SETUP = Path(setup.__file__)
HOOK = "https://bridge.test/hooks/avito/key-1"


async def test_account_introduces_itself(seller):
    identity = await seller.connector.identify(seller.account)

    assert (identity.external_id, identity.name) == (str(ACCOUNT_ID), "Магазин")
    assert identity.extra == {"listings": "1"}


async def test_connecting_twice_subscribes_once_and_clears_older_urls(seller):
    hooks = seller.city.avito.world.accounts[ACCOUNT_ID].hooks
    hooks["https://bridge.test/hooks/avito/old-key"] = "3"
    hooks["https://other-product.test/hooks/avito/x"] = "3"

    await seller.connector.connect(seller.account, HOOK)
    await seller.connector.connect(seller.account, HOOK)

    assert set(hooks) == {HOOK, "https://other-product.test/hooks/avito/x"}


async def test_disconnecting_twice_is_fine(seller):
    await seller.connector.connect(seller.account, HOOK)
    await seller.connector.disconnect(seller.account, HOOK)
    await seller.connector.disconnect(seller.account, HOOK)
    await seller.connector.disconnect(seller.account, None)

    assert seller.city.avito.world.accounts[ACCOUNT_ID].hooks == {}


async def states(seller: Seller, account: Account | None = None, hook: str | None = HOOK):
    checks = await seller.connector.health(account or seller.account, hook)
    return {check.name: (check.state, check.key) for check in checks}


async def test_healthy_account_is_all_ok(seller):
    await seller.connector.connect(seller.account, HOOK)

    found = await states(seller)

    for name in ("token", "messenger", "webhook"):
        assert found[name] == ("ok", f"health.avito.{name}.ok")
    assert found["orders"][0] == "idle"


async def test_lacking_level_warns_about_the_messenger_only(seller):
    await seller.connector.connect(seller.account, HOOK)
    seller.city.avito.set_paid(ACCOUNT_ID, paid=False)

    found = await states(seller)

    assert found["messenger"] == ("warn", "health.avito.messenger.not_paid")
    assert (found["token"][0], found["webhook"][0]) == ("ok", "ok")


async def test_missing_webhook_warns(seller):
    assert (await states(seller))["webhook"] == ("warn", "health.avito.webhook.missing")
    assert (await states(seller, hook=None))["webhook"][0] == "idle"


async def test_old_token_is_no_illness(seller):
    seller.city.avito.expire_tokens(ACCOUNT_ID)

    assert (await states(seller))["token"][0] == "ok"


async def test_wrong_keys_are_an_illness(seller):
    keys = dataclasses.replace(seller.account.credentials, client_secret="wrong")

    found = await states(seller, dataclasses.replace(seller.account, credentials=keys, token=None))

    assert found["token"] == ("bad", "health.avito.token.refused")
    assert found["messenger"][0] == "unknown"


async def test_keys_of_another_account_are_an_illness(seller):
    found = await states(seller, dataclasses.replace(seller.account, external_id="5"))

    assert found["token"] == ("bad", "health.avito.token.other_account")


async def test_grant_is_not_spent_by_a_health_check(seller):
    token = dataclasses.replace(seller.account.token, refresh="grant-1")
    seller.city.avito.expire_tokens(ACCOUNT_ID)

    found = await states(seller, dataclasses.replace(seller.account, token=token))

    assert found["token"] == ("bad", "health.avito.token.refused")


def test_every_word_of_a_check_has_its_text():
    keys = set(re.findall(r'"((?:health|credentials)\.avito\.[a-z_.]+)"', SETUP.read_text()))
    keys |= {f"health.avito.{name}.ok" for name in ("token", "messenger", "webhook")}
    keys |= {
        f"health.avito.{name}.{word}"
        for name in ("token", "messenger", "webhook")
        for word in ("not_paid", "no_rights", "refused")
    }
    keys |= {f"credentials.avito.{item.name}" for item in FIELDS}
    keys |= {f"credentials.avito.{item.name}.hint" for item in FIELDS}

    for locale in ("ru", "en"):
        assert keys <= set(keys_of(read_catalogues(LOCALES_DIR)[0][locale]))
