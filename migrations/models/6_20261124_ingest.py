"""The ingest statement with fewer words on the wire: channels once a flush, lanes once, rows by number."""

from importlib import import_module

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

# A flush names each channel once (c_), each lane once with its channel's place in that list (l_), and rows (r_) with
# their lane's place. Lanes come sorted, so that no two flushes lock them crosswise. `fresh` is NULL when every row was
# new, else the places of those that were: what was not is what a sender repeated. SECURITY DEFINER and owned by
# vishenka_system: a flush holds events of many tenants. plpgsql keeps the plan. A duplicate only burns a number of its
# lane (LANES: gaps mean nothing).
INGEST = """
DROP FUNCTION vishenka_ingest;
CREATE FUNCTION vishenka_ingest(
    p_me text, p_source text,
    c_tenant uuid[], c_channel uuid[], c_kind smallint[],
    l_id bigint[], l_place int[], l_name text[], l_count int[],
    r_place int[], r_rn int[], r_key text[], r_at float8[], r_trace text[], r_body bytea[],
    OUT ring bigint[], OUT mine bigint[], OUT fresh bigint[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    WITH l AS (
        INSERT INTO lane AS x (id, kind, tenant_id, channel_id, due_at, last_seq, last_n, rung_at)
        SELECT u.id, c_kind[u.place], c_tenant[u.place], c_channel[u.place], now(), u.n, u.n, now()
        FROM unnest(l_id, l_place, l_count) AS u(id, place, n)
        ON CONFLICT (id) DO UPDATE SET
            last_seq = x.last_seq + excluded.last_n, last_n = excluded.last_n,
            due_at = coalesce(x.due_at, excluded.due_at),
            rung_at = CASE WHEN x.lease_until > now() OR x.rung_at > now() - interval '2 seconds'
                           THEN x.rung_at ELSE now() END
        RETURNING id, last_seq - last_n AS base,
            CASE WHEN lease_until > now() THEN owner END AS own, rung_at = now() AS rang
    ), n AS (
        INSERT INTO inbox (tenant_id, lane, seq, channel_id, event_key, lane_name, source, at, trace, body)
        SELECT c_tenant[l_place[r.place]], l.id, l.base + r.rn, c_channel[l_place[r.place]], r.key, l_name[r.place],
            p_source, to_timestamp(r.at), r.trace, r.body
        FROM unnest(r_place, r_rn, r_key, r_at, r_trace, r_body) AS r(place, rn, key, at, trace, body)
        JOIN l ON l.id = l_id[r.place]
        ON CONFLICT DO NOTHING
        RETURNING lane, seq
    ), told AS (
        SELECT pg_notify('own_' || own, string_agg(id::text, ',')) FROM l
        WHERE own IS NOT NULL AND own <> p_me GROUP BY own
    )
    SELECT array_agg(id) FILTER (WHERE own IS NULL AND rang),
           array_agg(id) FILTER (WHERE own = p_me),
           CASE WHEN (SELECT count(*) FROM n) < cardinality(r_place) THEN coalesce(
               (SELECT array_agg(r.o) FROM unnest(r_place, r_rn) WITH ORDINALITY AS r(place, rn, o)
                JOIN l AS y ON y.id = l_id[r.place] JOIN n ON n.lane = y.id AND n.seq = y.base + r.rn), '{}') END
    INTO ring, mine, fresh
    FROM l, (SELECT count(*) FROM told) AS t;
END $$;
ALTER FUNCTION vishenka_ingest OWNER TO vishenka_system;
REVOKE ALL ON FUNCTION vishenka_ingest FROM PUBLIC;
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Replace the function: its arguments change, so it is dropped first."""
    return INGEST


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Bring the first form back."""
    core = import_module("migrations.models.0_20261124_core")
    return f"DROP FUNCTION vishenka_ingest;\n{core.INGEST}"
