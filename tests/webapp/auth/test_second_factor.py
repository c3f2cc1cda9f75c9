"""The second factor: RFC vectors, each code once, five tries, and what it guards."""

from __future__ import annotations

import asyncio
import base64
import time
from typing import Any

import pytest

from services.identity.second_factor import code_of
from tests.webapp.people import Person, Town

RFC = b"12345678901234567890"


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238(at: int, code: str) -> None:
    assert code_of(RFC, at // 30, digits=8) == code


def codes(secret: str) -> list[str]:
    """Codes of the step before, this one and the next: all three are good now."""
    step = int(time.time()) // 30
    return [code_of(base64.b32decode(secret), step + shift) for shift in (-1, 0, 1)]


async def turned_on(person: Person) -> tuple[str, list[str]]:
    """Turn the second factor on with the earliest good code; return seed and recovery codes."""
    status, made = await person.call("POST", "/api/v1/second-factor")
    assert status == 200
    assert made["svg"].startswith("<svg")
    assert "secret=" in made["uri"]
    first = {"code": codes(made["secret"])[0]}
    status, body = await person.call("POST", "/api/v1/second-factor/on", first)
    assert status == 200
    assert len(set(body["codes"])) == 10
    return made["secret"], body["codes"]


async def code(person: Person, text: str) -> tuple[int, str]:
    status, body = await person.call("POST", "/api/v1/auth/code", {"code": text})
    return status, body.get("error", {}).get("code", "")


async def expire(town: Town, column: str = "confirmed_at", table: str = "user_session") -> None:
    async with town.door.services.database.system("time passes") as tx:
        await tx.execute(f"UPDATE {table} SET {column} = {column} - interval '16 minutes'")


async def test_dangerous_acts_ask_for_a_code_of_the_last_minutes(town: Town) -> None:
    await town.anna.enter()
    wanted = {"role": "analyst"}
    assert (await town.anna.call("POST", "/api/v1/invites", wanted))[0] == 201  # it is off
    secret, _ = await turned_on(town.anna)
    await expire(town)

    status, body = await town.anna.call("POST", "/api/v1/invites", wanted)
    assert (status, body["error"]["code"]) == (403, "auth.code_needed")
    assert (await town.anna.call("GET", "/api/v1/members"))[0] == 200  # reading is not guarded

    assert await code(town.anna, codes(secret)[2]) == (200, "")
    assert (await town.anna.call("POST", "/api/v1/invites", wanted))[0] == 201


async def test_a_code_works_once_and_for_its_person_only(town: Town) -> None:
    await town.anna.enter()
    await town.boris.enter()
    secret, _ = await turned_on(town.anna)
    await turned_on(town.boris)
    good = codes(secret)[2]

    assert (await code(town.boris, good))[0] == 403
    assert (await code(town.anna, good))[0] == 200
    assert await code(town.anna, good) == (403, "auth.code_wrong")


async def test_fifty_uses_of_one_code_at_once_are_one(town: Town) -> None:
    await town.anna.enter()
    secret, _ = await turned_on(town.anna)
    good = codes(secret)[2]

    answers = await asyncio.gather(*(code(town.anna, good) for _ in range(50)))

    assert sum(status == 200 for status, _ in answers) == 1


async def test_five_wrong_codes_close_the_door_for_a_quarter_of_an_hour(town: Town) -> None:
    await town.anna.enter()
    secret, _ = await turned_on(town.anna)

    wrong = [await code(town.anna, "000000") for _ in range(5)]
    assert {status for status, _ in wrong} == {403}

    assert await code(town.anna, codes(secret)[2]) == (429, "auth.too_many_codes")
    await expire(town, "tries_since", "second_factor")
    assert (await code(town.anna, codes(secret)[2]))[0] == 200


async def test_a_recovery_code_works_once(town: Town) -> None:
    await town.anna.enter()
    _, recovery = await turned_on(town.anna)

    assert (await code(town.anna, recovery[0].lower()))[0] == 200
    assert (await code(town.anna, recovery[0]))[0] == 403
    assert (await code(town.anna, recovery[1].replace("-", " ")))[0] == 200


async def test_turning_it_off_takes_a_code(town: Town) -> None:
    await town.anna.enter()
    secret, _ = await turned_on(town.anna)
    off = "/api/v1/second-factor/off"

    assert (await town.anna.call("POST", "/api/v1/second-factor"))[0] == 409
    assert (await town.anna.call("POST", off, {"code": "000000"}))[0] == 403
    assert (await town.anna.call("POST", off, {"code": codes(secret)[2]}))[0] == 200
    assert (await town.anna.call("GET", "/api/v1/me"))[1]["second_factor"] is False


async def test_the_seed_is_nowhere_in_the_clear(town: Town) -> None:
    await town.anna.enter()
    secret, recovery = await turned_on(town.anna)

    async with town.door.services.database.system("a thief looks") as tx:
        row: Any = await tx.row("SELECT secret, recovery FROM second_factor")
    assert base64.b32decode(secret) not in bytes(row["secret"])
    assert not any(one in row["recovery"] for one in recovery)
