"""The event log, and the beats by which a silent process is noticed."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

QUIET = timedelta(seconds=10)
FAILING = "failing:"
LONG_JOB = timedelta(seconds=60)  # counting 1.3 million people anew takes its time


class Event(models.Model):
    """One fact on the wire; written only by log.publish, in the transaction of the change it tells of."""

    seq = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now())
    type = models.CharField(max_length=60)
    topics = ArrayField(models.CharField(max_length=20), help_text="who may hear it: staff, desk, exact, tens, edge")
    ranges = ArrayField(models.IntegerField(), help_text="group numbers it is about: from, to, from, to, … half open")
    data = models.JSONField()


class History(models.Model):
    """Which history the log's numbers belong to: one row, written only by `realtime_follow_history` (migration 0002)."""

    born = models.CharField(max_length=80, primary_key=True)


def beat(name: str) -> None:
    """Give a sign of life, by the database's clock."""
    Beat.objects.update_or_create(name=name, defaults={"at": Now()})


def note_failing(job: str) -> None:
    """Note that a job of the clock fails, since now; where that is noted already, since then."""
    Beat.objects.get_or_create(name=f"{FAILING}{job}")


def note_working(job: str | None = None) -> None:
    """Take back that a job of the clock fails; without one, that any does."""
    noted = Beat.objects.filter(name__startswith=FAILING) if job is None else Beat.objects.filter(name=f"{FAILING}{job}")
    noted.delete()


class BeatQuerySet(models.QuerySet["Beat"]):
    """Reads of beats."""

    def alive(self, name: str, within: timedelta = QUIET) -> bool:
        """Say whether a sign of life came within the last ten seconds, by the database's clock."""
        return self.filter(name=name, at__gt=Now() - within).exists()

    def clock_runs(self) -> bool:
        """Say whether both halves of the clock gave theirs: what sends, and what finds late entrants, ends and escalates."""
        return self.alive("clock") and self.alive("jobs", LONG_JOB)

    def sms_runs(self) -> bool:
        """Say whether what writes SMS gave one, where there is a gateway to write to."""
        return not settings.SMS_URL or self.alive("dispatches", LONG_JOB)

    def failing(self) -> list[str]:
        """Name the jobs of the clock that have not succeeded for ten seconds since they failed: what fails once is tried again."""
        noted = self.filter(name__startswith=FAILING, at__lt=Now() - QUIET).order_by("name").values_list("name", flat=True)
        return [name.removeprefix(FAILING) for name in noted]


class Beat(models.Model):
    """The last sign of life of a named process or thread, such as ``clock``; or since when a job fails, as ``failing:`` and its name."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField(db_default=Now())

    objects = BeatQuerySet.as_manager()
