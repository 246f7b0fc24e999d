"""Many whole numbers out of the database at once: as bytes, since ten thousand Python tuples take longer than the question itself."""

from collections.abc import Sequence
from typing import Any

import numpy
from django.db import connection

from gridmap.grids.ranges import Ranges


def integers(columns: Sequence[str], rest: str, values: Sequence[Any] = ()) -> numpy.ndarray:
    """Ask for columns of 32-bit whole numbers.

    Args:
        columns: SQL expressions, none of them null.
        rest: the question from FROM on; groups and orders nothing.
        values: its parameters.

    Returns:
        One row each, of the shape (rows, columns); in no order.
    """
    row = " || ".join(f"int4send(({column})::int)" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT string_agg({row}, ''::bytea) {rest}", list(values))
        found = cursor.fetchone()[0]
    return numpy.frombuffer(bytes(found or b""), dtype=">i4").reshape(-1, len(columns)).astype(numpy.int64)


def held(start: numpy.ndarray, end: numpy.ndarray, ranges: Ranges) -> numpy.ndarray:
    """Say of each half-open span of group numbers whether it lies whole in one of the ranges."""
    found = numpy.zeros(len(start), dtype=bool)
    for first, last in ranges:
        found |= (start >= first) & (end <= last)
    return found
