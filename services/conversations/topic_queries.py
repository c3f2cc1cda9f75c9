"""Statements about topic links: made, found missing, replaced, opened again."""

from __future__ import annotations

NEW_LINK = """
INSERT INTO topic_link (tenant_id, id, conversation_id, workspace_id, state)
SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (
    SELECT FROM topic_link WHERE tenant_id = $1 AND conversation_id = $3 AND is_current)
ON CONFLICT DO NOTHING
"""
RETIRE = """
UPDATE topic_link SET state = 'replaced', is_current = false, updated_at = now()
WHERE tenant_id = $1 AND conversation_id = $2 AND is_current AND ($3::text IS NULL OR thread_id =
    $3)
"""
HEALS = """
SELECT count(*) FROM topic_link
WHERE tenant_id = $1 AND conversation_id = $2 AND created_at > now() - interval '10 minutes'
"""
SET_LINK = """
UPDATE topic_link SET state = $3, thread_id = coalesce($4, thread_id), updated_at = now()
WHERE tenant_id = $1 AND id = $2 AND is_current
"""
STANDING = """
SELECT state FROM workspace WHERE tenant_id = $1 AND id = $2 FOR SHARE SKIP LOCKED
"""
CARDED = """
UPDATE topic_link t SET state = 'live', updated_at = now()
WHERE t.tenant_id = $1 AND t.conversation_id = $2 AND t.is_current AND t.state = 'restoring'
  AND NOT EXISTS (SELECT FROM delivery d WHERE d.tenant_id = $1
      AND d.idempotency_key = 'bridge:restore:' || t.id)
"""
SHOWN = "UPDATE conversation SET title_shown = $3 WHERE tenant_id = $1 AND id = $2"
LAST = """
SELECT * FROM (
    SELECT m.seq, m.direction, m.author_name, m.text, m.kind, m.visibility FROM message m
    WHERE m.tenant_id = $1 AND m.conversation_id = $2 AND m.deleted_at IS NULL
      AND NOT EXISTS (SELECT FROM delivery d WHERE d.tenant_id = m.tenant_id AND d.ref = m.id
          AND d.purpose = 'to_topic' AND d.state IN ('due', 'retry', 'calling', 'parked'))
    ORDER BY m.seq DESC LIMIT $3
) AS last ORDER BY seq
"""
