"""What is wrong now, what failed per channel, what people were told about it."""

from tortoise import BaseDBAsyncClient

from services.kit import ddl

RUN_IN_TRANSACTION = True

GLOBAL = ("process_minute",)
TENANT = ("incident", "channel_error", "channel_hour", "delivery_stuck", "notice", "notice_copy")

TABLES = """
CREATE TABLE process_minute (
    minute timestamptz NOT NULL,
    process varchar(32) NOT NULL,
    role varchar(16) NOT NULL,
    requests int NOT NULL DEFAULT 0,
    failures int NOT NULL DEFAULT 0,
    stalls int NOT NULL DEFAULT 0,
    worst_stall_seconds real NOT NULL DEFAULT 0,
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (minute, process)
);
CREATE TABLE incident (
    tenant_id uuid NOT NULL REFERENCES tenant (id),
    id uuid NOT NULL,
    rule varchar(32) NOT NULL,
    subject varchar(80) NOT NULL,
    state varchar(8) NOT NULL DEFAULT 'open',
    value float8 NOT NULL DEFAULT 0,
    params jsonb NOT NULL DEFAULT '{}',
    trace varchar(32) NOT NULL DEFAULT '',
    since timestamptz NOT NULL DEFAULT now(),
    calm_since timestamptz,
    opened_at timestamptz,
    closed_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX incident_standing ON incident (tenant_id, rule, subject) WHERE state <> 'closed';
CREATE INDEX incident_since ON incident (tenant_id, since);
CREATE TABLE channel_error (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    channel_id uuid NOT NULL,
    endpoint varchar(64) NOT NULL,
    status smallint NOT NULL DEFAULT 0,
    attempt smallint NOT NULL DEFAULT 1,
    code varchar(40) NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    trace varchar(32) NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel (tenant_id, id)
);
CREATE INDEX channel_error_channel ON channel_error (tenant_id, channel_id, at);
CREATE INDEX channel_error_at ON channel_error (at);
CREATE TABLE channel_hour (
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    hour timestamptz NOT NULL,
    events int NOT NULL DEFAULT 0,
    misses int NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, channel_id, hour),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel (tenant_id, id)
);
CREATE TABLE delivery_stuck (
    tenant_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    class smallint NOT NULL,
    state varchar(12) NOT NULL,
    reason varchar(32) NOT NULL DEFAULT '',
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, delivery_id),
    FOREIGN KEY (tenant_id, delivery_id) REFERENCES delivery (tenant_id, id) ON DELETE CASCADE
);
CREATE TABLE notice (
    tenant_id uuid NOT NULL REFERENCES tenant (id),
    id uuid NOT NULL,
    kind varchar(8) NOT NULL,
    rule varchar(32) NOT NULL,
    subject varchar(80) NOT NULL,
    params jsonb NOT NULL DEFAULT '{}',
    audience varchar(8) NOT NULL DEFAULT 'owner',
    urgent boolean NOT NULL DEFAULT true,
    incident_id uuid,
    trace varchar(32) NOT NULL DEFAULT '',
    state varchar(8) NOT NULL DEFAULT 'waiting',
    created_at timestamptz NOT NULL DEFAULT now(),
    told_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX notice_waiting ON notice (created_at) WHERE state = 'waiting';
CREATE INDEX notice_subject ON notice (tenant_id, rule, subject, created_at);
CREATE INDEX notice_incident ON notice (tenant_id, incident_id) WHERE incident_id IS NOT NULL;
CREATE TABLE notice_copy (
    tenant_id uuid NOT NULL REFERENCES tenant (id),
    id uuid NOT NULL,
    notice_id uuid NOT NULL,
    incident_id uuid,
    kind varchar(8) NOT NULL,
    user_id uuid NOT NULL,
    chat_id varchar(64) NOT NULL,
    state varchar(8) NOT NULL DEFAULT 'held',
    due_at timestamptz NOT NULL DEFAULT now(),
    external_id varchar(100) NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, notice_id, user_id)
);
CREATE INDEX notice_copy_held ON notice_copy (due_at) WHERE state = 'held';
CREATE INDEX notice_copy_incident ON notice_copy (tenant_id, incident_id) WHERE incident_id IS NOT NULL;
"""

# No index of `delivery` mentions its state (updates stay in place), so what waits for a person is kept
# in a small table of its own, by the database itself: no path of the code can forget it.
STUCK = """
CREATE FUNCTION vishenka_stuck() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state IN ('parked', 'unknown') THEN
        INSERT INTO delivery_stuck AS s (tenant_id, delivery_id, channel_id, class, state, reason)
        VALUES (NEW.tenant_id, NEW.id, NEW.channel_id, NEW.class, NEW.state, NEW.reason)
        ON CONFLICT (tenant_id, delivery_id) DO UPDATE
            SET state = excluded.state, reason = excluded.reason, at = now();
    ELSE
        DELETE FROM delivery_stuck WHERE tenant_id = NEW.tenant_id AND delivery_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER delivery_stuck AFTER UPDATE OF state ON delivery FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state
          AND (OLD.state IN ('parked', 'unknown') OR NEW.state IN ('parked', 'unknown')))
    EXECUTE FUNCTION vishenka_stuck();
"""

# A process is ready when the schema is as new as its code; it asks under the application's role.
READY = "GRANT SELECT ON aerich TO vishenka_app_group, vishenka_system;\n"


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the tables and the trigger."""
    return TABLES + ddl.global_tables(*GLOBAL) + ddl.tenant_tables(*TENANT) + STUCK + READY


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Remove them."""
    return (
        "DROP TRIGGER IF EXISTS delivery_stuck ON delivery; DROP FUNCTION IF EXISTS vishenka_stuck;"
        + ddl.drop((*GLOBAL, *TENANT))
    )
