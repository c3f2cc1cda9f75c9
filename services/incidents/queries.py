"""Statements of incidents. All run in the system scope: rules look at every tenant at once."""

from __future__ import annotations

LOCK = "SELECT pg_try_advisory_xact_lock(7146238002)"

PLATFORM = "SELECT id FROM tenant WHERE slug = 'platform'"

STANDING = """
SELECT tenant_id, id, rule, subject, state, since, calm_since, params, trace
FROM incident WHERE state <> 'closed' ORDER BY since
"""
FIND = STANDING.replace(
    "ORDER BY since", "AND tenant_id = $1 AND rule = $2 AND subject = $3 FOR UPDATE"
)
INSERT = """
INSERT INTO incident (tenant_id, id, rule, subject, state, value, params, trace, since, opened_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (tenant_id, rule, subject) WHERE state <> 'closed' DO NOTHING RETURNING id
"""
OPEN = """
UPDATE incident SET state = 'open', value = $3, params = $4, opened_at = $5
WHERE tenant_id = $1 AND id = $2 AND state = 'pending'
"""
CALM = "UPDATE incident SET calm_since = $3 WHERE tenant_id = $1 AND id = $2"
FORGET = "DELETE FROM incident WHERE tenant_id = $1 AND id = $2 AND state = 'pending'"
CLOSE = """
UPDATE incident SET state = 'closed', closed_at = $3
WHERE tenant_id = $1 AND id = $2 AND state = 'open' RETURNING id
"""
LIST = """
SELECT tenant_id, id, rule, subject, state, value, params, trace, opened_at, closed_at
FROM incident WHERE tenant_id = $1 AND state <> 'pending'
ORDER BY state = 'open' DESC, since DESC LIMIT $2
"""

# --- readings ---------------------------------------------------------------------------------

INBOUND = """
SELECT l.kind, sum(l.last_seq - l.done_seq)::float8 AS depth,
       coalesce(extract(epoch FROM now() - min(h.received_at)), 0)::float8 AS age
FROM lane l
JOIN LATERAL (SELECT i.received_at FROM inbox i WHERE i.lane = l.id AND i.seq > l.done_seq
              ORDER BY i.seq LIMIT 1) AS h ON true
WHERE l.due_at IS NOT NULL AND l.kind < 2 AND l.last_seq > l.done_seq GROUP BY l.kind
"""
OUTBOUND = """
SELECT count(*)::float8 FROM (
    SELECT 1 FROM delivery_open WHERE class < 2 AND not_before <= now() LIMIT 20000) AS due
"""
API = """
SELECT coalesce(sum(requests), 0)::float8 AS requests,
       coalesce(sum(failures), 0)::float8 AS failures
FROM process_minute WHERE minute > now() - interval '5 minutes'
"""
STALLS = """
SELECT role, sum(stalls)::float8 AS stalls, max(worst_stall_seconds)::float8 AS worst
FROM process_minute
WHERE minute > now() - interval '5 minutes' GROUP BY role HAVING sum(stalls) > 0
"""
PULSES = """
SELECT role, extract(epoch FROM now() - max(seen_at))::float8 AS age FROM process_minute
WHERE minute > now() - interval '1 day' GROUP BY role
"""
HOOK_LOST = """
SELECT tenant_id, id, name FROM channel WHERE status = 'active' AND hook_state = 'lost'
"""
AUTH = """
SELECT tenant_id, id, name FROM channel WHERE status = 'suspended' AND status_reason = 'auth'
"""
WORKSPACES = """
SELECT tenant_id, id, name, state_reason FROM workspace WHERE state NOT IN ('live', 'removed')
"""
DELAYED = """
SELECT o.tenant_id, c.id, c.name, extract(epoch FROM now() - min(d.created_at))::float8 AS age,
       count(*) AS waiting
FROM (SELECT DISTINCT ON (lane, order_key) tenant_id, delivery_id FROM delivery_open
      WHERE class = 0 ORDER BY lane, order_key, seq LIMIT 5000) AS o
JOIN delivery d ON d.tenant_id = o.tenant_id AND d.id = o.delivery_id
JOIN channel c ON c.tenant_id = d.tenant_id AND c.id = d.channel_id AND c.status = 'active'
WHERE d.created_at < now() - interval '60 seconds' GROUP BY o.tenant_id, c.id, c.name
"""
STUCK = """
SELECT tenant_id, state, count(*)::float8 AS n,
       (count(*) FILTER (WHERE at > now() - interval '15 minutes'))::float8 AS fresh
FROM delivery_stuck WHERE class < 3 GROUP BY tenant_id, state
"""
PARKED_EVENTS = """
SELECT channel_id::text, count(*)::float8 AS n FROM parked WHERE at > now() - interval '15 minutes'
GROUP BY channel_id
"""
PARKED_NOTICES = """
SELECT (SELECT count(*) FROM notice WHERE state = 'parked')
     + (SELECT count(*) FROM notice_copy WHERE state = 'failed' AND tries > 0
        AND created_at > now() - interval '30 days')
"""
MISSES = """
SELECT i.tenant_id, c.id, c.name, (count(*) FILTER (WHERE i.source = 'poll'))::float8 AS misses,
       count(*)::float8 AS events
FROM inbox i JOIN channel c ON c.tenant_id = i.tenant_id AND c.id = i.channel_id
WHERE i.received_at > now() - interval '15 minutes' AND c.hook_state <> 'none'
  AND c.status = 'active'
GROUP BY i.tenant_id, c.id, c.name HAVING count(*) FILTER (WHERE i.source = 'poll') > 0
"""
FAILING = """
SELECT c.tenant_id, c.id, c.name, e.n, e.code,
       extract(epoch FROM now() - coalesce(c.last_success_at, c.created_at))::float8 AS age
FROM (SELECT tenant_id, channel_id, count(*) AS n, mode() WITHIN GROUP (ORDER BY code) AS code
      FROM channel_error WHERE at > now() - interval '10 minutes'
      GROUP BY tenant_id, channel_id) AS e
JOIN channel c ON c.tenant_id = e.tenant_id AND c.id = e.channel_id AND c.status = 'active'
WHERE e.n >= 3
"""

