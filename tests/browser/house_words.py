"""What things are called in a house: `NICE` as an owner would see them, for pictures; `HARD` as
they break a page: long, from right to left, emoji, markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.browser.busy_city import LONG, RTL, WORD

XSS = '"><img src=x onerror="document.title=\'hacked\'"><script>document.title=1</script>'


@dataclass(frozen=True, slots=True)
class Words:
    """What things are called in a house; `rows`: how many dialogs, and stuck answers,
    beside, and how many `seconds` between two of them.
    """

    business: str
    people: tuple[str, ...]
    says: tuple[str, ...]
    ours: tuple[str, ...]
    subjects: tuple[str, ...]
    accounts: tuple[str, str]
    groups: tuple[str, str]
    bot: str
    team: tuple[str, ...]
    canned: tuple[tuple[str, str], ...]
    rows: int
    seconds: int = 1
    names: Mapping[str, str] = field(default_factory=dict)
    price: str = "18 500 ₽"


NICE = Words(
    business="ВелоДвор",
    people=("Иван Петров", "Марина", "Тимур Гараев", "Ольга С.", "Артём"),
    says=(
        "Здравствуйте! Этот в наличии?",
        "Если сегодня заберу, уступите?",
        "А размер L ещё есть?",
        "Спасибо, жду",
        "Можно доставку в Химки?",
    ),
    ours=(
        "Да, можно посмотреть сегодня до 20:00.",
        "Вчера торговался с Ксенией. Ниже 17 500 не отдаём.",
        "Отдам за 17 900 и подарю замок.",
        "Мы на Лесной, 12.",
        "Оставить за вами до шести?",
    ),
    subjects=("Горный велосипед 27,5″", "Детский велосипед 16″", "Шлем, размер M"),
    accounts=("Avito «Москва»", "Avito «Химки»"),
    groups=("Продажи", "Склад"),
    bot="ВелоДвор",
    team=("Павел",),
    names={"guarded": "Вера", "manager": "Ксения", "analyst": "Олег", "billing": "Нина"},
    canned=(
        ("адрес", "Мы на Лесной, 12. Открыты каждый день с 10 до 20."),
        ("торг", "{name}, небольшой торг при осмотре."),
        ("доставка", "Привезём по Москве за 600 ₽, за МКАД — 40 ₽ за километр."),
    ),
    rows=7,
    seconds=80,
)
HARD = Words(
    business=LONG,
    people=(LONG, RTL, XSS[:64], "Мария 🚲👩‍👩‍👧‍👦 и компания", WORD[:64]),
    says=(WORD, RTL, XSS, "👍🏽", "Да " * 400),
    ours=(WORD, RTL, XSS, "🍒", "Нет " * 300),
    subjects=(WORD[:90], RTL, XSS[:90]),
    accounts=(LONG, RTL),
    groups=(WORD[:64], XSS[:64]),
    bot=LONG,
    team=(LONG, RTL, XSS[:64], "🍒🚲"),
    canned=((WORD[:32], WORD), (RTL[:32], RTL), (XSS[:32], XSS)),
    rows=10_000,
    price="1 234 567 890 123 ₽, торг уместен при осмотре",
)
