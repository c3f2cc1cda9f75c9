"""Statements of notices: the pump sees every tenant, what it writes is the platform's."""

from __future__ import annotations

ADD = """
INSERT INTO notice
    (tenant_id, id, kind, rule, subject, params, audience, urgent, incident_id, trace)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
TOLD_LATELY = """
SELECT 1 FROM notice WHERE tenant_id = $1 AND rule = $2 AND subject = $3 AND kind = 'news'
  AND created_at > now() - interval '10 minutes' LIMIT 1
"""
MASTER = """
SELECT c.tenant_id, c.id FROM channel c JOIN tenant t ON t.id = c.tenant_id AND t.slug = 'platform'
WHERE c.kind = 'master' AND c.status = 'active' ORDER BY c.created_at LIMIT 1
"""
WAITING = """
SELECT n.tenant_id, n.id, n.kind, n.rule, n.subject, n.params, n.audience, n.urgent, n.incident_id,
       n.trace, n.created_at, i.since AS opened_at, i.closed_at
FROM notice n LEFT JOIN incident i ON i.tenant_id = n.tenant_id AND i.id = n.incident_id
WHERE n.state = 'waiting' AND n.not_before <= now()
ORDER BY n.created_at, n.id LIMIT $1 FOR UPDATE OF n SKIP LOCKED
"""
DONE = """
UPDATE notice SET state = $3, told_at = now() WHERE tenant_id = $1 AND id = $2
"""
FAILED = """
UPDATE notice SET tries = tries + 1, reason = $2,
    not_before = now() + interval '20 seconds' * power(3, tries)::int,
    state = CASE WHEN tries + 1 >= $3 THEN 'parked' ELSE state END
WHERE id = $1
"""
COPY_FAILED = """
UPDATE notice_copy SET tries = tries + 1, reason = $2,
    due_at = now() + interval '20 seconds' * power(3, tries)::int,
    state = CASE WHEN tries + 1 >= $3 THEN 'failed' ELSE state END
WHERE id = $1
"""
RETELL = """
WITH held AS (UPDATE notice_copy SET state = 'held', tries = 0, reason = '', due_at = '-infinity'
    WHERE state = 'failed' AND tries > 0 RETURNING id),
told AS (UPDATE notice SET state = 'waiting', tries = 0, reason = '', not_before = '-infinity',
    created_at = now()
    WHERE state = 'parked' RETURNING id)
SELECT id FROM held UNION ALL SELECT id FROM told
"""
PEOPLE = """
SELECT u.id, u.telegram_user_id, u.settings, EXISTS(SELECT 1 FROM membership o
           WHERE o.tenant_id = $1 AND o.user_id = u.id AND o.status = 'active') AS is_member,
       coalesce(u.locale, t.locale) AS locale,
       coalesce(u.zone, t.zone) AS zone,
       (SELECT k.until FROM notice_mute k WHERE k.tenant_id = $1 AND k.user_id = u.id
        AND k.rule = $5 AND k.subject = $6) AS muted_until
FROM users u
JOIN membership m ON m.user_id = u.id AND m.status = 'active'
JOIN tenant t ON t.id = m.tenant_id
WHERE u.status = 'active' AND (
    ($2 AND m.tenant_id = $1 AND m.role = 'owner')
    OR ($3 AND m.tenant_id = $4 AND m.role IN ('admin', 'owner')))
ORDER BY u.id
"""
COPY = """
INSERT INTO notice_copy
    (tenant_id, id, notice_id, incident_id, kind, user_id, chat_id, state, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (tenant_id, notice_id, user_id) DO NOTHING RETURNING id
"""
ALERTED = """
SELECT user_id, state FROM notice_copy WHERE tenant_id = $1 AND incident_id = $2 AND kind = 'alert'
"""
DROP_HELD = """
UPDATE notice_copy SET state = 'dropped'
WHERE tenant_id = $1 AND incident_id = $2 AND user_id = $3 AND state = 'held' RETURNING id
"""
HELD = """
SELECT p.id AS copy_id, p.chat_id, p.user_id, n.tenant_id, n.id, n.kind, n.rule, n.subject,
       n.params, n.incident_id, n.trace, i.since AS opened_at, i.closed_at,
       coalesce(u.locale, 'ru') AS locale, coalesce(u.zone, t.zone) AS zone,
       EXISTS(SELECT 1 FROM membership o WHERE o.tenant_id = n.tenant_id AND o.user_id = u.id
           AND o.status = 'active') AS is_member
FROM notice_copy p JOIN notice n ON n.id = p.notice_id
JOIN users u ON u.id = p.user_id JOIN tenant t ON t.id = n.tenant_id
LEFT JOIN incident i ON i.tenant_id = n.tenant_id AND i.id = n.incident_id
WHERE p.tenant_id = $1 AND p.state = 'held' AND p.due_at <= $3
ORDER BY p.due_at, p.id LIMIT $2 FOR UPDATE OF p SKIP LOCKED
"""
COPY_STATE = "UPDATE notice_copy SET state = $3 WHERE tenant_id = $1 AND id = $2"
SETTLE = """
UPDATE notice_copy SET state = $3, external_id = $4 WHERE tenant_id = $1 AND id = $2
"""
ANSWERED = """
SELECT a.external_id FROM notice_copy c
JOIN notice_copy a ON a.tenant_id = c.tenant_id AND a.incident_id = c.incident_id
    AND a.user_id = c.user_id AND a.kind = 'alert'
WHERE c.tenant_id = $1 AND c.id = $2 AND a.external_id <> '' LIMIT 1
"""
TOO_OLD = """
UPDATE notice SET state = 'dropped'
WHERE state = 'waiting' AND created_at < now() - interval '1 day'
"""
