"""Call-ups (叫应): an evacuation calls every officer whose groups it touches, and each has to answer."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from gridmap.grids.placed import meeting
from gridmap.people.models import Officer


class Stage(models.IntegerChoices):
    """Whose it is to reach an officer: their own tablet's, the head of their township's, the commander's."""

    OFFICER = 0
    HEAD = 1
    COMMANDER = 2


class CallupQuerySet(models.QuerySet["Callup"]):
    """Reads of call-ups."""

    def within(self, ranges: Sequence[tuple[int, int]]) -> CallupQuerySet:
        """Those about any of these group numbers."""
        return self.filter(meeting(ranges))


class Callup(models.Model):
    """One officer called for one chain of an evacuation, or those above because no officer answers there."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    chain = models.UUIDField()
    officer = models.ForeignKey(Officer, null=True, on_delete=models.CASCADE, help_text="none: nobody answers for these groups")
    starts = ArrayField(models.IntegerField(), help_text="the officer's groups in the area, as half-open ranges")
    ends = ArrayField(models.IntegerField())
    stage = models.PositiveSmallIntegerField(choices=Stage.choices, default=Stage.OFFICER)
    called_at = models.DateTimeField(db_default=Now())
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=60, blank=True, help_text="the name of whoever reached them, or their own")
    by_phone = models.BooleanField(default=False, help_text="somebody else reached them")

    objects = CallupQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "officer"], nulls_distinct=False, name="called_once")]
        indexes = [models.Index(fields=["called_at"], condition=models.Q(answered_at=None), name="callup_open")]

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """Its groups as half-open ranges."""
        return list(zip(self.starts, self.ends, strict=True))
