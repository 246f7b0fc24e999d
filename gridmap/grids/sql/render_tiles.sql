-- Renders one level of one zoom into rows of (x, y, mvt).
-- in:  %(version)s grid version, %(level)s 0..3, %(layer)s layer name, %(zoom)s, %(band)s, %(whole)s most borders crossed by what is not cut
-- out: x, y, mvt; tiles without a feature are absent
-- In order of no, so that the same version gives the same bytes whatever the planner does.
-- Only what never changes within a version is in a tile: code, name, no. Live values travel apart.
-- A shape in one tile, or two, is moved there as it is, for cutting and mending it costs four times as much as all the rest: ST_AsMVT
-- itself leaves out the fractions, and that the rounded corners still make a polygon was seen when the shape was stored (steady_from).
-- What lies over more tiles, or is not steady, is cut. ST_AsMVT passes over what is null, and a null must not be asked about: the
-- planner would have each shape cut twice.
SELECT x, y, ST_AsMVT(m, %(layer)s, 4096, 'geometry', 'feature') AS mvt
FROM (
    SELECT x, y, no AS feature, no, code, name,
           CASE WHEN moved THEN ST_Affine(geometry, scale, 0, 0, -scale, half + 0.5 - x * 4096, half + 0.5 - y * 4096)
                ELSE ST_AsMVTGeom(geometry, ST_TileEnvelope(%(zoom)s, x, y), 4096, 64, true) END AS geometry
    FROM (
        SELECT x0 + k %% wide AS x, y0 + k / wide AS y, no, code, name, geometry, moved
        FROM (
            SELECT g.no, g.code, g.name, s.geometry, s.x0 >> down AS x0, s.y0 >> down AS y0, (s.x1 >> down) - (s.x0 >> down) + 1 AS wide,
                   s.steady_from <= %(zoom)s AND (s.x1 >> down) - (s.x0 >> down) + (s.y1 >> down) - (s.y0 >> down) <= %(whole)s AS moved,
                   generate_series(0, ((s.x1 >> down) - (s.x0 >> down) + 1) * ((s.y1 >> down) - (s.y0 >> down) + 1) - 1) AS k
            FROM (SELECT 14 - %(zoom)s AS down) w
            CROSS JOIN grids_grid g
            JOIN grids_gridshape s ON s.grid_id = g.id AND s.band = %(band)s
            WHERE g.level = %(level)s AND g.version_from <= %(version)s AND (g.version_to IS NULL OR g.version_to > %(version)s)
        ) meeting
    ) tiled
    CROSS JOIN (SELECT 4096 * (1 << %(zoom)s) / 40075016.685578488 AS scale, 2048 * (1 << %(zoom)s) AS half) w
    ORDER BY x, y, no
) m
GROUP BY x, y HAVING count(geometry) > 0
