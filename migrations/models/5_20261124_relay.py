"""What the planner believes of tables that nobody has analysed yet."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

# Until its first ANALYZE the planner takes a tenant for one of two hundred: looking through all rows of a tenant seems
# as cheap as one look at the key, and such plans were most of the work of a young database. One tenant has them all is
# the safe belief; ANALYZE replaces it by the truth.
HOT = (
    "channel",
    "workspace",
    "contact",
    "identity",
    "conversation",
    "topic_link",
    "message",
    "message_link",
    "attachment",
    "inbox",
    "batch",
    "delivery",
    "delivery_open",
    "delivery_attempt",
)
BELIEF = """
DO $$
DECLARE
    v_table text;
BEGIN
    IF current_setting('server_version_num')::int >= 180000 THEN
        FOREACH v_table IN ARRAY string_to_array('{tables}', ',') LOOP
            PERFORM pg_restore_attribute_stats('schemaname', 'public', 'relname', v_table, 'attname', 'tenant_id',
                'inherited', false, 'null_frac', 0::real, 'avg_width', 16, 'n_distinct', 1::real);
        END LOOP;
    END IF;
END $$;
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Tell the planner."""
    return BELIEF.format(tables=",".join(HOT))


async def downgrade(db: BaseDBAsyncClient) -> str:
    """A belief needs no undoing: the next ANALYZE is the truth."""
    return "SELECT 1;"
