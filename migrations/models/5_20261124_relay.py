"""A message through the bridge in two statements: stored and shown, and its arrival recorded."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

# What services/conversations/quick.py takes for granted is looked at again; VK001 undoes it all, and the event goes
# the long way. VK002: the lane is another's. Locks are taken as everywhere: conversation, inbox lane, outbox lane.
# r_: vishenka_receive's; e_: taken for granted; o_: the delivery, at once `calling` where this process owns the lane
# and nothing of its order key is open (vishenka_add says why that is enough). A fence below zero: it waits for its turn
# in a lane of this process (services/outbox/joining.py). SECURITY INVOKER: the tenant wall stands.
RELAY = """
CREATE FUNCTION vishenka_relay(
    p_tenant uuid, p_lane bigint, p_fence bigint, p_seq bigint,
    r_channel uuid, r_chat text, r_external text, r_id uuid, r_direction text, r_author text, r_name text, r_kind text,
    r_text text, r_entities jsonb, r_reply text, r_group text, r_at timestamptz, r_state text, r_proof text,
    r_automatic boolean, r_waits boolean, r_check timestamptz,
    e_thread text, e_is_open boolean, e_away text,
    p_me text, o_lane bigint, o_fence bigint, o_bucket text, o_id uuid, o_key text, o_class smallint, o_direction text,
    o_purpose text, o_order text, o_kind text, o_target uuid, o_conversation uuid, o_recipient text, o_action bytea,
    o_trace text, o_channel uuid
) RETURNS TABLE (lane bigint, mine boolean, cold boolean, calling uuid[], place bigint) LANGUAGE plpgsql AS $$
DECLARE
    f record;
    v_place bigint;
    v_calls boolean;
BEGIN
    PERFORM set_config('app.tenant', p_tenant::text, true);
    SELECT * INTO f FROM vishenka_receive(p_tenant, r_channel, r_chat, r_external, r_id, r_direction, r_author, r_name,
        r_kind, r_text, r_entities, r_reply, r_group, r_at, r_state, r_proof, r_automatic, r_waits, r_check);
    IF f.conversation_id IS DISTINCT FROM o_conversation OR NOT f.fresh OR f.late
        OR f.state_before NOT IN ('open', 'waiting') OR f.workspace_id IS DISTINCT FROM o_target
        OR f.workspace_state <> 'live' OR f.bot_channel_id <> o_channel OR f.chat_id <> o_recipient
        OR f.link_state IS DISTINCT FROM 'live' OR f.thread_id <> e_thread
        OR NOT (e_is_open OR f.waited) OR (e_away <> '' AND f.away_period <> e_away) THEN
        RAISE EXCEPTION 'not as it was known' USING ERRCODE = 'VK001';
    END IF;
    UPDATE lane x SET done_seq = p_seq, head_attempts = 0, head_crashes = 0
    WHERE x.id = p_lane AND x.fence = p_fence AND x.done_seq < p_seq;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the lane is lost' USING ERRCODE = 'VK002';
    END IF;
    IF o_fence <> 0 THEN
        SELECT x.last_seq INTO v_place FROM lane x
        WHERE x.id = o_lane AND x.owner = p_me AND x.fence = abs(o_fence) AND x.lease_until > now() FOR KEY SHARE;
        IF FOUND AND NOT EXISTS (SELECT FROM delivery_open o WHERE o.lane = o_lane AND o.order_key = o_order
                AND (o_fence > 0 OR (o.seq, o.delivery_id) > (v_place, o_id))) THEN
            v_calls := o_fence > 0;
            INSERT INTO delivery (tenant_id, id, lane, seq, channel_id, idempotency_key, class, direction, purpose,
                order_key, target_kind, target_id, ref, conversation_id, recipient, action, trace, state, attempts,
                called_at)
            VALUES (p_tenant, o_id, o_lane, v_place, o_channel, o_key, o_class, o_direction, o_purpose, o_order, o_kind,
                o_target, r_id, o_conversation, o_recipient, o_action, o_trace,
                CASE WHEN v_calls THEN 'calling' ELSE 'due' END, v_calls::int, CASE WHEN v_calls THEN now() END);
            INSERT INTO delivery_open (tenant_id, lane, class, seq, delivery_id, order_key, calling, fence)
            VALUES (p_tenant, o_lane, o_class, v_place, o_id, o_order, v_calls, greatest(o_fence, 0));
            IF v_calls THEN
                INSERT INTO delivery_attempt (tenant_id, delivery_id, n, lane, fence, bucket)
                VALUES (p_tenant, o_id, 1, o_lane, o_fence, o_bucket);
            END IF;
            RETURN QUERY SELECT o_lane, true, false, CASE WHEN v_calls THEN ARRAY[o_id] END, v_place;
            RETURN;
        END IF;
    END IF;
    RETURN QUERY SELECT a.*, NULL::bigint FROM vishenka_add(
        ARRAY[o_lane], ARRAY[1], ARRAY[o_id], ARRAY[o_channel], ARRAY[o_key], ARRAY[o_class], ARRAY[o_direction],
        ARRAY[o_purpose], ARRAY[o_order], ARRAY[NULL::text], ARRAY[o_kind], ARRAY[o_target], ARRAY[r_id],
        ARRAY[o_conversation], ARRAY[NULL::uuid], ARRAY[NULL::uuid], ARRAY[NULL::uuid], ARRAY[o_recipient],
        ARRAY[o_action], ARRAY[0::float8], ARRAY[o_trace], ARRAY[greatest(o_fence, 0)],
        ARRAY[o_bucket], p_tenant, p_me) AS a;
