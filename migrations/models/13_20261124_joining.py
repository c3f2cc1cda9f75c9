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


MODELS_STATE = (
    "eJztfftz2zi25r+C8i9JV6mzsZ3XbW9tlZN292Q2ibti9+25d7MlUyQkYUwRGgC0op6Z//"
    "0CoB58m6BJGoJP1dR0QuIjlQMQOOc7r38eLWiAQ/7ifEn+L14f/YT+eRR5Cyz/kLszQkfe"
    "crm/ri4IbxLqod6SjG83gyZcMM8X8vLUCzmWlwLMfUaWgtBIDT5HC8+fkwg/40iCfkI0Ct"
    "eICI7mHp8jwhEXlOHghXpcQH35PBLNjJFxRP4R47GgMyzmmEn8//v/8jKJAvwd8+1fl7fj"
    "KcFhkPmXk0A9QF8fi/VSX/v9948//6JHql81Gfs0jBfRfvRyLeY02g2PYxK8UBh1b4YjzD"
    "yBg5RQojgMN+LbXkp+sbwgWIx3PzXYXwjw1ItDJdqj/z2NI19JFOk3qf979X82Py01bDz+"
    "cnk9vrq4Ho+PCjOhfkJOxJtLPo3ULJJIKEH989/Jc/cC0VeP1As+/OX86/PTNz9oEVAuZk"
    "zf1OI6+rcGesJLoFroeykLHHmRGJsJOwPqUubbC3uh75fvVpxbgVkm4r1I9X8L0vww91i5"
    "NLfjc4KUP+wARXi08L6PQxzNxFz+9fjlyxqZ/uf5Vy1WOUrLlcotK9nKvmxunST3svJdMj"
    "wl300kvEe4KOM3TUT8plrCb/IClrv6WO3lRRG/J5HH1uVCTqNyYp6sBeYHKOgawb7/dPle"
    "PXnB+T/CjaTff/xy/vW/nn8+/5sW9mK9ufXp8suv2/HpveP9f11fnOdkz326TGSVlfxfry"
    "6/lMt9j8hJPSC+QP9CIeGiL9mnTsBJTEJBIv5Cve8xDkElocyMbJf4bkJSq/9DyXSoB7zP"
    "TQf+viTy9tgTxSn5WQpTkAUun5YsMj81G+iL7R8aTNBG/TiAb+P64+eLq+vzz79lpuPn8+"
    "sLdeck821srz7Pb1C7h6A/Pl7/Bam/ov++/HKRn7XduOv/PlK/yYsFHUd0NfaCtEy2l7eX"
    "MrPM8B29xUGLWc4iYZZtnuXQ42Ic81bznMfCTNs80z7DSu4t5jmL7GCWbVNp5I7lBZfSYt"
    "+swAOZ9s3HUph1xR5Mb1OWrbow8fzblceCceEOPaFVY4u3FieL/BUv8mZ6zpRw1c/c0DO/"
    "8MWVkIvgqIS62d0b1ZE3U74Y892we+mbP+aYYeShJWZcKl8SGQUckUheCogX0lmM0YqIuf"
    "z7hIozdKMIgBtFzuDIZ+ulXK9IQhCfUyZ+DMldGdPT10seQAr5cy+KcGjIV2RRQBIBSfTo"
    "JJFckuUCfU9mHyNRuY4rBCp/3AGKUv5e+Z8f/+Pk5PT07cnL0zfvXr96+/b1u5fv5Fj9i4"
    "u33tYZ5R9//fjlOnsAqQtZ0Us1jhmLPgUC0bcW/e6Ea8rc7QDDEXdHfe3NWdruzasGtN2b"
    "V5W0nbqVFa7avs0ouy2iJV13OBZMX2xdvAxaGhpZJBgathgaJfal/vWWGBqfSHR7TW9xdF"
    "Riaexv1poaoRwmle/tuAau4gDjJVKwZxzRpSfXFyLBSPt7yz3E9wPAMWyFQgo6/4A6/zJm"
    "coSR/pOCOOi6PD1poAOdnlTqQOpWVsR6W2vhvMziwH3ZViFaeuuQeiV7RrX/MgWxw4GpXg"
    "sOzO4dmAf0eViukRY9Hi3dWuDROqT5naxNdLEU5AGa2OHMqQn5Cv5Bx8x2y/2D2jJnpZHd"
    "21uj+0121ji2e8VoNNMGOOJ0gSc0WEsRERycoSm5w4kP7x+xxwRmiE6RF6E5jRlaeLcYSX"
    "t8gVYeEWWWfYdPBgrAim0RKIABTx6BQzxj3mLcyglVhgZvVGtvlPnxD8c+HPsGx/5nvJhg"
    "xudkWXbyp+7WHv6L7LgGx38SsPOMI0bDzZGcbMtn6EZ5VGN+g+Qj1HlNGWJ4QUvjfx7yID"
    "jcrTh54HAf8HCvPNNrjfSKgxzEqfYcE1/JdryDjpLuc7x01pAJTb8DAEnfOUmfHKUma32P"
    "GDAwKjnp+xJ63yseSL9q0bul/UOElsuzbnmE1rVWkY9K7L3NnVGdrSf2YxrYeZOYkwhzPl"
    "LWlzSz0DL0xJSyhSrHgcNpmUnXCAPWmxW6cLX1xsN4ZqQvbMZ3oy3cL+PBNOPuw6ihfMdO"
    "uCeNynec1JTvOCmW7wBldwBl908aGS3i7fgBBXwRM2lR/q/PVFqWq2Hk3P1mEVLfM2Mp9o"
    "gBZc3iYQT8roF831WK913BZIsZw5FfEvZSLd80ZkAJf/39/TAiPm0SMlsdMVsophR6kYl4"
    "t+MHFO2U4YH24e7jkTkWQr7frKBPCgNkW+dkG/BA1V/DYTICwAM9xVmv4oGyLqTV+A4zri"
    "RSmPbKMJscargIm+O+ZjgJrzk5fvX21bvTN692UTW7K3XBNEngjFX0WkWV3P3N0f0km0mt"
    "3ATxjCNFyKiqtyO0YvIFOECTtWbRFh5XEY/yFlI/KkA3qh4iCW7KOLiHPu4B9Jxdbv+nQd"
    "YlU2eiZe8RDrJK3bMdm4+nKOG6lL8UCPL90ge3Sb4fKNOuqVWWh1T+zvV5Vzj69fXaU1+F"
    "WvGmB34S+DhCNMLqz+h6E3mN5BGEbhIO70YXN7tR1Kn8I8PoixodR4KE6gxfo5Uun8Zv62"
    "Iru30F+O0sVwVsjf9/XI/eo0T/2+/nG6gSVS9ePrVCTSWcxjgnZQd8T5blAvfqehrUgWq1"
    "YLtfuBABMESAN3iewPMExjJ4nmDWn1gE8ic6I9G5EHixLI1Dztwf1ZadUCPl8tsPbUydII"
    "4jgQTd0xr6tWg1p6oMJIqoQD5dYKT+zWiNxRlaUXbLEY18+ViBI7QgUSwwr+ZOOn7HA8gT"
    "Xaa4Rdm5LK4rGvpRjfnBSOhqkmXC6EoRJObzkUeCY8BsTlLsivrGjOiVLcBBj1f3JtQdZk"
    "Q+jJlIOI1xUMjHJ00oADmq2og6KdAADIuYSTlRE0FnQM4RWaeN6MLTGrrwtEgXgmnkmpJs"
    "uR9Ra4pX8eTv2K9Wkrf3GyjJPDW0Qfcm4s+RortVfTTCeYzZM442z5AXfkJEoEXMhWq6lE"
    "QEcfn7NnpvWaemhz/wIerv/h/fmNHbQ5zLSevQoVKt5CaTbCLyPcLB0783JxYUdIGyq3DI"
    "H+Yhf4WlmINf5FlMS4OGMvdrD3muR46n+6EmZdiuL69/QxzjYCT/3wtVsdQbZSLIFU0Vv6"
    "Z7JmZDe9CUMK7oqwCjlccRI7N5aUHW7l/yLfoW3eiGt1zgpYapseoKUp8XUpcVycbxHqqq"
    "Tf+EsCfVkD3H9gLdMCk4aXiub9CcyilLWsDwbxGd6ofGkQKi7Sj9PC5hqqQsv5F/lb+Vb4"
    "rO6nuIE/ngzYCx/suDY6Lt2eafRhCU/JikiWzIlO4wwMmNWnJy6d3A9ATOY6FdgD3Op6LP"
    "cbd7l31k1fGFGdhwaU8v+1KqHiWucHuWFUVfHXiRxtgReKHe50zghVYWivNRHWe7He/MN/"
    "Cg1L+CKBO9y/gIyULBirPlSGkSxQK2+1OZdUtsd5XQc4U5TyajNN9ne3t0X9rPmKdG3mu4"
    "X0oTmZNZ9COJpBWr83MCfEd8fKZK5CESbC3iqbcg4Vp1OVHXdQvBkmiVhz1OG+ObD0L+vp"
    "1JzKjQFzjaWNIMT+W8zxOcNP2XjNKpDmTYWfAkIuJnlXFMhLbZ+UpnQH6LppRJhFzWU8IW"
    "+lO92Zv82sTfvCShQVBCg6AZucMRksY2huSjQ7C77eE57DX1jHq5PGIq/eEYzwYSvZW/3s"
    "SjtR3voD+r43SW5MQxke0e4VwEy3EjX+Fxja/wuOgr3J/RBoZmFgSFZgpcitJyWlkdWSRY"
    "HbZbHZmahDvV1cxHkMW19BMczsHaW02PlB1gbOznsOAmsNlNAKTOU9xeEy8Pxm3cgHkszP"
    "whzTyWEm3ztadxsKPbvKMnM7WaG5XMzoDcs/Y6Sa23hBWXkxhFODwqYcS3t0Z1bLifGtSI"
    "CPd8TTgjT/4PSQX7jgRYk8UMBzgSRCI3RarmlN6OkzCdpFZVEoVWToh381hgnK0g8KDJaO"
    "8izhjH+mMx2eDTGAe50u7L9gMR3WNlGvsLrw0n3D6YaPxdqDpqoWHN4RzMQWl3n4YNVe6G"
    "WNCCCLM6dzuAc/KFjmyHZDQWhTxm2ONlLsL7ZJ0COreou9+XU2akmQspBwQfUksfkrbaNw"
    "02mi70NMa5nPDu13iKGDFb4zkgrPGHrHFdwct4le9QA+7lccSTCT/E03OOvVCUhANUp9Ts"
    "EZBQk1n9XSTUJMJt4UnKAMGVZLMrCQoIW/fZae87vpMKalvXfRoMn5/Nn18SaRH7Pua8da"
    "BGBg7zbfN8QyxWtXLpbkQOFAd3bdZLPnZoS9tftoBdcTl/pZOj6tAcdXfUIDpn/PfNwHsj"
    "dD54YciRhwLihXQWq1JMKnc0yedcesxbcJ39mcTM6ICaGcUcreY40gmd8k3qfkAjXAzU6f"
    "zpEK8zhOoD8TqPL+K9SOXXMk4kZCLTLAqECvE5wwU/JTu7mU9hjwF3Qkt3AsPLcD1OBeg2"
    "3SsKQNguqkRrVKI6i3Jw63CgJWU7npjFw/jBOk7iN/Y1PoabMYgHCtHpWLg0FqpXlIl4Ux"
    "CIybl3b6gowne1kFbmE6rEd3ry9s2O6FB/qeM4rj6ff/pULIswxaXl9+pKe+4gzghy6Hbh"
    "VIwnWNplxnUPs0hgam1hahvlSmOP47EumG7sgctCHZz3A5lncL/B510x64qZbjHlKRg41W"
    "37qu3yCF2rcpxH1T6h5P6oiVdI7Ibe6xe6nusUa8w3dURVnrV8imoJsvEg3qBZLP+NHHkz"
    "OfNcpWFLazHc1REteoM6euYDfEBbQZi5J7Io8AmBT+jR+cjdl9ycYN9BoP3JqCXBjr8vib"
    "zdpv5NBumginfoZ36uNXJ5YE0dPeJiXM3ABAmEslVPyGFaUFWhbJZo2H+oPnNLz8dl6vX+"
    "Zq1uvcoMa9DTb8ZovETPKdN1i8idXIRIuQh/UFFPTGrIaEIF4nO64kiuArWvbOr0C4oWeD"
    "GRF8ra+HX2XIixskLZA316QH0aKsr0W4DDNsPbiUWrdnfDEj0piINLtweXMxSO6bVwjP1h"
    "mCqQNl4MI+J+asZYH/ATHnhRHtyyJg+GkjxGJXnm2L81SibfI+xIJXeqggNk91s3JQxvmm"
    "y36HaThYJT2h7GDEJN3CdKIdP7Kc76odDjNT0DCmNGjcjydLLR/aT5H3Piz9EOvCGxPbR5"
    "yLMcoV1kx9s8AMJMgBZ/6gzj/ns1k2oeB4K1qNAEjUSy2xYjCje3avdwPzWogbsz+cDUDh"
    "tzQReYlfkuyweBI9KCVQs7Ljgiswv3gN0Ng2cXW0aC9Jr/+ieNjES7He+eYLvnvje7b0G6"
    "1VTrHgFEa/fcN/S76N+1JtVAqcCO5euoiX6Rgz1Aw7Bsj+lGwdBlXfXCIGLdtixsDg/eAn"
    "sIRPAWuM8bg7fgKc665d6Cj7rtkVgflRBLu3ujOmaJpEc16y0cBFJ2/AzdbP6UqiY62l0c"
    "zz0+l3cER5NQrjmk111FW+GHPhFIKysUHiCtBtQpN5Swqb8rgwKhQpvmkqO650ql3KdLPN"
    "70kjey5/NA5wjY7kmszeFZFHNd2noKBInraXXTJHE9rba0Ev8OCXPQdg4CwpehZ9TPMgVx"
    "bnvprQ+x9ekO9PZQGdkkacGcUUjjgE+whU9owiIBd/hUZt0SFumDFDKOxIXqMvhV/7yyKK"
    "XMkNE90UpqcNK2sDmxNGPS3EeUoRUR84B5Ky88Q/ItOAp+pHLOy8mjRiggiKwwtIEg6l3E"
    "QBD1KtQtXW4o1RwM/OM52i1mcoSREZGCAOnWgHSr7FBTW7eiojcNiLhMxJ4+g00kvEc4KO"
    "DuTWGBv4vqDpw19UFyOOd4ne5pY6xcGpGPW7CXBSj0FmvJXnIas7KOITXU2g7h4IbSgydK"
    "iyuxUw2LOpVAHRT58UmTeHU5qnoXPyn2bPL9mLFWBFcO6iDDdSCMFgRBApFpH5F5FS+Xyn"
    "OaTEaBxEzfHtURmDw38P6Uy2gbxIbE3BNohgVHERVzuQZGaLJGHlLaUHKTx+yO3GGum21v"
    "+JYzdKN7Dt2gLzTCKvxtSlmB7+znNd8ieYpB9qdFzAjwpL2LGJiRIZkRCIV5dGPSvFziYx"
    "RKPOBF3qrdYJeNBg+HMLFJpQVLBiwZ+yyZT16Ej0pMGH291nYJtyPuNVp+DenEC39CCsER"
    "nSJlBqw3dWFGOp6CxgIxuvoxlLdCxLEfMyLWZ2hO5T9CWh5oiZk8I55xpDTWYoBGP6/o2E"
    "qp6zBUqjOXNBfaLKeHGSh9fqUDNheqtl7KK4/X9xKvqD7eY4On/qehi27iYAn2ZQlaU0LQ"
    "CaEGcatevTG06j0ExVhXpuD4H2anaho13L7+0oGzNSd5w36JewxIvZ3UdQ9x4/WeRoHk20"
    "l+Ls1MeSQIvFiKknTGeiWyAHZmFrpQJbV0fObxOW4n2RQWBJuOdFhFZrnkO4B79fm6J1yn"
    "KsrMbCPeQZxZpkNrHdjjeNyK6s5BHaRCXVLsWRzN2rS02cPAcLNtfi3htq/8OQ7iUK4gVs"
    "pxZ+6PauN0NiPlm5kh6a3CXxhdKXYZbR+DvChACxLFQgI53YTRKMraC3eDGEfqbQh7/nwz"
    "uJL27vIl3yIqz66H8t/bF5goJWlMN57gx6XCewmdrya992vEZCPdo+CgtG4jzVaJbhfKnM"
    "bBFFs3xZaclR+jCf2us+7LTsrU3dpzkqhxzc5HlVLPBZVrE+nchjN0M6HBWldklMYTWy/l"
    "EtRn2IxifUpxgZ4zLFSCK41+GOlw01u8lk/x1hzJw00p/gK9K5yS/b3qWxTICw89K7eedB"
    "N+tbS6PviLW/qLwcfZuTvOmLsenLZ2ZFWDW7nXdZwk3snN38SSyYAcDGrtp3+PPNTGpi2S"
    "MiCQdMNKegeR73s0p0NV0+u4WZK5kQZMpp3WWTaxwcfkrmUD9gzUQTPcsejsTACkfKnRZr"
    "kDOFf/o3vfqjLEy+yE6kytLQKqfRgkaFnCMv3msVucJT+yd0Z17NJyP6ZJorRWwtFM7rsR"
    "ipeIRiXNaatGQX6yFWYYMDa9i3gYGvIAhPg4nA3QZECTubB5QNZ3z4pygIVXFgtX02Bih3"
    "DPDmnEip3WsGKnRVasbcw3hHtXRCU/Ig1m3e7gFj1iiTn53hP+/KjEmkxujOqMycluyL22"
    "5PUcI74icrzKLPfQjFFlKU6RfKi0GxnB/CdElzgaobn83c+Tk+2HEfJDynFQNDu7eCBYqF"
    "ZoQGChDqhk6qyVRB4GelAWBcpmA2UzEZnZ0k1jYOUeZO8yeeIMo793X7L9MOzPgy3TDnWp"
    "qkUPqn0Pqv3PiSa8Pk+M66MSJT8/pFbd32jW621ydjPNX0UO+9L2/wmtGJHACE3wlDKMiF"
    "CxwExwqZPTxTLEKoJYVZnSbeNpLORVXN5H7IHPg5pUVtPMYA8MqFXtPmozoeZgINacWEvU"
    "qHoGdOBKL/1vFV2wn+BOHWzTPbRSDc6JfRL7t7jENKi2vvYI56yvd018U++qXVPvyjqfs3"
    "bWVxYJ1pft1lcm80RKtM2cp3EQUW5zRPnGrjMis/cQ5zZOYAUPzE2gSOrYOF5ij4Joicxa"
    "FYqemoqySm6/hNSrEGcOl5PpVAGd2uV/vvz9/acL9NvXiw8frz5efslu6/qmuiQvEKFF8P"
    "Xi/JM9IfBb1vJSOVtqWM3LjTOmAaW59ds0iIrfRhisk3JAhKNAzTuJkF5GiDLNT8qpOUMz"
    "VVVI1QJS7KQcybEQYVk4Q2dPfQC3aR8VBFEOwGpCHP6hMBh+6HE+NlVlNMo1yXehzEBaw+"
    "ArmLIAM9NCFRmQg6FR3XNxPvVC+cuwqaTzOPcKL3cv64iKceIgN+XAskgHeU+XaLCNbVBy"
    "YFAaYi+q+KD2qHwquIT1NaW7KwPngl9efspM5/uPuQPhy++f3198fX78Q9b4PVQX2eFXM7"
    "eMb/iqP75KukHdHjVhG5oRDSrQaYs4U8319FyjRVJRkeuoJh3iui9NHC/VdqwvrxV1sAw9"
    "H6Pnn86/XFy9WATo9IfyeKp+XgPpFVZYxUA89C5iIB6gAMDTEjkUAOhh8yABXiyp3GD9ta"
    "lpXAJ1kIropZIj0Jad0pYBYVjrRSbLNwMaMl0rFn2pbL1Wx1zGTO4lRlEvKYiDO0MP+ZvA"
    "BZcsY+CCD1jWwmPSFB+Xd3avqcWZhTkX1NV9zNxGYoaGdRr0AN3YskXdjWrM8NRElpvhIM"
    "X8ZhvdYcY99XZT060IBenmpOstlh6ZGUs2CwOpFtas8HzTzTSLApnmco1U4SZDiaYxIM/8"
    "6eSTJdm09moeJp8COadUda+9ehWsQl2hc6+KVGha6tw2c6yOuO2w1vnB1d0JYjyQsdCEaD"
    "iuJhqOC0QDJNhA0Vco+upKVEwXFLrckTmR/8Qxw0tclrxaG9RVgobgLoPgLvxdYBZ55b7N"
    "mn51WZhzW8dxo63juGbrOC5uHUtVr6ko5b9eXX6pWNxbQD4elfgC/QuFhPe2caQifiYxCQ"
    "WJ+Av1vscI+lECyiz3rZR3ql5qAj6UKHrqAe/zrCU0aepPDYHqf9Wid7f+hAqwbjfpaSBU"
    "oLA59J6rPrUtysrsYTC/ds+vzq5uNcVpJMyybbNsSXrBhcfC9VfV3rS8SGvm/qguwQCrkW"
    "OWGtqgnMFmOFrNKd+nAqi6AhEV6FYKLEJrLM7QLZajvAjNaczkfwO0UC6B8moG3TwUMgiG"
    "+FYhg+DxRQyR1b0K9dA4ncGCzHphdapqWtW7jErrWTkh487jy6ArmDM6KHgCB6PgtE5618"
    "qSy0Ed/I4cI+EsMe3OhfD8ucqlPiox7FJ3R3VmnZcd1yhzfI85QzcLHBDvRllf0oxCOPLl"
    "OwJ0I5dAhH1BGX+xwJzLfwJ/8VkPHSGOvdJCdR0/+wEW3uaxhopyFgUWH1h8j26cUBYQaW"
    "QUBVoZOZFCuJR+eHL86u2rd6dvXu0CKHZX6qIoii580wyX4VNbhjM+Oo9X0xt+Ubp1YZg7"
    "CERhjlyOwmR4QcXBBmJy8qdh7Y4twpnotaGrSEBQBNhjQ9pjHxRLHnzFSy3XgkGWvj2qs8"
    "h8PVBFWIYNq3kpl5gXrJEX8RVmI5QEeKDJWhfYUr+j3I3WAANeMisUerCZehdxqqypZ9bz"
    "ZTveQQ2/+07FAn8vOZCv5dWqpfp94CS2R3IoXPztOnPGFqJuM6r9dng+FDfny4ml0EwbxW"
    "dAkI0JWuXT1CrTs54UJW0z61kkzLots17iM9W/3hZbIlUR46jMmEjfr7cm8iObNVVXpXjp"
    "FNHkzyr8p6JbesVAsBusOLjAbhhSN4Douh6j69RO0zbELoV1wo4YonLp45bGsU3i3SzmFW"
    "W3fOn5poEFeRxYZQfowNq2gTxE99VSqpAVZd1qqsKmQc7FEPaTs56IzJSBzMGck3UvJ9xG"
    "aDEzKuCSRTkn6deNJP26RtKvS2L248nfcYUuUbNHZ1DOSbqf7IiNzAQRodmBmAc6J+9eyh"
    "NtxbZkxKy8RQHonLx7Xd+Gm3YO5pys+921FyqmubRIcoPNOw12Tu5yhTZc5LWrvCD65MdN"
    "Wnkc8lgoDWCPi6HoWfI4J7MImxICORjwAf8uk2qbzycHha/H5q9n5REh/61jTkp7ptbPdA"
    "EMc23zXPOI0j/ldxlHoqzk6j3VcvJgmGub5zrC38XYn2P/tsUOXgDDXNs816Eci9mYC7ws"
    "znR9kd8c1JlMiS7q/Horbz1eYkaoEemWgzlnsXWf+a8ZszGf05VRdYUczDlBH580aUsoR9"
    "V4oQqtCROhmR8JaRycBnafBlyMjXsup1HOnAID58tpGZKoxdeVRcL3Zf33ReM2RWVzUJhn"
    "m+cZ8hSqt9fDjFiHPIWnOOtVeQqZ2mNytIrxL+1gVqkz5VDDqU3H/apNDyr0Ykn6xycS3V"
    "5OpzpvopD7sb85qkv8COWwMd2Na5REPo05DtCmjBUSKrdj4a3RjKq8cA+pR57p8lsCR0LX"
    "5VLJ4ipFMymvrEqxVJf36uUNkGgyhP4DiSaPL2ILWy27Kd4JVf6DNrk8RSQIt1y4psGgOZ"
    "iDWTzdl1pQMqsrZFkv7dpili4IvAdXwFwZGYayzoCccwN0L+QZo/HSUMZpjHMi7iXQFiqH"
    "dB6TlgjHNLUnB3Nu9faS2qNrpxku3jQG1m4xGXhTITzvlKsuzJoCQWnWUdvSrJjdkYp84Z"
    "ro+wzKuT2je6XiMBKIFZmHg2Fk3H0OMXQg6df4YASX9EWqj6DbgZyJmugidg6aVfe4TkP5"
    "UeN2Udw5qINeysP1SkIIgvvO6CYhCNDR2NVv2xLf+OeEl1Ze8KMS73j69qjOP77lt8PtyH"
    "s95H8ob7W3c15PsC9fjWikix9yEmD0/EbQJfFvEGXoZuMIuvnhDHF8JxdquIVy7fPmUp1Q"
    "8KSnRdpR3teLvkVJEw1EoEEW+NIfLHN791OT0mHyczIy/DfjHXSINUnYqE7XKCRrQOuxrl"
    "uPQYHRfqq2mgYjuB2I0JNHRikehnLOgByUdC+eW6noEqkEmrq/cjDwgEHfh6dJZthl5n7F"
    "d4RXNAHIDxk1MXdZerSpycs9EkhzdEqlPUkEWnkc4YCIsmBvIyQYomCIPnU9NIoXkyRXo6"
    "G1tAeAsVRiLEGjsQEbjeFIEFHqf/7r1eWXcoGnMXm1iPgC/QuFhPe2klO78CQmoSARf6He"
    "9xgbsZJR/ZTkpZ/bTtQDCr3fzEvfuaqhHohGeiCel6/6l1Vqo/JuE0W0mf6pWkxJLXGhWk"
    "x5KJ28JCGMLpBUF1FSkn2ktU11JI70Vc/3aRyJZxzRVYTk7xkpZ4mHGJ1QUd7Mqrc3QZKi"
    "FcoW6LMD6rOQpNiv38q0RtLg5ZH6txUGrpAUEIb9bR/Fphx2BuSEbZHlsJtkLVYnLRZyFj"
    "fpLrfy32Yi5RzMQTl3H48NKV6Q4jXI0u3FoahY7AkJiVibiDqLGlDSy3gSEn8YeXccx2G6"
    "Fw+/Ce+4u0Pchu3nKXvbJoClfPIsZZJ1K2irZN0dDBQRCBSDTtSPb6T0ountZNdS5I4mQf"
    "cSPAbFVYaQsiUFxpw8+g6tvthA6xiqix142jQUAoFCIFtRMuxjcgeVQGANl67hJaPUqFnv"
    "DuCccHvxmtCFJxIuN+d9pTTEXlRJ8u9x+XpYEtiXoHdXBq6HdXn5KUMWvf+YJ+h+//z+Qg"
    "pfy14OIqLC7ZqOWG8YGpuGOFPZprPIWI6jNv1fUjCIEbQuRjDDmOjMihZTnAFCBQ6b5zjA"
    "IW43yVkkzLLNswxph9WnIqQd9hDjfSUow8EvJKwK884OGNVFenM9VL45bBjtfY7UWDTBc7"
    "mmdt1gVIj1ppas6gdDIxQQfjtCN+qX6RYx1Q1nHvw8iNy2gt+FyO3eRZw2uErYgzpffBl3"
    "AGKsrH9TX5L1UYrgHEBR1vKoyroC5BUBlVB9vHH18QUxi2TdjncwtKEXRzAnf5au6Zosjg"
    "0C0jhap3HwuXfy+o2Rj2eHcHBhd+8Zxt+XRG4qbfinDNJBo/VAjFTgJoCbsI+buFYlb6vq"
    "/u5vjuo4CV0216Dm7znSiGJW+Jkuxks48mPGcCSSVHApZ00qzIkiP9ZllMSDnweUhBWGHl"
    "ASvYsYkskHEu+Kslu+9CrCy6plm8eBYKEj6H32xhON2dM6r5LSIELuPu6J8PFGMykhLOoC"
    "n7LAASOftrrFwQY++UpjNqxMvYfAxnHvxqGlNff4eDmnghqu6yIYovpMFjewB0+EPUjPer"
    "wMWs56Fgmzbsusl1CF+tdbwhn9zLypOCrhi5IbozquKNgNuZ8mipAX8RVmu9KASB4NaIJn"
    "8YbZmVKGsOfPt7e9KMjwPyVUUTfPfABdZK/VDUQSEEmtDPKYY9OSVykIiPPgitc8kjOvj/"
    "I1oDyB8jSo8nQeB0RcRIKtyzSo1N1aNcpT48Z4N7BR0Wc54AW6SX7nDVp4Sy61IP3XZxyp"
    "H4IE1R6yW7zGAQrITHnK6BQRIe/jFbrzQqURSA1JDvx29O2ovORzT+8BH50VBxWoVgPqAt"
    "Bw4NCPoyYMjtww29TnzaCc0P5yDpc3TRwu+XlLOVzeFBLNtcgMq/OmMFAYqCBPw9Ldnst1"
    "u7sP+6STv2NfGG8NORi4re51W20kZuYZzICcE3L3q3mjNBYkXF0pdo+wo06seq0zdWKVyW"
    "gU47EDOLfWu9lQLKEYPiTFDC8Yo+yohGTI3B/V0Qzbsoh4N7RJvrFHQmnW+14Y/oRWc6J9"
    "KXK9BCM0pyvVqTQZMUKe2NwXbP0CfaFIqsxyvfIRiihStKb+w+9fP5WmIff0GqAZrFAygW"
    "YYUI+H2tZ91LaOgiUlZbF9NQWWUxgwkBqolCrsNC5RKevzwfcoSAfPsI0CL5YlC7ZeminY"
    "cOI8tl+cvlSoTD7+7XgHP/xXTRK9X1Xneb8qpHkDM/4UmHEwUZ02Uf9C4zoLVd8eNTFQ59"
    "uR99qnf5G2ofxZa4TvsJSzyhhNnoFmVCAS6SBA9biRDv2bb4fTqXJZb1oW0zDEDE1pLEdM"
    "CeMlvY97fM9Dog8tU/TBYgWLtZVxtf3gTRSALcZBFeBAjvyS2KzimZ9smMXJrbQ/9gBnrL"
    "nO6lIvCOdlzfkqhbkHgDCv7VGYfsYhucNsfSViv7RWR3ZArdIUbIaO+W5sA1p/i5KaiSLU"
    "PRWsp5IlPLTEjKtiG7d4KdBkLa/IaZnNpOYiD+2bLe6mjMTv5qEPUIh2sjA7nHMwUIlAJX"
    "p0lcg23d4NoYYe52NTRlSjhj1D++SXuqNED6GsxHDxjdAEyn7CDDjnp8A5W6Llf4x8Eqiq"
    "LiUK/u5erW5P0qMaZQWJuZxnNFN05IrRaHaGbvSmeyNV8ChQ955HVKBQ3kI4ovFsjtZY/D"
    "BCVN5XOTp+SHlZp4CuHw6BOVboRqDTD6h+sjg0Upe24x3UlnqocRbr+G0jdXQPcVDE75p4"
    "6d9Ve+nfFYuxH4C+f6TOmmFU0ndN5Fst3rx0dZ5sUbq/hNSrMEx3iJx4pwpyaPRujTB/vv"
    "z9/acL9NvXiw8frz5uYud3Sqa+qS7ti2l9vTj/lG/56jFvYZStsEdAtkJG2YdsBduPQmk3"
    "lAj3nualWxDYt7bbt9kKjeFi3GrCs0jocmmzF10pNa3q2mSAMMc2z3FCjrQp95kGwhzbNs"
    "eWsJG/Mepjzj+TKNZKcoGSzA4Y1fGSy2ToeLEfey87+WtIJ174k46U3OCfcZQ8AT1nWK41"
    "LvgIcczuMEM6SVH9VXhhyLf1hEJKlz/oEEv1t2Us31SkKnt90wN4y720TL7uPaoPxex+Lh"
    "O+7Jrdu5o+3Sw8ExMnBXGQjurezGHUkE6lztKp3RfX2W6TRQFXxkmkIRBumA+WUPnrMTOK"
    "3kxDQKAl0SdhaCLOPQCEmRfmSqpAYqwlNOZYvqyssksNFV2BB2L6XmKaYxy1MPpSMCDsbN"
    "EULQ9I+UIF8Uttv82dUZ3RF+3H3GvsXVFVvUVFhKjisDgMz9AEq7gQvq0Wm0QKqMIuhCNv"
    "QuOSrLvWT4HgkiF2PwgueXwR70VqWlXQ4VKjHTvmIWwHwnYOOWwHQh+sCn1Q1f5xqb+2pt"
    "BuCjNkLNVKPrQvufe6Z8dsZt6Icw+CJpzN+xRug9QNtbkcDIpxQ4AU9ENOC1flTw/WDrnj"
    "7Rd6l1bL3S1qK7Nn0bDNlKdgEL1in487fSaRMv9Vffb0DuSM06WL1OmIivEETykzjgfJIh"
    "3cIF36YiCFu3Nmwypfyge6LO38l7o7ut+nIqd/adD5Lymm84wjBSu4RJahJ+TusBih1Zxy"
    "jCZUIN9jahdGpMTJ0skTweFihfkIDpfeRZw5wtW3aybSDAhEClQSeAb7FWG/LDP0Su+45p"
    "lp07YUxMHl2k+HDeuZz/n+hxzWfhBIHdic/9qjwJq32prH3wVmkVdelLGmDVAW5pxdf/yy"
    "iWEvR1WnH7wsBC0A19gZ1wgkVK/hNeDrqha9W74uq6jHzxVpvKm7owbU46JxAu/5niZcET"
    "5HqtSfoGiOPaaSZumuQGAcCRIiDy3oQhrlZYXC2z/oAUSjXRTY06AdwUCGAoIHExQEkch9"
    "q0p6QzfVknYgBxWkA1GIGlnHoAeDHjxsRRsahhffl3IDxrlCKyX3a3Vh1ZpvjNND79eGo6"
    "QXoNJYPbTCkzmlt1KflWs3FqrsDJ3megGu5jRMugByFJBAq708aW5foiN3/njoM3hgurNd"
    "9oq9B6VJE3f1SY1v8dqIvk2DHFTzThrRtyc19O1Jkb5l2MfkrpU2kIM6qA4cyPHfSOvTB4"
    "4pT78DPXme3iJV6rPHSnsR7u7dr0IttsMaVwOMl4r6W81xhPiu2sPK0/X3bnGAxJypPiLV"
    "Rf5MHvAAFUj/1+DQ2I7v5rx41Cp9/fAu1XoP9GVy5qCwZHe7ojHz8Sfs8VKPSfp27R7H9U"
    "D5LWxHNt7mpHGGPH6rGscnDxmhKaMLtW8xPEq2rwh/F2fSnpP/Imm87X0k6kOp3v86efID"
    "NsbkpSYmyh4BNiHYhI9uEy4ZvSMBLuk/X1updYdx0CLs3reidqCxVhHNT/c81sFz3jF+ON"
    "O5YFtCpOm3tQO0+rAsC+Dv+7ualheSeU9m1UVlK+rIHK7t/R8nJ6enb09enr559/rV27ev"
    "373cWeLFW3V2+fuPvyqrPCP9YjidVv/GrVyZOaiDO9mB7FzNHJqx1JNL9q5reSBVuDx2CA"
    "fiJuum8uJv15lZLNTF2s3kp8svv26H54tlNS2QXU8mOlklu4u434nUKm7NDt8UZMAVnDSw"
    "6Wsd95rxEXpcSPkFRuRgBuTATpGV8Ksm7qRX1d6kVwVn0oJwXrYv1Kk5e4wze8LQeo5apS"
    "1ttjwW6vrYrOhMiS7eH/u6qZP5bJfhYcZtnnH9fbaf8BI4zLfd8z1r1dYjh4N2HupSoZ2H"
    "JW6uc8yIPz8q8XBt7ozqnFvefsx9bq1qWXdcB6hSuyv1ZZRodpstxV7feidtfKr9RXeYcW"
    "KW+5mCOOjaOHn9ukmw2+vX1cFu6l6uorf8qAwkvBnuoHR7yQSXbxSltbyr69enIMMXsH8c"
    "laSzUvWPepj9+38AHIsozQ=="
)
