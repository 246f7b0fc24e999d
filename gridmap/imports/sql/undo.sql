-- Takes an import back.
-- in: %(id)s the import
-- Kept is who has become more than a row since: the one that a double was merged into, joined by phone, changed by hand, given a contact person or a label, or sent a
-- warning that is in force, or an evacuation that ended lately and they are missing of it.
CREATE TEMPORARY TABLE going ON COMMIT DROP AS
SELECT r.id, r.household_id FROM imports_row w JOIN people_resident r ON r.id = w.resident
WHERE w.of_id = %(id)s AND w.state <> 'bad' AND w.state <> 'update' AND w.reason <> 'moved' AND r.source = 'import' AND NOT r.joined
  AND NOT EXISTS (SELECT 1 FROM register_change c WHERE c.resident = r.id)
  AND NOT EXISTS (SELECT 1 FROM register_contact c WHERE r.id IN (c.resident_id, c.contact_id))
  AND NOT EXISTS (SELECT 1 FROM tags_tagging t WHERE t.resident_id = r.id)
  AND NOT EXISTS (SELECT 1 FROM register_former f WHERE f.into = r.id)
  AND NOT EXISTS (
      SELECT 1 FROM broadcasts_delivery d JOIN broadcasts_broadcast b ON b.id = d.broadcast_id
      WHERE d.resident_id = r.id AND (b.state IN ('sending', 'in_force')
          OR b.kind = 'danger_notice' AND b.message_type <> 'Cancel' AND b.state = 'expired' AND b.ended_at > now() - interval '2 days' AND NOT d.accounted));

DELETE FROM people_resident r USING going g WHERE r.id = g.id;

-- Fields go back where nobody changed them again since.
CREATE TEMPORARY TABLE back ON COMMIT DROP AS
SELECT c.* FROM register_change c
WHERE c.imported = %(id)s
  AND NOT EXISTS (
      SELECT 1 FROM register_change later
      WHERE later.resident = c.resident AND later.id > c.id AND later.imported IS DISTINCT FROM c.imported
        -- Where somebody lives and the group that holds it go back together or not at all.
        AND (later.field = c.field OR (c.field IN ('home', 'place') AND later.field IN ('home', 'place'))));

UPDATE people_resident r
SET phone_sealed = CASE WHEN b.fields ? 'phone' THEN b.phone ELSE r.phone_sealed END,
    birth_year = CASE WHEN b.fields ? 'birth_year' THEN convert_from(b.birth_year, 'UTF8')::int ELSE r.birth_year END,
    presence = CASE WHEN b.fields ? 'presence' THEN convert_from(b.presence, 'UTF8') ELSE r.presence END,
    id_sealed = CASE WHEN b.fields ? 'id' THEN b.identity ELSE r.id_sealed END,
    place = CASE WHEN b.fields ? 'place' THEN ST_GeomFromEWKT(convert_from(b.place, 'UTF8')) ELSE r.place END,
    household_id = CASE WHEN b.fields ? 'home' THEN split_part(convert_from(b.home, 'UTF8'), ' ', 1)::uuid ELSE r.household_id END,
    group_id = CASE WHEN b.fields ? 'home' THEN split_part(convert_from(b.home, 'UTF8'), ' ', 2)::uuid ELSE r.group_id END,
    no = CASE WHEN b.fields ? 'home' THEN split_part(convert_from(b.home, 'UTF8'), ' ', 3)::int ELSE r.no END
FROM (
    SELECT resident, jsonb_agg(field) AS fields, (array_agg(before) FILTER (WHERE field = 'phone'))[1] AS phone,
        (array_agg(before) FILTER (WHERE field = 'birth_year'))[1] AS birth_year, (array_agg(before) FILTER (WHERE field = 'presence'))[1] AS presence,
        (array_agg(before) FILTER (WHERE field = 'id'))[1] AS identity, (array_agg(before) FILTER (WHERE field = 'place'))[1] AS place,
        (array_agg(before) FILTER (WHERE field = 'home'))[1] AS home
    FROM back GROUP BY resident
) b
WHERE r.id = b.resident;

UPDATE people_household h
SET address_sealed = CASE WHEN h.address_sealed = b.address THEN NULL ELSE h.address_sealed END,
    address_index = CASE WHEN h.address_sealed = b.address THEN NULL ELSE h.address_index END,
    number_sealed = CASE WHEN h.number_sealed = b.number THEN NULL ELSE h.number_sealed END,
    number_index = CASE WHEN h.number_sealed = b.number THEN NULL ELSE h.number_index END
FROM (
    SELECT resident, (array_agg(after) FILTER (WHERE field = 'address'))[1] AS address, (array_agg(after) FILTER (WHERE field = 'number'))[1] AS number
    FROM back WHERE field IN ('address', 'number') GROUP BY resident
) b JOIN people_resident r ON r.id = b.resident
WHERE h.id = r.household_id;

-- Since when somebody is where they are, unless it was said again since.
UPDATE people_resident r SET presence_on = w.presence_before
FROM imports_row w JOIN imports_import i ON i.id = w.of_id
WHERE w.of_id = %(id)s AND (w.state = 'update' OR w.reason = 'moved') AND w.presence <> '' AND r.id = w.resident
  AND r.presence_on = i.committed_at::date
  AND NOT EXISTS (SELECT 1 FROM register_change c WHERE c.resident = r.id AND c.field = 'presence' AND c.imported IS DISTINCT FROM w.of_id AND c.at > i.committed_at);

DELETE FROM register_change c USING back b WHERE c.id = b.id;

DELETE FROM people_household h
WHERE h.id IN (SELECT household FROM imports_row WHERE of_id = %(id)s AND new_household)
  AND NOT EXISTS (SELECT 1 FROM people_resident r WHERE r.household_id = h.id)
  AND NOT EXISTS (SELECT 1 FROM register_former f WHERE f.row ->> 'household' = h.id::text);
