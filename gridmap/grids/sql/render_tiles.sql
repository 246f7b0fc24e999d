-- Renders one level of one zoom into rows of (x, y, mvt).
-- in:  %(version)s grid version, %(level)s 0..3, %(layer)s layer name, %(zoom)s, %(band)s
-- out: x, y, mvt; tiles without a feature are absent
-- In order of no, so that the same version gives the same bytes whatever the planner does.
-- Only what never changes within a version is in a tile: code, name, no. Live values travel apart.
SELECT t.x, t.y, ST_AsMVT(m, %(layer)s, 4096, 'geometry', 'feature' ORDER BY m.no) AS mvt
FROM grids_grid g
JOIN grids_gridshape s ON s.grid_id = g.id AND s.band = %(band)s
CROSS JOIN LATERAL (
    SELECT floor((ST_XMin(s.geometry) + 20037508.342789244) / w.size)::int AS x0,
           floor((ST_XMax(s.geometry) + 20037508.342789244) / w.size)::int AS x1,
           floor((20037508.342789244 - ST_YMax(s.geometry)) / w.size)::int AS y0,
           floor((20037508.342789244 - ST_YMin(s.geometry)) / w.size)::int AS y1
    FROM (SELECT 40075016.685578488 / (1 << %(zoom)s) AS size) w
) b
CROSS JOIN LATERAL (
    SELECT x, y FROM generate_series(b.x0, b.x1) AS x, generate_series(b.y0, b.y1) AS y
) t
CROSS JOIN LATERAL (
    SELECT ST_AsMVTGeom(s.geometry, ST_TileEnvelope(%(zoom)s, t.x, t.y), 4096, 64, true) AS geometry,
           g.no AS feature, g.no AS no, g.code AS code, g.name AS name
    OFFSET 0  -- else each shape is cut twice: to see whether anything is left of it, and again for the tile
) m
WHERE g.level = %(level)s AND g.version_from <= %(version)s
  AND (g.version_to IS NULL OR g.version_to > %(version)s) AND m.geometry IS NOT NULL
GROUP BY t.x, t.y
