"""One specimen per provider. A provider without one fails the conformance test."""

import json
from datetime import UTC, datetime
from pathlib import Path

from services.connectors.base import Account, HookRequest, Token
from services.connectors.conformance import Specimen
from services.connectors.messages import Address, OutboundMessage, Text
from services.connectors.registry import factories
from services.kit.http import Answer
from services.providers.avito.credentials import AvitoCredentials
from services.providers.telegram.credentials import TelegramCredentials
from services.providers.telegram.hooks import SECRET_HEADER
from tests.fakes_marketplace import CONNECTORS, BazaarCredentials
from tests.fakes_marketplace_server import BazaarServer
from tests.fakes_marketplace_wire import SIGNATURE, sign

PROVIDERS = Path(__file__).parents[1] / "providers"
URL = "https://e.com/hooks/x/key"


def _post(body: bytes, headers: dict[str, str] | None = None) -> HookRequest:
    return HookRequest("POST", URL, headers or {}, body)


def telegram() -> Specimen:
    secret, token = "hook-secret_1", "4200001:AAEverySecretTokenOfTheTests"
    bodies = [path.read_bytes() for path in sorted((PROVIDERS / "telegram/fixtures").iterdir())]
    wrong = ({}, {SECRET_HEADER: ""}, {SECRET_HEADER: "x"}, {SECRET_HEADER: f"{secret}, {secret}"})
    return Specimen(
        factory=factories()["telegram"],
        account=Account("c", "4200001", TelegramCredentials(token), secret),
        hooks=tuple(_post(body, {SECRET_HEADER: secret}) for body in bodies),
        forged=tuple(_post(bodies[0], headers) for headers in wrong),
        secrets=(token.partition(":")[2], secret),
        message=OutboundMessage(to=Address(chat_id="555"), text=Text(text="Здравствуйте")),
        accepted=Answer(200, {}, b'{"ok":true,"result":{"message_id":5,"date":1700000000}}'),
    )


def avito() -> Specimen:
    hooks = json.loads((PROVIDERS / "avito/fixtures/hooks.json").read_bytes())
    bodies = [json.dumps(hook).encode() for hook in hooks.values()]
    stranger = json.loads(bodies[0])
    stranger["payload"]["value"]["user_id"] = 1
    token = Token("access-token-1", datetime(2030, 1, 1, tzinfo=UTC))
    return Specimen(
        factory=factories()["avito"],
        account=Account("c", "77001122", AvitoCredentials("id", "client-secret-1"), "", token),
        hooks=tuple(_post(body) for body in bodies),
        forged=(_post(json.dumps(stranger).encode()),),
        secrets=("access-token-1", "client-secret-1"),
        message=OutboundMessage(to=Address(chat_id="u2i-1"), text=Text(text="Здравствуйте")),
        accepted=Answer(200, {}, b'{"id":"m-1","created":1700000000,"type":"text"}'),
    )


def bazaar() -> Specimen:
    town = BazaarServer()
    town.buyer_says("d-1", "Почём ковёр?")
    town.buyer_says("d-1", "", sort="voice", file="f1")
    town.add("d-1", "said", who="shop", words="Даром")
    town.add("d-2", "seen")
    town.add("d-2", "erased")
    town.add("d-2", "haggled")
    body, headers = town.hook(*town.events)
    token = Token("bazaar-key-1", datetime(2030, 1, 1, tzinfo=UTC))
    keys = BazaarCredentials("shop", town.password)
    return Specimen(
        factory=CONNECTORS["bazaar"],
        account=Account("c", "shop", keys, town.secret, token),
        hooks=(_post(body, headers),),
        forged=(
            _post(body),
            _post(body + b" ", headers),
            _post(body, {SIGNATURE: sign("x", body)}),
        ),
        secrets=(town.password, town.secret, "bazaar-key-1"),
        message=OutboundMessage(to=Address(chat_id="d-1"), text=Text(text="Здравствуйте")),
        accepted=Answer(200, {}, b'{"n": 7}'),
    )


SPECIMENS = {"telegram": telegram, "avito": avito, "bazaar": bazaar}
