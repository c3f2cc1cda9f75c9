"""What `pages` asks for: every address a signed-in person can open, in its hard forms.

The table is by route, and `missing` holds it against the router: a new page without a line here
fails the benchmark and its test.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from aiohttp import web

from benchmarks.fill import VIKTOR, Business
from services.desk.rules import pack
from webapp import routes

OWNER = 1001
LEFT_OUT = {
    "/app/login": "sends a browser elsewhere",
    "/app/login/callback": "brings one back",
    "/app/open": "sends to the page a link means",
    "/app/files/{name}": "is as fast as the provider that has the file",
    "/app/gallery/{name}": "shows components in development only",
    "/app/{rest}": "is no page",
}
SEARCHES = {
    "a common word": "здравствуйте",
    "two words": "шлем артикул",
    "a rare word": "синхрофазотрон",
    "a name": "Иванов 17",
    "one letter": "с",
    "nothing to find": "ъъъ",
}
HEAD = "SELECT id, coalesce(greatest(last_in_at, last_out_at), created_at) AS at FROM conversation"
DEEP = f"{HEAD} WHERE tenant_id = $1 AND state <> 'spam' ORDER BY 2 DESC, 1 DESC OFFSET $2 LIMIT 1"
WAITS = """
SELECT id, waiting_since AS at FROM conversation WHERE tenant_id = $1 AND state = 'waiting'
ORDER BY 2, 1 OFFSET $2 LIMIT 1
"""
LONGEST = (
    "SELECT id, last_seq FROM conversation WHERE tenant_id = $1 ORDER BY last_seq DESC LIMIT 1"
)
STUCK = """
SELECT delivery_id AS id, at, coalesce(nullif(reason, ''), 'other') AS reason FROM delivery_stuck
WHERE tenant_id = $1 ORDER BY at DESC, 1 DESC OFFSET $2 LIMIT 1
"""
FILE = """
SELECT m.conversation_id AS id, m.id AS message FROM attachment a
JOIN message m ON m.tenant_id = a.tenant_id AND m.id = a.message_id WHERE a.tenant_id = $1 LIMIT 1
"""
OF_LONG = """
SELECT d.id FROM delivery d WHERE d.tenant_id = $1 AND d.conversation_id = (
    SELECT id FROM conversation WHERE tenant_id = $1 ORDER BY last_seq DESC LIMIT 1)
