"""The audit: one entry for every act on people, and every look at them."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GinIndex
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q

from gridmap.grids.placed import span_within
from gridmap.grids.ranges import Ranges

LISTS = ("people.list", "people.missed", "people.knocks", "people.export")  # looks at many at once


def ways(subject: str, no: int | None) -> list[Q]:
    """Give the ways in which an entry can be about somebody, each of which has an index; all of them at once have none."""
    found = [Q(subject=subject), Q(detail__contains={"found": [subject]}), Q(detail__contains={"resident": subject})]
    return found if no is None else [*found, Q(action__in=LISTS, start__lte=no, end__gt=no)]


class EntryQuerySet(models.QuerySet["Entry"]):
    """Reads of the audit."""

    def about(self, subject: str, no: int | None) -> EntryQuerySet:
        """Those that name somebody, what was found, and the looks at a list that somebody of this group number stood in."""
        every = Q(pk__in=[])
        for way in ways(subject, no):
            every |= way
        return self.filter(every)

    def within(self, ranges: Ranges) -> EntryQuerySet:
        """Those about these group numbers, and those about none in particular."""
        return self.filter(Q(start=None) | span_within(ranges, "start", "end"))


class Entry(models.Model):
    """One entry; the database refuses to change or remove it, and ``chain`` rests on the one before."""

    seq = models.BigIntegerField(primary_key=True, help_text="without gaps")
    at = models.DateTimeField()
    actor = models.UUIDField(null=True, help_text="the user; none is the program itself, or a resident")
    actor_name = models.CharField(max_length=60, blank=True)
    action = models.CharField(max_length=40)
    subject = models.UUIDField(null=True, help_text="the person or thing it was done to")
    start = models.PositiveIntegerField(null=True, help_text="first group number it was about")
    end = models.PositiveIntegerField(null=True, help_text="group number after the last")
    detail = models.JSONField(encoder=DjangoJSONEncoder, default=dict, help_text="never a name or a phone")
    chain = models.BinaryField()

    objects = EntryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["subject", "seq"], name="audit_by_subject"),
            models.Index(fields=["actor", "action", "at"], name="audit_by_actor"),
            GinIndex(fields=["detail"], name="audit_by_detail", opclasses=["jsonb_path_ops"]),
            models.Index(fields=["start", "end", "-seq"], condition=Q(action__in=LISTS), name="audit_of_lists"),
        ]


class Anchor(models.Model):
    """Where the chain begins since its oldest entries were deleted: the last of them, marked under the audit's key."""

    seq = models.BigIntegerField(primary_key=True)
    chain = models.BinaryField()
    mark = models.BinaryField()
    at = models.DateTimeField(auto_now_add=True)
