"""Every filter and handler of both bots is async: a sync one costs a thread hop for each
update.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aiogram import Router
from aiogram.dispatcher.event.handler import CallableObject

from handlers import client, master


def objects(router: Router) -> Iterator[tuple[str, CallableObject]]:
    for name, observer in router.observers.items():
        for handler in observer.handlers:
            yield f"{router.name}.{name}", handler
            for each in handler.filters or []:
                yield f"{router.name}.{name}.filter", each
        for each in observer._handler.filters or []:
            yield f"{router.name}.{name}.root", each
    for child in router.sub_routers:
        yield from objects(child)


@pytest.mark.parametrize("routers", [master.routers, client.routers])
def test_nothing_is_sent_to_a_thread(routers) -> None:  # type: ignore[no-untyped-def]
    found = [pair for router in routers() for pair in objects(router)]

    assert len(found) > 20
    assert [where for where, each in found if not each.awaitable] == []


def test_a_managers_message_is_asked_first_by_one_filter() -> None:
    first = client.routers()[0]

    [handler] = first.message.handlers
    assert len(handler.filters or []) == 1
