"""Orders (管理员下达指令，民辅警一键确认): a routine message goes to an officer's groups when that officer confirms it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from gridmap.broadcasts.models import LIVE, Broadcast
from gridmap.grids.placed import meeting
from gridmap.people.models import Officer


class State(models.TextChoices):
    """What became of an order."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    DECLINED = "declined"


class Stage(models.IntegerChoices):
    """Who may answer it by now, beside those who lead: the officer, the deputies too, or only those who lead are left to."""

    OFFICER = 0
    DEPUTY = 1
    HEAD = 2


class OrderQuerySet(models.QuerySet["Order"]):
    """Reads of orders."""

    def within(self, ranges: Sequence[tuple[int, int]]) -> OrderQuerySet:
        """Those about any of these group numbers."""
        return self.filter(meeting(ranges))

    def running(self) -> OrderQuerySet:
        """Those of messages that are out and not over."""
        return self.filter(broadcast__state__in=LIVE, broadcast__expires__gt=Now())

    def to_send(self) -> OrderQuerySet:
        """Those confirmed whose groups have nothing yet, the first confirmed first."""
        return self.running().filter(state=State.CONFIRMED, sent_at=None).order_by("answered_at")


class Order(models.Model):
    """One officer's groups of one routine message."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    broadcast = models.ForeignKey(Broadcast, on_delete=models.PROTECT, related_name="orders")
    officer = models.ForeignKey(Officer, null=True, on_delete=models.PROTECT, help_text="none: nobody answers for these groups")
    deputies = ArrayField(models.UUIDField(), default=list, help_text="sign-ins of whoever stands in for the officer there")
    starts = ArrayField(models.IntegerField(), help_text="the officer's groups in the area, as half-open ranges")
    ends = ArrayField(models.IntegerField())
    residents = models.PositiveIntegerField(help_text="how many people that was when it was given")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    stage = models.PositiveSmallIntegerField(choices=Stage.choices, default=Stage.OFFICER)
    given_at = models.DateTimeField(db_default=Now())
    reminded_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=200, blank=True, help_text="why it was declined")
    sent_at = models.DateTimeField(null=True, help_text="the groups have their deliveries")

    objects = OrderQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["answered_at"], condition=models.Q(state="confirmed", sent_at=None), name="order_due"),
            models.Index(fields=["given_at"], condition=models.Q(state="waiting"), name="order_open"),
        ]

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """Its groups as half-open ranges."""
        return list(zip(self.starts, self.ends, strict=True))

    @property
    def groups(self) -> list[int]:
        """Its groups by number, rising."""
        return [no for start, end in self.ranges for no in range(start, end)]
