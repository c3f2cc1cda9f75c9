"""Statements of `benchmarks.fill`: a business grown to size, its rows as the product leaves them.

`bench.shape` is one row of ids and amounts; `bench.talk` has a row for each dialog, `bench.word`
one for each message, in the order they came. All times lie before now, denser towards it: one
dialog in twenty-seven spoke within the last day, the oldest are two years old.
"""

from __future__ import annotations

GROUND = """
CREATE SCHEMA bench;
CREATE TABLE bench.shape (
    tenant uuid, dialogs int, messages int, long int, stuck int, anna uuid, boris uuid, vera uuid,
    channels uuid[], rare uuid, bot uuid, workspace uuid, other_workspace uuid, lane_out bigint[],
    action bytea, address bytea, media bytea, body bytea
);
CREATE FUNCTION bench.id7(at timestamptz, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
        || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid
$$;
CREATE FUNCTION bench.text(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT (ARRAY['Здравствуйте! Ещё продаёте?', 'Добрый день, да, актуально.',
        'Можно подъехать сегодня вечером?', 'Какой у вас последний ценник?', 'Торг возможен?',
        'Отправите доставкой в другой город?', 'Подскажите размер рамы и год выпуска.',
        'Пришлите, пожалуйста, ещё фотографии.', 'Забронируйте до завтра, я приеду.',
        'Спасибо, подумаю и напишу вам.', 'Есть ли царапины или сколы?',
        'Состояние отличное, как новый.',
        'Документы и чек сохранились.', 'Адрес: метро «Сокол», дом у парка.', 'Да',
        'Хорошо, договорились, тогда в субботу в одиннадцать у выхода из метро, я буду с машиной.'
        ])[n % 16 + 1]
        || CASE WHEN n % 3 = 0 THEN ' Артикул ' || n % 9973 ELSE '' END
        || CASE WHEN n % 1009 = 5 THEN ' Нужен шлем.' ELSE '' END
        || CASE WHEN n % 1000003 = 17 THEN ' Синхрофазотрон.' ELSE '' END
$$;
"""

TALK = """
CREATE UNLOGGED TABLE bench.talk AS
WITH sized AS (
    SELECT n, now() - interval '1 minute'
            - interval '730 days' * power(n::float8 / s.dialogs, 2) AS last_at,
        CASE WHEN n = 7 THEN s.long WHEN n % 10 = 0 THEN e.each * 9 ELSE e.each END AS messages
    FROM bench.shape s, generate_series(1, s.dialogs) AS n,
        LATERAL (SELECT greatest((s.messages - s.long) / (1.8 * s.dialogs), 1)::int AS each) AS e
)
SELECT y.*, bench.id7(y.last_at - y.span - interval '1 minute', y.n) AS id FROM (
SELECT z.*, sum(z.messages) OVER (ORDER BY z.n) - z.messages AS base,
    CASE WHEN n = 7 THEN interval '700 days' ELSE interval '45 days' * (n % 97) / 97 END AS span,
    n % 20 = 3 OR n = 7 AS waits,
    CASE WHEN n % 20 = 3 OR n = 7 THEN 'waiting' WHEN n % 10 IN (1, 2) THEN 'open'
         WHEN n % 50 = 8 THEN 'snoozed' WHEN n % 50 = 9 THEN 'spam' ELSE 'closed' END AS state,
    CASE WHEN n % 4999 = 17 THEN s.rare
         ELSE s.channels[n % cardinality(s.channels) + 1] END AS channel,
    CASE WHEN n % 20 = 1 THEN s.anna WHEN n % 20 = 2 THEN s.boris
         WHEN n % 33331 = 4 THEN s.vera END AS assignee,
    bench.id7(last_at - interval '50 days', n + 1000000000) AS contact
FROM sized z, bench.shape s) AS y;
"""

