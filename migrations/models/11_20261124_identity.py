"""Sessions, second factors and logins on their way: rows of people, shown to the system scope only."""

from tortoise import BaseDBAsyncClient

from services.kit import ddl

RUN_IN_TRANSACTION = True

SYSTEM = ("user_session", "second_factor", "login_attempt", "login_subject")

TABLES = """
CREATE TABLE user_session (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    tenant_id uuid REFERENCES tenant (id),
    kind varchar(8) NOT NULL,
    device varchar(100) NOT NULL DEFAULT '',
    generation int NOT NULL DEFAULT 1,
    rotated_at timestamptz NOT NULL DEFAULT now(),
    proof_hash bytea UNIQUE,
    confirmed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    ended_why varchar(16) NOT NULL DEFAULT ''
) WITH (fillfactor = 80);
CREATE INDEX user_session_user ON user_session (user_id, created_at);
CREATE TABLE second_factor (
    user_id uuid PRIMARY KEY REFERENCES users (id),
    secret bytea NOT NULL,
    turned_on_at timestamptz,
    last_step bigint NOT NULL DEFAULT 0,
    recovery jsonb NOT NULL DEFAULT '[]',
    tries int NOT NULL DEFAULT 0,
    tries_since timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE login_attempt (
    state_hash bytea PRIMARY KEY,
    browser_hash bytea NOT NULL,
    nonce varchar(64) NOT NULL,
    verifier varchar(128) NOT NULL,
    return_to varchar(300) NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX login_attempt_created ON login_attempt (created_at);
CREATE TABLE login_subject (
    issuer varchar(200) NOT NULL,
    subject varchar(200) NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (issuer, subject)
);
"""


# Asked on every call of the API: one round trip instead of three (BEGIN, SET ROLE, COMMIT). It tells about one
# session, by an id that only a signed token carries. The limits are written out here and in
# services/identity/queries.py; a test holds them equal.
LOOK = """
CREATE FUNCTION vishenka_session(p_id uuid) RETURNS TABLE (
    id uuid, user_id uuid, kind varchar, tenant_id uuid, was_confirmed boolean, is_confirmed boolean,
    is_quiet boolean, telegram_user_id bigint, name varchar, locale varchar, zone varchar, has_factor boolean,
    role varchar, scope jsonb, tenant_name varchar, slug varchar, tenant_zone varchar, is_admin boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT s.id, s.user_id, s.kind, s.tenant_id, s.confirmed_at IS NOT NULL,
        coalesce(s.confirmed_at > now() - interval '10 minutes', false),
        s.last_seen_at < now() - interval '1 minute',
        u.telegram_user_id, u.name, u.locale, u.zone, f.user_id IS NOT NULL,
        m.role, m.scope, t.name, t.slug, t.zone,
        EXISTS (SELECT FROM membership a JOIN tenant p ON p.id = a.tenant_id AND p.slug = 'platform'
            WHERE a.user_id = u.id AND a.role = 'admin' AND a.status = 'active')
    FROM user_session s JOIN users u ON u.id = s.user_id AND u.status = 'active'
    LEFT JOIN tenant t ON t.id = s.tenant_id AND t.status <> 'closed'
    LEFT JOIN membership m ON m.tenant_id = t.id AND m.user_id = u.id AND m.status = 'active'
    LEFT JOIN second_factor f ON f.user_id = u.id AND f.turned_on_at IS NOT NULL
    WHERE s.id = p_id AND s.ended_at IS NULL AND s.last_seen_at > now() - interval '14 days'
        AND s.created_at > now() - interval '1 day' * least(coalesce((t.settings ->> 'session_days')::int, 90), 90);
END $$;
ALTER FUNCTION vishenka_session OWNER TO vishenka_system;
REVOKE ALL ON FUNCTION vishenka_session FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vishenka_session TO vishenka_app_group;
"""


def _system_only(table: str) -> str:
    """No tenant owns these rows, so no tenant's transaction may see them."""
    return f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY {table}_system ON {table} TO vishenka_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO vishenka_app_group, vishenka_system;
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create everything."""
    return TABLES + "".join(_system_only(table) for table in SYSTEM) + LOOK


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Remove everything."""
    return "DROP FUNCTION IF EXISTS vishenka_session;" + ddl.drop(SYSTEM)
