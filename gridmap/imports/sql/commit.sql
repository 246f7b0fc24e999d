-- Puts the good rows of an import into the register.
-- in: %(id)s the import, %(states)s the row states that go in, %(by)s and %(name)s who did it, %(anew)s doubts about newcomers
-- Every value was sealed for its row and column when it was staged, so this only copies.
-- Whom somebody changed by hand, merged or took out after the file came is passed over, and the row says so: a hand is newer.
SELECT 1 FROM people_resident r JOIN imports_row w ON w.resident = r.id
WHERE w.of_id = %(id)s AND w.state = ANY(%(states)s) AND (w.state = 'update' OR w.reason = 'moved')
ORDER BY r.id FOR NO KEY UPDATE OF r;

UPDATE imports_row w SET state = 'bad', field = 'name', reason = CASE WHEN r.id IS NULL THEN 'gone' ELSE 'changed' END
FROM imports_row o LEFT JOIN people_resident r ON r.id = o.resident
WHERE w.id = o.id AND o.of_id = %(id)s AND o.state = ANY(%(states)s) AND (o.state = 'update' OR o.reason = 'moved')
  AND (r.id IS NULL OR EXISTS (SELECT 1 FROM register_change c WHERE c.resident = r.id AND c.at > (SELECT at FROM imports_import WHERE id = %(id)s)));

-- Whom another file, or a hand, brought in after this one was read: twice in the register they would be counted and knocked for twice.
UPDATE imports_row w SET state = 'bad', field = 'name', reason = 'came'
-- By the rules of staging: name and phone, or name and year where a phone is not known; two with phones of their own are two.
WHERE w.of_id = %(id)s AND w.state = ANY(%(states)s) AND (w.state = 'new' OR w.reason = ANY(%(anew)s)) AND EXISTS (
    SELECT 1 FROM people_resident r
    WHERE r.name_index = w.name_index AND r.group_id = w."group"
      AND (r.phone_index = w.phone_index
           OR w.state = 'new' AND (r.phone_index IS NULL OR w.phone_index IS NULL)
              AND (r.birth_year IS NULL OR w.birth_year IS NULL OR r.birth_year = w.birth_year)));

-- Households first: a resident needs theirs.
INSERT INTO people_household (id, group_id, address_sealed, address_index, number_sealed, number_index)
SELECT DISTINCT ON (household) household, "group", address_sealed, address_index, number_sealed, number_index
FROM imports_row
WHERE of_id = %(id)s AND state = ANY(%(states)s) AND new_household
ORDER BY household, address_sealed IS NULL, number_sealed IS NULL, line;

-- What changes of people who are known: one line of history a field, with the value before.
INSERT INTO register_change (resident, field, before, after, source, by, by_name, imported)
SELECT r.id, c.field, c.before, c.after, 'import', %(by)s, %(name)s, %(id)s
FROM imports_row w JOIN people_resident r ON r.id = w.resident
CROSS JOIN LATERAL (VALUES
    ('phone', r.phone_sealed, w.phone_sealed, w.phone_index IS NOT NULL AND w.phone_index IS DISTINCT FROM r.phone_index),
    ('birth_year', convert_to(r.birth_year::text, 'UTF8'), convert_to(w.birth_year::text, 'UTF8'),
        w.birth_year IS NOT NULL AND w.birth_year IS DISTINCT FROM r.birth_year),
    ('presence', convert_to(r.presence, 'UTF8'), convert_to(w.presence, 'UTF8'), w.presence <> '' AND w.presence <> r.presence),
    ('id', r.id_sealed, w.id_sealed, w.id_sealed IS NOT NULL AND r.id_sealed IS NULL),
    ('place', convert_to(ST_AsEWKT(r.place), 'UTF8'), convert_to(ST_AsEWKT(w.place), 'UTF8'),
        (w.place IS NOT NULL AND (r.place IS NULL OR NOT ST_Equals(r.place, w.place))) OR (w.reason = 'moved' AND r.place IS NOT NULL AND w.place IS NULL)),
    ('home', convert_to(concat_ws(' ', r.household_id, r.group_id, r.no), 'UTF8'), convert_to(concat_ws(' ', w.household, w."group", w.no), 'UTF8'),
        w.reason = 'moved' OR (w.place IS NOT NULL AND w.no <> r.no))
) AS c(field, before, after, differs)
WHERE w.of_id = %(id)s AND w.state = ANY(%(states)s) AND (w.state = 'update' OR w.reason = 'moved') AND c.differs;

