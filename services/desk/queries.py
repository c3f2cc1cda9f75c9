"""Statements of the desk. Every one takes the tenant as $1 and the caller's scope as $2."""

from __future__ import annotations

from services.conversations.journal import ACTIVE
from services.desk.values import View

SCOPE = "c.tenant_id = $1 AND ($2::uuid[] IS NULL OR c.channel_id = ANY($2))"
FILTER = """($3::uuid IS NULL OR c.channel_id = $3)
    AND ($4::uuid IS NULL OR c.assignee_id = $4) AND ($5::uuid[] IS NULL OR c.id = ANY($5))"""

# A keyset page: rows after the moment $6 and the id $7 of the last row seen.
OLDEST_FIRST = (
    "ORDER BY c.waiting_since, c.id",
    "($6::timestamptz IS NULL OR (c.waiting_since, c.id) > ($6, $7::uuid))",
)
NEWEST_FIRST = (
    f"ORDER BY {ACTIVE} DESC, c.id DESC",
    f"($6::timestamptz IS NULL OR ({ACTIVE}, c.id) < ($6, $7::uuid))",
)
VIEWS: dict[View, tuple[str, tuple[str, str]]] = {
    View.WAITING: ("c.state = 'waiting' AND c.waiting_since IS NOT NULL", OLDEST_FIRST),
    View.MINE: ("c.state IN ('open', 'waiting', 'snoozed')", NEWEST_FIRST),
    View.ALL: ("c.state <> 'spam'", NEWEST_FIRST),
    View.SNOOZED: ("c.state = 'snoozed'", NEWEST_FIRST),
    View.CLOSED: ("c.state = 'closed'", NEWEST_FIRST),
    View.BLOCKED: ("c.state = 'spam'", NEWEST_FIRST),
}

HEAD = f"""c.tenant_id, c.id, c.state, c.person_name, c.person_url, c.subject_title,
    c.subject_price, c.subject_url, c.channel_id, c.assignee_id, c.waiting_since, c.snoozed_until,
    {ACTIVE} AS active_at, c.workspace_id"""
NAMES = """ch.provider, coalesce(nullif(ch.title, ''), ch.name) AS channel,
    coalesce(u.name, '') AS assignee"""
NAMED = """JOIN channel ch ON ch.tenant_id = c.tenant_id AND ch.id = c.channel_id
LEFT JOIN users u ON u.id = c.assignee_id"""
LAST = """LEFT JOIN LATERAL (SELECT m.text, m.kind, m.author_kind, m.author_name, m.visibility,
    m.state AS message_state, m.sent_at FROM message m
    WHERE m.tenant_id = $1 AND m.conversation_id = c.id
    ORDER BY m.seq DESC LIMIT 1) AS m ON true"""
LAST_COLUMNS = (
    "m.text, m.kind, m.author_kind, m.author_name, m.visibility, m.message_state, m.sent_at"
)


def listing(view: View) -> str:
    """Return the statement of one view: scope, filters, keyset page, names, newest message."""
    where, (order, after) = VIEWS[view]
    return f"""
WITH c AS MATERIALIZED (
    SELECT {HEAD} FROM conversation c
    WHERE {SCOPE} AND {FILTER} AND {where} AND {after} {order} LIMIT $8)
SELECT c.*, {NAMES}, {LAST_COLUMNS} FROM c {NAMED} {LAST}
{order.replace(ACTIVE, "c.active_at")}
"""


LISTINGS = {view: listing(view) for view in View}

COUNTS = """
SELECT
    (SELECT count(*) FROM conversation c WHERE c.tenant_id = $1 AND c.state = 'waiting'
        AND c.waiting_since IS NOT NULL
        AND ($2::uuid[] IS NULL OR c.channel_id = ANY($2))) AS waiting,
    (SELECT count(*) FROM conversation c WHERE c.tenant_id = $1 AND c.assignee_id = $3
        AND c.state IN ('open', 'waiting', 'snoozed')
        AND ($2::uuid[] IS NULL OR c.channel_id = ANY($2))) AS mine,
    (SELECT count(*) FROM conversation c WHERE c.tenant_id = $1 AND c.state = 'snoozed'
        AND ($2::uuid[] IS NULL OR c.channel_id = ANY($2))) AS snoozed
"""

