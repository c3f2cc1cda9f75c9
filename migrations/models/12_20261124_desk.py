"""The desk: drafts of answers, and indexes behind the list of dialogs and its search."""

from tortoise import BaseDBAsyncClient

from services.kit import ddl

RUN_IN_TRANSACTION = True

TABLES = """
CREATE TABLE draft (
    tenant_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    text text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, conversation_id, user_id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversation (tenant_id, id)
);
"""

# "The last to speak first", whoever spoke; shelved rows apart, so that a few of them are found among many.
INDEXES = """
DROP INDEX conversation_recent;
CREATE INDEX conversation_active ON conversation (tenant_id, coalesce(greatest(last_in_at, last_out_at), created_at), id);
CREATE INDEX conversation_shelved ON conversation (tenant_id, state, coalesce(greatest(last_in_at, last_out_at), created_at), id)
    WHERE state IN ('snoozed', 'closed', 'spam');
CREATE INDEX conversation_assignee ON conversation (tenant_id, assignee_id) WHERE assignee_id IS NOT NULL;
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE INDEX conversation_words ON conversation
    USING gin (tenant_id, to_tsvector('simple', person_name || ' ' || subject_title));
CREATE INDEX message_words ON message USING gin (tenant_id, to_tsvector('russian', text));
"""

# Under row-level security a text search cannot use its index: its operator may leak, so the policy would have to be
# checked on every row first (ADR 0016). Here the tenant is part of the index's own condition and is read from the
# transaction, never from the caller. Common words end at the limit, not after a million rows.
SEARCH = """
CREATE FUNCTION vishenka_search(p_words text, p_limit int) RETURNS TABLE (id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_tenant uuid := nullif(current_setting('app.tenant', true), '')::uuid;
BEGIN
    RETURN QUERY
    (SELECT c.id FROM conversation c WHERE c.tenant_id = v_tenant
        AND to_tsvector('simple', c.person_name || ' ' || c.subject_title) @@ to_tsquery('simple', p_words)
     LIMIT p_limit)
    UNION
    (SELECT f.conversation_id FROM (
        SELECT m.conversation_id FROM message m WHERE m.tenant_id = v_tenant AND m.deleted_at IS NULL
            AND to_tsvector('russian', m.text) @@ to_tsquery('russian', p_words) LIMIT p_limit * 4) AS f
     LIMIT p_limit);
END $$;
ALTER FUNCTION vishenka_search OWNER TO vishenka_system;
REVOKE ALL ON FUNCTION vishenka_search FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vishenka_search TO vishenka_app_group;
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create tables, policies, indexes and the search."""
    return "\n".join((TABLES, ddl.tenant_tables("draft"), INDEXES, SEARCH))


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Drop them."""
    return """
DROP FUNCTION vishenka_search;
DROP INDEX conversation_active, conversation_shelved, conversation_assignee, conversation_words, message_words;
CREATE INDEX conversation_recent ON conversation (tenant_id, last_in_at);
""" + ddl.drop(("draft",))