END $$;
"""

# What store.SETTLE does for a delivery that arrived. A crash of the server may forget it: then the row says `calling`,
# and the next owner settles it as after a crash of ours (LANES 7). False: it was settled otherwise meanwhile.
SENT = """
CREATE FUNCTION vishenka_sent(p_tenant uuid, p_id uuid, p_fence bigint, p_external text, p_parts jsonb)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('app.tenant', p_tenant::text, true), set_config('synchronous_commit', 'off', true);
    DELETE FROM delivery_open o WHERE o.delivery_id = p_id AND o.fence = p_fence;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE delivery_attempt a SET ended_at = now(), outcome = 'sent', retry_after = 0
    WHERE a.delivery_id = p_id AND a.fence = p_fence AND a.ended_at IS NULL;
    UPDATE delivery d SET state = 'sent', reason = '', detail = '', external_id = p_external, parts = p_parts,
        sent_at = now(), settled_at = now()
    WHERE d.tenant_id = p_tenant AND d.id = p_id AND d.state IN ('calling', 'due', 'retry');
    RETURN FOUND;
END $$;
"""

# The same for a message that stands in its topic now: services/conversations/links.py LINK says what is kept.
SHOWN = """
CREATE FUNCTION vishenka_shown(
    p_tenant uuid, p_id uuid, p_fence bigint, p_external text, p_parts jsonb,
    l_message uuid, l_channel uuid, l_chat text, l_conversation uuid, l_since timestamptz, l_parts text[]
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_message uuid;
BEGIN
    IF NOT vishenka_sent(p_tenant, p_id, p_fence, p_external, p_parts) THEN
        RETURN false;
    END IF;
    FOR v_message IN
        SELECT l_message UNION
        SELECT d.ref FROM delivery d WHERE d.tenant_id = p_tenant AND d.conversation_id = l_conversation
            AND d.created_at >= l_since AND d.reason = 'superseded' AND d.detail = p_id::text
    LOOP
        INSERT INTO message_link (tenant_id, message_id, side, ordinal, channel_id, chat_id, remote_id, delivery_id)
        SELECT p_tenant, m.id, 'topic', coalesce((SELECT max(o.ordinal) FROM message_link o
                WHERE o.tenant_id = p_tenant AND o.message_id = m.id AND o.side = 'topic'), -1) + p.n,
            l_channel, l_chat, p.id, p_id
        FROM message m CROSS JOIN unnest(l_parts) WITH ORDINALITY AS p(id, n)
        WHERE m.tenant_id = p_tenant AND m.id = v_message
        ON CONFLICT DO NOTHING;
    END LOOP;
    RETURN true;
END $$;
"""

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
    """Create it."""
    return RELAY + SENT + SHOWN + BELIEF.format(tables=",".join(HOT))


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Remove it."""
    return "DROP FUNCTION vishenka_relay, vishenka_shown, vishenka_sent;"
