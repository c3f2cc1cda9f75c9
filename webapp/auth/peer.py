"""Who is at the other end of the wire: address and device.

The address is the peer's, or, behind a trusted proxy, the right-most address of `X-Forwarded-For`
that is no trusted proxy itself; what stands left of it was written by the client.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from aiohttp import web

from webapp.keys import SERVICES

BROWSERS = (("Edg", "Edge"), ("YaBrowser", "Yandex"), ("OPR", "Opera"), ("Firefox", "Firefox"),
    ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS", "macOS"), ("Linux", "Linux"))  # fmt: skip


def address(request: web.Request) -> str:
    """Return the caller's address as limits count it."""
    peer = request.remote or ""
    trusted = request.app[SERVICES].settings.trusted_proxies
    if not trusted or not _is_among(peer, trusted):
        return peer
    for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        name = hop.strip()
        if not _is_address(name):
            return peer
        if not _is_among(name, trusted):
            return name
    return peer


def device(request: web.Request) -> str:
    """Return what the person would call their device: "Chrome, Android"."""
    agent = request.headers.get("User-Agent", "")
    found = [next((word for mark, word in table if mark in agent), "") for table in
        (BROWSERS, SYSTEMS)]  # fmt: skip
    return ", ".join(word for word in found if word)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_among(text: str, networks: Sequence[str]) -> bool:
    if not _is_address(text):
        return False
    found = ipaddress.ip_address(text)
    return any(found in ipaddress.ip_network(one, strict=False) for one in networks)
