"""Leased sources that are asked, what the hook brought and the history has yet to show, jobs of dialogues."""

from tortoise import BaseDBAsyncClient

from services.kit import ddl

RUN_IN_TRANSACTION = True

GLOBAL = ("source_lease", "poll_mark")
TENANT = ("poll_expected", "channel_job")

TABLES = """
CREATE TABLE source_lease (
    source uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    provider varchar(32) NOT NULL,
    next_poll_at timestamptz NOT NULL DEFAULT now(),
    owner varchar(32),
    fence bigint NOT NULL DEFAULT 0,
    lease_until timestamptz NOT NULL DEFAULT '-infinity',
    cursor text NOT NULL DEFAULT '',
    failures smallint NOT NULL DEFAULT 0,
    breaker varchar(8) NOT NULL DEFAULT 'closed',
    last_code varchar(40) NOT NULL DEFAULT '',
    misses bigint NOT NULL DEFAULT 0,
    last_poll_at timestamptz,
    first_success_at timestamptz,
    last_success_at timestamptz,
    lag_seconds real NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
CREATE INDEX source_lease_next ON source_lease (next_poll_at);
CREATE TABLE poll_mark (
    name varchar(32) PRIMARY KEY,
    at timestamptz NOT NULL
);
CREATE TABLE poll_expected (
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    event_key varchar(200) NOT NULL,
    received_at timestamptz NOT NULL,
    polls smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (channel_id, event_key)
);
CREATE TABLE channel_job (
    tenant_id uuid NOT NULL REFERENCES tenant (id),
    id uuid NOT NULL,
    for_tenant uuid NOT NULL REFERENCES tenant (id),
    kind varchar(32) NOT NULL,
    params bytea,
    reply_channel uuid NOT NULL,
    reply_chat varchar(64) NOT NULL,
    locale varchar(8) NOT NULL DEFAULT 'ru',
    state varchar(8) NOT NULL DEFAULT 'due',
    outcome varchar(64) NOT NULL DEFAULT '',
    tries smallint NOT NULL DEFAULT 0,
    fence bigint NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL DEFAULT now(),
    lease_until timestamptz NOT NULL DEFAULT '-infinity',
    created_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX channel_job_due ON channel_job (not_before) WHERE state <> 'done';
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create everything."""
    return TABLES + ddl.global_tables(*GLOBAL) + ddl.tenant_tables(*TENANT)


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Remove everything."""
    return ddl.drop((*GLOBAL, *TENANT))
