"""The bridge: conversations, their topics, messages and what belongs to them."""

from tortoise import BaseDBAsyncClient

from services.kit import ddl

RUN_IN_TRANSACTION = True

TABLES = (
    "conversation",
    "topic_link",
    "message",
    "message_revision",
    "message_link",
    "attachment",
    "canned_reply",
)

CREATE = """
CREATE TABLE conversation (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    channel_id uuid NOT NULL,
    external_chat_id varchar(200) NOT NULL,
    contact_id uuid NOT NULL,
    workspace_id uuid,
    state varchar(12) NOT NULL DEFAULT 'open',
    person_id varchar(100) NOT NULL DEFAULT '',
    person_name varchar(200) NOT NULL DEFAULT '',
    person_url varchar(500) NOT NULL DEFAULT '',
    subject_id varchar(100) NOT NULL DEFAULT '',
    subject_title varchar(300) NOT NULL DEFAULT '',
    subject_price varchar(100) NOT NULL DEFAULT '',
    subject_url varchar(500) NOT NULL DEFAULT '',
    subject_image_ref varchar(1000) NOT NULL DEFAULT '',
    described_at timestamptz,
    assignee_id uuid,
    waiting_since timestamptz,
    snoozed_until timestamptz,
    next_check_at timestamptz,
    ladder_step smallint NOT NULL DEFAULT 0,
    away_period varchar(32) NOT NULL DEFAULT '',
    title_shown varchar(128) NOT NULL DEFAULT '',
    title_at timestamptz,
    last_seq bigint NOT NULL DEFAULT 0,
    last_in_at timestamptz,
    last_out_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    row_version int NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, channel_id, external_chat_id),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel (tenant_id, id),
    FOREIGN KEY (tenant_id, contact_id) REFERENCES contact (tenant_id, id),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES workspace (tenant_id, id)
) WITH (fillfactor = 70);
CREATE INDEX conversation_contact ON conversation (tenant_id, contact_id);
CREATE INDEX conversation_check ON conversation (next_check_at) WHERE next_check_at IS NOT NULL;
CREATE INDEX conversation_waiting ON conversation (tenant_id, waiting_since) WHERE waiting_since IS NOT NULL;
CREATE INDEX conversation_recent ON conversation (tenant_id, last_in_at);
CREATE TABLE topic_link (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    thread_id varchar(32) NOT NULL DEFAULT '',
    state varchar(12) NOT NULL DEFAULT 'creating',
    is_current boolean NOT NULL DEFAULT true,
    card_id varchar(32) NOT NULL DEFAULT '',
    card_has_photo boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversation (tenant_id, id),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES workspace (tenant_id, id)
);
CREATE UNIQUE INDEX topic_link_current ON topic_link (tenant_id, conversation_id) WHERE is_current;
CREATE UNIQUE INDEX topic_link_thread ON topic_link (tenant_id, workspace_id, thread_id) WHERE thread_id <> '';
CREATE INDEX topic_link_history ON topic_link (tenant_id, conversation_id, created_at);
CREATE TABLE message (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    seq bigint NOT NULL,
    direction varchar(4) NOT NULL,
    author_kind varchar(12) NOT NULL,
    author_id uuid,
    author_name varchar(200) NOT NULL DEFAULT '',
    visibility varchar(8) NOT NULL DEFAULT 'public',
    kind varchar(12) NOT NULL DEFAULT 'text',
    text text NOT NULL DEFAULT '',
    entities jsonb NOT NULL DEFAULT '[]',
    reply_to_id uuid,
    channel_id uuid NOT NULL,
    external_chat_id varchar(200) NOT NULL,
    external_id varchar(100) NOT NULL DEFAULT '',
    group_id varchar(100) NOT NULL DEFAULT '',
    bot_channel_id uuid,
    bot_chat_id varchar(64) NOT NULL DEFAULT '',
    bot_message_id varchar(32) NOT NULL DEFAULT '',
    service_id varchar(32) NOT NULL DEFAULT '',
    state varchar(12) NOT NULL DEFAULT 'received',
    reason varchar(32) NOT NULL DEFAULT '',
    proof varchar(12) NOT NULL DEFAULT '',
    automatic boolean NOT NULL DEFAULT false,
    revision int NOT NULL DEFAULT 0,
    sent_at timestamptz NOT NULL,
    edited_at timestamptz,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, conversation_id, seq),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversation (tenant_id, id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX message_external ON message (tenant_id, channel_id, external_chat_id, external_id)
    WHERE external_id <> '';
CREATE UNIQUE INDEX message_original ON message (tenant_id, bot_channel_id, bot_chat_id, bot_message_id)
    WHERE bot_message_id <> '';
CREATE TABLE message_revision (
    tenant_id uuid NOT NULL,
    message_id uuid NOT NULL,
    number int NOT NULL,
    text text NOT NULL,
    entities jsonb NOT NULL DEFAULT '[]',
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, message_id, number),
    FOREIGN KEY (tenant_id, message_id) REFERENCES message (tenant_id, id)
);
CREATE TABLE message_link (
    tenant_id uuid NOT NULL,
    message_id uuid NOT NULL,
    side varchar(8) NOT NULL,
    ordinal int NOT NULL,
    channel_id uuid NOT NULL,
    chat_id varchar(200) NOT NULL,
    remote_id varchar(100) NOT NULL,
    delivery_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, message_id, side, ordinal),
    FOREIGN KEY (tenant_id, message_id) REFERENCES message (tenant_id, id)
);
CREATE INDEX message_link_remote ON message_link (tenant_id, channel_id, chat_id, remote_id);
CREATE TABLE attachment (
    tenant_id uuid NOT NULL,
    message_id uuid NOT NULL,
    ordinal int NOT NULL,
    kind varchar(12) NOT NULL,
    media bytea NOT NULL,
    state varchar(12) NOT NULL DEFAULT 'remote',
    size bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, message_id, ordinal),
    FOREIGN KEY (tenant_id, message_id) REFERENCES message (tenant_id, id)
);
CREATE TABLE canned_reply (
    tenant_id uuid NOT NULL REFERENCES tenant (id),
    id uuid NOT NULL,
    name varchar(64) NOT NULL,
    text text NOT NULL,
    author_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
);
"""

