"""What production refuses: every setting that is only good enough for a laptop.

Works on raw values, so that weak defaults are named in the same list as plain mistakes.
"""

import base64
import binascii
import ipaddress
import itertools
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

_WEAK_PASSWORDS = frozenset(
    {"", "postgres", "password", "vishenka", "admin", "changeme", "secret"}
)
_SUPERUSERS = frozenset({"postgres", "root"})
_LOOPBACK_NAMES = frozenset({"localhost", "localhost.localdomain", "host.docker.internal"})
_MIN_TOKEN = 16


def prod_faults(values: Mapping[str, object]) -> list[str]:
    """Sentences naming what must change before real people may use this; empty in dev."""
    if str(values.get("mode", "dev")) != "prod":
        return []
    return [
        *_key_faults(values),
        *_url_faults(values),
        *_database_faults(values),
        *_switch_faults(values),
    ]


def _text(values: Mapping[str, object], name: str) -> str:
    return str(values.get(name) or "")


def _key_faults(values: Mapping[str, object]) -> Iterator[str]:
    if _is_weak_key(_text(values, "master_key")):
        yield "VISHENKA_MASTER_KEY is weak, a pattern; make one: ./run keys new"
    if not _text(values, "master_bot_token"):
        yield "VISHENKA_MASTER_BOT_TOKEN is not set: production needs its own master bot"
    token = _text(values, "metrics_token")
    if not token:
        yield "VISHENKA_METRICS_TOKEN is not set: /metrics must not be open to everybody"
    elif len(token) < _MIN_TOKEN:
        yield f"VISHENKA_METRICS_TOKEN is shorter than {_MIN_TOKEN} characters"


def _is_weak_key(value: str) -> bool:
    try:
        key = base64.b64decode(value.translate(str.maketrans("-_", "+/")), validate=True)
    except (binascii.Error, ValueError):
        return False  # not a key at all: said already
    steps = {(b - a) % 256 for a, b in itertools.pairwise(key)}
    # 32 random bytes have under 12 distinct values once in about 10**20 keys
    return len(key) == 32 and (len(set(key)) < 12 or len(steps) == 1)


def _url_faults(values: Mapping[str, object]) -> Iterator[str]:
    public = _text(values, "public_url")
    if not public:
        yield "VISHENKA_PUBLIC_URL is not set: webhooks and links need the address people see"
    elif urlsplit(public).scheme != "https":
        yield "VISHENKA_PUBLIC_URL must be https in production"
    elif _is_loopback(public):
        yield "VISHENKA_PUBLIC_URL points at this machine itself"
    urls = values.get("provider_urls")
    for provider, url in urls.items() if isinstance(urls, dict) else ():
        name = f"VISHENKA_{provider.upper()}_API_URL"
        if urlsplit(url).scheme != "https":
            yield f"{name} must be https in production"
        if _is_loopback(url):
            yield f"{name} points at this machine: a fake provider is for MODE=dev only"


def _is_loopback(url: str) -> bool:
    host = (urlsplit(url).hostname or "").lower()
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host in _LOOPBACK_NAMES or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def _database_faults(values: Mapping[str, object]) -> Iterator[str]:
    url = urlsplit(_text(values, "database_url"))
    if not url.scheme:
        return  # not set: said already
    if url.username in _SUPERUSERS:
        yield "VISHENKA_DATABASE_URL uses a superuser; give the application role"
    if (url.password or "") in _WEAK_PASSWORDS:
        yield "VISHENKA_DATABASE_URL has no password or a default one"
    if not _text(values, "migrate_database_url"):
        yield "VISHENKA_MIGRATE_DATABASE_URL is not set: the application role must not own tables"


def _switch_faults(values: Mapping[str, object]) -> Iterator[str]:
    if "limits_scale" in values:
        yield "VISHENKA_LIMITS_SCALE is for MODE=dev only: providers' limits are what they are"
    if _text(values, "debug").lower() in {"1", "true", "yes", "on", "t", "y"}:
        yield "VISHENKA_DEBUG must be off in production"
