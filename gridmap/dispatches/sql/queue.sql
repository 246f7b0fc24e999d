-- Queues the SMS of one broadcast.
-- in: %(id)s, %(chain)s; %(anew)s whether also to those who never got one, once %(seconds)s have passed
-- Only whom nothing has reached (stage 0) and who joined: somebody who never joined did not agree to be written to.
INSERT INTO dispatches_dispatch (id, broadcast_id, resident_id, channel, state, provider_id, parts, attempts, refused)
SELECT gen_random_uuid(), d.broadcast_id, d.resident_id, 'sms', 'waiting', '', 0, 0, ''
FROM broadcasts_delivery d
JOIN people_resident r ON r.id = d.resident_id
JOIN broadcasts_broadcast b ON b.id = d.broadcast_id
WHERE d.broadcast_id = %(id)s AND d.stage = 0 AND r.joined AND r.phone_index IS NOT NULL
  AND (%(anew)s AND NOT d.outside AND b.started_at + make_interval(secs => %(seconds)s) <= now()
       OR EXISTS (SELECT 1 FROM dispatches_dispatch e JOIN broadcasts_broadcast v ON v.id = e.broadcast_id
                  WHERE e.resident_id = d.resident_id AND v.chain = %(chain)s AND v.id <> b.id AND e.state IN ('sent', 'delivered')))
ON CONFLICT DO NOTHING
