"""Incidents: something that happens in the world."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models.functions import Now

from gridmap.grids.models import Grid
from gridmap.grids.placed import number_within


class Kind(models.TextChoices):
    """What happened."""

    LOST_CHILD = "lost_child"
    LOST_ELDER = "lost_elder"
    LANDSLIDE = "landslide"
    FLOOD = "flood"
    FIRE = "fire"
    FRAUD = "fraud"
    FOUND_PROPERTY = "found_property"
    LOST_PROPERTY = "lost_property"
    DISPUTE = "dispute"
    HAZARD = "hazard"
    REQUEST = "request"


class Severity(models.TextChoices):
    """How bad it is, in CAP's words."""

    EXTREME = "extreme"
    SEVERE = "severe"
    MODERATE = "moderate"
    MINOR = "minor"


class State(models.TextChoices):
    """How far it has come; the stages between come with the officer's day."""

    REPORTED = "reported"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class IncidentQuerySet(models.QuerySet["Incident"]):
    """Reads of incidents."""

    def within(self, ranges: Sequence[tuple[int, int]]) -> IncidentQuerySet:
        """Those that happened in these group numbers."""
        return self.filter(number_within(ranges))

    def open(self) -> IncidentQuerySet:
        """Those not resolved yet."""
        return self.exclude(state=State.RESOLVED)


class Incident(models.Model):
    """One incident, at a place and so in a group, with a clock per stage."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.BigIntegerField(unique=True, help_text="counts up; what people say on the telephone")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    severity = models.CharField(max_length=10, choices=Severity.choices)
    title = models.CharField(max_length=80)
    description = models.CharField(max_length=2000, blank=True)
    place = models.PointField(srid=4326)
    grid = models.ForeignKey(Grid, on_delete=models.PROTECT)
    no = models.PositiveIntegerField(help_text="number of the group it happened in")
    state = models.CharField(max_length=15, choices=State.choices, default=State.REPORTED)
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, help_text="none: a resident asked for help")
    drill = models.BooleanField(default=False, help_text="the warning was one")
    chain = models.UUIDField(null=True, help_text="the warning to which somebody answered that they need help")
    caller = models.UUIDField(null=True, help_text="the resident who did")
    reported_at = models.DateTimeField(db_default=Now())
    acknowledged_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["no", "state"], name="incident_by_number"),
            models.Index(fields=["chain", "caller"], condition=models.Q(caller__isnull=False), name="incident_by_caller"),
        ]