ORDER BY d.created_at OFFSET 20 LIMIT 1
"""
ROW = "SELECT id FROM {table} WHERE tenant_id = $1 ORDER BY id OFFSET $2 LIMIT 1"


@dataclass(frozen=True, slots=True)
class Visit:
    """One question. `who`: the Telegram id of the person who asks."""

    route: str
    path: str
    what: str = ""
    who: int = OWNER

    @property
    def name(self) -> str:
        """Return how a table calls it."""
        return f"{self.route}, {self.what}" if self.what else self.route


def known() -> list[str]:
    """Return every address of pages and of the API that a person asks for."""
    app = web.Application()
    routes.add(app)
    found = {
        route.resource.canonical
        for route in app.router.routes()
        if route.method == "GET" and route.resource
    }
    return sorted(
        path for path in found if path.startswith(("/app", "/api/v1")) and path not in LEFT_OUT
    )


def missing(visits: Sequence[Visit]) -> list[str]:
    """Return addresses nobody visits."""
    return [path for path in known() if path not in {visit.route for visit in visits}]


async def visits(conn: Any, business: Business) -> list[Visit]:
    """Return what to ask for, with the ids of this business."""
    tenant = business.tenant
    found = {
        "deep": await _half(conn, DEEP, "conversation", tenant),
        "waits": await _half(conn, WAITS, "conversation", tenant, 40),
        "stuck": await _half(conn, STUCK, "delivery_stuck", tenant),
        "long": await conn.fetchrow(LONGEST, tenant),
        "file": await conn.fetchrow(FILE, tenant),
        "of_long": await conn.fetchrow(OF_LONG, tenant),
        "canned": await conn.fetchrow(ROW.format(table="canned_reply"), tenant, 0),
        "member": await conn.fetchrow(ROW.format(table="membership"), tenant, 1),
        "parked": await _half(conn, ROW.format(table="parked"), "parked", tenant),
        "audit": await _half(conn, ROW.format(table="audit_entry"), "audit_entry", tenant),
        "delivery": await _half(conn, ROW.format(table="delivery"), "delivery", tenant),
    }
    hard = [*_dialogs(found, business), *_undelivered(found, business), *_journal(found)]
    return [*hard, *_rest(found, business, {visit.route for visit in hard})]


async def _half(conn: Any, sql: str, table: str, tenant: UUID, part: int = 2) -> Any:
    """Return the row in the middle of a list."""
    amount = await conn.fetchval(f"SELECT count(*) FROM {table} WHERE tenant_id = $1", tenant)
    return await conn.fetchrow(sql, tenant, amount // part)


def _dialogs(found: Mapping[str, Any], business: Business) -> Iterator[Visit]:
    deep, waits, long = (found[name] for name in ("deep", "waits", "long"))
    vera = business.members["1003"]
    asked = {
        **{
            f"view {view}": f"?view={view}"
            for view in ("waiting", "mine", "all", "snoozed", "closed", "blocked")
        },
        "waiting, deep": f"?view=waiting&cursor={pack(waits['at'], waits['id'])}",
        "all, deep": f"?view=all&cursor={pack(deep['at'], deep['id'])}",
        "all, a rare account": f"?view=all&channel={business.rare}",
        "waiting, a rare account": f"?view=waiting&channel={business.rare}",
        "closed, a rare account": f"?view=closed&channel={business.rare}",
        "all, a rare assignee": f"?view=all&assignee={vera}",
        "closed, a rare assignee": f"?view=closed&assignee={vera}",
        **{f"search for {what}": f"?view=all&q={words}" for what, words in SEARCHES.items()},
    }
    for base in ("/app/dialogs", "/api/v1/dialogs"):
        for what, query in asked.items():
            yield Visit(base, _quoted(base + query), what)
        for view in ("waiting", "all", "closed", "mine"):
            yield Visit(
                base, f"{base}?view={view}", f"view {view}, a manager of a rare account", VIKTOR
            )
        yield Visit(
            base,
            _quoted(f"{base}?view=all&q=здравствуйте"),
            "search, a manager of a rare account",
            VIKTOR,
        )
        one = f"{base}/{{id}}"
        yield Visit(one, f"{base}/{long['id']}", f"{long['last_seq']:,} messages")
        yield Visit(
            one, f"{base}/{long['id']}?before={long['last_seq'] // 2}", "the same, in the middle"
        )
        yield Visit(one, f"{base}/{deep['id']}", "an old one")
    yield Visit("/api/v1/dialogs", "/api/v1/dialogs?view=all&limit=100", "view all, 100 rows")
    for name in ("assign", "snooze", "block", "more"):
        yield Visit(
            "/app/dialogs/{id}/sheet/{name}", f"/app/dialogs/{long['id']}/sheet/{name}", name
        )
    file = found["file"]
    yield Visit(
        "/api/v1/dialogs/{id}/files/{message}/{ordinal}",
        f"/api/v1/dialogs/{file['id']}/files/{file['message']}/0",
    )


def _undelivered(found: Mapping[str, Any], business: Business) -> Iterator[Visit]:
    stuck = found["stuck"]
    cursor, reason = pack(stuck["at"], stuck["id"]), stuck["reason"]
    for base in ("/app/undelivered", "/api/v1/undelivered"):
        yield Visit(base, base, "all")
        yield Visit(base, f"{base}?reason={reason}", "one reason")
        yield Visit(base, f"{base}?reason={reason}&cursor={cursor}", "one reason, deep")
        yield Visit(base, f"{base}?channel={business.rare}", "a rare account")
        yield Visit(base, base, "a manager of a rare account", VIKTOR)
    here = "/app/undelivered"
    yield Visit(f"{here}/drop", f"{here}/drop")
    yield Visit(f"{here}/{{id}}", f"{here}/{stuck['id']}")
    yield Visit(f"{here}/{{id}}/drop", f"{here}/{stuck['id']}/drop")


def _journal(found: Mapping[str, Any]) -> Iterator[Visit]:
    journal, long = "/api/v1/deliveries", found["long"]
    yield Visit(journal, journal)
    yield Visit(journal, f"{journal}?cursor={found['delivery']['id']}", "deep")
    yield Visit(journal, f"{journal}?state=parked", "parked")
    yield Visit(journal, f"{journal}?state=retry", "a state nothing has")
    yield Visit(journal, f"{journal}?direction=out", "outward")
    one = f"{journal}?conversation={long['id']}"
    yield Visit(journal, one, "of one dialog")
    yield Visit(journal, f"{one}&cursor={found['of_long']['id']}", "of one dialog, deep")
    yield Visit("/api/v1/inbox", "/api/v1/inbox?state=parked")
    yield Visit(
        "/api/v1/inbox", f"/api/v1/inbox?state=parked&cursor={found['parked']['id']}", "deep"
    )
    yield Visit("/api/v1/audit", "/api/v1/audit")
    yield Visit("/api/v1/audit", f"/api/v1/audit?cursor={found['audit']['id']}", "deep")


def _rest(found: Mapping[str, Any], business: Business, told: Collection[str]) -> Iterator[Visit]:
    """Yield a plain visit to every route nobody named: a new page is measured at once."""
    ids = {
        "dialogs": found["long"]["id"],
        "undelivered": found["stuck"]["id"],
        "bots": business.bot,
        "accounts": business.channels[0],
        "workspaces": business.workspaces[0],
        "team": found["member"]["id"],
        "canned": found["canned"]["id"],
    }
    for path in known():
        kind = path.removeprefix("/app/").removeprefix("/api/v1/").partition("/")[0]
        address = path.replace("{id}", str(ids.get(kind, "{id}"))).replace("{token}", "n" * 43)
        if path not in told and "{" not in address:
            yield Visit(path, address)
            if path in ("/app", "/api/v1/home"):
                yield Visit(path, address, "a manager of a rare account", VIKTOR)


def _quoted(path: str) -> str:
    return quote(path, safe="/?&=%-_:,+")
