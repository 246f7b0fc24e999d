-- Counts groups of one broadcast anew from its deliveries, by the rules of receive.sql.
-- in: %(id)s, %(numbers)s
UPDATE broadcasts_deliverycount c
SET residents = s.residents, pushed = s.pushed, displayed = s.displayed, acknowledged = s.acknowledged, moving = s.moving, safe = s.safe,
    need_help = s.need_help, accounted_for = s.accounted_for, visited = s.visited
FROM (
    SELECT w.no, count(d.no) AS residents, count(*) FILTER (WHERE stage >= 1) AS pushed, count(*) FILTER (WHERE stage >= 2) AS displayed,
           count(*) FILTER (WHERE stage >= 3) AS acknowledged,
           count(*) FILTER (WHERE answer = 'moving' AND NOT accounted) AS moving, count(*) FILTER (WHERE answer = 'safe' AND accounted) AS safe,
           count(*) FILTER (WHERE 'need_help' IN (coalesce(answer, ''), coalesce(tick, '')) AND NOT accounted) AS need_help,
           count(*) FILTER (WHERE accounted) AS accounted_for, count(*) FILTER (WHERE tick IS NOT NULL) AS visited
    FROM unnest(%(numbers)s::int[]) AS w(no)
    LEFT JOIN broadcasts_delivery d ON d.broadcast_id = %(id)s AND d.no = w.no AND NOT d.outside GROUP BY w.no
) s
WHERE c.broadcast_id = %(id)s AND c.no = s.no
