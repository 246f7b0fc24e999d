"""Tags: labels on residents in one of seven categories, each with a purpose, an owner and an end."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from gridmap.grids.placed import number_within
from gridmap.grids.ranges import Ranges
from gridmap.people.models import Resident


class Category(models.TextChoices):
    """The seven categories; inside one they are alternatives (OR), across them all have to hold (AND)."""

    CARE = "care"
    COMMUNICATION = "communication"
    MEDICAL = "medical"
    MINOR = "minor"
    WORK = "work"
    STRENGTH = "strength"
    DWELLING = "dwelling"


class TagQuerySet(models.QuerySet["Tag"]):
    """Reads of tags."""

    def in_use(self) -> TagQuerySet:
        """Those that can be put on people."""
        return self.filter(retired_at=None)


class Tag(models.Model):
    """What a label means, what it is for, who answers for it, and how long it lasts."""

    code = models.CharField(max_length=40, primary_key=True)
    category = models.CharField(max_length=14, choices=Category.choices)
    name_zh = models.CharField(max_length=20, unique=True)
    name_en = models.CharField(max_length=60, unique=True)
    definition_zh = models.CharField(max_length=200)
    definition_en = models.CharField(max_length=300, blank=True)
    purpose_zh = models.CharField(max_length=200)
    purpose_en = models.CharField(max_length=300, blank=True)
    owner_zh = models.CharField(max_length=40)
    owner_en = models.CharField(max_length=60, blank=True)
    sensitive = models.BooleanField()
    months = models.PositiveSmallIntegerField(help_text="then it has to be confirmed again, or is gone")
    retired_at = models.DateTimeField(null=True)
    merged_into = models.CharField(max_length=40, blank=True)

    objects = TagQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(months__gte=1, months__lte=24), name="tag_ends"),
            models.CheckConstraint(condition=~Q(purpose_zh="") & ~Q(owner_zh="") & ~Q(definition_zh=""), name="tag_has_a_purpose"),
        ]


class TaggingQuerySet(models.QuerySet["Tagging"]):
    """Reads of labels on people."""

    def within(self, ranges: Ranges) -> TaggingQuerySet:
        """Those on residents whose group number lies in these half-open ranges."""
        return self.filter(number_within(ranges))


class Tagging(models.Model):
    """A label on a resident; what counting needs of the resident stands beside it, kept in step by the database's own hand."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    resident = models.ForeignKey(Resident, on_delete=models.CASCADE)
    label = models.BigIntegerField()
    no = models.PositiveIntegerField()
    household = models.UUIDField()
    connected = models.BooleanField()
    away = models.BooleanField()
    since = models.DateField(db_default=Now())
    until = models.DateField()
    by = models.UUIDField(null=True)

    objects = TaggingQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["resident", "label"], name="label_once")]
        indexes = [
            models.Index(fields=["label", "no"], include=["resident", "household", "connected", "away"], name="tagging_by_label"),
            models.Index(fields=["until"], name="tagging_by_end"),
        ]


class Count(models.Model):
    """How many of a group carry a label, kept in step by the database; ``households_only`` are those of which everybody does."""

    pk = models.CompositePrimaryKey("label", "no")
    label = models.BigIntegerField()
    no = models.PositiveIntegerField()
    people = models.PositiveIntegerField()
    connected = models.PositiveIntegerField()
    away = models.PositiveIntegerField()
    households = models.PositiveIntegerField()
    households_only = models.PositiveIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["no"], name="tag_count_by_number"),
            models.Index(  # a count of half the county reads no row
                fields=["label", "no"], include=("people", "connected", "away", "households", "households_only"), name="tag_count_whole",
            ),
        ]  # fmt: skip
