"""SQL of businesses, people and links."""

from __future__ import annotations

CREATE = """
INSERT INTO tenant (id, slug, name, zone, locale, plan) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (slug) DO NOTHING RETURNING id
"""
BY_SLUG = "SELECT id FROM tenant WHERE slug = $1"
TENANT = "SELECT id, slug, name, status, zone, locale, plan FROM tenant WHERE id = $1"
LOCK_TENANT = "SELECT id FROM tenant WHERE id = $1 FOR UPDATE"

PERSON = """
SELECT u.id, u.name, u.username, u.locale, u.zone, u.status, m.role FROM users u
LEFT JOIN membership m ON m.tenant_id = $2 AND m.user_id = u.id AND m.status = 'active'
WHERE u.telegram_user_id = $1
"""
USER = "SELECT id, name, username, locale, zone, status FROM users WHERE id = $1"
ENROL = """
INSERT INTO users (id, telegram_user_id, name, username) VALUES ($1, $2, $3, $4)
ON CONFLICT (telegram_user_id) DO UPDATE SET name = excluded.name, username = excluded.username,
    updated_at = now()
RETURNING id, name, username, locale, zone, status
"""
SET_LOCALE = "UPDATE users SET locale = $2, updated_at = now() WHERE id = $1"
SET_ZONE = "UPDATE users SET zone = $2, updated_at = now() WHERE id = $1"
CHOOSE = """
UPDATE users SET settings = jsonb_set(settings, '{tenant}', to_jsonb($2::text)),
    updated_at = now() WHERE id = $1
"""
SEATS = """
SELECT m.tenant_id, m.role, t.name, t.slug, t.locale, t.zone, u.settings ->> 'tenant' AS chosen
FROM membership m JOIN tenant t ON t.id = m.tenant_id JOIN users u ON u.id = m.user_id
WHERE m.user_id = $1 AND m.status = 'active' AND t.status <> 'closed' ORDER BY m.created_at, m.id
"""

SEAT = """
INSERT INTO membership AS m (tenant_id, id, user_id, role, scope) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant_id, user_id) DO UPDATE SET role = excluded.role, scope = excluded.scope,
    status = 'active', updated_at = now()
WHERE m.status <> 'active'
RETURNING id
"""
FIRST_ADMIN = """
INSERT INTO membership (tenant_id, id, user_id, role) VALUES ($1, $2, $3, 'admin')
ON CONFLICT (tenant_id, user_id) DO NOTHING
"""
MEMBERS = """
SELECT m.id, m.user_id, m.role, m.scope, m.created_at, u.name, u.telegram_user_id FROM membership m
JOIN users u ON u.id = m.user_id
WHERE m.tenant_id = $1 AND m.status = 'active' ORDER BY m.created_at, m.id
"""
MEMBER = """
SELECT m.id, m.user_id, m.role, m.scope, m.created_at, u.name, u.telegram_user_id FROM membership m
JOIN users u ON u.id = m.user_id WHERE m.tenant_id = $1 AND m.id = $2 AND m.status = 'active'
"""
HAS_FACTOR = "SELECT 1 FROM second_factor WHERE user_id = $1 AND turned_on_at IS NOT NULL"
ROLE_OF = "SELECT role FROM membership WHERE tenant_id = $1 AND user_id = $2 AND status = 'active'"
OTHER_OWNERS = """
SELECT count(*) FROM membership WHERE tenant_id = $1 AND role = 'owner' AND status = 'active'
    AND user_id <> $2
"""
SET_ROLE = """
UPDATE membership SET role = $3::varchar, updated_at = now(),
    scope = CASE WHEN $3::varchar = 'manager' THEN scope ELSE '{}' END
WHERE tenant_id = $1 AND user_id = $2
    AND status = 'active'
"""
SET_SCOPE = """
UPDATE membership SET scope = $3, updated_at = now() WHERE tenant_id = $1 AND user_id = $2
    AND status = 'active'
"""
KNOWN_CHANNELS = """
SELECT count(*) FROM channel WHERE tenant_id = $1 AND id = ANY($2::uuid[]) AND status <> 'removed'
"""
LEAVE_DIRECT = """
UPDATE workspace w SET state = 'lost', state_reason = 'no_rights', updated_at = now()
FROM users u WHERE u.id = $2 AND w.tenant_id = $1 AND w.kind = 'private' AND w.state = 'live'
    AND w.chat_id = u.telegram_user_id::text
"""
"""A private chat with somebody who may not answer any more is no workplace, at once."""
REMOVE = """
UPDATE membership SET status = 'removed', updated_at = now()
WHERE tenant_id = $1 AND user_id = $2 AND status = 'active'
"""

NEW_LINK = """
INSERT INTO link_token (tenant_id, id, purpose, token_hash, payload, expires_at)
VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 second') RETURNING expires_at
"""
LOOK = """
SELECT l.tenant_id, l.id, l.payload, l.used_at, l.expires_at, l.expires_at <= now() AS is_over,
    t.name, t.locale
FROM link_token l JOIN tenant t ON t.id = l.tenant_id WHERE l.token_hash = $1 AND l.purpose = $2
"""
USE = """
UPDATE link_token SET used_at = now(), used_by = $3
WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now()
RETURNING tenant_id, id, payload
"""
OPEN_LINKS = """
SELECT l.id, l.payload, l.created_at, l.expires_at, l.used_at, u.name AS used_by,
    l.used_at IS NULL AND l.expires_at > now() AS is_open
FROM link_token l LEFT JOIN users u ON u.id = l.used_by
WHERE l.tenant_id = $1 AND l.purpose = $2 ORDER BY l.created_at DESC, l.id LIMIT 100
"""
WITHDRAW = """
UPDATE link_token SET expires_at = now()
WHERE tenant_id = $1 AND id = $2 AND purpose = $3 AND used_at IS NULL RETURNING id
"""
MASTER_NAME = """
SELECT username FROM channel WHERE kind = 'master' AND status <> 'removed' ORDER BY id LIMIT 1
"""
TRIES = """
SELECT count(*) FROM link_try
WHERE tenant_id = $1 AND telegram_user_id = $2 AND at > now() - interval '15 minutes'
"""
TRIED = "INSERT INTO link_try (tenant_id, id, telegram_user_id) VALUES ($1, $2, $3)"
"""Old rows are swept by `SWEEP_TRIES`."""
SWEEP_TRIES = "DELETE FROM link_try WHERE at < now() - interval '1 day'"
SWEEP_TALKS = "DELETE FROM fsm_state WHERE updated_at < now() - interval '1 day'"
