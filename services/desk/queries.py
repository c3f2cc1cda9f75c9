"""Statements of the desk. Every one takes the tenant as $1.

Lists are put together from the conditions that were asked for: a plan made for all the filters
that might be given reads the whole business to show thirty rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from services.conversations.journal import ACTIVE
from services.desk.values import View

SCOPE = "c.tenant_id = $1 AND ($2::uuid[] IS NULL OR c.channel_id = ANY($2))"

# A keyset page: rows after the moment and the id of the last row seen.
OLDEST_FIRST = ("c.waiting_since, c.id", ">")
NEWEST_FIRST = (f"{ACTIVE} DESC, c.id DESC", "<")
VIEWS: dict[View, tuple[str, tuple[str, str]]] = {
    View.WAITING: ("c.state = 'waiting' AND c.waiting_since IS NOT NULL", OLDEST_FIRST),
    View.MINE: ("c.state IN ('open', 'waiting', 'snoozed')", NEWEST_FIRST),
    View.ALL: ("c.state <> 'spam'", NEWEST_FIRST),
    View.SNOOZED: ("c.state = 'snoozed'", NEWEST_FIRST),
    View.CLOSED: ("c.state = 'closed'", NEWEST_FIRST),
    View.BLOCKED: ("c.state = 'spam'", NEWEST_FIRST),
}
FILTERS = {
    "scope": "c.channel_id = ANY({}::uuid[])",
    "channel": "c.channel_id = {}::uuid",
    "assignee": "c.assignee_id = {}::uuid",
    "found": "c.id = ANY({}::uuid[])",
}

HEAD = f"""c.tenant_id, c.id, c.state, c.person_name, c.subject_title, c.subject_price,
    c.channel_id, c.assignee_id, c.waiting_since, c.snoozed_until, {ACTIVE} AS active_at"""
# In the order of the fields of Dialog (its mark is put in) and Preview.
SHOWN = """c.id, c.state, c.person_name, c.subject_title, c.subject_price, c.channel_id,
    ch.provider, coalesce(nullif(ch.title, ''), ch.name) AS channel, c.assignee_id,
    coalesce(u.name, '') AS assignee, c.waiting_since, c.snoozed_until, c.active_at,
    m.text, m.kind, m.author_kind, m.author_name, m.is_note, m.message_state, m.sent_at"""
SHOWN_COLUMNS, PREVIEW_COLUMNS = 13, slice(13, 20)
NAMED = """JOIN channel ch ON ch.tenant_id = c.tenant_id AND ch.id = c.channel_id
LEFT JOIN users u ON u.id = c.assignee_id"""
LAST = """LEFT JOIN LATERAL (SELECT left(m.text, 200) AS text, m.kind, m.author_kind,
    m.author_name, m.visibility = 'note' AS is_note, m.state AS message_state,
    m.sent_at FROM message m
    WHERE m.tenant_id = $1 AND m.conversation_id = c.id
    ORDER BY m.seq DESC LIMIT 1) AS m ON true"""


def listing(view: View, given: Mapping[str, Any], limit: int) -> tuple[str, list[Any]]:
    """Return the statement of one page of a view, and its values after the tenant. `given`: of
    FILTERS, what is not None, and `at`, `id` of the last row seen.
    """
    asked = {name: value for name, value in given.items() if value is not None}
    return _listing(view, tuple(asked), limit), list(asked.values())


@lru_cache(maxsize=512)
def _listing(view: View, asked: tuple[str, ...], limit: int) -> str:
    """Scope, filters, keyset page, names, newest message. The limit is part of the text: the
    planner must know that few rows are wanted.
    """
    where, (order, sign) = VIEWS[view]
    place = {name: f"${number}" for number, name in enumerate(asked, start=2)}
    conditions = ["c.tenant_id = $1", where]
    conditions += [FILTERS[name].format(place[name]) for name in asked if name in FILTERS]
    if "at" in place:
        key = order.replace(" DESC", "").rpartition(",")[0]
        conditions.append(
            f"({key}, c.id) {sign} ({place['at']}::timestamptz, {place['id']}::uuid)"
        )
    return f"""
