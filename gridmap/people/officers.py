"""Who answers for a grid."""

from django.utils import timezone

from gridmap.grids.models import Grid
from gridmap.people.models import Assignment


def officers_of(grid: Grid) -> list[tuple[str, str]]:
    """Give the names and duties of a grid's officers today, the primary first; those of the grids above count too."""
    rows = Assignment.objects.filter(grid__code__in=grid.path, period__contains=timezone.localdate())
    return list(rows.order_by("-grid__level", "-duty", "officer__name").values_list("officer__name", "duty"))
