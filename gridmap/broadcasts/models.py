"""Broadcasts: a message to the residents of an area, in CAP words, and one delivery for each of them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import get_args

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.db.models.functions import Now

from gridmap.broadcasts.schemas import StageWord
from gridmap.grids.placed import counting, touching
from gridmap.grids.ranges import Ranges, hold
from gridmap.realtime.models import QUIET


class State(models.TextChoices):
    """How far a broadcast has come."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    COUNTDOWN = "countdown"
    SENDING = "sending"
    IN_FORCE = "in_force"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


OUT = (State.SENDING, State.IN_FORCE, State.EXPIRED, State.SUPERSEDED, State.CANCELLED)
LIVE = (State.SENDING, State.IN_FORCE)
PENDING = (State.DRAFT, State.SUBMITTED, State.APPROVED, State.COUNTDOWN)
URGENT = ("danger_notice", "road_hazard")  # kinds that say what is happening now, not what may come
AFTERWARDS = timedelta(days=2)  # after an evacuation's end, in which words about where people are still count
TOLD = (State.APPROVED, State.COUNTDOWN, *OUT)  # what staff beyond the desk may see


class MessageType(models.TextChoices):
    """CAP's msgType: what a version does to its chain."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"


class Review(models.TextChoices):
    """What another person thinks of a broadcast that one person sent alone; empty for those that two people sent."""

    WAITING = "waiting"
    FINE = "fine"
    WRONG = "wrong"


class BroadcastQuerySet(models.QuerySet["Broadcast"]):
    """Reads of broadcasts."""

    def within(self, ranges: Sequence[tuple[int, int]]) -> BroadcastQuerySet:
        """Those whose area touches these group numbers, or which somebody there needs help of: an update may have left them outside."""
        return self.filter(touching(ranges) | counting(ranges))

    def told(self) -> BroadcastQuerySet:
        """Those that were ever approved or sent, which all staff of the area may see."""
        return self.filter(state__in=TOLD).exclude(state=State.CANCELLED, approved_at=None, sends_at=None)

    def live(self) -> BroadcastQuerySet:
        """Those being sent or in force, by the database's clock."""
        return self.filter(state__in=LIVE, expires__gt=Now())

    def overdue(self) -> BroadcastQuerySet:
        """Those that had to begin more than ten seconds ago, and of which nothing went out: somebody's lock is in the way."""
        waiting = models.Q(state=State.COUNTDOWN) | models.Q(state=State.SENDING, started_at=None)  # an all-clear has no countdown
        return self.filter(waiting, sends_at__lt=Now() - QUIET)

    def standing(self) -> BroadcastQuerySet:
        """Those live that still say something: alerts and updates, no cancels."""
        return self.live().exclude(message_type=MessageType.CANCEL)

    def evacuations(self) -> BroadcastQuerySet:
        """The evacuations that stand."""
        return self.standing().filter(kind="danger_notice")

    def overtaken(self) -> BroadcastQuerySet:
        """The versions whose update is still being written: to whom it has not come, they stand."""
        updates = Broadcast.with_trials.filter(state=State.SENDING, message_type=MessageType.UPDATE)
        return self.filter(state=State.SUPERSEDED, expires__gt=Now(), chain__in=updates.values("chain"))

    def unfinished(self) -> BroadcastQuerySet:
        """The evacuations whose time ran out lately: who is missing then is missing no less, and officers go on looking."""
        lately = self.filter(kind="danger_notice", state=State.EXPIRED, ended_at__gt=Now() - AFTERWARDS)
        return lately.exclude(message_type=MessageType.CANCEL).exclude(started_at=None)

    def before(self, broadcast: Broadcast) -> BroadcastQuerySet:
        """The versions of a broadcast's chain that went out before it."""
        return self.filter(chain=broadcast.chain, version__lt=broadcast.version).exclude(started_at=None)

    def pending(self, chain: uuid.UUID) -> BroadcastQuerySet:
        """Versions of a chain that somebody is preparing."""
        return self.filter(chain=chain, state__in=PENDING)


class BroadcastManager(models.Manager.from_queryset(BroadcastQuerySet)):  # type: ignore[misc]
    """Broadcasts to residents. A trial is none: no list, count, feed, clock or screen of staff may take it for one."""

    def get_queryset(self) -> BroadcastQuerySet:
        """Give all but trials."""
        return BroadcastQuerySet(self.model, using=self._db).filter(trial=False)