WITH c AS MATERIALIZED (
    SELECT {HEAD} FROM conversation c
    WHERE {" AND ".join(conditions)} ORDER BY {order} LIMIT {int(limit)})
SELECT {SHOWN} FROM c {NAMED} {LAST}
ORDER BY {order.replace(ACTIVE, "c.active_at")}
"""


def counts(*, is_scoped: bool, most: int) -> str:
    """Return the statement of the numbers on tabs and views, none above `most`: it takes the
    person as $2 and, where there is one, the scope as $3.
    """
    scope = "AND {}.{} = ANY($3::uuid[])" if is_scoped else ""
    rows = {
        "waiting": "conversation c WHERE c.tenant_id = $1 AND c.state = 'waiting'"
        " AND c.waiting_since IS NOT NULL",
        "mine": "conversation c WHERE c.tenant_id = $1 AND c.assignee_id = $2"
        " AND c.state IN ('open', 'waiting', 'snoozed')",
        "snoozed": "conversation c WHERE c.tenant_id = $1 AND c.state = 'snoozed'",
        "stuck": "delivery_stuck s WHERE s.tenant_id = $1 AND s.class < 3",
    }
    parts = [
        f"(SELECT count(*) FROM (SELECT FROM {source}"
        f" {scope.format(*(('s', 'account_id') if name == 'stuck' else ('c', 'channel_id')))}"
        f" LIMIT {int(most)}) AS x) AS {name}"
        for name, source in rows.items()
    ]
    return f"SELECT {', '.join(parts)}"


ONE = f"""
SELECT {SHOWN.replace("c.active_at", f"{ACTIVE} AS active_at")}, c.person_url, c.subject_url,
    w.chat_id, t.thread_id, d.text AS draft
FROM conversation c {NAMED}
LEFT JOIN workspace w ON w.tenant_id = c.tenant_id AND w.id = c.workspace_id
LEFT JOIN topic_link t ON t.tenant_id = c.tenant_id AND t.conversation_id = c.id AND t.is_current
LEFT JOIN draft d ON d.tenant_id = c.tenant_id AND d.conversation_id = c.id AND d.user_id = $4
{LAST}
WHERE {SCOPE} AND c.id = $3
"""

ITEMS = """
SELECT m.id, m.seq, m.direction, m.author_kind, m.author_id, m.author_name, m.visibility, m.kind,
    m.text, m.state, m.reason, m.sent_at, m.edited_at, m.deleted_at, m.reply_to_id,
    left(r.text, 120) AS reply_text,
    (SELECT json_agg(json_build_array(a.ordinal, a.kind, a.size, a.state) ORDER BY a.ordinal)
     FROM attachment a WHERE a.tenant_id = m.tenant_id AND a.message_id = m.id) AS files,
    o.stuck, coalesce(o.is_repeat, false) AS is_repeat
FROM message m
LEFT JOIN message r ON r.tenant_id = m.tenant_id AND r.id = m.reply_to_id
LEFT JOIN LATERAL (SELECT bool_or(d.possible_repeat) AS is_repeat,
    array_agg(d.id) FILTER (WHERE d.state IN ('parked', 'unknown')) AS stuck
    FROM delivery d WHERE d.tenant_id = m.tenant_id AND d.ref = m.id AND d.purpose = 'to_buyer'
    ) AS o ON m.direction = 'out'
WHERE m.tenant_id = $1 AND m.conversation_id = $2 AND m.seq < $3
ORDER BY m.seq DESC LIMIT $4
"""

HAS = f"""
SELECT 1 FROM conversation c
JOIN message m ON m.tenant_id = c.tenant_id AND m.conversation_id = c.id AND m.id = $4
JOIN attachment a ON a.tenant_id = m.tenant_id AND a.message_id = m.id AND a.ordinal = $5
WHERE {SCOPE} AND c.id = $3
"""

DRAFT = """
INSERT INTO draft (tenant_id, conversation_id, user_id, text) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, conversation_id, user_id) DO UPDATE SET text = excluded.text,
    updated_at = now()