UPDATE imports_row w SET presence_before = r.presence_on
FROM people_resident r
WHERE w.of_id = %(id)s AND w.state = ANY(%(states)s) AND (w.state = 'update' OR w.reason = 'moved') AND r.id = w.resident AND w.presence <> '';

UPDATE people_resident r
SET phone_sealed = coalesce(w.phone_sealed, r.phone_sealed), phone_index = coalesce(w.phone_index, r.phone_index),
    birth_year = coalesce(w.birth_year, r.birth_year), id_sealed = coalesce(r.id_sealed, w.id_sealed),
    presence = CASE WHEN w.presence <> '' THEN w.presence ELSE r.presence END,
    presence_on = CASE WHEN w.presence <> '' THEN current_date ELSE r.presence_on END,
    place = CASE WHEN w.reason = 'moved' THEN w.place ELSE coalesce(w.place, r.place) END,
    -- A file without places says nothing of where somebody is now.
    no = CASE WHEN w.reason = 'moved' OR w.place IS NOT NULL THEN w.no ELSE r.no END,
    household_id = CASE WHEN w.reason = 'moved' THEN w.household ELSE r.household_id END,
    group_id = CASE WHEN w.reason = 'moved' THEN w."group" ELSE r.group_id END
FROM imports_row w
WHERE w.of_id = %(id)s AND w.state = ANY(%(states)s) AND (w.state = 'update' OR w.reason = 'moved') AND r.id = w.resident;

-- A household that is known gets an address or a number where it had none, noted beside one who lives there.
CREATE TEMPORARY TABLE filled ON COMMIT DROP AS
SELECT DISTINCT ON (w.household) w.household, w.address_sealed, w.address_index, w.number_sealed, w.number_index,
    (SELECT r.id FROM people_resident r WHERE r.household_id = w.household ORDER BY r.id LIMIT 1) AS resident,
    h.address_sealed IS NULL AND w.address_sealed IS NOT NULL AS address, h.number_sealed IS NULL AND w.number_sealed IS NOT NULL AS number
FROM imports_row w JOIN people_household h ON h.id = w.household
WHERE w.of_id = %(id)s AND w.state = ANY(%(states)s) AND NOT w.new_household
  AND (h.address_sealed IS NULL AND w.address_sealed IS NOT NULL OR h.number_sealed IS NULL AND w.number_sealed IS NOT NULL)
ORDER BY w.household, w.line;

INSERT INTO register_change (resident, field, after, source, by, by_name, imported)
SELECT f.resident, c.field, c.after, 'import', %(by)s, %(name)s, %(id)s
FROM filled f CROSS JOIN LATERAL (VALUES ('address', f.address_sealed, f.address), ('number', f.number_sealed, f.number)) AS c(field, after, filled)
WHERE c.filled AND f.resident IS NOT NULL;

UPDATE people_household h
SET address_sealed = coalesce(h.address_sealed, w.address_sealed), address_index = coalesce(h.address_index, w.address_index),
    number_sealed = coalesce(h.number_sealed, w.number_sealed), number_index = coalesce(h.number_index, w.number_index)
FROM filled w
WHERE h.id = w.household;

INSERT INTO people_resident (id, household_id, group_id, place, no, name_sealed, name_index, phone_sealed, phone_index, id_sealed,
    birth_year, presence, presence_on, joined, connected, source)
SELECT resident, household, "group", place, no, name_sealed, name_index, phone_sealed, phone_index, id_sealed, birth_year,
    coalesce(nullif(presence, ''), 'unknown'), CASE WHEN presence <> '' THEN current_date END, false, false, 'import'
FROM imports_row
WHERE of_id = %(id)s AND state = ANY(%(states)s) AND (state = 'new' OR reason = ANY(%(anew)s));

DROP TABLE filled;
