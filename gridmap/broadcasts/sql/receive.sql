-- Applies a batch of receipts and ticks: stages only move up, the latest answer or tick holds, counters follow.
-- in:  arrays of equal length: %(broadcasts)s %(residents)s uuid, %(stages)s smallint, %(answers)s %(ticks)s text or
--      null, %(pressed)s timestamptz or null; %(source)s resident or officer, %(officer)s uuid or null
-- out: broadcast_id, no of every counter that moved
-- Who is outside the area now is not counted, until they need help: then somebody has to come, and they are inside.
-- Foreign receipts (no such delivery) match nothing. One writer at a time (ledger.LOCK), so the old row is the last one.
WITH incoming AS (
    SELECT * FROM unnest(%(broadcasts)s::uuid[], %(residents)s::uuid[], %(stages)s::smallint[], %(answers)s::text[],
                         %(ticks)s::text[], %(pressed)s::timestamptz[])
        WITH ORDINALITY AS r(broadcast_id, resident_id, stage, answer, tick, pressed_at, turn)
),
folded AS (
    SELECT broadcast_id, resident_id, max(stage) AS stage,
           (array_agg(answer ORDER BY turn) FILTER (WHERE answer IS NOT NULL))[
               count(answer)] AS answer,
           (array_agg(tick ORDER BY turn) FILTER (WHERE tick IS NOT NULL))[count(tick)] AS tick,
           (array_agg(coalesce(answer, tick) ORDER BY turn) FILTER (WHERE coalesce(answer, tick, 'told') <> 'told'))[
               count(*) FILTER (WHERE coalesce(answer, tick, 'told') <> 'told')] AS word
    FROM incoming GROUP BY broadcast_id, resident_id
),
old AS (
    SELECT d.broadcast_id, d.resident_id, d.no, d.stage, d.answer, d.tick, d.accounted, d.outside,
           greatest(d.stage, f.stage) AS new_stage, coalesce(f.answer, d.answer) AS new_answer,
           -- That somebody was told ends no need that was found: fetched, away or gone they are by another word.
           CASE WHEN f.tick = 'told' AND d.tick = 'need_help' AND NOT d.accounted THEN d.tick ELSE coalesce(f.tick, d.tick) END AS new_tick,
           CASE WHEN f.word IS NULL THEN d.accounted ELSE f.word IN ('safe', 'moved', 'away') END AS new_accounted,
           d.outside AND coalesce(f.word, '') <> 'need_help' AS new_outside
    FROM folded f JOIN broadcasts_delivery d USING (broadcast_id, resident_id)
),
judged AS (
    SELECT *, (stage, answer, tick, accounted, outside) IS DISTINCT FROM (new_stage, new_answer, new_tick, new_accounted, new_outside) AS differs
    FROM old
),
changed AS (SELECT * FROM judged WHERE differs),
moved AS (
    UPDATE broadcasts_delivery d
    SET stage = n.new_stage, answer = n.new_answer, tick = n.new_tick, accounted = n.new_accounted, outside = n.new_outside
    FROM changed n WHERE d.broadcast_id = n.broadcast_id AND d.resident_id = n.resident_id
),
said AS (  -- a phone that repeats itself a thousand times says it once; who calls for help again when somebody was there already calls anew
    SELECT i.*, coalesce(i.answer, i.tick, (ARRAY['queued', 'pushed', 'displayed', 'acknowledged'])[i.stage + 1]) AS word
    FROM incoming i JOIN judged n USING (broadcast_id, resident_id)
    WHERE n.differs OR i.answer = 'need_help' AND NOT EXISTS (
           SELECT 1 FROM broadcasts_receipt e
           WHERE e.broadcast_id = i.broadcast_id AND e.resident_id = i.resident_id AND e.stage = 'need_help' AND e.source = 'resident'
             AND (e.pressed_at = i.pressed_at OR e.at > now() - interval '10 seconds'))
),
history AS (
    INSERT INTO broadcasts_receipt (broadcast_id, resident_id, stage, source, officer_id, pressed_at)
    SELECT broadcast_id, resident_id, word, %(source)s, %(officer)s::uuid, pressed_at
    FROM (SELECT *, lag(word) OVER (PARTITION BY broadcast_id, resident_id ORDER BY turn) AS before,
                 row_number() OVER (PARTITION BY broadcast_id, resident_id, word ORDER BY turn) AS nth FROM said) s
    WHERE CASE WHEN coalesce(answer, tick) IS NULL THEN nth = 1 ELSE word IS DISTINCT FROM before END
    ORDER BY turn
)
UPDATE broadcasts_deliverycount c
SET residents = c.residents + s.residents, pushed = c.pushed + s.pushed, displayed = c.displayed + s.displayed,
    acknowledged = c.acknowledged + s.acknowledged, moving = c.moving + s.moving, safe = c.safe + s.safe,
    need_help = c.need_help + s.need_help, accounted_for = c.accounted_for + s.accounted_for, visited = c.visited + s.visited
FROM (
    SELECT broadcast_id, no, sum(turn) AS residents,
           sum(turn * (stage >= 1)::int) AS pushed, sum(turn * (stage >= 2)::int) AS displayed, sum(turn * (stage >= 3)::int) AS acknowledged,
           -- Who was fetched is neither on the way nor in need any more; an officer may ask for help in somebody's name.
           sum(turn * (answer IS NOT DISTINCT FROM 'moving' AND NOT accounted)::int) AS moving,
           sum(turn * (answer IS NOT DISTINCT FROM 'safe' AND accounted)::int) AS safe,
           sum(turn * ('need_help' IN (coalesce(answer, ''), coalesce(tick, '')) AND NOT accounted)::int) AS need_help,
           sum(turn * accounted::int) AS accounted_for, sum(turn * (tick IS NOT NULL)::int) AS visited
    FROM (  -- what each was is taken away, what each is now is added
        SELECT broadcast_id, no, -1 AS turn, stage, answer, tick, accounted FROM changed WHERE NOT outside
      UNION ALL
        SELECT broadcast_id, no, 1, new_stage, new_answer, new_tick, new_accounted FROM changed WHERE NOT new_outside
    ) t
    GROUP BY broadcast_id, no
) s
WHERE c.broadcast_id = s.broadcast_id AND c.no = s.no
RETURNING c.broadcast_id, c.no
