"""Finds every connector by scanning the folders of `services.providers` once at start."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.connectors.base import CONNECTORS_ATTRIBUTE, Connector


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a connector's factory gets: how to reach its provider and the two HTTP clients."""

    base_url: str | None
    proxy: str | None
    timeout_seconds: float
    dev: bool
    hot: Any
    """`services.kit.http.HotClient`: the shared aiohttp session."""
    cold: Any
    """`httpx.AsyncClient`: set-up calls, OAuth, uploads."""
    clock: Any
    limits_scale: float = 1.0
    """Multiplies every limit the connector states (`LIMITS_SCALE`, development only)."""


Factory = Callable[[Wiring], Connector]


class Registry:
    """Connectors by provider name. Raises KeyError for a name that has no folder."""

    def __init__(self, connectors: Mapping[str, Connector]) -> None:
        self._connectors = dict(connectors)

    def __getitem__(self, provider: str) -> Connector:
        return self._connectors[provider]

    def __contains__(self, provider: object) -> bool:
        return provider in self._connectors

    def __iter__(self) -> Iterator[str]:
        return iter(self._connectors)


def factories() -> dict[str, Factory]:
    """Return each provider folder's factories by connector name."""
    package = importlib.import_module("services.providers")
    found: dict[str, Factory] = {}
    for module in pkgutil.iter_modules(package.__path__):
        folder = importlib.import_module(f"services.providers.{module.name}")
        found.update(getattr(folder, CONNECTORS_ATTRIBUTE, {}))
    return found


def build_registry(
    wiring: Callable[[str], Wiring], extra: Mapping[str, Factory] | None = None
) -> Registry:
    """Build every connector; `extra` adds connectors of tests."""
    everything = {**factories(), **(extra or {})}
    return Registry({name: make(wiring(name)) for name, make in everything.items()})
