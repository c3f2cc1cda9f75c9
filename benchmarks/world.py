"""Bots, groups, accounts and buyers for the benchmarks that relay, equal in the city and in the
product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.city import City

FIRST_BOT = 4_300_000
FIRST_ACCOUNT = 70_000_001
FIRST_BUYER = 8_000_001
FIRST_GROUP = -1_003_000_000_000
FIRST_PERSON = 700_001
ITEM = 501


@dataclass(frozen=True, slots=True)
class Line:
    """One bot with its group and its account."""

    token: str
    group: int
    account: int
    buyers: tuple[int, ...]


def lines(bots: int, conversations: int) -> tuple[Line, ...]:
    """Return `bots` lines that share the conversations."""
    each = conversations // bots
    return tuple(
        Line(
            token=f"{FIRST_BOT + n}:AAE-benchmark-bot-token-number-{n:06}",
            group=FIRST_GROUP - n,
            account=FIRST_ACCOUNT + n,
            buyers=tuple(FIRST_BUYER + n * 1000 + k for k in range(each)),
        )
        for n in range(bots)
    )


def build(city: City, world: tuple[Line, ...]) -> None:
    """Make the world in the city."""
    for n, line in enumerate(world):
        bot = city.telegram.add_bot(line.token, f"bench{n}_bot", f"Bench {n}")
        city.telegram.add_group(line.group, f"Group {n}", forum=True)
        city.telegram.add_member(line.group, bot.id, "administrator")
        city.avito.add_account(line.account, f"client-{n}", f"secret-{n}", f"Account {n}")
        city.avito.add_item(line.account, ITEM + n, "Велосипед", "10 000 ₽")
        for buyer in line.buyers:
            city.avito.add_buyer(buyer, f"Покупатель {buyer}")


def talk(city: City, world: tuple[Line, ...]) -> None:
    """Let every buyer have written once, a minute after the one before."""
    for n, line in enumerate(world):
        for k, buyer in enumerate(line.buyers):
            city.avito.buyer_says(line.account, buyer, ITEM + n, "Ещё продаёте?")
            city.avito.chat(line.account, buyer, ITEM + n).updated -= 60.0 * k


def document(world: tuple[Line, ...]) -> dict[str, Any]:
    """Return what `main.py seed` gets."""
    count = range(len(world))
    return {
        "tenants": [
            {
                "slug": f"bench{n}",
                "name": f"Bench {n}",
                "bots": [{"name": "bot", "token": world[n].token, "username": f"bench{n}_bot"}],
                "channels": [
                    {
                        "name": "shop",
                        "provider": "avito",
                        "account_id": str(world[n].account),
                        "credentials": {
                            "client_id": f"client-{n}",
                            "client_secret": f"secret-{n}",
                        },
                    }
                ],
                "workspaces": [
                    {"name": "sales", "bot": "bot", "chat_id": world[n].group, "serves": ["shop"]}
                ],
            }
            for n in count
        ]
    }


def people(city: City, world: tuple[Line, ...], amount: int) -> list[str]:
    """Make people who let all these bots write to them; return their chats."""
    bots = {city.telegram.world.bot(line.token).id for line in world}
    ids = [FIRST_PERSON + n for n in range(amount)]
    for one in ids:
        city.telegram.add_user(one, f"Person {one}").started.update(bots)
    return [str(one) for one in ids]