ONE = f"""
SELECT {HEAD}, {NAMES}, {LAST_COLUMNS}, w.chat_id, t.thread_id, d.text AS draft
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
WHERE m.tenant_id = $1 AND m.conversation_id = $2 AND ($3::bigint IS NULL OR m.seq < $3)
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

STUCK_FROM = """FROM delivery_stuck s
JOIN delivery d ON d.tenant_id = s.tenant_id AND d.id = s.delivery_id
LEFT JOIN conversation c ON c.tenant_id = s.tenant_id AND c.id = d.conversation_id
WHERE s.tenant_id = $1 AND s.class < 3
  AND ($2::uuid[] IS NULL OR coalesce(c.channel_id, s.channel_id) = ANY($2))"""
WHY = "coalesce(nullif(s.reason, ''), 'other')"  # so that every heap has a name to ask for it by
STUCK_FILTER = f"""AND ($3::text = '' OR {WHY} = $3) AND ($4::text = '' OR s.state = $4)
  AND ($5::uuid IS NULL OR coalesce(c.channel_id, s.channel_id) = $5)"""
STUCK_SHOWN = """
SELECT s.delivery_id AS id, s.state, s.reason, s.at AS stuck_at, d.direction, d.conversation_id,
    d.attempts, d.created_at, coalesce(c.person_name, '') AS person, ch.id AS channel_id,
    ch.provider, coalesce(nullif(ch.title, ''), ch.name) AS channel, coalesce(m.text, '') AS text,
    coalesce(m.kind, '') AS kind"""
STUCK_NAMED = """
JOIN channel ch ON ch.tenant_id = s.tenant_id AND ch.id = coalesce(c.channel_id, s.channel_id)
LEFT JOIN message m ON m.tenant_id = s.tenant_id AND m.id = d.ref"""
STUCK = f"""{STUCK_SHOWN}
FROM (SELECT s.delivery_id {STUCK_FROM} {STUCK_FILTER}
      AND ($6::timestamptz IS NULL OR (s.at, s.delivery_id) < ($6, $7::uuid))
      ORDER BY s.at DESC, s.delivery_id DESC LIMIT $8) AS p
JOIN delivery_stuck s ON s.tenant_id = $1 AND s.delivery_id = p.delivery_id
JOIN delivery d ON d.tenant_id = s.tenant_id AND d.id = s.delivery_id
LEFT JOIN conversation c ON c.tenant_id = s.tenant_id AND c.id = d.conversation_id {STUCK_NAMED}
ORDER BY s.at DESC, s.delivery_id DESC
"""
STUCK_FROM_NAMED = STUCK_FROM.replace("WHERE", f"{STUCK_NAMED}\nWHERE")
STUCK_ONE = f"{STUCK_SHOWN} {STUCK_FROM_NAMED} AND s.delivery_id = $3"
STUCK_GROUPS = f"""
SELECT {WHY} AS reason, s.state, count(*) AS n, min(s.at) AS oldest {STUCK_FROM}
GROUP BY 1, 2 ORDER BY n DESC, 1
"""
STUCK_SHARES = f"""
SELECT p.*, ch.provider, coalesce(nullif(ch.title, ''), ch.name) AS channel
FROM (SELECT {WHY} AS reason, s.state, d.direction,
        coalesce(c.channel_id, s.channel_id) AS channel_id, count(*) AS n, min(s.at) AS oldest
      {STUCK_FROM} GROUP BY 1, 2, 3, 4) AS p
JOIN channel ch ON ch.tenant_id = $1 AND ch.id = p.channel_id
ORDER BY p.n DESC, p.reason, p.channel_id
"""
STUCK_IDS = f"""
SELECT s.delivery_id AS id, d.ref, d.purpose {STUCK_FROM} {STUCK_FILTER}
  AND ($6::uuid[] IS NULL OR s.delivery_id = ANY($6)) ORDER BY s.delivery_id LIMIT $7
"""
MESSAGES_TO = """
UPDATE message SET state = $3, reason = '' WHERE tenant_id = $1 AND id = ANY($2::uuid[])
    AND state IN ('failed', 'unknown', 'queued')
"""
