"""Statements behind answers: a topic's conversation with the member who writes, the message."""

from __future__ import annotations

COLUMNS = """c.id, c.channel_id, c.external_chat_id, c.state, c.person_name, c.subject_id,
    c.person_id, c.assignee_id,
    c.title_shown, ch.provider, ch.title AS channel_title, ch.name AS channel_name, w.id AS
        workspace_id,
    w.channel_id AS bot_channel_id, b.provider AS bot_provider, w.chat_id, w.kind AS
    workspace_kind, t.thread_id, t.state AS link_state"""
CONTEXT = f"""
SELECT {COLUMNS}, u.id AS user_id, u.name AS user_name, m.role, m.status AS member_status,
    m.scope, r.id AS reply_id,
    (SELECT l.remote_id FROM message_link l WHERE l.tenant_id = $1 AND l.message_id = r.id AND
        l.side = 'channel'
     ORDER BY l.ordinal DESC LIMIT 1) AS reply_link, r.external_id AS reply_external
FROM workspace w
LEFT JOIN LATERAL (
    SELECT x.* FROM message x WHERE x.tenant_id = $1 AND $5 <> '' AND x.bot_channel_id = $2 AND
        x.bot_chat_id = $3
        AND x.bot_message_id = $5
    UNION ALL
    SELECT x.* FROM message_link l JOIN message x ON x.tenant_id = l.tenant_id AND x.id =
        l.message_id
    WHERE l.tenant_id = $1 AND $5 <> '' AND l.channel_id = $2 AND l.chat_id = $3 AND l.remote_id
        = $5
    ORDER BY seq DESC LIMIT 1
) AS r ON true
LEFT JOIN topic_link t ON t.tenant_id = w.tenant_id AND t.workspace_id = w.id
    AND CASE WHEN w.kind = 'forum' THEN $4 <> '' AND t.thread_id = $4
             ELSE t.conversation_id = r.conversation_id AND t.is_current END
JOIN conversation c ON c.tenant_id = t.tenant_id AND c.id = t.conversation_id
JOIN channel ch ON ch.tenant_id = c.tenant_id AND ch.id = c.channel_id
LEFT JOIN channel b ON b.tenant_id = w.tenant_id AND b.id = w.channel_id
LEFT JOIN users u ON u.telegram_user_id = $6
LEFT JOIN membership m ON m.tenant_id = w.tenant_id AND m.user_id = u.id
WHERE w.tenant_id = $1 AND w.channel_id = $2 AND w.chat_id = $3
"""
BY_ID = f"""
SELECT {COLUMNS} FROM conversation c JOIN channel ch ON ch.tenant_id = c.tenant_id AND ch.id =
    c.channel_id
LEFT JOIN workspace w ON w.tenant_id = c.tenant_id AND w.id = c.workspace_id
LEFT JOIN channel b ON b.tenant_id = w.tenant_id AND b.id = w.channel_id
LEFT JOIN topic_link t ON t.tenant_id = c.tenant_id AND t.conversation_id = c.id AND t.is_current
WHERE c.tenant_id = $1 AND c.id = $2
"""
WRITE = """
WITH c AS (
    UPDATE conversation SET last_seq = last_seq + 1, last_out_at = $16, updated_at = now(),
        state = CASE WHEN $13::text = 'note' OR state = 'spam' THEN state ELSE 'open' END,
        waiting_since = CASE WHEN $13::text = 'note' THEN waiting_since END,
        snoozed_until = CASE WHEN $13::text = 'note' THEN snoozed_until END,
        ladder_step = CASE WHEN $13::text = 'note' THEN ladder_step ELSE 0 END,
        next_check_at = CASE WHEN $13::text = 'note' THEN next_check_at END
    WHERE tenant_id = $1 AND id = $3 AND NOT EXISTS (
        SELECT FROM message m WHERE m.tenant_id = $1 AND (m.id = $2 OR ($10::text <> '' AND
            m.bot_channel_id = $8
            AND m.bot_chat_id = $9::text AND m.bot_message_id = $10::text)))
    RETURNING last_seq, channel_id, external_chat_id)
INSERT INTO message (tenant_id, id, conversation_id, seq, direction, author_kind, author_id,
    author_name, text, entities,
    bot_channel_id, bot_chat_id, bot_message_id, kind, group_id, visibility, state, reply_to_id,
    channel_id,
    external_chat_id, sent_at)
SELECT $1, $2, $3, c.last_seq, 'out', 'member', $4, $5, $6, $7::jsonb, $8, $9::text, $10::text,
    $11, $12, $13::text,
    $14, $15,
    c.channel_id, c.external_chat_id, $16
FROM c ON CONFLICT DO NOTHING RETURNING seq
"""
