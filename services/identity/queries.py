"""SQL of sessions. Every statement runs in the system scope: these rows belong to people."""

from __future__ import annotations

GRACE_SECONDS = 10
"""How long a client whose answer got lost is given the same successor (RELIABILITY S5)."""
IDLE_DAYS = 14
MAX_DAYS = 90
CONFIRMED_MINUTES = 10

RESTART_SECONDS = 15
"""How long after its start a process forgives answers that a dead one may have swallowed."""
OUTAGE_SECONDS = 60
"""How long before that start the swallowed answer may have been."""


def _lost(moment: str, began: str) -> str:
    """Return a condition: the answer of that moment may not have arrived. Ten seconds in which
    somebody could answer count, not ten seconds in which the process was dead.
    """
    return f"""({moment} > now() - interval '{GRACE_SECONDS} seconds'
    OR ({began}::timestamptz > now() - interval '{RESTART_SECONDS} seconds'
        AND {moment} BETWEEN {began}::timestamptz - interval '{OUTAGE_SECONDS} seconds'
            AND {began}::timestamptz))"""


ALIVE = f"""
s.ended_at IS NULL AND s.last_seen_at > now() - interval '{IDLE_DAYS} days'
  AND s.created_at > now() - interval '1 day'
    * least(coalesce((t.settings ->> 'session_days')::int, {MAX_DAYS}), {MAX_DAYS})
"""
STATUS = "SELECT status FROM users WHERE id = $1"
START = """
INSERT INTO user_session (id, user_id, tenant_id, kind, device, proof_hash)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (proof_hash) DO NOTHING RETURNING id
"""
STARTED = f"""
SELECT id, user_id FROM user_session
WHERE proof_hash = $1 AND ended_at IS NULL AND generation = 1
  AND {_lost("created_at", "$2")}
"""
LOOK = "SELECT * FROM vishenka_session($1)"
"""A function of the database (migration 11): one round trip on every call of the API."""
ADOPT = """
UPDATE user_session s SET tenant_id = found.tenant_id
FROM (SELECT m.tenant_id FROM membership m JOIN tenant t ON t.id = m.tenant_id
    WHERE m.user_id = $2 AND m.status = 'active' AND t.status <> 'closed' AND t.slug <> 'platform'
    ORDER BY m.created_at, m.id LIMIT 1) AS found
WHERE s.id = $1 AND s.tenant_id IS NULL RETURNING s.tenant_id
"""
"""A session begun before the person belonged anywhere."""
SEEN = "UPDATE user_session SET last_seen_at = now() WHERE id = $1"
LOCK = f"""
SELECT s.id, s.user_id, u.name, s.tenant_id, s.kind, s.generation,
    {_lost("s.rotated_at", "$2")} AS is_fresh
FROM user_session s JOIN users u ON u.id = s.user_id AND u.status = 'active'
LEFT JOIN tenant t ON t.id = s.tenant_id
WHERE s.id = $1 AND {ALIVE} FOR UPDATE OF s
"""
ROTATE = """
UPDATE user_session SET generation = generation + 1, rotated_at = now(), last_seen_at = now()
WHERE id = $1
"""
END = """
UPDATE user_session SET ended_at = now(), ended_why = $2 WHERE id = $1 AND ended_at IS NULL
"""
END_OF = """
UPDATE user_session SET ended_at = now(), ended_why = 'person'
WHERE user_id = $1 AND id = $2 AND ended_at IS NULL RETURNING id
"""
END_ALL = """
UPDATE user_session SET ended_at = now(), ended_why = 'everywhere'
WHERE user_id = $1 AND ended_at IS NULL
"""
LIST = f"""
SELECT s.id, s.kind, s.device, s.created_at, s.last_seen_at FROM user_session s
LEFT JOIN tenant t ON t.id = s.tenant_id
WHERE s.user_id = $1 AND {ALIVE} ORDER BY s.last_seen_at DESC, s.id LIMIT 100
"""
MOVE = "UPDATE user_session SET tenant_id = $2 WHERE id = $1"
CONFIRM = "UPDATE user_session SET confirmed_at = now() WHERE id = $1"
SURPLUS = """
UPDATE user_session SET ended_at = now(), ended_why = 'surplus' WHERE id IN (
    SELECT id FROM user_session WHERE user_id = $1 AND ended_at IS NULL
    ORDER BY last_seen_at DESC, id OFFSET $2)
"""
SWEEP = f"""
DELETE FROM user_session WHERE ended_at < now() - interval '7 days'
    OR last_seen_at < now() - interval '{IDLE_DAYS + 1} days'
    OR created_at < now() - interval '{MAX_DAYS + 1} days'
"""
SWEEP_LOGINS = "DELETE FROM login_attempt WHERE created_at < now() - interval '1 hour'"

PLATFORM = "SELECT id FROM tenant WHERE slug = 'platform'"
NEW_FACTOR = """
INSERT INTO second_factor AS f (user_id, secret) VALUES ($1, $2)
ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, created_at = now()
WHERE f.turned_on_at IS NULL
"""
LOCK_FACTOR = """
SELECT user_id, secret, turned_on_at, last_step, recovery,
    CASE WHEN tries_since > now() - make_interval(secs => $2) THEN tries ELSE 0 END AS tries
FROM second_factor WHERE user_id = $1 FOR UPDATE
"""
USE_STEP = """
UPDATE second_factor SET last_step = $2, tries = 0 WHERE user_id = $1 AND last_step < $2
"""
USE_RECOVERY = "UPDATE second_factor SET recovery = $2, tries = 0 WHERE user_id = $1"
WRONG_CODE = """
UPDATE second_factor SET
    tries = CASE WHEN tries_since > now() - interval '15 minutes' THEN tries + 1 ELSE 1 END,
    tries_since = CASE WHEN tries > 0 AND tries_since > now() - interval '15 minutes'
        THEN tries_since ELSE now() END
WHERE user_id = $1
"""
TURN_ON = """
UPDATE second_factor SET turned_on_at = coalesce(turned_on_at, now()), recovery = $2
WHERE user_id = $1
"""
DROP_FACTOR = "DELETE FROM second_factor WHERE user_id = $1"

ATTEMPT = """
INSERT INTO login_attempt (state_hash, browser_hash, nonce, verifier, return_to)
VALUES ($1, $2, $3, $4, $5)
"""
USE_ATTEMPT = """
DELETE FROM login_attempt WHERE state_hash = $1 AND browser_hash = $2
  AND created_at > now() - interval '10 minutes' RETURNING nonce, verifier, return_to
"""
SUBJECT = """
INSERT INTO login_subject AS s (issuer, subject, user_id) VALUES ($1, $2, $3)
ON CONFLICT (issuer, subject) DO UPDATE SET subject = excluded.subject RETURNING user_id
"""

DAYS = "SELECT (settings ->> 'session_days')::int FROM tenant WHERE id = $1"
SET_DAYS = """
UPDATE tenant SET settings = settings || jsonb_build_object('session_days', $2::int),
    updated_at = now(), row_version = row_version + 1 WHERE id = $1
"""
