-- Moves the deliveries of those who live, or are, in another group of the area now: that group's officer looks for them.
-- in:  the parameters of members.MEMBERS, %(id)s
-- out: no, of the groups that somebody left or came to; their counters are to be counted anew
WITH elsewhere AS (
    SELECT d.resident_id, d.no AS before, m.no FROM ({members}) m
    JOIN broadcasts_delivery d ON d.broadcast_id = %(id)s AND d.resident_id = m.id AND d.no <> m.no AND NOT d.outside
),
moved AS (
    UPDATE broadcasts_delivery d SET no = e.no FROM elsewhere e WHERE d.broadcast_id = %(id)s AND d.resident_id = e.resident_id
),
counted AS (
    INSERT INTO broadcasts_deliverycount (broadcast_id, no) SELECT DISTINCT %(id)s::uuid, no FROM elsewhere ON CONFLICT DO NOTHING
)
SELECT before FROM elsewhere UNION SELECT no FROM elsewhere