WORD = """
CREATE UNLOGGED TABLE bench.word AS
SELECT w.*, bench.id7(w.at, w.number) AS id,
    CASE WHEN NOT w.inward AND w.number % 37 = 0 THEN 'note' ELSE 'public' END AS visibility
FROM (SELECT t.n, t.id AS talk, t.channel, k AS seq, t.base + k AS number,
        (t.messages - k) % 2 = (NOT t.waits)::int AS inward,
        t.last_at - t.span * ((t.messages - k)::float8 / t.messages) AS at
      FROM bench.talk t, generate_series(1, t.messages) AS k) AS w
ORDER BY w.at;
ANALYZE bench.talk, bench.word;
CREATE UNLOGGED TABLE bench.stuck AS
SELECT w.id, w.number, CASE WHEN w.number % 5 = 0 THEN 'unknown' ELSE 'parked' END AS state,
    (ARRAY['auth', 'rejected', 'too_long', 'blocked', 'timeout', 'rate', ''])[w.number % 7 + 1]
        AS reason
FROM bench.shape s, LATERAL (
    SELECT * FROM bench.word w WHERE NOT w.inward AND w.visibility = 'public'
    ORDER BY w.at DESC LIMIT s.stuck) AS w;
ANALYZE bench.stuck;
"""

PEOPLE = """
INSERT INTO contact (tenant_id, id, name, last_activity_at, created_at)
SELECT s.tenant, t.contact, 'Покупатель ' || t.n, t.last_at, t.last_at - interval '50 days'
FROM bench.talk t, bench.shape s;
INSERT INTO identity (tenant_id, id, contact_id, provider, address, address_hash, display)
SELECT s.tenant, bench.id7(t.last_at, t.n + 2000000000), t.contact, 'avito', s.address,
    sha256(t.n::text::bytea), 'Покупатель ' || t.n FROM bench.talk t, bench.shape s;
INSERT INTO conversation (tenant_id, id, channel_id, external_chat_id, contact_id, workspace_id,
    state, person_id, person_name, person_url, subject_id, subject_title, subject_price,
    subject_url, described_at, assignee_id, waiting_since, snoozed_until, last_seq, last_in_at,
    last_out_at,
    created_at, updated_at)
SELECT s.tenant, t.id, t.channel, 'u2i-' || md5(t.n::text), t.contact,
    CASE WHEN t.n % 2 = 0 THEN s.workspace ELSE s.other_workspace END, t.state, t.n::text,
    (ARRAY['Иван','Мария','Пётр','Анна','Сергей','Ольга','Никита','Елена'])[t.n % 8 + 1] || ' '
        || (ARRAY['Иванов','Петров','Сидоров','Кузнецов','Соколов','Попов','Лебедев'])[t.n % 7 + 1]
        || ' ' || t.n % 1000,
    'https://www.avito.ru/user/' || t.n, t.n::text,
    (ARRAY['Велосипед горный','Детская коляска','Ноутбук','Диван угловой','Гитара'])[t.n % 5 + 1]
        || ' № ' || t.n % 5000, t.n % 90 + 1 || ' 000 ₽', 'https://www.avito.ru/items/' || t.n,
    t.last_at, t.assignee, CASE WHEN t.waits THEN t.last_at END,
    CASE WHEN t.state = 'snoozed' THEN now() + interval '1 day' END, t.messages,
    CASE WHEN t.waits THEN t.last_at ELSE t.last_at - interval '1 minute' END,
    CASE WHEN t.waits THEN t.last_at - interval '1 minute' ELSE t.last_at END,
    t.last_at - t.span - interval '1 minute', t.last_at
FROM bench.talk t, bench.shape s ORDER BY t.n DESC;
INSERT INTO topic_link (tenant_id, id, conversation_id, workspace_id, thread_id, state, card_id)
SELECT s.tenant, bench.id7(t.last_at, t.n + 3000000000), t.id,
    CASE WHEN t.n % 2 = 0 THEN s.workspace ELSE s.other_workspace END, t.n::text, 'live', t.n::text
FROM bench.talk t, bench.shape s;
"""