# The whole hot path of an inbound message in one round trip: the conversation is locked (its seq is handed out under
# the lock, so order is the database's), a known external id ends here, and what the relay needs comes back.
# No row: the chat is not known yet. SECURITY INVOKER: the tenant wall stands.
RECEIVE = """
CREATE FUNCTION vishenka_receive(
    p_tenant uuid, p_channel uuid, p_chat text, p_external text, p_id uuid, p_direction text, p_author text,
    p_name text, p_kind text, p_text text, p_entities jsonb, p_reply text, p_group text, p_at timestamptz,
    p_state text, p_proof text, p_automatic boolean, p_waits boolean, p_check timestamptz
) RETURNS TABLE (
    conversation_id uuid, seq bigint, fresh boolean, state_before text, waited boolean, person_name text,
    assignee_id uuid, away_period text, late boolean, workspace_id uuid, workspace_state text, workspace_reason text,
    workspace_kind text, bot_channel_id uuid, bot_provider text, chat_id text, link_state text, thread_id text, reply_message_id uuid,
    reply_remote text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v conversation%ROWTYPE;
    v_fresh boolean;
    v_reply uuid;
BEGIN
    SELECT * INTO v FROM conversation c
    WHERE c.tenant_id = p_tenant AND c.channel_id = p_channel AND c.external_chat_id = p_chat FOR NO KEY UPDATE;
    IF NOT FOUND THEN RETURN; END IF;
    IF p_reply <> '' THEN
        SELECT l.message_id INTO v_reply FROM message_link l WHERE l.tenant_id = p_tenant AND l.channel_id = p_channel
            AND l.chat_id = p_chat AND l.remote_id = p_reply LIMIT 1;
        IF v_reply IS NULL THEN
            SELECT m.id INTO v_reply FROM message m WHERE m.tenant_id = p_tenant AND m.channel_id = p_channel
                AND m.external_chat_id = p_chat AND m.external_id = p_reply AND m.external_id <> '';
        END IF;
    END IF;
    INSERT INTO message (tenant_id, id, conversation_id, seq, direction, author_kind, author_name, kind, text, entities,
        reply_to_id, channel_id, external_chat_id, external_id, group_id, state, proof, automatic, sent_at)
    VALUES (p_tenant, p_id, v.id, v.last_seq + 1, p_direction, p_author, p_name, p_kind, p_text, p_entities, v_reply,
        p_channel, p_chat, p_external, p_group, p_state, p_proof, p_automatic, p_at)
    ON CONFLICT DO NOTHING;
    v_fresh := FOUND;
    IF v_fresh THEN
        UPDATE conversation c SET last_seq = v.last_seq + 1, updated_at = now(),
            last_in_at = CASE WHEN p_direction = 'in' THEN greatest(v.last_in_at, p_at) ELSE v.last_in_at END,
            last_out_at = CASE WHEN p_direction = 'out' THEN greatest(v.last_out_at, p_at) ELSE v.last_out_at END,
            state = CASE WHEN v.state = 'spam' THEN v.state WHEN p_waits THEN 'waiting'
                         WHEN p_direction = 'out' AND v.state = 'waiting' THEN 'open'
                         WHEN p_direction = 'in' AND NOT p_automatic AND v.state IN ('closed', 'snoozed') THEN 'open'
                         ELSE v.state END,
            waiting_since = CASE WHEN v.state = 'spam' THEN NULL WHEN p_waits THEN coalesce(v.waiting_since, p_at)
                                 WHEN p_direction = 'out' AND NOT p_automatic THEN NULL ELSE v.waiting_since END,
            snoozed_until = CASE WHEN p_waits OR p_direction = 'out' THEN NULL ELSE v.snoozed_until END,
            ladder_step = CASE WHEN p_direction = 'out' AND NOT p_automatic THEN 0 ELSE v.ladder_step END,
            next_check_at = CASE WHEN v.state = 'spam' THEN NULL
                                 WHEN p_waits AND v.waiting_since IS NULL THEN p_check
                                 WHEN p_direction = 'out' AND NOT p_automatic THEN NULL ELSE v.next_check_at END
        WHERE c.tenant_id = p_tenant AND c.id = v.id;
    END IF;
    RETURN QUERY
    SELECT v.id, v.last_seq + 1, v_fresh, v.state::text, v.waiting_since IS NOT NULL, v.person_name::text,
        v.assignee_id, v.away_period::text, coalesce(p_at < v.last_in_at, false), w.id, w.state::text,
        w.state_reason::text, w.kind::text, w.channel_id, b.provider::text, w.chat_id::text, t.state::text, t.thread_id::text, v_reply,
        (SELECT coalesce(nullif(r.bot_message_id, ''), (
            SELECT l.remote_id FROM message_link l WHERE l.tenant_id = p_tenant AND l.message_id = r.id
                AND l.side = 'topic' ORDER BY l.ordinal DESC LIMIT 1))::text
         FROM message r WHERE r.tenant_id = p_tenant AND r.id = v_reply)
    FROM (SELECT 1) AS one
    LEFT JOIN workspace w ON w.tenant_id = p_tenant AND w.id = v.workspace_id
    LEFT JOIN channel b ON b.tenant_id = p_tenant AND b.id = w.channel_id
    LEFT JOIN topic_link t ON t.tenant_id = p_tenant AND t.conversation_id = v.id AND t.is_current;
END $$;
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create everything."""
    return CREATE + ddl.tenant_tables(*TABLES) + RECEIVE


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Remove everything."""
    return "DROP FUNCTION IF EXISTS vishenka_receive;" + ddl.drop(TABLES)
