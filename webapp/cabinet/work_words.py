"""What is wrong with a field of these pages, in the page's own words: the chat's ones speak of
commands.
"""

from __future__ import annotations

from services.kit.errors import InvalidInput
from webapp.speech import Speech


def fault(s: Speech, error: InvalidInput) -> str:
    """Return the sentence under a field."""
    params = {name: value for name, value in error.params.items() if name != "field"}
    own = f"work.fault.{error.key}"
    said = s.t(own, **params)
    return s.t(error.key, **params) if said == own else said


def faults(s: Speech, found: dict[str, InvalidInput]) -> dict[str, str]:
    """Return the sentences by field."""
    return {name: fault(s, error) for name, error in found.items()}