MESSAGES = """
INSERT INTO message (tenant_id, id, conversation_id, seq, direction, author_kind, author_id,
    author_name, visibility, text, channel_id, external_chat_id, external_id, bot_channel_id,
    bot_chat_id, bot_message_id, state, reason, sent_at, created_at)
SELECT s.tenant, w.id, w.talk, w.seq, CASE WHEN w.inward THEN 'in' ELSE 'out' END,
    CASE WHEN w.inward THEN 'buyer' ELSE 'member' END, CASE WHEN NOT w.inward THEN s.boris END,
    CASE WHEN w.inward THEN '' ELSE 'Борис' END, w.visibility, bench.text(w.number), w.channel,
    'u2i-' || md5(w.n::text), CASE WHEN w.visibility = 'note' THEN '' ELSE md5(w.number::text) END,
    CASE WHEN NOT w.inward THEN s.bot END, CASE WHEN w.inward THEN '' ELSE '-1001' END,
    CASE WHEN w.inward THEN '' ELSE w.number::text END,
    CASE WHEN w.inward THEN 'received' WHEN w.visibility = 'note' THEN 'noted'
         WHEN k.state = 'parked' THEN 'failed' ELSE coalesce(k.state, 'sent') END,
    coalesce(k.reason, ''), w.at, w.at
FROM bench.word w CROSS JOIN bench.shape s LEFT JOIN bench.stuck k ON k.id = w.id;
"""

LINKS = """
INSERT INTO message_link (tenant_id, message_id, side, ordinal, channel_id, chat_id, remote_id,
    delivery_id, created_at)
SELECT s.tenant, w.id, 'topic', 0, s.bot, '-1001', w.number::text,
    bench.id7(w.at, w.number + 10000000000), w.at
FROM bench.word w, bench.shape s WHERE w.inward;
INSERT INTO message_link (tenant_id, message_id, side, ordinal, channel_id, chat_id, remote_id,
    delivery_id, created_at)
SELECT s.tenant, w.id, 'buyer', 0, w.channel, 'u2i-' || md5(w.n::text), md5(w.number::text),
    bench.id7(w.at, w.number + 10000000000), w.at
FROM bench.word w, bench.shape s WHERE NOT w.inward AND w.visibility = 'public';
INSERT INTO attachment (tenant_id, message_id, ordinal, kind, media, size)
SELECT s.tenant, w.id, 0, 'image', s.media, 100000 FROM bench.word w, bench.shape s
WHERE w.number % 25 = 0;
"""

