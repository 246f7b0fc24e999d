-- Writes the deliveries of a cancel: everybody who has one of the chain, wherever they are now.
-- in:  %(id)s the cancel, %(chain)s
-- out: no
WITH written AS (
    INSERT INTO broadcasts_delivery (broadcast_id, resident_id, no)
    SELECT DISTINCT ON (d.resident_id) %(id)s::uuid, d.resident_id, d.no
    FROM broadcasts_delivery d JOIN broadcasts_broadcast b ON b.id = d.broadcast_id JOIN people_resident r ON r.id = d.resident_id
    WHERE b.chain = %(chain)s AND b.id <> %(id)s
    ORDER BY d.resident_id, b.version DESC
    ON CONFLICT DO NOTHING
    RETURNING no
)
INSERT INTO broadcasts_deliverycount AS c (broadcast_id, no, residents)
SELECT %(id)s, no, count(*) FROM written GROUP BY no
ON CONFLICT (broadcast_id, no) DO UPDATE SET residents = c.residents + excluded.residents
RETURNING no
