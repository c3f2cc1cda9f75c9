"""Files that go by a link, who was assigned when, mutes of notices, notices that failed."""

from tortoise import BaseDBAsyncClient

from services.kit import ddl

RUN_IN_TRANSACTION = True

TENANT = ("stored_file", "link_offer", "notice_mute")

TABLES = """
CREATE TABLE stored_file (
    tenant_id uuid NOT NULL REFERENCES tenant (id),
    id uuid NOT NULL,
    ref uuid NOT NULL,
    ordinal smallint NOT NULL DEFAULT 0,
    name bytea NOT NULL,
    mime varchar(100) NOT NULL,
    size bigint NOT NULL,
    sha256 varchar(64) NOT NULL,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, ref, ordinal)
);
CREATE INDEX stored_file_expires ON stored_file (expires_at);
CREATE TABLE link_offer (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    bot_channel_id uuid NOT NULL,
    bot_chat_id varchar(64) NOT NULL,
    bot_message_id varchar(32) NOT NULL,
    thread_id varchar(32) NOT NULL DEFAULT '',
    group_id varchar(100) NOT NULL DEFAULT '',
    author_id uuid,
    author_name varchar(200) NOT NULL DEFAULT '',
    reply_id uuid,
    content bytea NOT NULL,
    service_id varchar(32) NOT NULL DEFAULT '',
    state varchar(12) NOT NULL DEFAULT 'offered',
    reason varchar(32) NOT NULL DEFAULT '',
    tries smallint NOT NULL DEFAULT 0,
    trace varchar(32) NOT NULL DEFAULT '',
    lease_until timestamptz NOT NULL DEFAULT '-infinity',
    created_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, bot_channel_id, bot_chat_id, bot_message_id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversation (tenant_id, id)
);
CREATE INDEX link_offer_wanted ON link_offer (lease_until) WHERE state = 'wanted';
CREATE INDEX link_offer_group ON link_offer (tenant_id, bot_channel_id, bot_chat_id, group_id)
    WHERE group_id <> '';
CREATE TABLE notice_mute (
    tenant_id uuid NOT NULL REFERENCES tenant (id),
    user_id uuid NOT NULL REFERENCES users (id),
    rule varchar(32) NOT NULL,
    subject varchar(80) NOT NULL,
    until timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, user_id, rule, subject)
);
"""

COLUMNS = """
ALTER TABLE conversation ADD COLUMN assigned_at timestamptz;
ALTER TABLE workspace ADD COLUMN returned_at timestamptz;
ALTER TABLE notice ADD COLUMN tries smallint NOT NULL DEFAULT 0,
    ADD COLUMN not_before timestamptz NOT NULL DEFAULT '-infinity',
    ADD COLUMN reason varchar(80) NOT NULL DEFAULT '';
ALTER TABLE notice_copy ADD COLUMN tries smallint NOT NULL DEFAULT 0,
    ADD COLUMN reason varchar(80) NOT NULL DEFAULT '';
CREATE INDEX notice_parked ON notice (created_at) WHERE state = 'parked';
CREATE INDEX message_album ON message (tenant_id, bot_channel_id, bot_chat_id, group_id)
    WHERE group_id <> '' AND bot_chat_id <> '';
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create everything."""
    return TABLES + COLUMNS + ddl.tenant_tables(*TENANT)


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Remove everything."""
    return (
        "DROP INDEX IF EXISTS message_album; DROP INDEX IF EXISTS notice_parked;"
        "ALTER TABLE notice_copy DROP COLUMN tries, DROP COLUMN reason;"
        "ALTER TABLE notice DROP COLUMN tries, DROP COLUMN not_before, DROP COLUMN reason;"
        "ALTER TABLE workspace DROP COLUMN returned_at;"
        "ALTER TABLE conversation DROP COLUMN assigned_at;" + ddl.drop(TENANT)
    )