# --- silence ------------------------------------------------------------------------------------

HOURS = """
INSERT INTO channel_hour AS h (tenant_id, channel_id, hour, events, misses)
SELECT i.tenant_id, i.channel_id, date_trunc('hour', i.received_at), count(*),
       count(*) FILTER (WHERE i.source = 'poll')
FROM inbox i WHERE i.received_at >= date_trunc('hour', now() - interval '1 hour')
GROUP BY 1, 2, 3
ON CONFLICT (tenant_id, channel_id, hour) DO UPDATE
    SET events = greatest(h.events, excluded.events), misses = greatest(h.misses, excluded.misses)
"""
LAST_EVENTS = """
UPDATE channel c SET last_event_at = i.at
FROM (SELECT tenant_id, channel_id, max(received_at) AS at FROM inbox
      WHERE received_at > now() - interval '70 minutes' GROUP BY 1, 2) AS i
WHERE c.tenant_id = i.tenant_id AND c.id = i.channel_id
  AND (c.last_event_at IS NULL OR c.last_event_at < i.at)
"""
# What the same hours of the four weeks before brought, hour by hour, since the last event; the
# running and the first hour count by their share. A channel younger than a week has no usual yet.
SILENT = """
SELECT c.tenant_id, c.id, c.name, c.hook_state, c.status_reason,
       extract(epoch FROM now() - c.last_event_at)::float8 AS age,
       (c.settings ->> 'silence_minutes')::float8 AS threshold_minutes,
       extract(epoch FROM now() - c.last_success_at)::float8 AS success_age,
       coalesce(u.expected, 0)::float8 AS expected, coalesce(e.errors, 0) AS errors,
       coalesce(e.auth, 0) AS auth, coalesce(m.misses, 0) AS misses
FROM channel c
LEFT JOIN LATERAL (
    SELECT sum(h.events * extract(epoch FROM least(h.hour + w.back + interval '1 hour', now())
                   - greatest(h.hour + w.back, c.last_event_at)) / 3600.0)
           / max(w.weeks) AS expected
    FROM (SELECT n * interval '7 days' AS back,
                 least(4, greatest(1, floor(extract(epoch FROM now() - c.created_at) / 604800)))
                     AS weeks
          FROM generate_series(1, 4) AS n) AS w
    JOIN channel_hour h ON h.tenant_id = c.tenant_id AND h.channel_id = c.id
        AND h.hour > c.last_event_at - w.back - interval '1 hour' AND h.hour < now() - w.back
    WHERE c.last_event_at > now() - interval '7 days') AS u ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS errors, count(*) FILTER (WHERE code = 'auth') AS auth FROM channel_error x
    WHERE x.tenant_id = c.tenant_id AND x.channel_id = c.id
      AND x.at > now() - interval '30 minutes'
) AS e ON true
LEFT JOIN LATERAL (
    SELECT sum(misses) AS misses FROM channel_hour y
    WHERE y.tenant_id = c.tenant_id AND y.channel_id = c.id AND y.hour > now() - interval '3 hours'
) AS m ON true
WHERE c.status = 'active' AND c.kind NOT IN ('master', 'client')
  AND c.last_event_at < now() - interval '5 minutes'
"""
PRUNE = """
WITH a AS (DELETE FROM process_minute WHERE minute < now() - interval '2 days'),
     b AS (DELETE FROM channel_hour WHERE hour < now() - interval '30 days'),
     c AS (DELETE FROM incident WHERE state = 'closed' AND closed_at < now() - interval '90 days'),
     d AS (DELETE FROM notice WHERE created_at < now() - interval '90 days'),
     e AS (DELETE FROM notice_copy WHERE created_at < now() - interval '90 days')
DELETE FROM channel_error WHERE at < now() - interval '30 days'
"""
