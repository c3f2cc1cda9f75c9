"""Every connector keeps the promises of the contract, and the checks notice when one does not."""

import dataclasses
import re
from pathlib import Path

import pytest

from services.connectors.base import Capabilities, Opened, RawEvent
from services.connectors.conformance import Specimen, faults
from services.connectors.errors import Temporary
from services.connectors.registry import factories
from tests.fakes_marketplace import Bazaar
from tests.services.connectors.specimens import SPECIMENS, bazaar


def test_every_provider_has_a_specimen():
    assert set(factories()) <= set(SPECIMENS)


@pytest.mark.parametrize("provider", sorted(SPECIMENS))
def test_connector_keeps_the_contract(provider):
    assert faults(SPECIMENS[provider]()) == []


def broken(**methods) -> Specimen:
    connector = type("Broken", (Bazaar,), methods)
    return dataclasses.replace(bazaar(), factory=connector)


def lets_all_in(self, account, request):
    return Opened((RawEvent("k", "l", request.body),))


def crashes_on_junk(self, account, event):
    return Bazaar.parse(self, account, event) if event.body[:1] == b"{" else 1 / 0


async def guesses(self, account, action, media):
    try:
        return await Bazaar.send(self, account, action, media)
    except Exception as error:
        raise Temporary(str(error)) from error


async def tells(self, account, action, media):
    raise Temporary(f"key {account.token.value}")


ALL = Capabilities(initiate=True, max_text=10_000, edit=False)


@pytest.mark.parametrize(
    ("methods", "check"),
    [
        ({"open": lets_all_in}, "opens_what_is_authentic"),
        ({"parse": crashes_on_junk}, "parses_alike_for_ever"),
        ({"send": guesses}, "tells_silence_from_refusal"),
        ({"send": tells}, "maps_every_answer"),
        ({"costs": lambda self, action: ()}, "names_its_costs"),
        ({"name": "Big Name"}, "declares_itself"),
        ({"capabilities": ALL}, "refuses_what_it_cannot"),
    ],
)
def test_broken_connector_is_found_out(methods, check):
    assert check in {fault.partition(":")[0] for fault in faults(broken(**methods))}


def test_shown_secret_is_found_out():
    specimen = bazaar()
    account = dataclasses.replace(specimen.account, external_id="open-sesame")

    found = faults(dataclasses.replace(specimen, account=account))

    assert found == ["hides_its_secrets: repr(account) shows a secret"]


# The composition root's tables of settings name every provider: one address and one proxy each.
SETTINGS = re.compile(r"^services/kit/settings\w*\.py$")


def test_no_marketplace_word_is_in_the_core():
    root = Path(__file__).parents[3]
    core = [p for p in (root / "services").rglob("*.py") if "providers" not in p.parts]
    named = {
        str(path.relative_to(root))
        for path in core
        if re.search("avito|bazaar", path.read_text(), re.IGNORECASE)
    }

    assert {name for name in named if not SETTINGS.match(name)} == set()