"""
NO_DRAFT = "DELETE FROM draft WHERE tenant_id = $1 AND conversation_id = $2 AND user_id = $3"

# What is stuck knows account and direction by itself (migration 14): sums read nothing else.
WHY = "coalesce(nullif(s.reason, ''), 'other')"  # so that every heap has a name to ask for it by
STUCK_SEEN = """s.tenant_id = $1 AND s.class < 3
  AND ($2::uuid[] IS NULL OR s.account_id = ANY($2))"""
STUCK_FILTER = f"""{STUCK_SEEN} AND ($3::text = '' OR {WHY} = $3)
  AND ($4::text = '' OR s.state = $4) AND ($5::uuid IS NULL OR s.account_id = $5)"""
STUCK_SHOWN = """
SELECT s.delivery_id AS id, s.state, s.reason, s.at AS stuck_at, s.direction, d.conversation_id,
    d.attempts, d.created_at, coalesce(c.person_name, '') AS person, ch.id AS channel_id,
    ch.provider, coalesce(nullif(ch.title, ''), ch.name) AS channel, coalesce(m.text, '') AS text,
    coalesce(m.kind, '') AS kind"""
STUCK_NAMED = """
JOIN delivery d ON d.tenant_id = s.tenant_id AND d.id = s.delivery_id
JOIN channel ch ON ch.tenant_id = s.tenant_id AND ch.id = s.account_id
LEFT JOIN conversation c ON c.tenant_id = s.tenant_id AND c.id = d.conversation_id
LEFT JOIN message m ON m.tenant_id = s.tenant_id AND m.id = d.ref"""
STUCK = f"""{STUCK_SHOWN}
FROM (SELECT s.* FROM delivery_stuck s WHERE {STUCK_FILTER}
      AND ($6::timestamptz IS NULL OR (s.at, s.delivery_id) < ($6, $7::uuid))
      ORDER BY s.at DESC, s.delivery_id DESC LIMIT $8) AS s {STUCK_NAMED}
ORDER BY s.at DESC, s.delivery_id DESC
"""
STUCK_ONE = f"""{STUCK_SHOWN}
FROM delivery_stuck s {STUCK_NAMED} WHERE {STUCK_SEEN} AND s.delivery_id = $3
"""
STUCK_GROUPS = f"""
SELECT {WHY} AS reason, s.state, count(*) AS n, min(s.at) AS oldest
FROM delivery_stuck s WHERE {STUCK_SEEN} GROUP BY 1, 2 ORDER BY n DESC, 1
"""
STUCK_SHARES = f"""
SELECT p.*, ch.provider, coalesce(nullif(ch.title, ''), ch.name) AS channel
FROM (SELECT {WHY} AS reason, s.state, s.direction, s.account_id AS channel_id, count(*) AS n,
        min(s.at) AS oldest
      FROM delivery_stuck s WHERE {STUCK_SEEN} GROUP BY 1, 2, 3, 4) AS p
JOIN channel ch ON ch.tenant_id = $1 AND ch.id = p.channel_id
ORDER BY p.n DESC, p.reason, p.channel_id
"""
STUCK_IDS = f"""
SELECT s.delivery_id AS id, d.ref, d.purpose
FROM (SELECT s.* FROM delivery_stuck s WHERE {STUCK_FILTER}
      AND ($6::uuid[] IS NULL OR s.delivery_id = ANY($6)) ORDER BY s.delivery_id LIMIT $7) AS s
JOIN delivery d ON d.tenant_id = s.tenant_id AND d.id = s.delivery_id ORDER BY s.delivery_id
"""
MESSAGES_TO = """
UPDATE message SET state = $3, reason = '' WHERE tenant_id = $1 AND id = ANY($2::uuid[])
    AND state IN ('failed', 'unknown', 'queued')
"""
