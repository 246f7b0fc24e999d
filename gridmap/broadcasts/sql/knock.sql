-- Whom officers still have to visit for one broadcast, in the order in which they should be.
-- in:  %(id)s, %(evacuation)s; %(starts)s, %(ends)s half-open ranges of group numbers; %(frail)s labels; %(frail_m)s, %(away_m)s, %(seen_m)s
--      metres; %(near)s where the officer is, or null; %(most)s rows or null for all, after %(skip)s
-- out: resident, no, stage, answer, tick, rank (0 asked for help, 1 nobody was there yet, 2 somebody was), farther_m, lon, lat, frail, how many there are in all
-- A household counts by whoever of it is most urgent, so that all of one door stand together.
WITH middle AS MATERIALIZED (
    SELECT g.no, ST_PointOnSurface(g.geometry) AS place
    FROM unnest(%(starts)s::int[], %(ends)s::int[]) AS w(a, b)
    JOIN grids_grid g ON g.no >= w.a AND g.no < w.b AND g.level = 3 AND g.version_to IS NULL
),
frail AS MATERIALIZED (
    SELECT DISTINCT t.resident_id FROM unnest(%(starts)s::int[], %(ends)s::int[]) AS w(a, b)
    JOIN tags_tagging t ON t.label = ANY(%(frail)s::bigint[]) AND t.no >= w.a AND t.no < w.b
),
waiting AS (
    SELECT d.resident_id, d.no, d.stage, d.answer, d.tick, r.household_id,
           CASE WHEN 'need_help' IN (coalesce(d.answer, ''), coalesce(d.tick, '')) THEN 0 ELSE 1 + (d.tick IS NOT NULL)::int END AS rank,
           %(frail_m)s * (NOT needs.hand)::int + %(away_m)s * (r.presence = 'away')::int
               + %(seen_m)s * (d.stage >= 2)::int AS farther_m,
           coalesce(CASE WHEN d.no = r.no THEN r.place END, m.place) AS place, needs.hand AS frail
    FROM broadcasts_delivery d
    JOIN people_resident r ON r.id = d.resident_id
    LEFT JOIN frail f ON f.resident_id = d.resident_id
    -- Who passes through, or moved out since, carries the label where they live.
    CROSS JOIN LATERAL (SELECT f.resident_id IS NOT NULL OR d.no <> r.no AND EXISTS (
        SELECT 1 FROM tags_tagging t WHERE t.resident_id = d.resident_id AND t.label = ANY(%(frail)s::bigint[])) AS hand) needs
    LEFT JOIN middle m ON m.no = d.no  -- a group that is no more has none, and its people are still waiting
    WHERE d.broadcast_id = %(id)s AND NOT d.outside
      AND EXISTS (SELECT 1 FROM unnest(%(starts)s::int[], %(ends)s::int[]) AS w(a, b) WHERE d.no >= w.a AND d.no < w.b)
      AND CASE WHEN %(evacuation)s THEN NOT d.accounted
               -- Whom an officer found in need is not helped by having read the message since.
               ELSE d.stage < 2 AND coalesce(d.tick, '') NOT IN ('told', 'moved', 'away') OR d.tick = 'need_help' AND NOT d.accounted END
)
SELECT resident_id, no, stage, answer, tick, rank, min(farther_m) OVER door, ST_X(place), ST_Y(place), frail, count(*) OVER () FROM waiting
WINDOW door AS (PARTITION BY household_id, no, rank)
ORDER BY rank, min(farther_m) OVER door + coalesce(ST_DistanceSphere(place, %(near)s::geometry), 0),
    no, household_id, waiting.farther_m, resident_id
LIMIT %(most)s OFFSET %(skip)s
