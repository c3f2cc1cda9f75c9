"""Connecting, mending and removing: what is stored, who is told, what others see."""

from dataclasses import replace

import pytest

from services.audit.service import Audit
from services.bootstrap import Services
from services.channels.checks import Checker
from services.channels.models import Kind
from services.channels.options import set_silence
from services.channels.service import Channels
from services.connectors.errors import Temporary
from services.kit.db import Tx
from services.kit.errors import Conflict, Forbidden, InvalidInput, NotFound, Unavailable
from services.kit.ids import new_id
from services.tenants.actor import Actor, ActorKind, Role
from tests.services.channels.conftest import HeardOwners, Parties
from tests.services.channels.fake_provider import FakeBots, FakeMarket

TOKEN = "5000001:first_token_of_a_bot_of_the_tests"
FRESH = "5000001:fresh_token_of_a_bot_of_the_tests"
KEYS = {"token": "9001:market_keys"}


async def count_channels(services: Services) -> int:
    async with services.database.system("tests count channels") as tx:
        found: int = await tx.value("SELECT count(*) FROM channel WHERE status <> 'removed'")
    return found


async def test_token_becomes_a_dressed_bot_with_a_webhook(
    channels: Channels, services: Services, parties: Parties, bots: FakeBots
) -> None:
    bots.good = {TOKEN}

    made = await channels.add_bot(parties.ours, TOKEN)

    assert made.hook_is_set
    assert made.channel.username == "bot_5000001"
    url = bots.hooks["5000001"]
    assert url is not None
    key = url.rsplit("/", 1)[1]
    assert len(key) >= 22  # 128 bits in base64
    view = await services.channel_cache.by_hook("telegram", key)
    assert view is not None
    assert len(view.account.hook_secret) >= 22
    assert view.tenant_id == parties.ours
    assert bots.calls.count("setMyCommands") >= 1


@pytest.mark.parametrize(
    ("kind", "url", "is_there"),
    [
        (Kind.MASTER, "https://vishenka.test", True),
        (Kind.MASTER, "http://127.0.0.1:8080", False),
        (Kind.CLIENT, "https://vishenka.test", False),
    ],
)
async def test_master_bot_leads_into_the_cabinet_by_its_menu_button(
    channels: Channels, parties: Parties, bots: FakeBots, kind: Kind, url: str, is_there: bool
) -> None:
    bots.good = {TOKEN}
    channels.ways = replace(channels.ways, public_url=url)

    await channels.add_bot(parties.ours, TOKEN, kind=kind)

    assert ("setChatMenuButton" in bots.calls) is is_there


