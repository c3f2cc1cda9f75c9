"""Every form of the cabinet, fed with what no form sends: an answer, never a fault of ours."""

from __future__ import annotations

import pytest
from aiohttp import web

from services.kit.ids import new_id
from tests.services.desk.shops import Shop
from tests.webapp.pages import press
from tests.webapp.people import Town
from webapp import routes
from webapp.auth.gate import routes as routes_of

NAMES = (
    "text",
    "key",
    "name",
    "value",
    "token",
    "role",
    "channels",
    "user_id",
    "length",
    "code",
    "minutes",
    "provider",
    "client_id",
    "client_secret",
    "zone",
    "locale",
    "language",
    "days",
    "retention",
    "quiet_from",
    "quiet_to",
    "mon",
    "hours",
    "week",
    "closed_on",
    "away_text",
    "ladder",
    "target_minutes",
    "serves",
    "reason",
    "state",
    "ids",
    "file",
    "next",
)
ODD = ("\x00", "a\x00b", "\ud83d", "x" * 20_000, "'; DROP TABLE message; --", "../..", "\u202e")
ENDS = ("leave", "logout", "everywhere", "out")


def forms() -> list[str]:
    app = web.Application()
    routes.add(app)
    found = {path for method, path, _ in routes_of(app) if method == "POST"}
    return sorted(path for path in found if path.startswith("/app/"))


@pytest.mark.parametrize("odd", range(len(ODD)))
async def test_no_form_breaks_on_odd_values(town: Town, shop: Shop, odd: int) -> None:
    row = await shop.talk("Иван", "?")
    await town.anna.enter()
    value = ODD[odd].encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    faults = []
    for path in forms():
        if path.endswith(ENDS):
            continue
        one = str(row) if path.startswith("/app/dialogs") else str(new_id())
        filled = "/".join(
            one if part.startswith("{") else part for part in path.strip("/").split("/")
        )
        status, _ = await press(town.anna, f"/{filled}", dict.fromkeys(NAMES, value))
        if status >= 500:
            faults.append((path, status))
    assert not faults


def test_there_are_forms() -> None:
    assert len(forms()) > 20
