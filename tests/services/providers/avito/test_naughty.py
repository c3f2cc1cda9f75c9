"""Every naughty string over Avito's wire: out as it is, in as it is; half a character and NUL are
the mark of what cannot be read, and no message is lost to one.
"""

from __future__ import annotations

import copy
import json

from services.connectors.errors import Unsupported
from services.connectors.messages import Message
from services.providers.avito.outbound import text_call
from services.providers.avito.wire import words
from tests.naughty import STRINGS, sendable
from tests.services.providers.avito.conftest import make_account
from tests.services.providers.avito.test_inbound import ACCOUNT, HOOKS, opened, read_event
from tests.services.providers.avito.test_outbound import text


def test_every_string_leaves_as_it_is() -> None:
    refused = []
    for value in STRINGS:
        try:
            call = text_call(make_account(), text(value))
        except Unsupported:
            refused.append(value)
            continue
        assert json.loads(call.body)["message"]["text"] == words(value)
    assert [value for value in refused if value.strip() and len(value) <= 1_000] == []


def test_what_cannot_be_kept_is_a_mark() -> None:
    for value in STRINGS:
        assert "\x00" not in words(value)
        words(value).encode()
        if value == sendable(value):
            assert words(value) == value.replace("\x00", "\ufffd")


def test_every_string_of_a_buyer_comes_as_it_is() -> None:
    wrong = []
    for value in STRINGS:
        hook = copy.deepcopy(HOOKS["text"])
        hook["payload"]["value"]["content"]["text"] = value
        for body in (json.dumps(hook), json.dumps(hook, ensure_ascii=False)):
            [event] = opened(body.encode("utf-8", "replace")).events
            [got] = read_event(ACCOUNT, event)
            assert isinstance(got, Message)
            wrong += [value] if got.text.text != words(value) else []
    assert wrong == []
