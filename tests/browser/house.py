"""A business with everything in it, for every page to be looked at: each kind of message, trouble,
person and group there is, thousands of rows; and one with nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from services.connectors.messages import MediaKind
from services.kit.ids import new_id
from services.tenants.actor import Role
from tests.browser.cabinet_app import Cabinet
from tests.browser.house_words import HARD, Words
from tests.services.desk.shops import ago
from tests.webapp.auth.test_second_factor import turned_on
from tests.webapp.people import Person

CHECKS = {
    "account": (
        ("token", "ok", "health.avito.token.ok"),
        ("webhook", "ok", "health.avito.webhook.ok"),
        ("messenger", "ok", "health.avito.messenger.ok"),
        ("orders", "idle", "health.avito.orders.not_needed"),
    ),
    "refused": (
        ("token", "bad", "health.avito.token.refused"),
        ("webhook", "warn", "health.avito.webhook.missing"),
    ),
    "bot": (
        ("token", "ok", "health.telegram.token.ok"),
        ("webhook", "ok", "health.telegram.webhook.ok"),
    ),
    "group": (
        ("admin", "ok", "workspace.check.admin.ok"),
        ("topics", "bad", "workspace.check.topics.bad"),
        ("pin", "warn", "workspace.check.pin.warn"),
        ("delete", "ok", "workspace.check.delete.ok"),
    ),
}


@dataclass(slots=True)
class House:
    """Who can be sent to look, and what there is to look at, by name."""

    people: dict[str, Person] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    recovery: dict[str, list[str]] = field(default_factory=dict)


async def fill(cabinet: Cabinet, words: Words, locales: tuple[str, ...]) -> House:
    """Fill Cherry with everything, leave Plum empty; the people come once for each language."""
    house = House()
    await _channels(cabinet, words, house.ids)
    await _dialogs(cabinet, words, house.ids)
    await _undelivered(cabinet, words, house.ids)
    await _canned(cabinet, words, house.ids)
    await _team(cabinet, words, house, locales)
    await _invitation(cabinet, house)
    return house


def _checks(kind: str) -> str:
    rows = [
        {"name": name, "state": state, "key": key, "params": {}}
        for name, state, key in CHECKS[kind]
    ]
    return json.dumps(rows)


async def _channels(cabinet: Cabinet, words: Words, ids: dict[str, str]) -> None:
    """A bot, an account that is well and one whose key is refused, two groups, a journal."""
    shop, first = cabinet.shop, cabinet.town.door.channels
    shop.channels.append(await shop.channel("avito-2"))
    await shop.write("UPDATE tenant SET name = $2 WHERE id = $1", words.business)
    looks: Mapping[UUID, tuple[str, str, str, str, str]] = {
        first["telegram"]: (words.bot, "velodvor_bot", "active", "set", _checks("bot")),
        shop.channels[0]: (words.accounts[0], "", "active", "set", _checks("account")),
        shop.channels[1]: (words.accounts[1], "", "suspended", "lost", _checks("refused")),
    }
    for channel, look in looks.items():
        await shop.write(
            "UPDATE channel SET title = $3, username = $4, status = $5, hook_state = $6,"
            " external_id = abs(hashtext(id::text))::text,"
            " health = $7::jsonb, health_at = now(), last_event_at = now() - interval '40 s'"
            " WHERE tenant_id = $1 AND id = $2",
            channel,
            *look,
        )
    ids |= {"bot": str(first["telegram"]), "account": str(shop.channels[0])}
    ids["refused"] = str(shop.channels[1])
    for number, (title, state) in enumerate(zip(words.groups, ("live", "lost"), strict=True)):
        row = new_id()
        await shop.write(
            "INSERT INTO workspace (tenant_id, id, name, channel_id, chat_id, title, kind, state,"
            " checks) VALUES ($1, $2, $3, $4, $5, $6, 'forum', $7, $8::jsonb)",
            row, f"group-{number}", first["telegram"], f"-100{number}", title, state,
            _checks("group"),
        )  # fmt: skip
        ids[f"group{number}"] = str(row)
    await shop.write(
        "INSERT INTO workspace_channel (tenant_id, channel_id, workspace_id) VALUES ($1, $2, $3)",
        shop.channels[0],
        UUID(ids["group0"]),
    )
    await _troubles(cabinet, words)


async def _troubles(cabinet: Cabinet, words: Words) -> None:
    """Failed calls, a page of them and one more, and incidents that stand."""
    shop = cabinet.shop
    codes = ("timeout", "auth", "no_rights", "rate_limited")
    for channel in shop.channels:
        await shop.write(
            "INSERT INTO channel_error (tenant_id, id, channel_id, endpoint, status, attempt,"
            " code, at) SELECT $1, gen_random_uuid(), $2, 'send', 500, 1 + n % 3,"
            " ($3::text[])[1 + n % 4], now() - n * interval '7 min' FROM generate_series(1, 64) n",
            channel,
            list(codes),
        )
    for rule, subject in (("channel_auth_lost", shop.channels[1]), ("webhook_lost", "")):
        await shop.write(
            "INSERT INTO incident (tenant_id, id, rule, subject, params, opened_at)"
            " VALUES ($1, gen_random_uuid(), $2, $3, $4::jsonb, now() - interval '81 min')",
            rule,
            str(subject or shop.channels[0]),
            json.dumps({"channel": words.accounts[1]}),
        )


async def _dialogs(cabinet: Cabinet, words: Words, ids: dict[str, str]) -> None:
    """Dialogs in every state, one of them with every kind of message, and thousands beside."""
    shop = cabinet.shop
    states = ("waiting", "waiting", "waiting", "open", "snoozed")
    for number, (person, text, state) in enumerate(
        zip(words.people, words.says, states, strict=True)
    ):
        row = await shop.talk(
            person, text, state=state, minutes=(26, 18, 11, 3, 90)[number],
            subject=words.subjects[number % 3],
        )  # fmt: skip
        ids[f"dialog{number}"] = str(row)
    one = UUID(ids["dialog0"])
    await shop.write(
        "UPDATE conversation SET subject_price = $3, subject_url = 'https://shop.test/1',"
        " assignee_id = (SELECT id FROM users WHERE telegram_user_id = 1002)"
        " WHERE tenant_id = $1 AND id = $2",
        one,
        words.price,
    )
    await _thread(cabinet, words, one)
    ids["blocked"] = str(await shop.talk(words.people[1], words.says[1], state="spam"))
    ids["closed"] = str(await shop.talk(words.people[3], words.says[3], state="closed"))
    await shop.write(
        "INSERT INTO conversation (tenant_id, id, channel_id, external_chat_id, contact_id,"
        " state, person_name, subject_title, waiting_since, last_in_at) SELECT $1,"
        " gen_random_uuid(), $2, 'many-' || n, contact_id, 'waiting', ($4::text[])[1 + n % 5],"
        " ($5::text[])[1 + n % 3], now() - n * $7::int * interval '1 s',"
        " now() - n * $7::int * interval '1 s'"
        " FROM conversation, generate_series(1, $3::int) n WHERE tenant_id = $1 AND id = $6",
        shop.channels[0], words.rows, list(words.people), list(words.subjects),
        UUID(ids["dialog4"]), words.seconds,
    )  # fmt: skip


async def _thread(cabinet: Cabinet, words: Words, one: UUID) -> None:
    """One dialog with every mark, side and kind a bubble knows."""
    shop, ours = cabinet.shop, {"direction": "out", "author_kind": "member"}
    says, said = words.says, words.ours
    await shop.say(one, 2, said[0], at=ago(25), state="read", **ours)
    await shop.say(one, 3, said[1], at=ago(24), visibility="note", **ours)
    picture = await shop.say(one, 4, says[1], at=ago(23))
    await cabinet.shop.attach(picture, MediaKind.IMAGE)
    voice = await shop.say(one, 5, "", at=ago(22))
    await cabinet.shop.attach(voice, MediaKind.VOICE)
    paper = await shop.say(one, 6, "", at=ago(21))
    await cabinet.shop.attach(paper, MediaKind.FILE)
    gone = await shop.say(one, 7, says[0], at=ago(20))
    edited = await shop.say(one, 8, says[4], at=ago(19))
    for number, state in enumerate(("queued", "sent", "failed", "unknown"), 9):
        await shop.say(one, number, said[2 + number % 3], at=ago(27 - number), state=state, **ours)
    await shop.write(
        "UPDATE message SET deleted_at = CASE WHEN id = $2 THEN now() END,"
        " edited_at = CASE WHEN id = $3 THEN now() END, reply_to_id = CASE WHEN id = $3"
        " THEN $4::uuid END WHERE tenant_id = $1 AND id IN ($2, $3)",
        gone,
        edited,
        picture,
    )
    await shop.write(
        "UPDATE message SET author_name = 'Борис', reason = CASE WHEN state = 'failed'"
        " THEN 'provider_down' ELSE reason END"
        " WHERE tenant_id = $1 AND conversation_id = $2 AND direction = 'out'",
        one,
    )


STUCK = (
    ("provider_down", "parked"),
    ("auth", "parked"),
    ("too_big", "parked"),
    ("kicked", "parked"),
    ("timeout", "unknown"),
)


async def _undelivered(cabinet: Cabinet, words: Words, ids: dict[str, str]) -> None:
    """Answers that were given up on, for every kind of reason."""
    shop = cabinet.shop
    for number, (reason, state) in enumerate(STUCK):
        await shop.write(
            "INSERT INTO delivery (tenant_id, id, lane, seq, channel_id, idempotency_key, class,"
            " direction, purpose, order_key, conversation_id, action, recipient, ref)"
            " SELECT $1, gen_random_uuid(), 1, n, $2, $3 || n, 1, $6, $7, 'x', $4, '\\x00', 'x',"
            " (SELECT id FROM message WHERE tenant_id = $1 AND conversation_id = $4"
            "  ORDER BY state = 'failed' DESC, seq DESC LIMIT 1)"
            " FROM generate_series(1, $5::int) n",
            shop.channels[0], f"stuck-{reason}-", UUID(ids[f"dialog{number}"]),
            words.rows // 2 if not number else 2, "in" if reason == "kicked" else "out",
            "to_topic" if reason == "kicked" else "to_buyer",
        )  # fmt: skip
        await shop.write(
            "UPDATE delivery SET state = $2, reason = $3"
            " WHERE tenant_id = $1 AND idempotency_key LIKE $4",
            state,
            reason,
            f"stuck-{reason}-%",
        )
    async with shop.services.database.tenant(shop.id) as tx:
        ids["stuck"] = str(await tx.value("SELECT delivery_id FROM delivery_stuck LIMIT 1"))


async def _canned(cabinet: Cabinet, words: Words, ids: dict[str, str]) -> None:
    for name, text in words.canned:
        row, sql = new_id(), "INSERT INTO canned_reply (tenant_id, id, name, text) VALUES "
        await cabinet.shop.write(f"{sql} ($1, $2, $3, $4)", row, name, text)
        ids.setdefault("canned", str(row))


ROLES = {
    "owner": Role.OWNER,
    "guarded": Role.OWNER,
    "manager": Role.MANAGER,
    "analyst": Role.ANALYST,
    "billing": Role.BILLING,
    "newcomer": Role.OWNER,
    "leaver": Role.MANAGER,
    "nobody": None,
}
"""Who looks; `guarded` has a second factor, `newcomer` owns the empty business, the owner has a
seat there too.
"""


async def _team(cabinet: Cabinet, words: Words, house: House, locales: tuple[str, ...]) -> None:
    town = cabinet.town
    seats = zip(words.team, (Role.MANAGER, Role.ANALYST, Role.BILLING, Role.MANAGER), strict=False)
    for number, (name, seat) in enumerate(seats):
        await town.role(Person(town.door, 5001 + number, name), seat)
    for place, locale in enumerate(locales):
        for number, (who, role) in enumerate(ROLES.items()):
            name = words.people[0] if who == "owner" and words is HARD else "Анна"
            name = words.names.get(who, name)
            person = Person(town.door, 6000 + place * 100 + number, name)
            tenant = town.plum if who == "newcomer" else town.cherry
            if role is not None:
                await town.role(person, role, tenant)
            house.people[f"{who} {locale}"] = person
            await person.enter()
            await cabinet.speak(person, locale)
        await town.role(house.people[f"owner {locale}"], Role.MANAGER, town.plum)
        _, house.recovery[locale] = await turned_on(house.people[f"guarded {locale}"])
    await town.role(town.anna, None)  # who set the house up is not of it
    _, body = await house.people[f"owner {locales[0]}"].call("GET", "/api/v1/members")
    house.ids["member"] = next(one["id"] for one in body["items"] if one["name"] == words.team[0])


async def _invitation(cabinet: Cabinet, house: House) -> None:
    """An open invitation, by its link."""
    owner = next(iter(house.people.values()))
    wanted = {"role": "manager", "minutes": 60, "channels": []}
    _, made = await owner.call("POST", "/api/v1/invites", wanted)
    house.ids["invitation"] = str(made["token"])