class Broadcast(models.Model):
    """One version of one chain; its area, text and selection are frozen at approval."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    chain = models.UUIDField(default=uuid.uuid4)
    version = models.PositiveSmallIntegerField(default=1)
    message_type = models.CharField(max_length=10, choices=MessageType.choices, default=MessageType.ALERT)
    kind = models.CharField(max_length=20)
    level = models.CharField(max_length=10)
    category = models.CharField(max_length=10)
    headline = models.CharField(max_length=60)
    description = models.CharField(max_length=1000, blank=True)
    instruction = models.CharField(max_length=1000, blank=True)
    languages = models.JSONField(default=list, help_text="the same words in further languages, each a Translation")
    picture = models.UUIDField(null=True, help_text="of a Picture; it may go before the broadcast does")
    issuer = models.CharField(max_length=80)
    authority = models.CharField(max_length=200, blank=True)
    effective = models.DateTimeField()
    expires = models.DateTimeField()
    drill = models.BooleanField()
    trial = models.BooleanField(default=False, help_text="shown to the desk's own phones before anybody else sees it")
    by_order = models.BooleanField(default=False, help_text="goes out in an officer's groups when that officer confirms it")
    ordered_at = models.DateTimeField(null=True, help_text="of one by order, when its officers were asked")
    confirmed = ArrayField(models.IntegerField(), default=list, help_text="of one by order, where it is out: from, to, …, half open")
    selection = models.JSONField(help_text="the recipe: centre and radius, not 64 corners")
    area = models.MultiPolygonField(srid=4326, spatial_index=False)
    drawn = models.BooleanField(help_text="people in cut groups are tested by place; else whole grids by number")
    inside = ArrayField(models.IntegerField(), help_text="whole groups as ranges: from, to, …, half open")
    cut = ArrayField(models.IntegerField(), help_text="groups that the border cuts or touches")
    touched = ArrayField(models.IntegerField(), help_text="every group number of the area")
    residents = models.PositiveIntegerField()
    away = models.PositiveIntegerField()
    connected = models.PositiveIntegerField()
    households = models.PositiveIntegerField()
    in_tens = models.BooleanField(default=False, help_text="narrowed by sensitive tags: who may not count by them gets no exact figure, nor any by group")
    content_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="authored")
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="approved")
    template = models.UUIDField(null=True, help_text="the approved template from which one person sent it alone")
    review = models.CharField(max_length=8, blank=True, choices=Review.choices)
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="reviewed")
    remark = models.CharField(max_length=500, blank=True, help_text="the reviewer's")
    reviewed_at = models.DateTimeField(null=True)
    drafted_at = models.DateTimeField(db_default=Now())
    approved_at = models.DateTimeField(null=True)
    sends_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    phase = models.PositiveSmallIntegerField(default=0, help_text="of sending: 0 connected residents, 1 the rest, 2 of an update those outside")
    cursor = models.IntegerField(default=-1, help_text="of sending: the last group number written in this phase")

    objects = BroadcastManager()
    with_trials = BroadcastQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "version"], name="one_version_per_chain")]
        indexes = [
            models.Index(
                fields=["sends_at"], condition=models.Q(state__in=["countdown", "sending"]), name="broadcast_due"
            ),
            models.Index(fields=["expires"], condition=models.Q(state__in=["sending", "in_force"]), name="broadcast_live"),
        ]

    @property
    def by_place(self) -> bool:
        """Say whether it also goes to who is there now by the place that their phone shared."""
        return self.selection.get("basis") == "last_place"

    @property
    def confirmed_ranges(self) -> Ranges:
        """Give the groups of one by order in which it was confirmed and is out."""
        return tuple(zip(self.confirmed[::2], self.confirmed[1::2], strict=True))

    @property
    def out_in(self) -> list[int]:
        """Give the groups in which it is out."""
        return [no for no in self.touched if not self.by_order or hold(self.confirmed_ranges, no)]


class GeofenceQuerySet(models.QuerySet["Geofence"]):
    """Reads of geofences."""

    def within(self, ranges: Sequence[tuple[int, int]]) -> GeofenceQuerySet:
        """Those that touch these group numbers."""
        return self.filter(touching(ranges))


class Geofence(models.Model):
    """An area that was saved under a name; never changed, so that what was approved by it stays what it was."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=40)
    folder = models.CharField(max_length=40, blank=True)
    recipe = models.JSONField()
    exclude = models.JSONField(null=True, help_text="what is taken out of it, as it was meant")
    area = models.MultiPolygonField(srid=4326, spatial_index=False)
    touched = ArrayField(models.IntegerField())
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="geofences")
    made_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)

    objects = GeofenceQuerySet.as_manager()


