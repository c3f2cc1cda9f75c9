"""initData: 200 genuine ones are accepted, 2,000 mutated ones refused, nothing else happens."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from urllib.parse import quote, unquote, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.init_data import Refused, _decoded, check, key_of
from tests.webapp.people import init_data, sign

TOKEN, OTHER = "42:TEST", "4200001:AAE_another_bot_of_the_tests_xxxxx"
KEY = key_of(TOKEN)
NOW = 1_764_000_000
AT = {"auth_date": str(NOW)}
# Telegram's own example, as aiogram's tests quote it
EXAMPLE = (
    "auth_date=1650385342"
    "&user=%7B%22id%22%3A42%2C%22first_name%22%3A%22Test%22%7D"
    "&query_id=test"
    "&hash=46d2ea5e32911ec8d30999b56247654460c0d20949b6277af519e76271182803"
)
NAMES = ["Анна", "O'Neil & Söhne", "李 雷", "👩‍👩‍👧", "a+b=c%20d", '"quoted"', "مرحبا", "ё" * 60]


def genuine(number: int, name: str = "") -> str:
    return init_data(TOKEN, 1 + number, name or NAMES[number % len(NAMES)], **AT)


def accepted(text: str, now: float = NOW) -> bool:
    try:
        check(text, KEY, now)
    except Refused:
        return False
    return True


def test_telegrams_example_holds_but_for_its_age() -> None:
    found = check(EXAMPLE, KEY, NOW, max_age=None)

    assert (found.user.id, found.user.first_name, found.auth_date) == (42, "Test", 1650385342)
    with pytest.raises(Refused, match="stale"):
        check(EXAMPLE, KEY, NOW)


def test_200_genuine_ones_are_accepted() -> None:
    for number in range(200):
        found = check(genuine(number), KEY, NOW)
        assert found.user.id == 1 + number
        assert found.user.first_name == NAMES[number % len(NAMES)]


def test_order_and_spelling_do_not_matter_values_do() -> None:
    fields = genuine(1, "Anna B").split("&")
    for seed in range(50):
        random.Random(seed).shuffle(fields)  # noqa: S311 - the same every time
        assert accepted("&".join(fields))
    assert accepted("&".join(fields).replace("%20", "+").replace("%7B", "%7b"))


Mutation = Callable[[random.Random, list[str]], list[str]]


def _flip(dice: random.Random, fields: list[str]) -> list[str]:
    at = dice.randrange(len(fields))
    name, _, value = fields[at].partition("=")
    place = dice.randrange(len(value))
    letter = dice.choice([c for c in "0a9fZ~" if c != value[place]])
    fields[at] = f"{name}={value[:place]}{letter}{value[place + 1 :]}"
    return fields


def _drop(dice: random.Random, fields: list[str]) -> list[str]:
    del fields[dice.randrange(len(fields))]
    return fields


def _double(dice: random.Random, fields: list[str]) -> list[str]:
    return [*fields, dice.choice(fields)]


def _add(dice: random.Random, fields: list[str]) -> list[str]:
    extra = dice.choice(["is_admin=1", "start_param=x", "chat=%7B%7D", "=", "x", "a%3Db=c"])
    return [*fields, extra]


def _recode(dice: random.Random, fields: list[str]) -> list[str]:
    """A value decoded once too often, or encoded twice."""
    at = dice.randrange(len(fields))
    name, _, value = fields[at].partition("=")
    changed = quote(value, safe="") if dice.random() < 0.5 else f"{unquote(value)}%00"
    fields[at] = f"{name}={changed if changed != value else value + '%20'}"
    return fields


def _line_feed(dice: random.Random, fields: list[str]) -> list[str]:
    """Two fields signed as one: `a=1\\nb=2` is the same signed string."""
    kept = [one for one in fields if not one.startswith("hash=")]
    kept.sort()
    at = dice.randrange(len(kept) - 1)
    glued = f"{kept[at]}%0A{quote(unquote(kept[at + 1]), safe='=')}"
    return [*kept[:at], glued, *kept[at + 2 :], *[o for o in fields if o.startswith("hash=")]]


def _hash(dice: random.Random, fields: list[str]) -> list[str]:
    proof = next(one for one in fields if one.startswith("hash="))[5:]
    others = [one for one in fields if not one.startswith("hash=")]
    bad = dice.choice(
        [
            "",
            proof.upper(),
            proof[:-1],
            proof + "0",
            "é" * 64,
            "%d0%9a" * 64,
            proof[::-1],
            "0" * 64,
        ]
    )
    return [*others, f"hash={bad if bad != proof else '1' * 64}"]


def _foreign(dice: random.Random, fields: list[str]) -> list[str]:
    del fields
    return init_data(OTHER, dice.randrange(1, 10**9), **AT).split("&")


def _stale(dice: random.Random, fields: list[str]) -> list[str]:
    del fields
    shift = dice.choice([-3601, -86_400, -NOW, 61, 3600, 10**8])
    return init_data(TOKEN, 7, auth_date=str(NOW + shift)).split("&")


def _odd_field(dice: random.Random, fields: list[str]) -> list[str]:
    """Genuinely signed, and still not what Telegram writes."""
    del fields
    odd = dice.choice(
        [
            {"auth_date": ""},
            {"auth_date": "-1"},
            {"auth_date": f"{NOW}.0"},
            {"auth_date": "١٧٦٤"},
            {"auth_date": f" {NOW}"},
            {"user": ""},
            {"user": "[]"},
            {"user": '{"id":0}'},
            {"user": '{"id":-5}'},
            {"user": '{"id":"7"}'},
            {"user": '{"id":7.5}'},
            {"user": '{"id":99999999999999999999}'},
            {"user": '{"id":7,"is_bot":true}'},
            {"user": '{"id":7'},
            {"user": '{"id":true}'},
            {"start_param": "a\nb"},
            {"start_param": "a\x00b"},
            {"start_param": "x" * 4096},
            {f"f{n}": "1" for n in range(40)},
        ]
    )
    return init_data(TOKEN, 7, **{**AT, **odd}).split("&")


MUTATIONS: list[Mutation] = [
    _flip, _drop, _double, _add, _recode, _line_feed, _hash, _foreign, _stale, _odd_field,
]  # fmt: skip


def corpus() -> Iterator[tuple[str, str]]:
    for number in range(2_000):
        dice = random.Random(number)  # noqa: S311 - the same every time
        mutate = MUTATIONS[number % len(MUTATIONS)]
        fields = genuine(number).split("&")
        yield f"{number} {mutate.__name__}", "&".join(mutate(dice, fields))


def test_2000_mutated_ones_are_refused() -> None:
    assert [name for name, text in corpus() if accepted(text)] == []


@given(st.text(max_size=500))
def test_no_text_makes_anything_but_a_refusal(text: str) -> None:
    assert not accepted(text)
    assert not accepted(f"hash={'0' * 64}&auth_date={text}")


@given(st.binary(max_size=200))
def test_no_bytes_signed_by_the_right_key_make_an_error(data: bytes) -> None:
    accepted(sign(TOKEN, {**AT, "user": data.decode("latin-1")}))


@given(st.dictionaries(st.text(max_size=10), st.text(max_size=50), max_size=5))
def test_no_fields_signed_by_the_right_key_make_an_error(fields: dict[str, str]) -> None:
    try:
        text = sign(TOKEN, {**AT, **fields})
    except UnicodeEncodeError:
        return
    assert not accepted(text)


def test_the_edges_of_time() -> None:
    text = genuine(1)

    assert accepted(text, NOW + 3600)
    assert not accepted(text, NOW + 3601)
    assert accepted(text, NOW - 60)
    assert not accepted(text, NOW - 61)


def test_decoding_is_that_of_the_standard_library() -> None:
    dice = random.Random(1)  # noqa: S311 - the same every time
    letters = "%%%%0123456789abcdefABCDEF+xyz-_.~!*'()"
    compared = 0
    for _ in range(30_000):
        value = "".join(dice.choice(letters) for _ in range(dice.randrange(12)))
        try:
            found = _decoded(value)
        except Refused:
            continue
        compared += 1
        assert found == unquote_to_bytes(value.replace("+", " ")).decode()
    assert compared > 10_000
