"""Several deliveries of one transaction join lanes of their process, without queueing for the lanes' rows."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

# What vishenka_relay does for one delivery, for all of a transaction: a fence above zero starts at once, one below zero
# waits for its turn in a lane of this process (services/outbox/joining.py). The places are read first, the rows of the
# order keys afterwards: what was committed in between is seen. If one of them cannot have it, all go the way of all rows
# (vishenka_add) and `place` is null. SECURITY INVOKER: the tenant wall stands.
JOIN = """
CREATE FUNCTION vishenka_join(
    r_lane bigint[], p_rn int[], r_id uuid[], r_channel uuid[], r_key text[], r_class smallint[], r_direction text[],
    r_purpose text[], r_order text[], r_coalesce text[], r_kind text[], r_target uuid[], r_ref uuid[],
    r_conversation uuid[], r_campaign uuid[], r_contact uuid[], r_batch uuid[], r_recipient text[], r_action bytea[],
    r_delay float8[], r_trace text[], r_fence bigint[], r_bucket text[], p_tenant uuid, p_me text
) RETURNS TABLE (lane bigint, mine boolean, cold boolean, calling uuid[], place bigint, joined uuid[])
LANGUAGE plpgsql AS $$
DECLARE
    l_id bigint[]; l_place bigint[]; l_fence bigint[];
    v_calling uuid[]; v_joined uuid[];
BEGIN
    WITH l AS MATERIALIZED (SELECT * FROM lane x WHERE x.id = ANY(r_lane) ORDER BY x.id FOR KEY SHARE)
    SELECT array_agg(l.id), array_agg(l.last_seq), array_agg(l.fence) INTO l_id, l_place, l_fence
    FROM l WHERE l.owner = p_me AND l.lease_until > now();
    IF l_id IS NULL OR EXISTS (
        SELECT FROM unnest(r_lane, r_fence, r_order, r_id) AS r(lane, fence, ord, id)
        LEFT JOIN unnest(l_id, l_place, l_fence) AS l(id, place, fence) ON l.id = r.lane
        WHERE l.fence IS DISTINCT FROM abs(r.fence) OR EXISTS (
            SELECT FROM delivery_open o WHERE o.lane = r.lane AND o.order_key = r.ord
                AND (r.fence > 0 OR (o.seq, o.delivery_id) > (l.place, r.id)))) THEN
        RETURN QUERY SELECT a.*, NULL::bigint, NULL::uuid[] FROM vishenka_add(
            r_lane, p_rn, r_id, r_channel, r_key, r_class, r_direction, r_purpose, r_order, r_coalesce, r_kind,
            r_target, r_ref, r_conversation, r_campaign, r_contact, r_batch, r_recipient, r_action, r_delay, r_trace,
            ARRAY(SELECT greatest(u.fence, 0) FROM unnest(r_fence) WITH ORDINALITY AS u(fence, n) ORDER BY u.n),
            r_bucket, p_tenant, p_me) AS a;
        RETURN;
    END IF;

    WITH r AS MATERIALIZED (
        SELECT r.*, l.place AS seq, r.fence > 0 AS calls
        FROM unnest(r_lane, r_id, r_channel, r_key, r_class, r_direction, r_purpose, r_order, r_kind, r_target, r_ref,
            r_conversation, r_campaign, r_contact, r_recipient, r_action, r_trace, r_fence, r_bucket)
            AS r(lane, id, channel, key, class, direction, purpose, ord, kind, target, ref, conversation, campaign,
                 contact, recipient, action, trace, fence, bucket)
        JOIN unnest(l_id, l_place) AS l(id, place) ON l.id = r.lane
    ), d AS (
        INSERT INTO delivery AS y (tenant_id, id, lane, seq, channel_id, idempotency_key, class, direction, purpose,
            order_key, target_kind, target_id, ref, conversation_id, campaign_id, contact_id, recipient, action, trace,
            state, attempts, called_at)
        SELECT p_tenant, r.id, r.lane, r.seq, r.channel, r.key, r.class, r.direction, r.purpose, r.ord, r.kind,
            r.target, r.ref, r.conversation, r.campaign, r.contact, r.recipient, r.action, r.trace,
            CASE WHEN r.calls THEN 'calling' ELSE 'due' END, r.calls::int, CASE WHEN r.calls THEN now() END
        FROM r
        ON CONFLICT (tenant_id, idempotency_key) DO NOTHING
        RETURNING y.id
    ), o AS (
        INSERT INTO delivery_open (tenant_id, lane, class, seq, delivery_id, order_key, calling, fence)
        SELECT p_tenant, r.lane, r.class, r.seq, r.id, r.ord, r.calls, greatest(r.fence, 0) FROM r JOIN d ON d.id = r.id
    ), a AS (
        INSERT INTO delivery_attempt (tenant_id, delivery_id, n, lane, fence, bucket)
        SELECT p_tenant, r.id, 1, r.lane, r.fence, r.bucket FROM r JOIN d ON d.id = r.id WHERE r.calls
    )
    SELECT array_agg(r.id) FILTER (WHERE r.calls), array_agg(r.id) FILTER (WHERE NOT r.calls)
    INTO v_calling, v_joined FROM r JOIN d ON d.id = r.id;

    RETURN QUERY SELECT u.id, true, false, v_calling, u.place, v_joined FROM unnest(l_id, l_place) AS u(id, place);
END $$;
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create it."""
    return JOIN


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Remove it."""
    return "DROP FUNCTION vishenka_join;"
