"""The OpenAPI document is kept: whatever it allows to be sent, nothing breaks and every answer is
one it names, as nobody, as a manager and as the owner.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from services.tenants.actor import Role
from tests.webapp.people import Town

EXAMPLES = 8
SECONDS = 10
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
QUICK = hypothesis_settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def attack(operation: Any, url: str, token: str) -> list[str]:
    """Send what the document allows; return what was broken."""
    broken: list[str] = []
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    @QUICK
    @given(case=operation.as_strategy())
    def send(case: Any) -> None:
        response = case.call(base_url=url, headers=headers, timeout=SECONDS)
        try:
            case.validate_response(response, checks=CHECKS, headers=headers)
        except Exception as error:  # noqa: BLE001 - all kinds of failures are told together
            broken.append(f"{operation.label}: {str(error)[:600]}")

    send()
    return broken


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("role", [None, Role.MANAGER, Role.OWNER])
async def test_every_operation_answers_as_documented(town: Town, role: Role | None) -> None:
    person = town.dora
    async with person.door.http.get(person.door.url("/api/v1/openapi.json")) as answer:
        schema = schemathesis.openapi.from_dict(await answer.json())

    broken: list[str] = []
    for found in schema.get_all_operations():
        operation = found.ok()
        assert operation is not None, found.err()
        if role is not None:
            await town.role(person, role)  # the operation before may have left, or signed out
            await person.enter()
        broken += await asyncio.to_thread(attack, operation, person.door.url(""), person.access)

    assert broken == []
