"""Pages at full size: search goes month by month, what is stuck knows its account and direction."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

# A common word stands in hundreds of thousands of messages, and a GIN index gives all of them or none. With the month
# among its keys the newest month is asked first and the search ends when it has enough: the latest dialogs, in bounded
# time. A rare word costs one look for each month, microseconds. What was just written waits in a list that every look
# reads whole and one unlucky insert has to sort in: 4 MB by default, here as much as some hundred messages.
WORDS = """
DROP INDEX message_words;
CREATE INDEX message_words ON message
    USING gin (tenant_id, date_trunc('month', sent_at AT TIME ZONE 'UTC'), to_tsvector('russian', text))
    WITH (gin_pending_list_limit = 128);
ALTER INDEX conversation_words SET (gin_pending_list_limit = 128);
"""

# Migration 12 says why this is a function of the system. Whole words first, month by month (one ahead, for clocks that
# are; back to the tenant's first row: ids are sorted by time). Only when they give less than a page, words that are just
# begun: for those the index collects every message of every word that begins so before it looks at anything else, which
# two letters are not worth. Without the memory it would remember pages instead of rows and read them all again.
SEARCH = """
CREATE OR REPLACE FUNCTION vishenka_search(p_words text, p_limit int) RETURNS TABLE (id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET work_mem = '64MB' AS $$
DECLARE
    v_tenant uuid := nullif(current_setting('app.tenant', true), '')::uuid;
    v_words tsquery := to_tsquery('russian', replace(p_words, ':*', ''));
    v_month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month';
    v_first timestamp;
    v_found uuid[];
BEGIN
    v_found := ARRAY(
        SELECT c.id FROM conversation c WHERE c.tenant_id = v_tenant
            AND to_tsvector('simple', c.person_name || ' ' || c.subject_title) @@ to_tsquery('simple', p_words)
        LIMIT p_limit);
    SELECT date_trunc('month', least(m.sent_at, m.created_at) AT TIME ZONE 'UTC') - interval '1 month' INTO v_first
    FROM message m WHERE m.tenant_id = v_tenant ORDER BY m.id LIMIT 1;
    WHILE v_month >= v_first AND cardinality(v_found) < p_limit AND numnode(v_words) > 0 LOOP
        v_found := v_found || ARRAY(
            SELECT DISTINCT f.conversation_id FROM (
                SELECT m.conversation_id FROM message m WHERE m.tenant_id = v_tenant AND m.deleted_at IS NULL
                    AND date_trunc('month', m.sent_at AT TIME ZONE 'UTC') = v_month
                    AND to_tsvector('russian', m.text) @@ v_words LIMIT p_limit * 4) AS f
            WHERE f.conversation_id <> ALL (v_found));
        v_month := v_month - interval '1 month';
    END LOOP;
    v_words := to_tsquery('russian', p_words);
    IF cardinality(v_found) < 30 AND numnode(v_words) > 0 AND p_words !~ '(^| )[^ ]{1,2}:[*]' THEN
        v_found := v_found || ARRAY(
            SELECT DISTINCT f.conversation_id FROM (
                SELECT m.conversation_id FROM message m WHERE m.tenant_id = v_tenant AND m.deleted_at IS NULL
                    AND to_tsvector('russian', m.text) @@ v_words LIMIT p_limit * 4) AS f
            WHERE f.conversation_id <> ALL (v_found));
    END IF;
    RETURN QUERY SELECT u.id FROM unnest(v_found) AS u(id) LIMIT p_limit;
END $$;
"""

BEFORE = """
CREATE OR REPLACE FUNCTION vishenka_search(p_words text, p_limit int) RETURNS TABLE (id uuid)
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
"""

# The numbers on every page are sums of this table: it knows whose account a message was for (of its dialog, not of the
# bot that shows it) and which way it went, so that no sum reads deliveries and dialogs row by row.
STUCK = """
ALTER TABLE delivery_stuck ADD COLUMN account_id uuid, ADD COLUMN direction varchar(8) NOT NULL DEFAULT 'out';
CREATE OR REPLACE FUNCTION vishenka_stuck() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state IN ('parked', 'unknown') THEN
        INSERT INTO delivery_stuck AS s (tenant_id, delivery_id, channel_id, account_id, direction, class, state, reason)
        VALUES (NEW.tenant_id, NEW.id, NEW.channel_id, coalesce((SELECT c.channel_id FROM conversation c
                WHERE c.tenant_id = NEW.tenant_id AND c.id = NEW.conversation_id), NEW.channel_id),
            NEW.direction, NEW.class, NEW.state, NEW.reason)
        ON CONFLICT (tenant_id, delivery_id) DO UPDATE
            SET state = excluded.state, reason = excluded.reason, at = now();
    ELSE
        DELETE FROM delivery_stuck WHERE tenant_id = NEW.tenant_id AND delivery_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
SET LOCAL ROLE vishenka_system;
UPDATE delivery_stuck s SET account_id = coalesce(c.channel_id, s.channel_id), direction = d.direction
FROM delivery d LEFT JOIN conversation c ON c.tenant_id = d.tenant_id AND c.id = d.conversation_id
WHERE d.tenant_id = s.tenant_id AND d.id = s.delivery_id;
RESET ROLE;
ALTER TABLE delivery_stuck ALTER COLUMN account_id SET NOT NULL;
"""

STUCK_BEFORE = """
CREATE OR REPLACE FUNCTION vishenka_stuck() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state IN ('parked', 'unknown') THEN
        INSERT INTO delivery_stuck AS s (tenant_id, delivery_id, channel_id, class, state, reason)
        VALUES (NEW.tenant_id, NEW.id, NEW.channel_id, NEW.class, NEW.state, NEW.reason)
        ON CONFLICT (tenant_id, delivery_id) DO UPDATE
            SET state = excluded.state, reason = excluded.reason, at = now();
    ELSE
        DELETE FROM delivery_stuck WHERE tenant_id = NEW.tenant_id AND delivery_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
ALTER TABLE delivery_stuck DROP COLUMN account_id, DROP COLUMN direction;
ALTER INDEX conversation_words RESET (gin_pending_list_limit);
DROP INDEX message_words;
CREATE INDEX message_words ON message USING gin (tenant_id, to_tsvector('russian', text));
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Build the index, renew the functions, fill the columns."""
    return WORDS + SEARCH + STUCK


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Bring back what was."""
    return BEFORE + STUCK_BEFORE


MODELS_STATE = (
    "eJztfW1z2zi25l9B+UvSVeps7LzeeGurnLS7J7NJ3BU7t+fezZZMkZDEMUVoANCKemb++w"
    "VAUuK7CZqkIfhUTU0nJB5SOQCBc57z9s+jFfFwwJ6drf3/i7dH79A/j0JnhcUfCncm6MhZ"
    "r/fX5QXuzAI11Fn705tk0Ixx6rhcXJ47AcPikoeZS/0190koB5+hleMu/RA/YUiA3iESBl"
    "vkc4aWDlsinyHGCcXeM/k4j7jieX640EZGof+PCE85WWC+xFTg/9//F5f90MM/MEv/ur6Z"
    "zn0ceLl/ue/JB6jrU75dq2vfvn385Vc1Uv6q2dQlQbQK96PXW74k4W54FPneM4mR9xY4xN"
    "Th2MsIJYyCIBFfein+xeICpxHe/VRvf8HDcycKpGiP/vc8Cl0pUaTeJP/v5f9Jflpm2HT6"
    "5eJqenl+NZ0elWZC/oSCiJNLLgnlLPohl4L657/j5+4Foq4eyRd8+MvZ16cvXv+kREAYX1"
    "B1U4nr6N8K6HAnhiqh76XMceiEfKon7ByoT5mnF/ZC3y/fVJypwAwT8V6k6r8laX5YOrRa"
    "mun4giDFDztAER6tnB/TAIcLvhR/PX7+vEGm/3n2VYlVjFJyJWLLireyL8mtk/heXr5riu"
    "f+Dx0J7xE2yvh1GxG/rpfw66KAxa4+lXt5WcTv/dCh22ohZ1EFMc+2HLMDFHSDYN9/ungv"
    "n7xi7B9BIun3H7+cff2vp5/P/qaEvdomtz5dfPktHZ/dO97/19X5WUH2zCXrWFZ5yf/18u"
    "JLtdz3iILUPd/l6F8o8BkfSvaZE3AW+QH3Q/ZMvu8hDkEpodyMpEt8NyGZ1f+hYjrkA94X"
    "pgP/WPvi9tTh5Sn5RQiT+ytcPS15ZHFqEuiz9A8tJihRPw7g27j6+Pn88urs8++56fjl7O"
    "pc3jnJfRvp1afFDWr3EPTHx6u/IPlX9N8XX86Ls7Ybd/XfR/I3OREn05Bspo6XlUl6Ob2U"
    "m2WKb8kN9jrMch4Js2zyLAcO49OIdZrnIhZm2uSZdimWcu8wz3lkD7NsmkojdizHuxAWe7"
    "ICD2Tak4+lNOuSPZjfZCxbeWHmuDcbh3rT0h1yQurGlm+tTlbFK07oLNScSeHKn5nQM7+y"
    "1SUXi+CogrrZ3Zs0kTdztpqy3bA76Zs/lphi5KA1pkwoXwIZegz5objk+U5AFhFGG58vxd"
    "9nhJ+ia0kAXEtyBocu3a7FekUCgtiSUP5z4N9WMT1DveQepJC7dMIQB5p8RR4FJBGQRA9O"
    "EoklWS3Q9/7iY8hr13GNQMWPO0BRit8r/vPzf5ycvHjx5uT5i9dvX7188+bV2+dvxVj1i8"
    "u33jQZ5R9/+/jlKn8AyQt50Qs1jmqLPgMC0XcW/e6Ea8vc7QDjEXdHQ+3Nedru9csWtN3r"
    "l7W0nbyVF67cvvUouxTRka47HAtmKLYuWnsdDY08EgwNUwyNCvtS/XpDDI1PfnhzRW5weF"
    "RhaexvNpoagRgmlO90XAtXsYfxGknYE4bI2hHrC/neRPl7qz3EdwPAMWyEQgo6/4g6/zqi"
    "YoSW/pOBWOi6fHHSQgd6cVKrA8lbeRGrba2D8zKPA/dlV4Vo7WwD4lTsGfX+ywzEDAemfC"
    "04MPt3YB7Q52G4Rlr2eHR0a4FH65Dmd7bV0cUykHtoYoczpzrkK/gHLTPbDfcPKsucVkZ2"
    "p7cmd5vstHVs94aScKEMcMTICs+ItxUi8rF3iub+LY59eP+IHMoxRWSOnBAtSUTRyrnBSN"
    "jjK7RxfF5l2ff4ZKAAjNgWgQIY8eThOMAL6qymnZxQVWjwRnX2Rukf/3Dsw7Gvcex/xqsZ"
    "pmzpr6tO/szdxsN/lR/X4viPA3aeMERJkBzJ8bZ8iq6lRzVi10g8Qp7XhCKKV6Qy/uc+D4"
    "LD3YiTBw73EQ/32jO90UivOchBnHLP0fGVpOMtdJT0n+OlsoZ0aPodAEj63kn6+CjVWet7"
    "xIiBUfFJP5TQh17xQPrVi94u7R8itGyedcMjtK6UinxUYe8ldyZNth7fj2lh580i5oeYsY"
    "m0voSZhdaBw+eErmQ5DhzMq0y6Vhiw3ozQheutNxZECy19IRnfj7Zwt4xH04z7D6OG8h07"
    "4Z60Kt9x0lC+46RcvgOU3RGU3T9JqLWI0/EjCvg8osKi/F+fibAsN+PIuf/NIiCuo8dS7B"
    "EjyppG4wj4bQv5vq0V79uSyRZRikO3IuylXr5ZzIgS/vrt/TgiftEmZLY+YrZUTClwQh3x"
    "puNHFO2c4pH24f7jkRnmXLxfr6BPBgNkW+9kG/BA9V/DYTICwAM9xlmv44HyLqTN9BZTJi"
    "VSmvbaMJsCarwIm+OhZjgOrzk5fvnm5dsXr1/uomp2V5qCaeLAGaPotZoqufubk7tJNp1a"
    "uTHiCUOSkJFVbydoQ8ULsIdmW8WirRwmIx7FLSR/lIeuZT1E37uu4uDu+7h70HNmuf0fB1"
    "kXT52Olr1HWMgq9c92JB9PWcJNKX8ZEOT7ZQ9unXw/UKZtU6sMD6n8xtR5Vzr61fXGU1+G"
    "WrG2B34c+DhBJMTyz+gqibxG4ghC1zGHd62Km11L6lT8kWL0RY6OQu4H8gzfoo0qn8Zumm"
    "Ir+30F+O0MVwVMjf9/WI/eg0T/m+/nG6kS1SBePrlCdSWcxVgnZQt8T4blAg/qehrVgWq0"
    "YPtfuBABMEaAN3iewPMExjJ4nmDWH1kE8iey8MMzzvFqXRmHnLs/aSw7IUeK5bcf2po6QQ"
    "yHHHGypzXUa9FmSWQZSBQSjlyywkj+m9EW81O0IfSGIRK64rEch2jlhxHHrJ476fkd9yBP"
    "VJniDmXn8ri+aOgHNeZHI6HrSZYZJRtJkOjPRxEJjgG9OcmwK/Ib06JXUoCFHq/+TahbTH"
    "3xMKoj4SzGQiEfn7ShAMSoeiPqpEQDUMwjKuREdASdA1lHZL1oRRe+aKALX5TpQjCNbFOS"
    "DfcjKk3xMpr9Hbv1SnJ6v4WSzDJDW3Rv8t0lknS3rI/mMxZh+oSh5Bniwjvkc7SKGJdNl+"
    "KIICZ+X6L3VnVquv8D76P+7v/xrRm9PcS6nLQeHSr1Sm48yToi3yMsPP0Hc2JBQRcouwqH"
    "/GEe8pdYiNn7VZzFpDJoKHe/8ZBnauR0vh+qU4bt6uLqd8Qw9ibi/51AFku9liaCWNFE8m"
    "uqZ2I+tAfNfcokfeVhtHEYov5iWVmQtf+XfA+/h9eq4S3jeK1gcqy8guTnheRlSbIxvIfK"
    "atPvEHaEGrLn2J6hayoEJwzP7TVaEjFlcQsY9j0kc/XQKJRAlI5Sz2MCJkvKsmvxV/FbWV"
    "J0Vt1DzBcPTgZM1V/uHRNtzjb/OIKgxMckTGRNpnSHAU5u0pGTy+4GuidwEQvtAsxxPpV9"
    "jrvdu+ojq48vzMHGS3t6PpRS9SBxhelZVhZ9feBFFmNG4IV8nzWBF0pZKM9HfZxtOt6ab+"
    "BeqX8lUcZ6l/YRkoeCFWfKkdImigVs98cy64bY7jKh5xIzFk9GZb5PentyV9rPlGVG3mm4"
    "XwgTmfmL8Gc/FFasys/x8K3v4lNZIg/5XmoRz52VH2xllxN5XbUQrIhWud/jlDGefBDi9+"
    "1MYkq4usBQYklTPBfzvoxxwvRfU0LmKpBhZ8H7oc9/kRnHPlc2O9uoDMjv4ZxQgRDLeu7T"
    "lfpUr/cmvzLxk5fENAiKaRC08G9xiISxjSH56BDsbnN4DnNNPa1eLg+YSn84xrOGRG/Er9"
    "fxaKXjLfRn9ZzOEp84OrLdI6yLYDlu5Ss8bvAVHpd9hfszWsPQzIOg0EyJS5FaTierI48E"
    "q8N0qyNXk3Cnuur5CPK4jn6CwzlYB6vpkbEDtI39AhbcBCa7CYDUeYzba+zlwbiLG7CIhZ"
    "k/pJnHQqJdvvYsDnZ0k3f0eKY2S62S2TmQfdZeL6n1hrDiYhLDEAdHFYx4emvSxIa7mUGt"
    "iHDHVYQzcsT/kFCwb30PK7KYYg+H3BfIpEjVkpCbaRymE9eqiqPQqgnxfh4LjLMRBB40GR"
    "1cxDnjWH0sOht8FmMhV9p/2X4gogesTGN+4bXxhDsEE41/cFlHLdCsOVyAWSjt/tOwocrd"
    "GAua+1yvzt0OYJ18oSPbIRmNZSFPKXZYlYvwLllngNYt6v735YwZqedCKgDBh9TRh6Ss9q"
    "TBRtuFnsVYlxPe/xrPECN6a7wAhDV+nzWuKnhpr/IdasS9PApZPOGHeHousRPwinCA+pSa"
    "PQISanKrv4+Emli4HTxJOSC4kkx2JUEBYeM+O+V9x7dCQe3qus+C4fMz+fOLIy0i18WMdQ"
    "7UyMFhvk2eb4jFqlcu7Y3IgeLgts16xccObWmHyxYwKy7nr2R2VB+aI+9OWkTnTP+eDLwz"
    "QueDEwQMOcjznYAsIlmKSeaOxvmca4c6K6ayP+OYGRVQsyCYoc0ShyqhU7xJ3vdIiMuBOr"
    "0/HeJ1xlB9IF7n4UW8F6n4WqaxhHRkmkeBUCE+Z7zgp3hn1/Mp7DHgTujoTqB4HWynmQDd"
    "tntFCQjbRZ1otUpU51EWbh0WtKTsxhPTaBw/WM9J/Nq+xodwM3rRSCE6PQuXRFz2itIRbw"
    "YCMTl37g01RfguV8LKfESV+F6cvHm9IzrkX5o4jsvPZ58+lcsizHFl+b2m0p47iDWCHLtd"
    "OOHTGRZ2mXbdwzwSmFpTmNpWudLYYXiqCqZre+DyUAvn/UDmGdxv8HnXzLpkpjtMeQYGTn"
    "XTvmqzPEJXshznUb1PKL4/aeMV4ruhd/qFrpYqxRqzpI6ozLMWT5EtQRIP4jVaROLfyJCz"
    "EDPPZBq2sBaDXR3Rsjeop2fewweUCkLPPZFHgU8IfEIPzkfuvuT2BPsOAu1PJh0Jdvxj7Y"
    "vbXerf5JAWqniHfuYXWiNXB9Y00SM2xtWMTJBAKFv9hBymBVUXymaIhv2H7DO3dlxcpV7v"
    "bzbq1pvcsBY9/RaURGv0lFBVt8i/FYsQSRfhTzLqiQoNGc0IR2xJNgyJVSD3laROPydohV"
    "czcaGqjV9vz4UYKyOUPdCnR9SnoaLMsAU4TDO8rVi0cnfXLNGTgVi4dAdwOUPhmEELx5gf"
    "hikDaaPVOCIepmaM8QE/wYEX5cEda/JgKMmjVZJnid0brWTyPcKMVHKrKjhAdr9xU0Jx0m"
    "S7Q7ebPBSc0uYwZhBqYj9RCpnej3HWD4Ueb+gZUBozaUWWZ5ON7ibN/1j67hLtwAmJ7aDk"
    "IU8KhHaZHe/yAAgzAVr8sTOM++9VT6pFHAjWoEITJOTxbluOKExuNe7hbmZQC3dn/IHJHT"
    "ZinKwwrfJdVg8CR6QBqxZ2XHBE5hfuAbsbRs8uNowEGTT/9U8Saok2HW+fYPvnvpPdtyTd"
    "eqp1jwCitX/uG/pdDO9aE2qgUGCn4nVER78owO6hYRi2x/SjYKiyrmph+HzbtSxsAQ/eAn"
    "MIRPAW2M8bg7fgMc664d6Cj6rtEd8eVRBLu3uTJmbJz45q11vY84Ts2Cm6Tv6UqSY62V2c"
    "Lh22FHc4Q7NArDmk1l1NW+H7PhFIKyMUHiCtRtQpE0pY19+VQ4FQoU1zxVE9cKVS5pI1ni"
    "a95LXs+SLQOgK2fxIrOTzLYm5KW8+AIHE9q27qJK5n1ZZO4t8hYQ66zoHns3XgaPWzzECs"
    "214G60NsfLoDuTlURjZOWtBnFLI44BNM4RPasEjAHT6WWTeERfoghIxDfi67DH5VP68qSi"
    "k3ZHJHtJIcHLctbE8sLagw9xGhaOPzpUedjROcIvEWHHo/EzHn1eRRKxQQREYY2kAQDS5i"
    "IIgGFWpKl2tKtQAD/3iBdouoGKFlRGQgQLq1IN1qO9Q01q2o6U0DIq4SsaPOYB0J7xEWCr"
    "h/U5jjH7y+A2dDfZACzjpep3/aGEuXRujiDuxlCQq9xTqyl4xEtKpjSAO1tkNYuKEM4IlS"
    "4ortVM2iThVQC0V+fNImXl2Mqt/FT8o9m1w3orQTwVWAWshwHQijBUGQQGSaR2ReRuu19J"
    "zGk1EiMbO3J00EJisMvDvlMkyD2BBfOhwtMGcoJHwp1sAEzbbIQVIbim+yiN76t5ipZtsJ"
    "33KKrlXPoWv0hYRYhr/NCS3xncO85nsoTjHI/jSIGQGedHARAzMyJjMCoTAPbkzql0t8iE"
    "KJB7zIO7Ub7LPR4OEQJiaptGDJgCVjniXzyQnxUYUJo6432i5BOuJOo+W3gMyc4B2SCIbI"
    "HEkzYJvUhZmoeAoScUTJ5udA3AoQw25Efb49RUsi/hHC8kBrTMUZ8YQhqbGWAzSGeUXPVk"
    "pTh6FKnbmiuVCynO5noAz5lY7YXKjeeqmuPN7cS7ym+viADZ6Gn4Y+uomDJTiUJWhMCUEr"
    "hOpFnXr1RtCq9xAUY1WZguF/6J2qWdR4+/pzC87WguQ1+yXuMSD1blJXPcS113sWBZLvJv"
    "mlMDPFkcDxas0r0hmblcgS2JpZ6EOVVNJxqcOWuJtkM1gQbDbSYRPq5ZLvAPbV5+ufcJ3L"
    "KDO9jXgHsWaZjq11YIfhaSequwC1kAq1SbGnUbjo0tJmDwPDzbT5NYTbvnSX2IsCsYJoJc"
    "eduz9pjNNJRoo3U03SW4a/ULKR7DJKH4Oc0EMrP4y4ADKShNFIytoJdoMoQ/JtCDvuMhlc"
    "S3v3+ZLvIRFn13357/QFOkpJFtOPJ/hhqfBBQufrSe/9GtHZSPcoOCiN20jzVaK7hTJncT"
    "DFxk2xIWflx3BGfqis+6qTMnO38Zz05bh256NMqWeciLWJVG7DKbqeEW+rKjIK44lu12IJ"
    "qjNsQbA6pRhHTynmMsGVhD9NVLjpDd6KpzhbhsThJhV/jt6WTsnhXvU99MSF+56VqSddh1"
    "+trK4P/uKO/mLwcfbujtPmrkenrS1Z1eBWHnQdx4l3YvPXsWRyIAuDWofp3yMOtalui6Qc"
    "CCTdspLeQeT7Hi3JWNX0em6WpG+kAZNppnWWT2xwsX/bsQF7DmqhGW5ZdHYuAFK8VGuz3A"
    "Gsq//Rv29VGuJVdkJ9plaKgGofGglahrBMvzv0BufJj/ydSRO7tN6PaZMorZRwtBD7boii"
    "NSJhRXPaulGQn2yEGQaMzeAiHoeGPAAhPgxnAzQZ0GQ2bB6Q9T2wouxh7lTFwjU0mNgh7L"
    "NDWrFiLxpYsRdlVqxrzDeEe9dEJT8gDWbc7mAXPWKIOfne4e7yqMKajG9MmozJ2W7Inbbk"
    "1RIjtvHFeJlZ7qAFJdJSnCPxUGE3Uh+zd4iscThBS/G7n8Yn208T5AaEYa9sdvbxQLBQjd"
    "CAwEIdUclUWSuxPDT0oDwKlM0WymYsMr2lm8XAyj3I3mXixBlHf++/ZPth2J8HW6Yd6lLV"
    "ix5U+wFU+19iTXh7FhvXRxVKfnFIo7qfaNbbNDm7neYvI4ddYfu/QxvqC2CIZnhOKEY+l7"
    "HAlDOhk5PVOsAyglhWmVJt40nExVVc3Ufsns+DmlRG08xgD4yoVe0+aj2hFmAg1oJYK9So"
    "ZgZ05Eovw28VfbCf4E4dbdM9tFIN1ol9Frk3uMI0qLe+9gjrrK+3bXxTb+tdU2+rOp/Tbt"
    "ZXHgnWl+nWVy7zREi0y5xncRBRbnJEeWLXaZHZe4h1GyewggfmJpAkdaQdL7FHQbREbq1y"
    "SU/NeVUlt18D4tSIs4AryHQugVbt8r9cfHv/6Rz9/vX8w8fLjxdf8tu6uikviQs+VyL4en"
    "72yZwQ+JS1vJDOlgZW8yJxxrSgNFO/TYuo+DTCYBuXA/IZ8uS8+yFSywgRqvhJMTWnaCGr"
    "CslaQJKdFCMZ5jyoCmfo7an34DbNo4IgygFYTYjDPxQGww0cxqa6qoxC2Sb5PpQZSGsYfQ"
    "UT6mGqW6giB7IwNKp/Ls4lTiB+GdaVdBFnX+Hl/mUdEj6NHeS6HFgeaSHvaRMNltgGFQcG"
    "IQF2wpoPao8qpoIL2FBTursyci74xcWn3HS+/1g4EL58+/z+/OvT45/yxu+husgOv5q5YX"
    "zDV/Xx1dIN8vakDdvQjmiQgU4p4lQ211NzjVZxRUWmoppUiOu+NHG0ltuxuryV1ME6cFyM"
    "nn46+3J++WzloRc/VcdTDfMaSK8wwioG4mFwEQPxAAUAHpfIoQDAAJuH7+HVmogN1t3qms"
    "YVUAupiEEqOQJt2Stt6fkUK71IZ/nmQGOma0V8KJVt0OqY64iKvUQr6iUDsXBnGCB/E7jg"
    "imUMXPABy5o7VJji0+rO7g21OPMw64K6+o+ZSySmaVhnQffQjQ1b1P2oxhTPdWSZDAcpFj"
    "fb8BZT5si365puZShItyBdZ7V2/IW2ZPMwkGppzXLH1d1M8yiQaSHXSBZu0pRoFgPyLJ5O"
    "rr/2k9Ze7cPkMyDrlKr+tVenhlVoKnTu1JEKbUudm2aONRG3PdY6P7i6O16ERzIW2hANx/"
    "VEw3GJaIAEGyj6CkVfbYmK6YNCFzsy88U/cUrxGlclrzYGdVWgIbhLI7gL/+CYhk61b7Oh"
    "X10eZt3Wcdxq6zhu2DqOy1vHWtZrKkv5r5cXX2oWdwooxqP6Lkf/QoHPBts4MhE/s8gPuB"
    "+yZ/J9DxH0IwWUW+6plHeqXmYCPlQoevIB74usJTRpGk4Ngep/9aK3t/6EDLDuNulZIFSg"
    "MDn0nsk+tR3KyuxhML9mz6/Kru40xVkkzLJps2xIesG5Q4PtV9netLpIa+7+pCnBAMuRU5"
    "oZ2qKcQTIcbZaE7VMBZF2BkHB0IwQWoi3mp+gGi1FOiJYkouK/HlpJl0B1NYN+HgoZBGN8"
    "q5BB8PAihsjqQYV6aJzOaEFmg7A6dTWtml1GlfWsrJBx7/Fl0BXMGh0UPIGjUXBKJ73tZM"
    "kVoBZ+R5aRcIaYdmecO+5S5lIfVRh2mbuTJrPOyY9rlTm+x5yi6xX2fOdaWl/CjEI4dMU7"
    "PHQtlkCIXU4oe7bCjIl/Anv2WQ2dIIadykJ1PT/7HhZe8lhNRTmPAosPLL4HN04I9XxhZJ"
    "QFWhs5kUHYlH54cvzyzcu3L16/3AVQ7K40RVGUXfi6GS7jp7aMZ3z0Hq+mNvyydJvCMHcQ"
    "iMKc2ByFSfGK8IMNxGT+n5q1O1KENdFrY1eRgKAIsMfGtMc+SJbc+4rXSq4lgyx7e9Jkkb"
    "lqoIywDFpW85IuMcfbIidkG0wnKA7wQLOtKrAlf0e1G60FBrxkRij0YDMNLuJMWVNHr+dL"
    "Ot5CDb//TsUc/6g4kK/E1bql+mPkJLYHciic/+0qd8aWom5zqn06vBiKW/DlREJouo3icy"
    "DIxgSt8nFqldlZj4uSdpn1PBJm3ZRZr/CZql9vii2RqYhxVGVMZO83WxPFke2aqstSvGSO"
    "SPxnGf5T0y29ZiDYDUYcXGA3jKkbQHTdgNF1cqfpGmKXwVphR4xRufRhS+OYJvF+FvOG0B"
    "u2dlzdwIIiDqyyA3RgpW0gD9F9tRYqZE1Zt4aqsFmQdTGEw+SsxyLTZSALMOtkPcgJlwgt"
    "oloFXPIo6yT9qpWkXzVI+lVFzH40+zuu0SUa9ugcyjpJD5MdkciM+zzQOxCLQOvkPUh5ol"
    "Rsa+rrlbcoAa2T96DrW3PTLsCsk/Wwu/ZKxjRXFklusXlnwdbJXazQlou8cZWXRB//uFkn"
    "j0MRC6UBzHExlD1LDmP+IsS6hEABBnzAv6uk2uXzKUDh6zH569k4Phf/1inzK3umNs90CQ"
    "xzbfJcs5CQP8V3GYW8quTqHdVyimCYa5PnOsQ/+NRdYvemww5eAsNcmzzXgRiL6ZRxvC7P"
    "dHOR3wLUmkyJPur8OhtnO11j6hMt0q0As85i6z/zXzFmU7YkG63qCgWYdYI+PmnTllCMav"
    "BClVoTxkLTPxKyODgNzD4NGJ9q91zOoqw5BUbOl1My9MMOX1ceCd+X8d8XiboUlS1AYZ5N"
    "nmfIU6jfXg8zYh3yFB7jrNflKeRqj4nRMsa/soNZrc5UQI2nNh0Pqzbdq9CLIekfn/zw5m"
    "I+V3kTpdyP/c1JU+JHIIZNyW5cqyTyecSwh5IyVojL3I6Vs0ULIvPCHSQfearKb3EcclWX"
    "SyaLyxTNuLyyLMVSX95rkDdAoskY+g8kmjy8iA1stWyneGdE+g+65PKUkSDcauHqBoMWYB"
    "Zm8fRfakHKrKmQZbO0G4tZ2iDwAVwBS2lkaMo6B7LODdC/kBeURGtNGWcx1ol4kEBbqBzS"
    "e0xaLBzd1J4CzLrVO0hqj6qdprl4sxhYu+Vk4KRCeNEpV1+YNQOC0qyTrqVZMb31a/KFG6"
    "Lvcyjr9oz+lYrDSCCWZB72xpFx/znE0IFkWOOD+riiL1JzBN0OZE3URB+xc9CsesB1GoiP"
    "GneL4i5ALfRSHq5XEkIQ7HdGtwlBgI7Gtn7bhvjGP8e8tPSCH1V4x7O3J03+8ZTfDtKRd3"
    "rI/5DeamfnvJ5hV7wakVAVP2S+h9HTa07WvnuNCEXXiSPo+qdTxPCtWKhBCmXK582EOiHh"
    "cU+LrKN8qBd9D+MmGsiHBlngS7+3zM3dT3VKh4nPScvwT8Zb6BBrk7BRn65RStaA1mN9tx"
    "6DAqPDVG3VDUawOxBhII+MVDw05ZwDWSjpQTy3QtH1hRKo6/4qwMADBn0fHieZYZaZ+xXf"
    "+qymCUBxyKSNuUuzo3VNXub4njBH50TYkz5HG4ch7Pm8KthbCwmGKBiij10PDaPVLM7VaG"
    "kt7QFgLFUYS9BobMRGYzjkPq/0P//18uJLtcCzmKJa5Lsc/QsFPhtsJWd24VnkB9wP2TP5"
    "vofYiKWMmqekKP3CdiIfUOr9pl/6zlYN9UA00gPxvHxVv6xWGxV32yii7fRP2WJKaIkr2W"
    "LKQdnkJQGhZIWEuojikuwTpW3KI3GirjquS6KQP2GIbEIkfs9EOkscRMmM8OpmVoO9CZIU"
    "jVC2QJ8dUZ+FJMVh/Va6NZJGL480vK0wcoUkz6fYTfsotuWwcyArbIs8h90ma7E+abGUs5"
    "iku9yIf5uOlAswC+Xcfzw2pHhBitcoS3cQh6JksWd+4POtjqjzqBElvY5mge+OI++e4zh0"
    "9+LxN+Edd3eI27D5POVg2wSwlI+epYyzbjnplKy7g4EiAoFi0In64Y2UQTS9new6itzSJO"
    "hBgseguMoYUjakwJiVR9+h1RcbaR1DdbEDT5uGQiBQCCQVJcUu9m+hEgis4co1vKaEaDXr"
    "3QGsE+4gXhOycnjM5Ra8r4QE2AlrSf49rlgPSwCHEvTuysj1sC4uPuXIovcfiwTdt8/vz4"
    "XwlezFIJ/XuF2zEestQ2OzEGsq2/QWGctw2KX/SwYGMYLGxQjmGBOVWdFhinNAqMBh8hx7"
    "OMDdJjmPhFk2eZYh7bD+VIS0wwFivC85odj71Q/qwrzzAyZNkd5MDRVvDlpGe58hORbN8F"
    "KsqV03GBlindSSlf1gSIg8n91M0LX8ZapFTH3DmXs/DyK3jeB3IXJ7cBFnDa4K9qDJF1/F"
    "HYAYa+vfNJdkfZAiOAdQlLU6qrKpAHlNQCVUH29dfXzl60WypuMtDG0YxBHM/D8r13RDFk"
    "eCgDSOzmkcbOmcvHqt5ePZISxc2P17hvGPtS82lS78Uw5podF6IEYqcBPATZjHTVzJkrd1"
    "dX/3NydNnIQqm6tR8/cMKUQ5K/xUFeP1GXIjSnHI41RwIWdFKix9SX5sqyiJez8PKAkjDD"
    "2gJAYXMSSTjyTeDaE3bO3UhJfVy7aIA8FCR9C77I1HGrOndF4ppVGE3H/ck8+miWZSQVg0"
    "BT7lgSNGPqW6xcEGPrlSY9asTL2HwMZx58ahpLV02HS9JJxorusyGKL6dBY3sAePhD3Izn"
    "q09jrOeh4Js27KrFdQherXG8IZ/UKdOT+q4IviG5MmrsjbDbmbJgqRE7INprvSgEgcDWiG"
    "F1HC7MwJRdhxl+ltJ/Ry/E8FVdTPM+9BF5lrdQORBERSJ4M8Yli35FUGAuI8uOI1D+TMG6"
    "J8DShPoDyNqjydRZ7Pz0NOt1UaVOZuoxrlyHFTvBvYquizGPAMXce/8xqtnDUTWpD66xOG"
    "5A9BnCgP2Q3eYg95/kJ6ysgc+Vzcxxt06wRSIxAakhj4/ej7UXXJ54HeAz46Iw4qUK1G1A"
    "Wg4cChH0dtGByxYXapz5tDWaH9FRwur9s4XIrzlnG4vC4lmiuRaVbnzWCgMFBJnpqlux2b"
    "63b3H/ZJZn/HLtfeGgowcFvd6bZKJKbnGcyBrBNy/6s5URpLEq6vFLtHmFEnVr7Wmjqx0m"
    "TUivHYAaxb6/1sKIZQDB/iYobnlBJ6VEEy5O5PmmiGtCwi3g1tk2/s+IEw610nCN6hzdJX"
    "vhSxXrwJWpKN7FQaj5gghyf3Od0+Q18IEiqzWK9sgkKCJK2p/vDt66fKNOSBXgM0gxFKJt"
    "AMI+rxUNt6iNrWobcmflVsX0OB5QwGDKQWKqUMO40qVMrmfPA9CtLBc2wjx6t1xYJtlmYG"
    "Np44j80XpysUKp2PPx1v4Yf/sk2i98v6PO+XpTRvYMYfAzMOJqrVJupfSNRkoarbkzYG6j"
    "Idead9+hdhG4qftUX4Fgs5y4zR+BloQTjyQxUEKB83UaF/y3Q4mUuXddKymAQBpmhOIjFi"
    "7lNW0ft4wPfcJ/rQMEUfLFawWDsZV+kHr6MApBgLVYADOfIrYrPKZ368YZYnt9b+2AOsse"
    "Z6q0u98hmras5XK8w9AIR5ZY7C9AsO/FtMt5c8citrdeQHNCpNXjJ0ynZjW9D6KUpoJpJQ"
    "d2SwnkyWcNAaUyaLbdzgNUezrbgipmWxEJqLOLSvU9z1M3TtuK7QZeShdv1OajgVtP4Qr/"
    "keprpXEmTo+U5AFhO0EeoTRtd7/UaVKpWq10woaeoXMKGZMQG6r+a1E7qeFlCAge4FuteD"
    "616mGRFWCHW/Z+kINY8CoRaE6vkUa4eo5UAj0kgkGqnfds+9zN3AYWyq6zRQqHHVzCEp2P"
    "68BodQeWW8EGDok2Y+pwxumcfgljHEEP4Yur4nCx9V2MC7e5Mm89fPjmqVOMeXYp7RQjL2"
    "G0rCxSm6VpvutbBJQ0/eexoKezEQtxAOSbRYoi3mP00QEfdlGpsbEFbVTKPvh0PsmhEKKF"
    "ijI+r4NAq01KV0vIXa0gBlACOV4qClju4hFor4bZtAlrf1gSxvy/0KDkDfP5JnzUEapyqV"
    "vCzdXwPi1BimO0RBvHMJOTQPSIMwf7n49v7TOfr96/mHj5cfk/SSnZKpbspL+3pzX8/PPh"
    "W7IjvUWWkl9OwRkNCTU/Yhocf0o1DYDRXCvaO/bwoC+9Z0+zZfxDRYTTtNeB4JjWBNDjSR"
    "Sk2n0k85IMyxyXMckyNdKuJmgTDHps2xIWzk75S4mLHPfhgpJblESeYHTJp4yXU8dLraj7"
    "2TnfwtIDMneKeCiRP8E4biJ6CnFIu1xjibIIbpLaZI5fHKv3InCFgaDRMQsv5JRSHLv60j"
    "8aYyVTnom+7BW+6lpfN171FDKGZ3c5nwZTfs3vX0abLwdEycDMRCOqp/M4cSTTqVWEun9l"
    "9/Kt0mywKujZPIQiAitxgsIUs8RFQrwDkLAYFWRJ8EgY449wAQZlGYG6EC8amS0JRh8bKq"
    "4kcNVHQNHojpO4lphnHYwejLwICwM0VTNDwg5Qvhvltp+yV3Jk1GX7gfc6exd0lkgSMZES"
    "LrJ+MgOEUzLONCWFpQOY4UkLWPfIacGYkqElM7PwWCS8bY/SC45OFFvBepbuFNi6vx9uyY"
    "h7AdCNs55LAdCH0wKvRBNsTAlf7ahlrUGcyYsVQb8dCh5D7onh3RhX6v2j0I+tS2b+WZBq"
    "lranMFGNSrhwApaBmeFa4sKDBax/C+Ey2hve8jobZyexYJukx5BgbRK+b5uLNnkl/lv2rO"
    "nt6BrHG69JE6HRI+neE5odrxIHmkhRukTV8MpHD3zmwY5Uv5QNaVzTEzdyd3+1TE9K81mm"
    "PG1aWeMCRhJZfIOnC42B1WsmQUYXF5KNehchdOa0OVEnvv/URwuBhhPoLDZXAR545w+e3q"
    "iTQHApEClQSewWFFOCzLzLBuj84MBD7/crU+3b6GGYiFy3WYJjTGM5/L/Q85rP3AEzqwPv"
    "+1R4E1b7Q1j39wTEOnupxoQ6esPMw6u/74eRvDXoyqTz94XgpaAK6xN64RSKhBw2vA11Uv"
    "ert8XUZRj59r0ngzdyctqMdV6wTesz1NuPHZEslSf5ygJXaoTJoluwKBUcj9ADloRVbCKK"
    "9qiNv9QfcgGs2iwB4H7QgGMhQQPJigIIhEHlpVUhu6rpa0A1moIB2IQtTKOgY9GPTgcSva"
    "kCA4/7EWGzAuFFqpuN+oC8vulVOcHXq3NhzG7TKlxuqgDZ4tCbkR+qxYuxGXZWfIvNAuc7"
    "MkQdwoU3Z18pTaK1s2VXrl+388tOI8MN3ZLHvF3INSQ39Wn9T0Bm+16NssyEI176QVfXvS"
    "QN+elOlbil3s33bSBgpQC9WBAzn+W2l96sDR5el3oEfP0xukSn12aGW7zt29u1WoVTqsdT"
    "XAaC2pv80Sh4jtqj1sHFV/7wZ7iC+p7CNSX+RP5wH3UIHUfzUOjXR8P+fFg1bpG4Z3qdd7"
    "oC+TNQeFIbvbJYmoiz9hh1V6TLK3G/c4pgaKbyEd2XqbE8YZctgNE7Zc/JAJmlOyirv6Tu"
    "LtK8Q/+Kmw58S/SBhvex+J/FDq979ennyPjTF+qY6JskeATQg24YPbhGtKbn0vLnPQ9nTP"
    "Yiy0CPv3rcgdaKpURP3TvYi18Jy3jB/OdS5IS4i0/bZ2gE4flmEB/EN/V/PqQjLv/UV9Ud"
    "maOjKHa3v/x8nJixdvTp6/eP321cs3b169fb6zxMu3muzy9x9/k1Z5TvrlcDql/k07uTIL"
    "UAt3sgPZudo5NCOhJ1fsXVfiQKpxeewQFsRNNk3l+d+ucrNYqou1m8lPF19+S4cXi2W1LZ"
    "DdTCZaWSW7j7jfmdAqbvQO3wxkxBUcN7AZah0PmvEROIwL+Xla5GAOZMFOkZfwyzbupJf1"
    "3qSXJWfSymesal9oUnP2GGv2hLH1HLlKO9psRSzU9TFZ0Zn7qnh/5KqmTvqzXYWHGTd5xt"
    "X32X3CK+Aw32bP96JTW48CDtp5yEuldh6GuLnOMPXd5VGFhyu5M2lybjn7MXe5tepl3XMd"
    "oFrtrtKXUaHZJVuKub71Xtr41PuLbjFlvl7uZwZioWvj5NWrNsFur17VB7vJe4WK3uKj0p"
    "BwMtxC6Q6SCS7eyCtredfXr89Axi9g/zAqSW+l6h/0MPv3/wCdDS6C"
)
