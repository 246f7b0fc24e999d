"""What "within one's grids" means as a filter: by a group number, or by a range of them."""

from collections.abc import Sequence

from django.db.models import Q


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
