-- Queues the SMS of one broadcast.
-- in: %(id)s, %(chain)s; %(urgent)s whether it reaches who paused too, %(kinds)s that say what is happening now; %(anew)s whether also to those who never got one, once %(seconds)s have passed
-- Only whom nothing has reached and who joined; somebody who never joined did not agree to be written to. Nothing has reached who
-- was sent nothing (stage 0), or was sent it on a socket that turned out to be dead before it was displayed (stage 1), and has none
-- open now: a cut link takes up to 40 s to show, and until then sends to it return. A page that is open and not looked at, as in a
-- pocket, shows nothing to anybody, nor does one that is given nothing: of danger its owner is told after three times that time, who
-- came late since they were given it. Who comes late, by registering or an officer's word, and has a page open gets it there; a paused page gets no mild message.
-- Who has no phone of their own is told by whoever hears for them, by both their words; of several by one, of a chain by the same.
-- Who paused all their phones wants to hear of danger alone, by whatever way.
INSERT INTO dispatches_dispatch (id, broadcast_id, resident_id, outside, hearer_id, channel, turn, state, urgency, provider_id, parts, attempts, refused, next_at)
SELECT gen_random_uuid(), d.broadcast_id, d.resident_id, d.beyond, h.hearer_id, 'sms', tried.turn, 'waiting',
       least(array_position(ARRAY['red', 'orange', 'yellow', 'blue', 'none'], b.level::text), CASE WHEN b.kind = ANY(%(kinds)s) THEN 2 END), '', 0, 0, '',
       now() - CASE WHEN told.already THEN interval '0' ELSE interval '1 second' END  -- who was told nothing yet comes first
FROM broadcasts_delivery d
JOIN people_resident r ON r.id = d.resident_id
JOIN broadcasts_broadcast b ON b.id = d.broadcast_id
LEFT JOIN LATERAL (
    SELECT e.resident_id AS hearer_id FROM edge_hearing e JOIN people_resident p ON p.id = e.resident_id
    WHERE e.heard_for = r.id AND e.active AND p.joined AND p.phone_index IS NOT NULL AND NOT (r.joined AND r.phone_index IS NOT NULL)
    ORDER BY EXISTS (SELECT 1 FROM dispatches_dispatch t
                     WHERE t.broadcast_id = d.broadcast_id AND t.resident_id = r.id AND t.hearer_id = e.resident_id AND t.state IN ('failed', 'over')
                       AND NOT EXISTS (SELECT 1 FROM register_change c WHERE c.resident = e.resident_id AND c.field = 'phone' AND c.at > t.settled_at)),
             EXISTS (SELECT 1 FROM dispatches_dispatch t JOIN broadcasts_broadcast v ON v.id = t.broadcast_id
                     WHERE t.resident_id = r.id AND t.hearer_id = e.resident_id AND v.chain = %(chain)s) DESC, p.connected DESC, e.id LIMIT 1
) h ON true
CROSS JOIN LATERAL (  -- also whose answer was lost: it may have arrived
    SELECT EXISTS (SELECT 1 FROM dispatches_dispatch e JOIN broadcasts_broadcast v ON v.id = e.broadcast_id
                   WHERE e.resident_id = d.resident_id AND v.chain = %(chain)s AND v.id <> b.id AND e.attempts > 0
                     AND NOT (e.state = 'failed' AND e.provider_id <> '')) AS already
) told
CROSS JOIN LATERAL (  -- what did not arrive goes another way, where there is one: to another hearer, or to a number that was put right since
    SELECT count(*) AS turn, coalesce(bool_and(t.state IN ('failed', 'over')), true)
               AND NOT coalesce(bool_or(t.hearer_id IS NOT DISTINCT FROM h.hearer_id AND (t.state = 'failed' OR t.attempts > 0) AND NOT EXISTS (
                   SELECT 1 FROM register_change c WHERE c.resident = coalesce(h.hearer_id, r.id) AND c.field = 'phone' AND c.at > t.settled_at)), false) AS open
    FROM dispatches_dispatch t
    WHERE t.broadcast_id = d.broadcast_id AND t.resident_id = d.resident_id AND t.channel = 'sms' AND t.outside = d.beyond
) tried
CROSS JOIN LATERAL (  -- since when it could have reached them: by order since the officer's word, of an update since the first version that did not
    SELECT coalesce((SELECT max(o.answered_at) FROM orders_order o
                     WHERE b.by_order AND o.broadcast_id = b.id AND o.state = 'confirmed'
                       AND EXISTS (SELECT 1 FROM unnest(o.starts, o.ends) AS w(a, z) WHERE d.no >= w.a AND d.no < w.z)),
                    (SELECT min(v.started_at) FROM broadcasts_broadcast v JOIN broadcasts_delivery e ON e.broadcast_id = v.id
                     WHERE b.version > 1 AND v.chain = %(chain)s AND v.version < b.version AND e.resident_id = d.resident_id
                       AND e.stage <= 1 AND NOT e.beyond
                       AND NOT EXISTS (SELECT 1 FROM broadcasts_broadcast x JOIN broadcasts_delivery y ON y.broadcast_id = x.id
                                       WHERE x.chain = %(chain)s AND x.version BETWEEN v.version AND b.version AND y.resident_id = d.resident_id AND y.stage >= 2)),
                    b.started_at) AS at
) since
WHERE d.broadcast_id = %(id)s AND d.stage <= 1 AND tried.open AND NOT EXISTS (
    SELECT 1 FROM edge_endpoint o WHERE o.resident_id = coalesce(h.hearer_id, r.id) AND NOT o.revoked AND o.online_until > now()
      AND NOT (%(urgent)s AND greatest(since.at, d.late_at) + make_interval(secs => 3 * %(seconds)s) <= now())
      AND (d.stage = 1 OR %(urgent)s OR NOT o.paused))
  AND (r.joined AND r.phone_index IS NOT NULL OR h.hearer_id IS NOT NULL)
  AND (%(anew)s AND (%(urgent)s OR NOT EXISTS (
           SELECT 1 FROM edge_endpoint o WHERE o.resident_id = coalesce(h.hearer_id, r.id) AND NOT o.revoked
           HAVING bool_and(o.paused)))
       AND NOT d.outside AND since.at + make_interval(secs => %(seconds)s) <= now()
       OR told.already)
ON CONFLICT DO NOTHING
