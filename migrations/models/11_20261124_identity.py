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
    return TABLES + "".join(_system_only(table) for table in SYSTEM)


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Remove everything."""
    return ddl.drop(SYSTEM)
