"""The bots: where people stand in dialogues, and wrong links they tried."""

from tortoise import BaseDBAsyncClient

from services.kit import ddl

RUN_IN_TRANSACTION = True

TENANT = ("fsm_state", "link_try")

TABLES = """
CREATE TABLE fsm_state (
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    chat_id bigint NOT NULL,
    user_id bigint NOT NULL,
    state varchar(64) NOT NULL DEFAULT '',
    data bytea,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, channel_id, chat_id, user_id),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel (tenant_id, id)
);
CREATE INDEX fsm_state_age ON fsm_state (updated_at);
CREATE TABLE link_try (
    tenant_id uuid NOT NULL REFERENCES tenant (id),
    id uuid NOT NULL,
    telegram_user_id bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX link_try_user ON link_try (tenant_id, telegram_user_id, at);
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create both tables."""
    return TABLES + ddl.tenant_tables(*TENANT)


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Remove both tables."""
    return ddl.drop(TENANT)