async def test_wrong_token_is_a_field_error_and_leaves_nothing(
    channels: Channels, services: Services, parties: Parties
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await channels.add_bot(parties.ours, TOKEN)

    assert refusal.value.field == "token"
    assert await count_channels(services) == 0


async def test_bot_of_another_tenant_is_refused_without_telling_whose(
    channels: Channels, services: Services, parties: Parties, bots: FakeBots
) -> None:
    bots.good = {TOKEN}
    await channels.add_bot(parties.theirs, TOKEN)

    with pytest.raises(Conflict) as refusal:
        await channels.add_bot(parties.ours, TOKEN)

    assert refusal.value.key == "channels.bot_taken"
    assert not refusal.value.params
    assert await count_channels(services) == 1
    assert await channels.channels(parties.ours) == []


async def test_provider_away_leaves_nothing(
    channels: Channels, services: Services, parties: Parties, bots: FakeBots
) -> None:
    bots.failure = lambda call: Temporary("away") if call == "identify" else None

    with pytest.raises(Unavailable):
        await channels.add_bot(parties.ours, TOKEN)

    assert await count_channels(services) == 0


async def test_webhook_that_fails_is_set_by_the_next_check(
    channels: Channels, checker: Checker, parties: Parties, bots: FakeBots
) -> None:
    bots.good = {TOKEN}
    bots.failure = lambda call: Temporary("away") if call == "connect" else None
    made = await channels.add_bot(parties.ours, TOKEN)
    bots.failure = lambda call: None

    await checker.check(made.channel.id)

    assert not made.hook_is_set
    assert bots.hooks["5000001"] is not None
    assert (await channels.channel(parties.ours, made.channel.id)).hook_state == "set"


async def test_strangers_find_nothing(
    channels: Channels, parties: Parties, bots: FakeBots
) -> None:
    bots.good = {TOKEN}
    made = await channels.add_bot(parties.ours, TOKEN)

    for tenant_id in (parties.theirs, parties.stranger):
        assert await channels.channels(tenant_id) == []
        for act in (channels.channel, channels.renew_hook, channels.remove):
            with pytest.raises(NotFound):
                await act(tenant_id, made.channel.id)
    assert bots.hooks["5000001"] is not None


async def test_renewed_hook_kills_the_old_address(
    channels: Channels, services: Services, parties: Parties, bots: FakeBots
) -> None:
    bots.good = {TOKEN}
    made = await channels.add_bot(parties.ours, TOKEN)
    old_url = bots.hooks["5000001"] or ""
    old = await services.channel_cache.by_hook("telegram", old_url.rsplit("/", 1)[1])

    await channels.renew_hook(parties.ours, made.channel.id)

    new_url = bots.hooks["5000001"] or ""
    assert new_url != old_url
    assert await services.channel_cache.by_hook("telegram", old_url.rsplit("/", 1)[1]) is None
    new = await services.channel_cache.by_hook("telegram", new_url.rsplit("/", 1)[1])
    assert old is not None
    assert new is not None
    assert new.account.hook_secret != old.account.hook_secret


async def test_removed_bot_has_no_webhook_and_no_secrets(
    channels: Channels, services: Services, parties: Parties, bots: FakeBots
) -> None:
    bots.good = {TOKEN}
    made = await channels.add_bot(parties.ours, TOKEN)

    assert await channels.remove(parties.ours, made.channel.id)

    assert "5000001" not in bots.hooks
    async with services.database.system("tests look at secrets") as tx:
        row = await tx.row("SELECT credentials, hook_secret FROM channel")
    assert row is not None
    assert (row["credentials"], row["hook_secret"]) == (None, None)
    # the same bot may come again, to anybody
    again = await channels.add_bot(parties.theirs, TOKEN)
    assert again.is_new


async def test_rotated_token_must_be_of_the_same_bot(
    channels: Channels, services: Services, parties: Parties, bots: FakeBots
) -> None:
    other = "5000002:token_of_another_bot_of_the_tests"
    bots.good = {TOKEN, FRESH, other}
    made = await channels.add_bot(parties.ours, TOKEN)

    with pytest.raises(Conflict):
        await channels.rotate_token(parties.ours, made.channel.id, {"token": other})
    await channels.rotate_token(parties.ours, made.channel.id, {"token": FRESH})

    view = await services.channel_cache.by_id(made.channel.id)
    assert view is not None
    assert view.account.credentials.token == FRESH


async def test_account_is_connected_with_its_token_at_hand(
    channels: Channels, services: Services, parties: Parties, market: FakeMarket
) -> None:
    market.good = {KEYS["token"]}

    made = await channels.connect_account(parties.ours, "market", KEYS, name="shop")

    view = await services.channel_cache.by_id(made.channel.id)
    assert view is not None
    assert view.account.token is not None
    assert view.account.token.value == "access"
    assert market.calls.count("refresh") == 1
    assert made.identity.extra["listings"] == "7"


async def test_bad_keys_save_nothing_and_name_the_field(
    channels: Channels, services: Services, parties: Parties
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await channels.connect_account(parties.ours, "market", KEYS)

    assert refusal.value.field == "token"
    assert await count_channels(services) == 0


async def test_refused_account_tells_its_owner_once_and_new_keys_heal_it(
    channels: Channels,
    services: Services,
    parties: Parties,
    market: FakeMarket,
    owners: HeardOwners,
) -> None:
    market.good = {KEYS["token"], "9001:new_keys"}
    made = await channels.connect_account(parties.ours, "market", KEYS)
    rung = []

    async def ring(tx: Tx, channel_id: object) -> None:
        rung.append(channel_id)

    channels.on_resumed(ring)
    assert await channels.suspend(made.channel.id, "auth")
    assert not await channels.suspend(made.channel.id, "auth")

    healed = await channels.connect_account(parties.ours, "market", {"token": "9001:new_keys"})

    assert healed.channel.id == made.channel.id
    assert healed.channel.status == "active"
    assert owners.heard == [("trouble", "auth"), ("well", "auth")]
    assert rung == [made.channel.id]


async def test_lost_webhook_is_set_anew_once_then_told(
    channels: Channels,
    checker: Checker,
    parties: Parties,
    bots: FakeBots,
    owners: HeardOwners,
) -> None:
    bots.good = {TOKEN}
    made = await channels.add_bot(parties.ours, TOKEN)
    bots.hooks["5000001"] = "https://thief.example"
    bots.loses_hooks = True
    bots.calls.clear()

    for _ in range(3):
        await checker.check(made.channel.id)

    assert bots.calls.count("connect") == 1
    assert owners.heard == [("trouble", "webhook")]
    # a person asks: it is tried again, and the recovery is told
    bots.loses_hooks = False
    await checker.check(made.channel.id, mend=True)
    assert owners.heard == [("trouble", "webhook"), ("well", "webhook")]


async def test_webhook_taken_again_and_again_is_told_too(
    channels: Channels,
    checker: Checker,
    parties: Parties,
    bots: FakeBots,
    owners: HeardOwners,
) -> None:
    bots.good = {TOKEN}
    made = await channels.add_bot(parties.ours, TOKEN)

    for _ in range(2):
        bots.hooks["5000001"] = "https://thief.example"
        await checker.check(made.channel.id)

    assert owners.heard == [("trouble", "webhook")]


async def test_check_that_finds_the_token_dead_stops_the_channel(
    channels: Channels, checker: Checker, parties: Parties, bots: FakeBots, owners: HeardOwners
) -> None:
    bots.good = {TOKEN}
    made = await channels.add_bot(parties.ours, TOKEN)

    bots.good = set()
    await checker.check(made.channel.id)
    dead = await channels.channel(parties.ours, made.channel.id)
    bots.good = {TOKEN}
    await checker.check(made.channel.id)

    assert (dead.status, dead.status_reason) == ("suspended", "auth")
    assert (await channels.channel(parties.ours, made.channel.id)).status == "active"
    assert owners.heard == [("trouble", "auth"), ("well", "auth")]


async def test_due_checks_are_shared_and_done_once(
    channels: Channels, checker: Checker, parties: Parties, bots: FakeBots
) -> None:
    bots.good = {TOKEN}
    await channels.add_bot(parties.ours, TOKEN)

    assert await checker.check_due() == 1
    assert await checker.check_due() == 0


async def test_longest_silence_is_the_owners_to_set(
    channels: Channels, services: Services, parties: Parties, market: FakeMarket
) -> None:
    market.good = {KEYS["token"]}
    made = await channels.connect_account(parties.ours, "market", KEYS)

    owner = Actor(ActorKind.MEMBER, new_id(), parties.ours, Role.OWNER)
    audit = Audit(services.keyring)
    async with services.database.tenant(parties.ours) as tx:
        await set_silence(tx, owner, made.channel.id, 120, audit=audit)
        with pytest.raises(InvalidInput):
            await set_silence(tx, owner, made.channel.id, 1, audit=audit)
        manager = owner.at(parties.ours, Role.MANAGER)
        with pytest.raises(Forbidden):
            await set_silence(tx, manager, made.channel.id, 60, audit=audit)
        stored = await tx.value("SELECT settings ->> 'silence_minutes' FROM channel")
    async with services.database.tenant(parties.theirs) as tx:
        with pytest.raises(NotFound):
            await set_silence(tx, owner, made.channel.id, None, audit=audit)

    assert stored == "120"
