"""What is written twice is equal: the session look-up of the database and the queries here."""

from __future__ import annotations

import importlib

from services.identity import queries


def test_the_limits_of_the_function_are_those_of_the_queries() -> None:
    look = importlib.import_module("migrations.models.11_20261124_identity").LOOK

    assert f"interval '{queries.IDLE_DAYS} days'" in look
    assert f"interval '{queries.CONFIRMED_MINUTES} minutes'" in look
    assert f"'session_days')::int, {queries.MAX_DAYS}), {queries.MAX_DAYS})" in look
