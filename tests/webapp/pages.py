"""Pages as a person's Mini App asks for them: look at one, press a button of one."""

from __future__ import annotations

from collections.abc import Mapping

from tests.webapp.people import Person

FRAGMENT = {"HX-Request": "true"}


async def look(person: Person, path: str, **headers: str) -> tuple[int, str]:
    """Return the status and the text of a page."""
    url = person.door.url(path)
    async with person.door.http.get(url, headers=_headers(person) | headers) as answer:
        return answer.status, await answer.text()


async def press(person: Person, path: str, typed: Mapping[str, str]) -> tuple[int, str]:
    """Send a form; return the status and where it leads, the text where it leads nowhere."""
    url = person.door.url(path)
    async with person.door.http.post(
        url, data=dict(typed), headers=_headers(person), allow_redirects=False
    ) as answer:
        return answer.status, answer.headers.get("Location") or await answer.text()


def _headers(person: Person) -> dict[str, str]:
    return FRAGMENT | {"Authorization": f"Bearer {person.access}"}
