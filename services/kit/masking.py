"""The last net under everything we write down: known shapes of secrets and addresses become words.

Code is expected to log ids only; this catches what slipped through (an exception's text that
holds a URL with a bot token, a driver's message that quotes a row). Used by logs and by Sentry's
scrubber. It knows shapes, not meanings: a person's name in a free text has no shape, so extras
named after people's data are hidden whole (`HIDDEN_KEYS`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

HIDDEN = "[hidden]"
MAX_TEXT = 8_000
MAX_DEPTH = 12

_GUARDED = (
    "access_token|refresh_token|client_secret|client_id_secret|api_key|apikey|init_data|initdata"
    "|password|passwd|secret_token|secret|signature|authorization|hook_key|hook_secret|master_key"
    "|token|code_verifier|hash"
)
RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # Telegram's bot token, as it stands in URLs too (the colon may be escaped).
    (re.compile(r"\d{6,}(?::|%3[Aa])[A-Za-z0-9_-]{30,}"), HIDDEN),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}"), r"\1 " + HIDDEN),
    (re.compile(r"\b(?:vk1\.a|vsh|vsa|vsr|sk|pk|rk|whsec|eyJ)[._-]?[A-Za-z0-9_.-]{16,}"), HIDDEN),
    (
        re.compile(r"(?i)([?&;](?:key|sig|code|" + _GUARDED + r")=)[^&#\s\"']+"),
        r"\1" + HIDDEN,
    ),
    (
        re.compile(
            r"(?i)\b(" + _GUARDED + r")([\"']?\s*[:=]\s*[\"']?)(?!\[hidden\])[^\s\"',;}&)]+"
        ),
        r"\1\2" + HIDDEN,
    ),
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^/\s:@\"']*:[^/\s@\"']+@"), r"\1" + HIDDEN + "@"),
    (re.compile(r"(/hooks/[a-z0-9_-]+/)[A-Za-z0-9_-]{8,}"), r"\1" + HIDDEN),
    (re.compile(r"(/[ur]/)[A-Za-z0-9_-]{6,}"), r"\1" + HIDDEN),
    # A database's message quotes the row it refused.
    (re.compile(r"(Key \([^)]*\)=)\(.*?\)(?= |\.|$)"), r"\1(" + HIDDEN + ")"),
    (re.compile(r"(?s)(Failing row contains )\(.*?\)(?=\.|$)"), r"\1(" + HIDDEN + ")"),
    (re.compile(r"[\w.+%-]+@(?:[\w-]+\.)+[\w-]{2,}"), "[email]"),
    (re.compile(r"(?<!\w)\+\d(?:[\s().-]{0,3}\d){8,14}(?!\w)"), "[phone]"),
    (
        re.compile(
            r"(?<![\w.-])[78][\s(.-]{0,2}\d{3}[\s).-]{0,2}\d{3}[\s.-]?\d{2}[\s.-]?\d{2}(?![\w.-])"
        ),
        "[phone]",
    ),
)

HIDDEN_KEYS = frozenset(
    {
        "access_token",
        "address",
        "api_key",
        "authorization",
        "body",
        "buyer",
        "caption",
        "card",
        "client_secret",
        "contact_name",
        "cookie",
        "credentials",
        "data",
        "display",
        "email",
        "first_name",
        "full_name",
        "headers",
        "hook_key",
        "hook_secret",
        "init_data",
        "last_name",
        "message_text",
        "password",
        "payload",
        "person",
        "phone",
        "query",
        "recipient",
        "refresh_token",
        "secret",
        "session",
        "text",
        "title",
        "token",
        "url",
        "username",
    }
)


def mask(text: str) -> str:
    """Return the text without what looks like a secret, a phone or a mail address."""
    if len(text) > MAX_TEXT:
        text = text[:MAX_TEXT] + "…"
    for pattern, words in RULES:
        text = pattern.sub(words, text)
    return text


def clean(value: object, key: str = "", depth: int = 0) -> object:
    """Return a JSON-like value without secrets; what hides behind a forbidden key goes whole."""
    if key.lower() in HIDDEN_KEYS and value not in (None, "", 0):
        return HIDDEN
    if isinstance(value, bool | float) or value is None:
        return value
    if isinstance(value, int):
        masked = mask(str(value))
        return value if masked == str(value) else masked
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, bytes | bytearray):
        return f"[{len(value)} bytes]"
    return _clean_many(value, depth)


def _clean_many(value: object, depth: int) -> object:
    if depth >= MAX_DEPTH:
        return "…"
    if isinstance(value, Mapping):
        items = list(value.items())[:100]
        return {mask(str(key)): clean(item, str(key), depth + 1) for key, item in items}
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(item, "", depth + 1) for item in list(value)[:100]]
    return mask(str(value))
