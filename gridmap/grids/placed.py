"""What "within one's grids" means as a filter: by a group number, by a range of them, or by lists of either."""

from collections.abc import Sequence

from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL


def number_within(ranges: Sequence[tuple[int, int]], field: str = "no") -> Q:
    """Keep rows whose group number lies in half-open ranges; with no range, none."""
    kept = Q(pk__in=[])
    for start, end in ranges:
        kept |= Q(**{f"{field}__gte": start, f"{field}__lt": end})
    return kept


def span_within(ranges: Sequence[tuple[int, int]], first: str, last: str) -> Q:
    """Keep rows whose own half-open range, in two fields, lies whole in one of these; with no range, none."""
    kept = Q(pk__in=[])
    for start, end in ranges:
        kept |= Q(**{f"{first}__gte": start, f"{last}__lte": end})
    return kept


def touching(ranges: Sequence[tuple[int, int]]) -> RawSQL:
    """Keep rows of whose group numbers, an array ``touched``, any lies in half-open ranges; with no range, none."""
    return _any_of("unnest(touched) AS t(no)", "t.no >= r.a AND t.no < r.b", ranges)


def meeting(ranges: Sequence[tuple[int, int]]) -> RawSQL:
    """Keep rows of whose own half-open ranges, arrays ``starts`` and ``ends``, any meets one of these; with no range, none."""
    return _any_of("unnest(starts, ends) AS t(a, b)", "t.a < r.b AND r.a < t.b", ranges)


def counting(ranges: Sequence[tuple[int, int]]) -> RawSQL:
    """Keep broadcasts that count anybody in half-open ranges of group numbers; with no range, none."""
    return _any_of("broadcasts_deliverycount AS c", "c.broadcast_id = broadcasts_broadcast.id AND c.residents > 0 AND c.no >= r.a AND c.no < r.b", ranges)


def _any_of(mine: str, met: str, ranges: Sequence[tuple[int, int]]) -> RawSQL:
    sql = f"EXISTS (SELECT 1 FROM {mine}, unnest(%s::int[], %s::int[]) AS r(a, b) WHERE {met})"
    return RawSQL(sql, [[start for start, _ in ranges], [end for _, end in ranges]], output_field=BooleanField())
