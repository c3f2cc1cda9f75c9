"""What one check of initData costs: parse, HMAC, age, person. Goal: 25 µs, so the ratio is
microseconds over 25.

The texts are as long as Telegram's (a full user with a picture's address, a signature); every call
gets another one. Refusals are measured too: what a flood of forged ones costs.
"""

from __future__ import annotations

import hmac
import time
from urllib.parse import quote

import orjson

from benchmarks.kit import Result, load_average, middle
from services.identity.init_data import InitData, Refused, check, key_of

GOAL_MICROSECONDS = 25.0
ROUNDS = 5
TEXTS = 2_000
TOKEN = "4200000:AAE-benchmark-master-bot-token-0000"  # noqa: S105 - of nobody
OTHER = "4200001:AAE-another-bot-of-the-benchmark-0000"
NOW = 1_764_000_000


def init_data(number: int, token: str = TOKEN, *, at: int = NOW, user_id: int = 0) -> str:
    """Return genuine initData."""
    user = {
        "id": user_id or 700_000_000 + number,
        "first_name": "Александра",
        "last_name": "Константинопольская",
        "username": f"alexandra_{number}",
        "language_code": "ru",
        "is_premium": True,
        "allows_write_to_pm": True,
        "photo_url": "https://t.me/i/userpic/320/benchmark-picture-of-nobody.svg",
    }
    fields = {
        "query_id": f"AAHdF6IQAAAAAN0XohDh{number:06}",
        "user": orjson.dumps(user).decode(),
        "auth_date": str(at),
        "signature": "s" * 86,
    }
    signed = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    key = hmac.digest(b"WebAppData", token.encode(), "sha256")
    proof = hmac.digest(key, signed.encode(), "sha256").hex()
    parts = "&".join(f"{name}={quote(value, safe='')}" for name, value in fields.items())
    return f"{parts}&hash={proof}"


async def run() -> Result:
    """Measure."""
    key = key_of(TOKEN)
    good = [init_data(number) for number in range(TEXTS)]
    forged = [init_data(number, OTHER) for number in range(TEXTS)]
    accepted, refused = [], []
    for _ in range(ROUNDS):
        accepted.append(_micros(good, key, expected=TEXTS))
        refused.append(_micros(forged, key, expected=0))
    detail = {
        "microseconds": round(middle(accepted), 2),
        "microseconds_goal": GOAL_MICROSECONDS,
        "microseconds_refused": round(middle(refused), 2),
        "bytes": len(good[0]),
        "rounds": ROUNDS,
        "load_average": round(load_average(), 2),
    }
    return Result("login", middle(accepted) / GOAL_MICROSECONDS, 1.0, "lower", detail)


def _micros(texts: list[str], key: bytes, *, expected: int) -> float:
    started = time.process_time()
    found = sum(_try(one, key) is not None for one in texts)
    seconds = time.process_time() - started
    assert found == expected
    return seconds / len(texts) * 1e6


def _try(one: str, key: bytes) -> InitData | None:
    try:
        return check(one, key, NOW)
    except Refused:
        return None