class Picture(models.Model):
    """A picture that goes with a message, as it was drawn anew; never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    data = models.BinaryField(help_text="JPEG")
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="pictures")
    made_at = models.DateTimeField(db_default=Now())


class Template(models.Model):
    """Words that two people agreed on beforehand, with gaps such as {地点} for what only the moment knows.

    It is never changed: another wording is another template, since what was approved is what goes out.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    level = models.CharField(max_length=10)
    category = models.CharField(max_length=10)
    headline = models.CharField(max_length=60)
    description = models.CharField(max_length=1000)
    instruction = models.CharField(max_length=1000)
    issuer = models.CharField(max_length=80)
    hours = models.PositiveSmallIntegerField(help_text="for how long it holds")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="templates", help_text="none: shipped")
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="approved_templates")
    made_at = models.DateTimeField(db_default=Now())
    approved_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)


class Stage(models.IntegerChoices):
    """How far a delivery has come; it only moves up."""

    QUEUED = 0
    PUSHED = 1
    DISPLAYED = 2
    ACKNOWLEDGED = 3

    @property
    def word(self) -> StageWord:
        """The stage's name on the wire."""
        return STAGE_WORDS[self.value]


STAGE_WORDS: tuple[StageWord, ...] = get_args(StageWord)


class Delivery(models.Model):
    """One broadcast to one resident. No foreign keys, no second index: hundreds of thousands come at once (trap 17)."""

    pk = models.CompositePrimaryKey("broadcast_id", "resident_id")
    broadcast_id = models.UUIDField()
    resident_id = models.UUIDField()
    no = models.PositiveIntegerField()
    stage = models.PositiveSmallIntegerField(choices=Stage.choices, db_default=0)
    answer = models.CharField(max_length=10, null=True, help_text="the latest of moving, safe, need_help")
    tick = models.CharField(max_length=10, null=True, help_text="the latest that an officer ticked")
    accounted = models.BooleanField(db_default=False, help_text="by the latest answer or tick; seen is not safe")
    late_at = models.DateTimeField(null=True, help_text="when it was given to a late entrant")
    outside = models.BooleanField(db_default=False, help_text="got an earlier version and is not in this one's area: told, not counted, unless they need help")
    beyond = models.BooleanField(db_default=False, help_text="the area does not reach them, whether they are counted or not: what their phone says")


class DeliveryCount(models.Model):
    """How far a broadcast has come in one group; moved in the same statement as the deliveries."""

    pk = models.CompositePrimaryKey("broadcast_id", "no")
    broadcast_id = models.UUIDField()
    no = models.PositiveIntegerField()
    residents = models.PositiveIntegerField(db_default=0)
    pushed = models.PositiveIntegerField(db_default=0)
    displayed = models.PositiveIntegerField(db_default=0)
    acknowledged = models.PositiveIntegerField(db_default=0)
    moving = models.PositiveIntegerField(db_default=0)
    safe = models.PositiveIntegerField(db_default=0)
    need_help = models.PositiveIntegerField(db_default=0)
    accounted_for = models.PositiveIntegerField(db_default=0)
    visited = models.PositiveIntegerField(db_default=0)


class Receipt(models.Model):
    """The history of a delivery's stages and answers: who said what when, by the server's clock."""

    id = models.BigAutoField(primary_key=True)
    broadcast_id = models.UUIDField()
    resident_id = models.UUIDField()
    stage = models.CharField(max_length=12)
    source = models.CharField(max_length=8, help_text="resident or officer")
    officer_id = models.UUIDField(null=True)
    at = models.DateTimeField(db_default=Now())
    pressed_at = models.DateTimeField(null=True, help_text="by the device's clock; shown, never trusted")

    class Meta:
        indexes = [
            models.Index(fields=["broadcast_id", "resident_id"], name="receipt_of_delivery"),
            models.Index(fields=["broadcast_id"], condition=models.Q(stage="need_help"), name="receipt_need_help"),
        ]
