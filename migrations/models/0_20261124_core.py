"""The ground: tenants, people, channels, contacts, and the engine's tables."""

from tortoise import BaseDBAsyncClient

from services.kit import ddl

RUN_IN_TRANSACTION = True

GLOBAL = ("tenant", "users", "lane", "schedule_fire")
TENANT = (
    "tenant_key",
    "membership",
    "link_token",
    "api_key",
    "channel",
    "channel_token",
    "workspace",
    "workspace_channel",
    "contact",
    "identity",
    "consent_event",
    "suppression",
    "inbox",
    "parked",
    "batch",
    "delivery",
    "delivery_open",
    "delivery_attempt",
    "early_receipt",
    "audit_entry",
)

AERICH = """
CREATE TABLE IF NOT EXISTS aerich (
    id serial PRIMARY KEY,
    version varchar(255) NOT NULL,
    app varchar(100) NOT NULL,
    content jsonb NOT NULL
);
"""

ROLES = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'vishenka_system') THEN
        CREATE ROLE vishenka_system NOLOGIN NOINHERIT;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'vishenka_app_group') THEN
        CREATE ROLE vishenka_app_group NOLOGIN NOINHERIT;
    END IF;
END $$;
GRANT USAGE ON SCHEMA public TO vishenka_app_group;
GRANT USAGE, CREATE ON SCHEMA public TO vishenka_system;
"""

PEOPLE = """
CREATE TABLE tenant (
    id uuid PRIMARY KEY,
    slug varchar(64) NOT NULL UNIQUE,
    name varchar(200) NOT NULL,
    status varchar(16) NOT NULL DEFAULT 'active',
    zone varchar(64) NOT NULL DEFAULT 'Europe/Moscow',
    locale varchar(8) NOT NULL DEFAULT 'ru',
    currency varchar(3) NOT NULL DEFAULT 'RUB',
    plan varchar(32) NOT NULL DEFAULT 'free',
    settings jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    row_version int NOT NULL DEFAULT 1
);
CREATE TABLE tenant_key (
    tenant_id uuid PRIMARY KEY REFERENCES tenant (id),
    key_id varchar(16) NOT NULL,
    wrapped bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE users (
    id uuid PRIMARY KEY,
    telegram_user_id bigint NOT NULL UNIQUE,
    name varchar(200) NOT NULL DEFAULT '',
    username varchar(64) NOT NULL DEFAULT '',
    locale varchar(8),
    zone varchar(64),
    status varchar(16) NOT NULL DEFAULT 'active',
    settings jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE membership (
    tenant_id uuid NOT NULL REFERENCES tenant (id),
    id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    role varchar(16) NOT NULL,
    scope jsonb NOT NULL DEFAULT '{}',
    status varchar(16) NOT NULL DEFAULT 'active',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, user_id)
);
CREATE INDEX membership_user ON membership (user_id);
CREATE TABLE link_token (
    tenant_id uuid NOT NULL REFERENCES tenant (id),
    id uuid NOT NULL,
    purpose varchar(32) NOT NULL,
    token_hash bytea NOT NULL UNIQUE,
    payload jsonb NOT NULL DEFAULT '{}',
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    used_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE TABLE api_key (
    tenant_id uuid NOT NULL REFERENCES tenant (id),
    id uuid NOT NULL,
    name varchar(100) NOT NULL,
    prefix varchar(16) NOT NULL,
    key_hash bytea NOT NULL UNIQUE,
    scopes jsonb NOT NULL DEFAULT '[]',
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
);
CREATE TABLE audit_entry (
    tenant_id uuid NOT NULL REFERENCES tenant (id),
    id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    actor_kind varchar(16) NOT NULL,
    actor_id uuid,
    action varchar(64) NOT NULL,
    object_kind varchar(32) NOT NULL DEFAULT '',
    object_id varchar(64) NOT NULL DEFAULT '',
    fields jsonb NOT NULL DEFAULT '{}',
    trace varchar(32) NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX audit_entry_at ON audit_entry (tenant_id, at);
"""

CHANNELS = """
CREATE TABLE channel (
    tenant_id uuid NOT NULL REFERENCES tenant (id),
    id uuid NOT NULL,
    provider varchar(32) NOT NULL,
    kind varchar(16) NOT NULL,
    name varchar(100) NOT NULL,
    external_id varchar(64) NOT NULL,
    username varchar(100) NOT NULL DEFAULT '',
    title varchar(200) NOT NULL DEFAULT '',
    status varchar(16) NOT NULL DEFAULT 'active',
    status_reason varchar(64) NOT NULL DEFAULT '',
    credentials bytea,
    hook_key varchar(64) NOT NULL UNIQUE,
    hook_secret bytea,
    hook_state varchar(16) NOT NULL DEFAULT 'unset',
    health jsonb NOT NULL DEFAULT '[]',
    health_at timestamptz,
    settings jsonb NOT NULL DEFAULT '{}',
    last_event_at timestamptz,
    last_success_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    row_version int NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX channel_id ON channel (id);
CREATE UNIQUE INDEX channel_account ON channel (tenant_id, provider, external_id) WHERE status <> 'removed';
CREATE UNIQUE INDEX channel_name ON channel (tenant_id, name) WHERE status <> 'removed';
CREATE UNIQUE INDEX channel_bot ON channel (provider, external_id)
    WHERE status <> 'removed' AND kind IN ('master', 'client');
CREATE TABLE channel_token (
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    token bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, channel_id),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel (tenant_id, id)
);
CREATE TABLE workspace (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    name varchar(100) NOT NULL,
    channel_id uuid NOT NULL,
    chat_id varchar(64) NOT NULL,
    title varchar(200) NOT NULL DEFAULT '',
    kind varchar(16) NOT NULL DEFAULT 'forum',
    state varchar(16) NOT NULL DEFAULT 'live',
    state_reason varchar(64) NOT NULL DEFAULT '',
    checks jsonb NOT NULL DEFAULT '[]',
    settings jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, channel_id, chat_id),
    UNIQUE (tenant_id, name),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel (tenant_id, id)
);
CREATE TABLE workspace_channel (
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, channel_id),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES channel (tenant_id, id),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES workspace (tenant_id, id)
);
"""

CONTACTS = """
CREATE TABLE contact (
    tenant_id uuid NOT NULL REFERENCES tenant (id),
    id uuid NOT NULL,
    name varchar(200) NOT NULL DEFAULT '',
    locale varchar(8),
    zone varchar(64),
    fields jsonb NOT NULL DEFAULT '{}',
    status varchar(16) NOT NULL DEFAULT 'active',
    merged_into uuid,
    last_activity_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE TABLE identity (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    contact_id uuid NOT NULL,
    provider varchar(32) NOT NULL,
    scope_account varchar(64) NOT NULL DEFAULT '',
    address bytea NOT NULL,
    address_hash bytea NOT NULL,
    display varchar(200) NOT NULL DEFAULT '',
    state varchar(16) NOT NULL DEFAULT 'ok',
    state_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, provider, scope_account, address_hash),
    FOREIGN KEY (tenant_id, contact_id) REFERENCES contact (tenant_id, id)
);
CREATE INDEX identity_contact ON identity (tenant_id, contact_id);
CREATE TABLE consent_event (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    contact_id uuid NOT NULL,
    identity_id uuid,
    purpose varchar(32) NOT NULL,
    channel varchar(32) NOT NULL,
    action varchar(16) NOT NULL,
    text_version varchar(64) NOT NULL DEFAULT '',
    evidence_hash bytea,
    source varchar(32) NOT NULL,
    source_event_id varchar(128) NOT NULL,
    occurred_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, source, source_event_id, purpose, channel),
    FOREIGN KEY (tenant_id, contact_id) REFERENCES contact (tenant_id, id)
);
CREATE INDEX consent_event_contact ON consent_event (tenant_id, contact_id, purpose, channel, occurred_at);
CREATE TABLE suppression (
    tenant_id uuid NOT NULL REFERENCES tenant (id),
    id uuid NOT NULL,
    channel varchar(32) NOT NULL,
    address_hash bytea NOT NULL,
    reason varchar(32) NOT NULL,
    until timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, channel, address_hash)
);
"""

ENGINE = """
CREATE TABLE lane (
    id bigint PRIMARY KEY,
    kind smallint NOT NULL,
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    due_at timestamptz,
    last_seq bigint NOT NULL DEFAULT 0,
    last_n bigint NOT NULL DEFAULT 0,
    done_seq bigint NOT NULL DEFAULT 0,
    head_attempts smallint NOT NULL DEFAULT 0,
    head_crashes smallint NOT NULL DEFAULT 0,
    owner varchar(32),
    fence bigint NOT NULL DEFAULT 0,
    lease_until timestamptz NOT NULL DEFAULT '-infinity',
    rung_at timestamptz
) WITH (fillfactor = 50);
CREATE INDEX lane_due ON lane (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE schedule_fire (
    schedule varchar(64) NOT NULL,
    minute timestamptz NOT NULL,
    fired_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (schedule, minute)
);
CREATE TABLE inbox (
    tenant_id uuid NOT NULL,
    lane bigint NOT NULL,
    seq bigint NOT NULL,
    channel_id uuid NOT NULL,
    event_key varchar(200) NOT NULL,
    lane_name varchar(200) NOT NULL,
    source varchar(8) NOT NULL DEFAULT 'hook',
    at timestamptz,
    received_at timestamptz NOT NULL DEFAULT now(),
    trace varchar(32) NOT NULL DEFAULT '',
    body bytea,
    PRIMARY KEY (lane, seq),
    UNIQUE (channel_id, event_key)
);
CREATE INDEX inbox_received ON inbox (received_at);
CREATE TABLE parked (
    tenant_id uuid NOT NULL,
    lane bigint NOT NULL,
    seq bigint NOT NULL,
    id uuid NOT NULL UNIQUE,
    channel_id uuid NOT NULL,
    reason varchar(32) NOT NULL,
    detail varchar(300) NOT NULL DEFAULT '',
    attempts smallint NOT NULL DEFAULT 0,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (lane, seq)
);
CREATE INDEX parked_tenant ON parked (tenant_id, at);
CREATE TABLE batch (
    tenant_id uuid NOT NULL REFERENCES tenant (id),
    id uuid NOT NULL,
    owner_type varchar(32) NOT NULL,
    owner_id uuid NOT NULL,
    state varchar(16) NOT NULL DEFAULT 'open',
    reason varchar(64) NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, owner_type, owner_id)
);
CREATE TABLE delivery (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    lane bigint NOT NULL,
    seq bigint NOT NULL,
    channel_id uuid NOT NULL,
    idempotency_key varchar(200) NOT NULL,
    class smallint NOT NULL,
    direction varchar(8) NOT NULL DEFAULT 'out',
    purpose varchar(32) NOT NULL,
    order_key varchar(80) NOT NULL,
    coalesce_key varchar(80),
    target_kind varchar(16) NOT NULL DEFAULT '',
    target_id uuid,
    ref uuid,
    conversation_id uuid,
    campaign_id uuid,
    contact_id uuid,
    batch_id uuid,
    recipient varchar(80) NOT NULL DEFAULT '',
    action bytea NOT NULL,
    state varchar(12) NOT NULL DEFAULT 'due',
    reason varchar(32) NOT NULL DEFAULT '',
    detail varchar(300) NOT NULL DEFAULT '',
    attempts smallint NOT NULL DEFAULT 0,
    possible_repeat boolean NOT NULL DEFAULT false,
    external_id varchar(100) NOT NULL DEFAULT '',
    parts jsonb NOT NULL DEFAULT '[]',
    trace varchar(32) NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    called_at timestamptz,
    sent_at timestamptz,
    settled_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, idempotency_key)
) WITH (fillfactor = 60);
CREATE INDEX delivery_conversation ON delivery (tenant_id, conversation_id, created_at);
CREATE INDEX delivery_ref ON delivery (tenant_id, ref) WHERE ref IS NOT NULL;
CREATE INDEX delivery_created ON delivery (tenant_id, created_at);
CREATE TABLE delivery_open (
    tenant_id uuid NOT NULL,
    lane bigint NOT NULL,
    class smallint NOT NULL,
    seq bigint NOT NULL,
    delivery_id uuid NOT NULL,
    order_key varchar(80) NOT NULL,
    coalesce_key varchar(80),
    not_before timestamptz NOT NULL DEFAULT now(),
    calling boolean NOT NULL DEFAULT false,
    fence bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (lane, class, seq, delivery_id)
) WITH (fillfactor = 60);
CREATE UNIQUE INDEX delivery_open_delivery ON delivery_open (delivery_id);
CREATE INDEX delivery_open_order ON delivery_open (lane, order_key);
CREATE INDEX delivery_open_coalesce ON delivery_open (lane, coalesce_key) WHERE coalesce_key IS NOT NULL;
CREATE TABLE delivery_attempt (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    n smallint NOT NULL,
    lane bigint NOT NULL,
    fence bigint NOT NULL,
    bucket varchar(80) NOT NULL DEFAULT '',
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    outcome varchar(16) NOT NULL DEFAULT '',
    reason varchar(32) NOT NULL DEFAULT '',
    status smallint NOT NULL DEFAULT 0,
    retry_after real
) WITH (fillfactor = 70);
CREATE INDEX delivery_attempt_delivery ON delivery_attempt (delivery_id);
CREATE INDEX delivery_attempt_lane ON delivery_attempt (lane, started_at);
CREATE TABLE early_receipt (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    channel_id uuid NOT NULL,
    external_id varchar(100) NOT NULL,
    status varchar(16) NOT NULL,
    at timestamptz NOT NULL,
    reason varchar(32) NOT NULL DEFAULT '',
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, channel_id, external_id, status)
);
"""

# One round trip per flush. SECURITY DEFINER and owned by vishenka_system: a flush holds events of many tenants.
# plpgsql keeps the plan. A duplicate only burns a number of its lane (LANES: gaps mean nothing).
INGEST = """
CREATE FUNCTION vishenka_ingest(
    p_me text,
    l_id bigint[], l_kind smallint[], l_tenant uuid[], l_channel uuid[], l_count int[],
    r_lane bigint[], r_rn int[], r_tenant uuid[], r_channel uuid[], r_key text[], r_name text[],
    r_source text[], r_at timestamptz[], r_trace text[], r_body bytea[],
    OUT ring bigint[], OUT mine bigint[], OUT fresh text[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    WITH l AS (
        INSERT INTO lane AS x (id, kind, tenant_id, channel_id, due_at, last_seq, last_n, rung_at)
        SELECT u.id, u.kind, u.tenant, u.channel, now(), u.n, u.n, now()
        FROM unnest(l_id, l_kind, l_tenant, l_channel, l_count) AS u(id, kind, tenant, channel, n)
        ON CONFLICT (id) DO UPDATE SET
            last_seq = x.last_seq + excluded.last_n, last_n = excluded.last_n,
            due_at = coalesce(x.due_at, excluded.due_at),
            rung_at = CASE WHEN x.lease_until > now() OR x.rung_at > now() - interval '2 seconds'
                           THEN x.rung_at ELSE now() END
        RETURNING id, last_seq - last_n AS base,
            CASE WHEN lease_until > now() THEN owner END AS own, rung_at = now() AS rang
    ), n AS (
        INSERT INTO inbox (tenant_id, lane, seq, channel_id, event_key, lane_name, source, at, trace, body)
        SELECT r.tenant, r.lane, l.base + r.rn, r.channel, r.key, r.name, r.source, r.at, r.trace, r.body
        FROM unnest(r_lane, r_rn, r_tenant, r_channel, r_key, r_name, r_source, r_at, r_trace, r_body)
            AS r(lane, rn, tenant, channel, key, name, source, at, trace, body)
        JOIN l ON l.id = r.lane
        ON CONFLICT DO NOTHING
        RETURNING channel_id::text || event_key AS k
    ), told AS (
        SELECT pg_notify('own_' || own, string_agg(id::text, ',')) FROM l
        WHERE own IS NOT NULL AND own <> p_me GROUP BY own
    )
    SELECT array_agg(id) FILTER (WHERE own IS NULL AND rang),
           array_agg(id) FILTER (WHERE own = p_me),
           (SELECT array_agg(k) FROM n)
    INTO ring, mine, fresh
    FROM l, (SELECT count(*) FROM told) AS t;
END $$;
ALTER FUNCTION vishenka_ingest OWNER TO vishenka_system;
REVOKE ALL ON FUNCTION vishenka_ingest FROM PUBLIC;
"""

# One round trip to read a lane: it sets the tenant itself. SECURITY INVOKER: the tenant wall stands.
READ = """
CREATE FUNCTION vishenka_read(p_tenant uuid, p_lane bigint, p_after bigint, p_most int) RETURNS TABLE (
    last_seq bigint, seq bigint, channel_id uuid, event_key text, lane_name text, source text, at timestamptz,
    received_at timestamptz, trace text, body bytea
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('app.tenant', p_tenant::text, true);
    RETURN QUERY
    SELECT l.last_seq, i.seq, i.channel_id, i.event_key::text, i.lane_name::text, i.source::text, i.at, i.received_at,
        i.trace::text, i.body
    FROM lane l LEFT JOIN LATERAL (
        SELECT * FROM inbox x WHERE x.lane = p_lane AND x.seq > p_after ORDER BY x.seq LIMIT p_most) AS i ON true
    WHERE l.id = p_lane ORDER BY i.seq;
END $$;
"""

# Two statements, two snapshots: the second one sees what was committed while the first waited for the lane's lock,
# so an immediate start never overtakes an older delivery of its order key. SECURITY INVOKER: the tenant wall stands.
# A transaction of immediate starts alone does not queue at the lane: it only keeps others from taking the lane over
# until it has committed. Its rows stand at the lane's newest place: a younger one of their key gets a higher one.
ADD = """
CREATE FUNCTION vishenka_add(
    r_lane bigint[], p_rn int[], r_id uuid[], r_channel uuid[], r_key text[], r_class smallint[], r_direction text[],
    r_purpose text[], r_order text[], r_coalesce text[], r_kind text[], r_target uuid[], r_ref uuid[],
    r_conversation uuid[], r_campaign uuid[], r_contact uuid[], r_batch uuid[], r_recipient text[], r_action bytea[],
    r_delay float8[], r_trace text[], r_fence bigint[], r_bucket text[], p_tenant uuid, p_me text
) RETURNS TABLE (lane bigint, mine boolean, cold boolean, calling uuid[]) LANGUAGE plpgsql AS $$
DECLARE
    r_rn int[] := p_rn; l_id bigint[]; l_base bigint[]; l_own text[]; l_fence bigint[]; l_rang boolean[];
    started uuid[];
BEGIN
    IF 0 < ALL (r_fence) THEN
        WITH l AS MATERIALIZED (SELECT * FROM lane x WHERE x.id = ANY(r_lane) ORDER BY x.id FOR KEY SHARE)
        SELECT array_agg(l.id), array_agg(l.last_seq), array_agg(l.owner::text), array_agg(l.fence),
            array_agg(false)
        INTO l_id, l_base, l_own, l_fence, l_rang
        FROM l WHERE l.owner = p_me AND l.lease_until > now();
        r_rn := array_fill(0, ARRAY[cardinality(r_rn)]);
    END IF;
    IF l_id IS NULL OR EXISTS (SELECT FROM unnest(r_lane, r_fence, r_order) AS r(lane, fence, ord)
        WHERE NOT EXISTS (SELECT FROM unnest(l_id, l_fence) AS l(id, fence) WHERE l.id = r.lane AND l.fence = r.fence)
        OR EXISTS (SELECT FROM delivery_open o WHERE o.lane = r.lane AND o.order_key = r.ord)) THEN
    r_rn := p_rn;
    WITH l AS (
        INSERT INTO lane AS x (id, kind, tenant_id, channel_id, due_at, last_seq, last_n, rung_at)
        SELECT u.lane, 2, p_tenant, (array_agg(u.channel))[1], now(), count(*), count(*), now()
        FROM unnest(r_lane, r_channel) AS u(lane, channel) GROUP BY u.lane ORDER BY u.lane
        ON CONFLICT (id) DO UPDATE SET last_seq = x.last_seq + excluded.last_n, last_n = excluded.last_n,
            due_at = least(coalesce(x.due_at, now()), now()),
            rung_at = CASE WHEN x.lease_until > now() OR x.rung_at > now() - interval '2 seconds'
                           THEN x.rung_at ELSE now() END
        RETURNING id, last_seq - last_n AS base, CASE WHEN lease_until > now() THEN owner END AS own, fence,
            rung_at = now() AS rang)
    SELECT array_agg(l.id), array_agg(l.base), array_agg(l.own), array_agg(l.fence), array_agg(l.rang)
    INTO l_id, l_base, l_own, l_fence, l_rang FROM l;
    END IF;

    WITH r AS MATERIALIZED (
        SELECT r.*, l.base + r.rn AS seq,
            r.fence > 0 AND l.own = p_me AND l.fence = r.fence AND NOT EXISTS (
                SELECT FROM delivery_open o WHERE o.lane = r.lane AND o.order_key = r.ord) AS calls
        FROM unnest(r_lane, r_rn, r_id, r_channel, r_key, r_class, r_direction, r_purpose, r_order, r_coalesce,
            r_kind, r_target, r_ref, r_conversation, r_campaign, r_contact, r_batch, r_recipient, r_action, r_delay,
            r_trace, r_fence, r_bucket)
            AS r(lane, rn, id, channel, key, class, direction, purpose, ord, coal, kind, target, ref, conversation,
                 campaign, contact, batch, recipient, action, delay, trace, fence, bucket)
        JOIN unnest(l_id, l_base, l_own, l_fence) AS l(id, base, own, fence) ON l.id = r.lane
    ), d AS (
        INSERT INTO delivery AS y (tenant_id, id, lane, seq, channel_id, idempotency_key, class, direction, purpose,
            order_key, coalesce_key, target_kind, target_id, ref, conversation_id, campaign_id, contact_id, batch_id,
            recipient, action, trace, state, attempts, called_at)
        SELECT p_tenant, r.id, r.lane, r.seq, r.channel, r.key, r.class, r.direction, r.purpose, r.ord, r.coal, r.kind,
            r.target, r.ref, r.conversation, r.campaign, r.contact, r.batch, r.recipient, r.action, r.trace,
            CASE WHEN r.calls THEN 'calling' ELSE 'due' END, r.calls::int, CASE WHEN r.calls THEN now() END
        FROM r
        ON CONFLICT (tenant_id, idempotency_key) DO NOTHING
        RETURNING y.id
    ), o AS (
        INSERT INTO delivery_open (tenant_id, lane, class, seq, delivery_id, order_key, coalesce_key, not_before,
            calling, fence)
        SELECT p_tenant, r.lane, r.class, r.seq, r.id, r.ord, r.coal, now() + r.delay * interval '1 second', r.calls,
            CASE WHEN r.calls THEN r.fence ELSE 0 END
        FROM r JOIN d ON d.id = r.id
    ), a AS (
        INSERT INTO delivery_attempt (tenant_id, delivery_id, n, lane, fence, bucket)
        SELECT p_tenant, r.id, 1, r.lane, r.fence, r.bucket FROM r JOIN d ON d.id = r.id WHERE r.calls
    )
    SELECT array_agg(r.id) INTO started FROM r JOIN d ON d.id = r.id WHERE r.calls;

    PERFORM pg_notify('own_' || u.own, string_agg(u.id::text, ','))
    FROM unnest(l_id, l_own) AS u(id, own) WHERE u.own IS NOT NULL AND u.own <> p_me GROUP BY u.own;

    RETURN QUERY SELECT u.id, coalesce(u.own = p_me, false), u.own IS NULL AND u.rang, started
    FROM unnest(l_id, l_own, l_rang) AS u(id, own, rang);
END $$;
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create everything."""
    return "".join(
        [
            AERICH,
            ROLES,
            PEOPLE,
            CHANNELS,
            CONTACTS,
            ENGINE,
            ddl.global_tables(*GLOBAL),
            ddl.tenant_tables(*TENANT),
            ddl.append_only("consent_event", "audit_entry"),
            INGEST,
            READ,
            ADD,
        ]
    )


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Remove everything."""
    return (
        "DROP FUNCTION IF EXISTS vishenka_ingest; DROP FUNCTION IF EXISTS vishenka_read;"
        "DROP FUNCTION IF EXISTS vishenka_add;" + ddl.drop((*GLOBAL, *TENANT))
    )
