"""One press: life-safety from an approved template, by the duty commander alone, looked at by another afterwards (P13)."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from geodata.codes import Level
from gridmap.access import Scope, require
from gridmap.broadcasts import templates
from gridmap.broadcasts.actions import COUNTDOWN, STAFF, ClockTimestamp, found, written
from gridmap.broadcasts.models import OUT, TOLD, URGENT, Broadcast, Review, State
from gridmap.broadcasts.schemas import ReleaseIn, ReviewIn
from gridmap.broadcasts.sending import publish_fact
from gridmap.errors import Conflict, Denied, Invalid, Missing
from gridmap.grids.models import Grid
from gridmap.people.models import User
from gridmap.realtime.events import BroadcastReviewed, BroadcastSent
from gridmap.realtime.log import ring_clock

LATELY = timedelta(hours=1)
MOST_ALONE = 10_000  # residents; beyond it, for a whole township or the county, two people decide


@transaction.atomic
def release_broadcast(id: UUID, wanted: ReleaseIn, *, actor: Scope) -> Broadcast:
    """Send a template's words to an area: the countdown starts at once, the desk is told, and another person reviews it.

    Args:
        id: the template.
        wanted: area and what fills the gaps.
        actor: a commander.

    Raises:
        Conflict: the template is not approved.
        Denied: so many, or a whole township, that two people have to decide.
        Invalid: no warning of danger, an empty gap, a wrong area, or nobody lives there.
    """
    require(actor, "broadcasts.release")
    User.objects.select_for_update(no_key=True).get(pk=actor.user.pk)  # two presses at once are counted together
    template = templates.offered().filter(pk=id).first()
    if template is None:
        raise Missing("request.missing")
    if template.kind not in URGENT:
        raise Invalid("template.routine", field="template")
    broadcast = written(templates.filled(template, wanted), actor)
    if broadcast.residents == 0:
        raise Invalid("broadcast.nobody", field="selection")
    lately = _alone_elsewhere(actor, set(broadcast.touched))  # area by area one person would reach the whole county
    residents = broadcast.residents + sum(row.residents for row in lately)
    whole = _whole_township({*broadcast.touched, *(no for row in lately for no in row.touched)})
    if residents > MOST_ALONE or whole:
        code = "broadcast.needs_two_lately" if lately else "broadcast.needs_two"
        raise Denied(code, residents=residents, township=whole, most=MOST_ALONE)
    broadcast.template, broadcast.review, broadcast.state = template.pk, Review.WAITING, State.COUNTDOWN
    broadcast.save(force_insert=True)
    Broadcast.objects.filter(pk=broadcast.pk).update(sends_at=ClockTimestamp() + COUNTDOWN)
    ring_clock()
    return publish_fact(broadcast.pk, BroadcastSent, topics=STAFF, actor=actor.user)


@transaction.atomic
def review_broadcast(id: UUID, said: ReviewIn, *, actor: Scope) -> Broadcast:
    """Say whether what a colleague sent alone was right.

    Raises:
        Denied: one's own.
        Conflict: nothing waits for a review.
    """
    broadcast = found(id, actor, "broadcasts.approve", list(TOLD))
    if broadcast.author_id == actor.user.pk:
        raise Denied("broadcast.own_approval")
    waiting = Broadcast.objects.filter(pk=id, review=Review.WAITING)
    verdict = Review.FINE if said.right else Review.WRONG
    if not waiting.update(review=verdict, reviewer=actor.user, remark=said.remark, reviewed_at=Now()):
        raise Conflict("broadcast.reviewed")
    return publish_fact(id, BroadcastReviewed, topics=STAFF, actor=actor.user)


def _alone_elsewhere(actor: Scope, here: set[int]) -> list[Broadcast]:
    """Give what a person sent alone within the hour to groups that are not here too; what was stopped in its countdown reached nobody.
    Approximate: who lives in groups of two such areas counts for both."""
    rows = (Broadcast.objects.filter(author=actor.user, template__isnull=False, sends_at__gt=Now() - LATELY, state__in=[State.COUNTDOWN, *OUT]).exclude(state=State.CANCELLED, started_at=None))
    return [row for row in rows if not here.issuperset(row.touched)]


def _whole_township(touched: set[int]) -> str:
    """Name a township whose every group the area touches, "" for none."""
    townships = Grid.objects.current().filter(level=Level.TOWNSHIP, group_start__lte=max(touched), group_end__gt=min(touched))
    groups = Grid.objects.current().groups()
    for name, start, end in townships.values_list("name", "group_start", "group_end"):
        numbers = set(groups.filter(no__gte=start, no__lt=end).values_list("no", flat=True))
        if numbers and numbers <= touched:
            return str(name)
    return ""