DELIVERIES = """
INSERT INTO delivery (tenant_id, id, lane, seq, channel_id, idempotency_key, class, direction,
    purpose, order_key, target_kind, target_id, ref, conversation_id, recipient, action, state,
    reason, attempts, external_id, parts, trace, created_at, called_at, sent_at, settled_at)
SELECT s.tenant, bench.id7(w.at, w.number + 10000000000), s.lane_out[w.n % 2 + 1], w.number,
    CASE WHEN w.inward THEN s.bot ELSE w.channel END,
    'bridge:' || w.id || CASE WHEN w.inward THEN ':t0' ELSE '' END, 0,
    CASE WHEN w.inward THEN 'in' ELSE 'out' END,
    CASE WHEN w.inward THEN 'to_topic' ELSE 'to_buyer' END,
    'c:' || w.talk, CASE WHEN w.inward THEN 'topic' ELSE '' END,
    CASE WHEN w.inward THEN CASE WHEN w.n % 2 = 0 THEN s.workspace ELSE s.other_workspace END END,
    w.id, w.talk, CASE WHEN w.inward THEN '-1001' ELSE 'u2i-' || md5(w.n::text) END, s.action,
    coalesce(k.state, 'sent'), coalesce(k.reason, ''), 1,
    CASE WHEN k.id IS NULL THEN w.number::text ELSE '' END,
    CASE WHEN k.id IS NULL THEN jsonb_build_array(w.number::text) ELSE '[]' END,
    substr(md5(w.number::text), 1, 16), w.at, w.at, CASE WHEN k.id IS NULL THEN w.at END, w.at
FROM bench.word w CROSS JOIN bench.shape s LEFT JOIN bench.stuck k ON k.id = w.id
WHERE w.visibility = 'public';
INSERT INTO delivery_stuck (tenant_id, delivery_id, channel_id, account_id, direction, class,
    state, reason, at)
SELECT d.tenant_id, d.id, d.channel_id, d.channel_id, d.direction, d.class, d.state, d.reason,
    d.created_at
FROM bench.stuck k, bench.shape s, delivery d WHERE d.tenant_id = s.tenant AND d.ref = k.id;
INSERT INTO delivery_attempt (tenant_id, delivery_id, n, lane, fence, started_at, ended_at,
    outcome)
SELECT s.tenant, bench.id7(w.at, w.number + 10000000000), 1, s.lane_out[w.n % 2 + 1], 1, w.at,
    w.at, 'sent' FROM bench.word w, bench.shape s
WHERE w.visibility = 'public' AND w.at > now() - interval '30 days';
"""

ENGINE = """
INSERT INTO lane (id, kind, tenant_id, channel_id, last_seq, last_n, done_seq, fence)
SELECT t.n, 1, s.tenant, t.channel, t.messages, 1, t.messages, 1 FROM bench.talk t, bench.shape s;
INSERT INTO inbox (tenant_id, lane, seq, channel_id, event_key, lane_name, at, received_at, body)
SELECT s.tenant, w.n, w.seq, w.channel, md5(w.number::text), 'u2i-' || md5(w.n::text), w.at, w.at,
    CASE WHEN w.at > now() - interval '7 days' THEN s.body END
FROM bench.word w, bench.shape s WHERE w.inward AND w.at > now() - interval '14 days';
INSERT INTO parked (tenant_id, lane, seq, id, channel_id, reason, attempts, at)
SELECT i.tenant_id, i.lane, i.seq, bench.id7(i.received_at, i.lane), i.channel_id, 'failed', 5,
    i.received_at
FROM inbox i, bench.shape s WHERE i.tenant_id = s.tenant AND i.lane % 7 = 0
    AND i.seq = (SELECT t.messages FROM bench.talk t WHERE t.n = i.lane) LIMIT 500;
INSERT INTO audit_entry (tenant_id, id, at, actor_kind, actor_id, action, object_kind, object_id)
SELECT s.tenant, bench.id7(t.last_at, t.n), t.last_at, 'member', s.anna, 'conversation.closed',
    'conversation', t.id::text FROM bench.talk t, bench.shape s;
INSERT INTO channel_error (tenant_id, id, channel_id, endpoint, status, code, at)
SELECT s.tenant, bench.id7(now() - n * interval '1 minute', n), s.channels[1], 'send', 500,
    'server', now() - n * interval '1 minute'
FROM bench.shape s, generate_series(1, 5000) AS n;
INSERT INTO canned_reply (tenant_id, id, name, text)
SELECT s.tenant, bench.id7(now(), n), 'ответ-' || n, bench.text(n)
FROM bench.shape s, generate_series(1, 30) AS n;
INSERT INTO incident (tenant_id, id, rule, subject, state, opened_at)
SELECT s.tenant, bench.id7(now(), n), 'channel_failing', s.channels[1]::text,
    CASE n WHEN 1 THEN 'open' ELSE 'closed' END, now() - n * interval '1 hour'
FROM bench.shape s, generate_series(1, 1000) AS n;
"""

SMALL = """
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS ddl
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relname = ANY($1)
    AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.indexrelid)
"""
"""Indexes that are built faster afterwards than row by row."""
