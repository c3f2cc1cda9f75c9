"""Connecting a bot, its health, the check of a group."""

import pytest

from services.connectors.errors import AuthExpired, Rejected, Temporary
from services.kit.i18n import load
from services.providers.telegram.rights import GroupChat, Me, Membership, inspect_group
from services.providers.telegram.setup import ALLOWED_UPDATES, MAX_CONNECTIONS
from tests.services.providers.telegram.botserver import SECRET, make_account, ok, refusal

HOOK = "https://e.com/hooks/telegram/key"
ME = {"id": 4200001, "is_bot": True, "first_name": "Вишенка", "username": "cherry_bot"}
OURS = {
    "url": HOOK,
    "pending_update_count": 0,
    "max_connections": MAX_CONNECTIONS,
    "allowed_updates": list(reversed(ALLOWED_UPDATES)),
}


async def test_identity_tells_the_switches(connector, account, server):
    server.on("getMe", ok(ME | {"can_read_all_group_messages": True}))

    found = await connector.identify(account)

    assert (found.external_id, found.username) == ("4200001", "cherry_bot")
    assert found.extra["can_read_all_group_messages"] == "true"
    assert found.extra["has_topics_enabled"] == "false"


@pytest.mark.parametrize("token", ["1:wrong", "no token", "", "1:../getMe"])
async def test_wrong_token_is_auth_expired(connector, token):
    with pytest.raises(AuthExpired):
        await connector.identify(make_account(token))


@pytest.mark.parametrize(
    "change",
    [
        {"url": ""},
        {"url": "https://other.example/"},
        {"max_connections": 10},
        {"allowed_updates": ["message"]},
        {"last_error_message": "Wrong response from the webhook: 401 Unauthorized"},
    ],
)
async def test_webhook_is_set_when_it_differs(connector, account, server, change):
    server.on("getWebhookInfo", ok(OURS | change))

    await connector.connect(account, HOOK)

    params = server.asked[-1].params
    assert server.methods() == ["getWebhookInfo", "setWebhook"]
    assert params["url"] == HOOK
    assert params["secret_token"] == SECRET
    assert set(params["allowed_updates"]) == set(ALLOWED_UPDATES)


async def test_webhook_that_is_ours_is_left_alone_unless_forced(connector, account, server):
    server.on("getWebhookInfo", ok(OURS))

    await connector.connect(account, HOOK)
    assert server.methods() == ["getWebhookInfo"]

    await connector.connect(account, HOOK, force=True)
    assert server.methods()[-1] == "setWebhook"


async def test_webhook_without_a_secret_is_never_set(connector, server):
    with pytest.raises(Rejected):
        await connector.connect(make_account(secret=""), HOOK)

    assert server.asked == []


async def test_pulling_needs_no_webhook(connector, account, server):
    server.on("getWebhookInfo", ok(OURS), ok(OURS | {"url": ""}))

    await connector.connect(account, None)
    await connector.connect(account, None)

    assert server.methods() == ["getWebhookInfo", "deleteWebhook", "getWebhookInfo"]


async def test_disconnect_takes_only_our_webhook(connector, account, server):
    server.on("getWebhookInfo", ok(OURS | {"url": "https://other.example/"}), ok(OURS))

    await connector.disconnect(account, HOOK)
    assert server.methods() == ["getWebhookInfo"]

    await connector.disconnect(account, HOOK)
    assert server.methods()[-1] == "deleteWebhook"


async def test_disconnect_of_a_dead_token_is_done(connector):
    await connector.disconnect(make_account("1:revoked"), HOOK)


def states(checks):
    return {check.name: check.state for check in checks}


async def test_health_of_a_good_bot(connector, account, server):
    server.on("getMe", ok(ME))
    server.on("getWebhookInfo", ok(OURS))

    assert states(await connector.health(account, HOOK)) == {
        "token": "ok",
        "webhook": "ok",
        "pending": "ok",
        "last_error": "ok",
    }


