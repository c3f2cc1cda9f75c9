"""What tests of the work pages share: people signed in, pages and forms as htmx asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.desk.dialogs import Dialogs
from tests.services.desk.shops import Shop
from tests.webapp.people import Person, Town

FRAGMENT = {"HX-Request": "true"}


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer: its status, text, and where it sends."""

    status: int
    text: str
    location: str = ""


async def look(person: Person, path: str) -> Seen:
    """Open a page."""
    url, auth = person.door.url(path), {"Authorization": f"Bearer {person.access}"}
    async with person.door.http.get(url, headers=auth | FRAGMENT) as answer:
        return Seen(answer.status, await answer.text())


async def send(person: Person, path: str, form: Mapping[str, str]) -> Seen:
    """Send a form, not following where it leads."""
    url, auth = person.door.url(path), {"Authorization": f"Bearer {person.access}"}
    async with person.door.http.post(
        url, data=dict(form), headers=auth | FRAGMENT, allow_redirects=False
    ) as answer:
        return Seen(answer.status, await answer.text(), answer.headers.get("Location", ""))


async def open_shop(town: Town) -> Shop:
    """Cherry with two accounts; everybody is signed in."""
    services = town.door.services
    dialogs = Dialogs(services.clock, services.features.conversations.policies)
    opened = Shop(services, dialogs, id=town.cherry)
    opened.channels = [await opened.channel("avito-1"), await opened.channel("avito-2")]
    for person in (town.anna, town.boris, town.clara, town.dora):
        await person.enter()
    return opened
