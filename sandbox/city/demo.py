"""The demo's world: bots, people, group and account of `sandbox/demo.yaml`, and some buyers.

Only what the file says is shared with the product; listings and buyers live on Avito's side.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from sandbox.city.city import City

DEMO_FILE = Path(__file__).parent.parent / "demo.yaml"
DEMO_MASTER_TOKEN = "4200000:AAEplay_bot_of_the_provider_city_00"  # noqa: S105 - fake on purpose
DEMO_CLIENT_TOKEN = "4200001:AAEvelodvor_bot_of_the_provider_city"  # noqa: S105 - fake on purpose
DEMO_MASTER_USERNAME = "vishenka_play_bot"
DEMO_ANNA, DEMO_BORIS, DEMO_OLGA = 700100101, 700100102, 700100100
DEMO_GROUP = -1002200000001
DEMO_ACCOUNT = 94235311
DEMO_GROUP_TITLE = "ВелоДвор · Продажи"
DEMO_ITEMS = (
    (1768287444, "Горный велосипед 27,5″", "18 500 ₽"),
    (1768287445, "Детский велосипед 16″", "6 900 ₽"),
    (1768287446, "Самокат городской", "9 400 ₽"),
    (1768287447, "Шлем M", "2 100 ₽"),
)
DEMO_BUYERS = (
    (215001122, "Иван Петров"),
    (215001123, "Марина"),
    (215001124, "Ольга С."),
    (215001125, "Артём"),
)
BUYER_NAMES = (
    "Кирилл", "Светлана", "Тимур", "Надежда", "Роман", "Алия", "Глеб", "Вера", "Игорь", "Жанна",
)  # fmt: skip


def build(city: City, file: Path = DEMO_FILE) -> None:
    """Make the world the file describes; bots without a webhook keep their updates until then."""
    document: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    for person in document.get("admins", ()):
        city.telegram.add_user(person["telegram_id"], person["name"])
    for tenant in document["tenants"]:
        _tenant(city, tenant)
    for buyer_id, name in DEMO_BUYERS:
        city.avito.add_buyer(buyer_id, name)


def _tenant(city: City, tenant: dict[str, Any]) -> None:
    for person in tenant.get("members", ()):
        city.telegram.add_user(person["telegram_id"], person["name"])
    tokens = {}
    for bot in tenant.get("bots", ()):
        city.telegram.add_bot(bot["token"], bot["username"], tenant["name"])
        tokens[bot["name"]] = bot["token"]
    for channel in tenant.get("channels", ()):
        _account(city, tenant["name"], channel)
    for workspace in tenant.get("workspaces", ()):
        _group(city, tenant, workspace["chat_id"], tokens[workspace["bot"]])


def _account(city: City, name: str, channel: dict[str, Any]) -> None:
    if channel["provider"] != "avito":
        return
    account_id = int(channel["account_id"])
    city.avito.add_account(account_id, **channel["credentials"], name=name)
    for item_id, title, price in DEMO_ITEMS:
        city.avito.add_item(account_id, item_id, title, price)


def _group(city: City, tenant: dict[str, Any], chat_id: int, token: str) -> None:
    city.telegram.add_group(chat_id, f"{tenant['name']} · Продажи")
    for person in tenant["members"]:
        status = "creator" if person["role"] == "owner" else "member"
        city.telegram.add_member(chat_id, person["telegram_id"], status)
    city.telegram.add_member(chat_id, int(token.split(":", maxsplit=1)[0]), "administrator")
