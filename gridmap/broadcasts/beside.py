"""People beside a border, in memory: tested against a shape by the ten thousand, at once, and never out of date.

A group is read when it is first asked for and kept in this process. Every change of the register writes the counter row of the
groups that it touched anew (people/migrations/0002), so where that row lies and who wrote it tells whether what is kept still
holds; it is looked at before each count, in the same transaction. 1.3 million people take 50 MB.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy
import shapely
from django.db import connection
from shapely.geometry import MultiPolygon

from gridmap.tags.wanted import Carried

STAMPS = "SELECT no, xmin::text || ctid::text FROM people_groupcount WHERE no = ANY(%s) AND registered > 0 ORDER BY no"
# As bytes, for a row of Python objects each would take ten times as long; one order, so that the columns match.
PEOPLE = """
SELECT no, string_agg(uuid_send(id), ''), string_agg(uuid_send(household_id), ''), string_agg(boolsend(connected), ''),
       string_agg(boolsend(presence = 'away'), ''),
       string_agg(float8send(coalesce(ST_X(place), 'NaN')), ''), string_agg(float8send(coalesce(ST_Y(place), 'NaN')), '')
FROM (SELECT * FROM people_resident WHERE no = ANY(%s) ORDER BY no, id) r GROUP BY no
"""
LABELS = "SELECT label, uuid_send(resident_id) FROM tags_tagging WHERE label = ANY(%s) AND no = ANY(%s)"


@dataclass(frozen=True)
class Group:
    """The people of one group, a row of each array a person.

    Attributes:
        stamp: of the counter row that was in force when they were read.
        ids: 16 bytes each.
        homes: which of the group's households, from 0.
        connected: whether.
        away: whether.
        lon: longitude in degrees, WGS-84; NaN where no place is known.
        lat: latitude.
    """

    stamp: str
    ids: numpy.ndarray
    homes: numpy.ndarray
    connected: numpy.ndarray
    away: numpy.ndarray
    lon: numpy.ndarray
    lat: numpy.ndarray


_kept: dict[int, Group] = {}


def count(cut: Sequence[int], shape: MultiPolygon, tags: Carried) -> list[tuple[int, ...]]:
    """Count who is inside of the groups that a border cuts; who has no place is inside.

    Args:
        cut: their numbers.
        shape: the area, WGS-84 degrees.
        tags: whom of them it means.

    Returns:
        Of each group with anybody inside: number, people, connected, away, households.
    """
    groups = _groups(cut)
    if not groups:
        return []
    place = numpy.repeat(numpy.arange(len(groups)), [len(group.ids) for group in groups.values()])  # of each person's group in the list
    column = {name: numpy.concatenate([getattr(group, name) for group in groups.values()]) for name in ("ids", "homes", "connected", "away", "lon", "lat")}
    inside = numpy.isnan(column["lon"])
    shapely.prepare(shape)
    inside[~inside] = shapely.intersects_xy(shape, column["lon"][~inside], column["lat"][~inside])
    if tags.narrows:
        inside[inside] = _meant(column["ids"][inside], list(groups), tags)
    where, most = place[inside], int(column["homes"].max()) + 1
    homes = numpy.unique(where * most + column["homes"][inside]) // most
    counts = [numpy.bincount(rows, minlength=len(groups)) for rows in (where, where[column["connected"][inside]], where[column["away"][inside]], homes)]
    return [(no, *(int(rows[i]) for rows in counts)) for i, no in enumerate(groups) if counts[0][i]]


def _groups(cut: Iterable[int]) -> dict[int, Group]:
    """Give the groups that anybody lives in by number, in order, as they stand in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(STAMPS, [list(cut)])
        stamps = dict(cursor.fetchall())
        old = [no for no, stamp in stamps.items() if no not in _kept or _kept[no].stamp != stamp]
        if old:
            cursor.execute(PEOPLE, [old])
            for no, *columns in cursor.fetchall():
                _kept[no] = _read(stamps[no], [bytes(column) for column in columns])
    return {no: _kept[no] for no in stamps if no in _kept}  # whose only person moved out between the two questions: nobody lives there


def _read(stamp: str, columns: list[bytes]) -> Group:
    ids, homes, connected, away, lon, lat = columns
    _, own = numpy.unique(numpy.frombuffer(homes, dtype="S16"), return_inverse=True)
    flags = [numpy.frombuffer(flag, dtype=bool) for flag in (connected, away)]
    places = [numpy.frombuffer(degrees, dtype=">f8").astype(float) for degrees in (lon, lat)]
    return Group(stamp, numpy.frombuffer(ids, dtype="S16"), own.astype(numpy.int32), *flags, *places)


def _meant(ids: numpy.ndarray, groups: list[int], tags: Carried) -> numpy.ndarray:
    """Say of each person whether tags mean them: one of every list, and none of those to leave out."""
    wanted = [*tags.any_of, tags.none_of]
    with connection.cursor() as cursor:
        cursor.execute(LABELS, [[label for labels in wanted for label in labels], groups])
        rows = cursor.fetchall()
    carriers = [numpy.array([bytes(id) for label, id in rows if label in labels], dtype="S16") for labels in map(set, wanted)]
    meant = ~_among(ids, carriers[-1])
    for carried in carriers[:-1]:
        meant &= _among(ids, carried)
    return meant


def _among(ids: numpy.ndarray, wanted: numpy.ndarray) -> numpy.ndarray:
    """Say of each id whether it is wanted; by its first half, which is a number and fast, then those few by the whole."""
    found = numpy.isin(ids.view(">u8")[::2], wanted.view(">u8")[::2])
    found[found] = numpy.isin(ids[found], wanted)
    return found
