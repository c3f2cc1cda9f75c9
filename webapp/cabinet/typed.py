"""What a person typed into a form, ready to be kept or written back."""

from __future__ import annotations

from aiohttp import web

LONGEST = 10_000
"""More of a field is neither kept nor written back."""


async def typed(request: web.Request) -> dict[str, str]:
    """Return the fields by name: lines end alike, NUL, which no table can keep, is left out."""
    form = await request.post()
    return {name: clean(value) for name, value in form.items() if isinstance(value, str)}


def clean(value: str) -> str:
    """Return one field's text."""
    return plain(value[:LONGEST])


def plain(value: str) -> str:
    """Return a text as it is kept: lines end alike, NUL is left out."""
    return value.replace("\x00", "").replace("\r\n", "\n")
