"""What the head of a webhook call says: its trace, and headers that were given once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar, overload

from multidict import CIMultiDictProxy

from services.kit.log import new_trace

T = TypeVar("T")

_NONE: list[str] = []


def trace_of(headers: CIMultiDictProxy[str]) -> str:
    """Return the caller's W3C trace id when it is well-formed, else a new one."""
    given = headers.get("traceparent")
    parts = given.split("-") if given else ()
    if len(parts) == 4 and len(parts[1]) == 32 and parts[1].isalnum() and parts[1].isascii():
        return parts[1].lower()
    return new_trace()


class SingleHeaders(Mapping[str, str]):
    """Headers by lower-case name. One given twice proves nothing: it is left out, so a doubled
    secret fails the check. Looks at a name when it is asked for: most never are.
    """

    __slots__ = ("_given",)

    def __init__(self, given: CIMultiDictProxy[str]) -> None:
        self._given = given

    def __getitem__(self, name: str) -> str:
        found = self._given.getall(name, _NONE)
        if len(found) != 1:
            raise KeyError(name)
        return found[0]

    @overload
    def get(self, name: str, /) -> str | None: ...
    @overload
    def get(self, name: str, /, default: str | T) -> str | T: ...
    def get(self, name: str, /, default: object = None) -> object:
        """Return the header, or `default` when it is missing or doubled."""
        found = self._given.getall(name, _NONE)
        return found[0] if len(found) == 1 else default

    def __iter__(self) -> Iterator[str]:
        names = [name.lower() for name in self._given]
        return (name for name in dict.fromkeys(names) if names.count(name) == 1)

    def __len__(self) -> int:
        return sum(1 for _ in self)