async def test_health_tells_what_is_wrong(connector, account, server):
    server.on("getMe", ok(ME))
    wrong = {"url": "", "pending_update_count": 500, "last_error_date": 1795521600}
    server.on("getWebhookInfo", ok(OURS | wrong))

    assert states(await connector.health(account, HOOK)) == {
        "token": "ok",
        "webhook": "bad",
        "pending": "warn",
        "last_error": "warn",
    }


async def test_health_of_a_dead_token_is_a_check_and_no_error(connector):
    found = states(await connector.health(make_account("1:revoked"), HOOK))

    assert found["token"] == "bad"
    assert found["webhook"] == "unknown"


async def test_health_passes_an_outage_on(connector, account, server):
    server.on("getMe", refusal(502, "Bad Gateway"))

    with pytest.raises(Temporary):
        await connector.health(account, HOOK)


GROUP = {"id": -1001, "type": "supergroup", "title": "Продажи", "is_forum": True}
ADMIN = {
    "status": "administrator",
    "can_manage_topics": True,
    "can_pin_messages": True,
    "can_delete_messages": True,
}


async def test_good_group_passes(connector, account, server):
    server.on("getMe", ok(ME))
    server.on("getChat", ok(GROUP))
    server.on("getChatMember", ok(ADMIN))

    assert set(states(await connector.inspect(account, "-1001")).values()) == {"ok"}


async def test_group_the_bot_cannot_see_is_one_bad_check(connector, account, server):
    server.on("getMe", ok(ME))
    server.on("getChat", refusal(403, "Forbidden: bot was kicked from the supergroup chat"))

    (check,) = await connector.inspect(account, "-1001")

    assert (check.state, check.key) == ("bad", "workspace.check.chat.kicked")


async def test_private_chat_is_a_workspace_too(connector, account, server):
    server.on("getMe", ok(ME))
    server.on("getChat", ok({"id": 5, "type": "private"}))

    assert states(await connector.inspect(account, "5")) == {"chat": "ok", "topics": "idle"}


@pytest.mark.parametrize(
    ("chat", "member", "me", "bad", "warn"),
    [
        ({"is_forum": False}, {}, {}, {"forum"}, set()),
        ({"type": "group", "is_forum": False}, {}, {}, {"chat", "forum"}, set()),
        ({}, {"can_manage_topics": False}, {}, {"topics"}, set()),
        ({}, {"can_pin_messages": False}, {}, set(), {"pin"}),
        ({}, {"can_delete_messages": False}, {}, set(), {"delete"}),
        ({}, {"status": "member"}, {}, {"admin", "privacy", "topics"}, {"pin", "delete"}),
        (
            {},
            {"status": "member"},
            {"can_read_all_group_messages": True},
            {"admin", "topics"},
            {"pin", "delete"},
        ),
        ({}, {"status": "creator", "can_manage_topics": False}, {}, set(), set()),
    ],
)
def test_each_missing_right_is_named(chat, member, me, bad, warn):
    checks = inspect_group(
        Me(**({"id": 1} | me)),
        GroupChat(**(GROUP | chat)),
        Membership(**(ADMIN | member)),
    )

    assert {check.name for check in checks if check.state == "bad"} == bad
    assert {check.name for check in checks if check.state == "warn"} == warn


def test_every_check_has_its_words():
    texts = load()
    states = {
        "token": ("ok", "bad"),
        "webhook": ("ok", "bad"),
        "pending": ("ok", "warn"),
        "last_error": ("ok", "warn"),
    }
    keys = {f"health.telegram.{name}.{one}" for name, all_ in states.items() for one in all_}
    keys |= {"health.telegram.token_first", "workspace.check.chat.kicked"}
    keys |= {"workspace.check.chat.missing", "workspace.check.topics.idle"}
    keys |= {f"workspace.check.{name}.ok" for name in ("chat", "forum", "admin", "privacy")}
    keys |= {f"workspace.check.{name}.bad" for name in ("chat", "forum", "admin", "privacy")}
    keys |= {f"workspace.check.{name}.warn" for name in ("pin", "delete")}
    keys |= {"credentials.telegram.token", "credentials.telegram.token.hint"}

    for locale in ("ru", "en"):
        assert keys <= texts.keys[locale]
