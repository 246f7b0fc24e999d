-- Writes the deliveries of a cancel to some of those who have one of its chain, wherever they are now.
-- in:  %(id)s the cancel, %(earlier)s the versions before, newest first; %(from_id)s and %(to_id)s the first and the last id of the residents looked at;
--      %(connected)s whether only those who are
-- out: no
WITH written AS (
    INSERT INTO broadcasts_delivery (broadcast_id, resident_id, no)
    SELECT DISTINCT ON (d.resident_id) %(id)s::uuid, d.resident_id, d.no
    FROM broadcasts_delivery d JOIN people_resident r ON r.id = d.resident_id
    WHERE d.broadcast_id = ANY(%(earlier)s::uuid[]) AND d.resident_id BETWEEN %(from_id)s AND %(to_id)s AND r.id BETWEEN %(from_id)s AND %(to_id)s
      -- Afterwards everybody is looked at who has none yet: who came online in between was offline then, and is not now.
      AND (r.connected OR NOT %(connected)s)
    ORDER BY d.resident_id, array_position(%(earlier)s::uuid[], d.broadcast_id)
    ON CONFLICT DO NOTHING
    RETURNING no
)
INSERT INTO broadcasts_deliverycount AS c (broadcast_id, no, residents)
SELECT %(id)s, no, count(*) FROM written GROUP BY no
ON CONFLICT (broadcast_id, no) DO UPDATE SET residents = c.residents + excluded.residents
RETURNING no
