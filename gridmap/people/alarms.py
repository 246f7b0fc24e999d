"""Uncovered grids: an alarm from the moment an assignment ends, and its end when somebody answers again."""

from django.db import transaction

from gridmap.grids.ranges import runs
from gridmap.people import coverage
from gridmap.people.models import UncoveredGroup
from gridmap.realtime.events import GridsUncovered
from gridmap.realtime.log import publish


@transaction.atomic
def follow_uncovered() -> int:
    """Tell which groups nobody answers for any more, and which somebody answers for again; run by the clock and by whoever
    changes an assignment.

    Returns:
        How many groups changed.
    """
    now, told = set(coverage.uncovered()), set(UncoveredGroup.objects.values_list("no", flat=True))
    new, over = sorted(now - told), sorted(told - now)
    if not new and not over:
        return 0
    UncoveredGroup.objects.bulk_create([UncoveredGroup(no=no) for no in new], ignore_conflicts=True)
    UncoveredGroup.objects.filter(no__in=over).delete()
    publish(GridsUncovered(uncovered=new, covered=over), ranges=runs(sorted(new + over)))
    return len(new) + len(over)
