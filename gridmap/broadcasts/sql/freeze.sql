-- Writes one chunk of deliveries and moves the counters of their groups in the same statement.
-- in:  the parameters of members.MEMBERS, %(id)s, %(connected)s true/false, %(late)s
-- out: no, how many deliveries are new in that group
-- Who has one already (moved here during the sending; the reconciler's others) is passed over: nobody gets two. That costs a look for
-- each row, so it is left out first and put in only where the key refuses (ledger.freeze).
-- In the key's order, so that the index is written page by page: a fifth less for 40,000 rows.
WITH member AS ({members}),
written AS (
    INSERT INTO broadcasts_delivery (broadcast_id, resident_id, no, late_at)
    SELECT %(id)s, m.id, m.no, CASE WHEN %(late)s THEN now() END FROM member m WHERE m.connected = ANY(%(connected)s) ORDER BY m.id
    {conflict}
    RETURNING no
)
INSERT INTO broadcasts_deliverycount AS c (broadcast_id, no, residents)
SELECT %(id)s, no, count(*) FROM written GROUP BY no
ON CONFLICT (broadcast_id, no) DO UPDATE SET residents = c.residents + excluded.residents
RETURNING no
