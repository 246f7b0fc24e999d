"""Endpoints: the browsers that residents joined; and how a browser asks to become one."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from uuid import UUID

from django.contrib.gis.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from gridmap.grids.placed import number_within, span_within
from gridmap.grids.ranges import Ranges


class Endpoint(models.Model):
    """One browser of one resident; only its token's hash is kept, and the resident is an opaque id."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    token_hash = models.CharField(max_length=64, unique=True)
    resident_id = models.UUIDField(db_index=True)
    no = models.PositiveIntegerField(help_text="number of the resident's group")
    joined_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now(), help_text="the last sign of life")
    online_until = models.DateTimeField(null=True, help_text="a socket is open, as of the last beat")
    counted = models.BooleanField(db_default=True, help_text="the register counts it as connected")
    revoked = models.BooleanField(db_default=False)
    paused = models.BooleanField(db_default=False, help_text="by the resident: nothing but danger notices and what is red or orange")

    class Meta:
        indexes = [
            models.Index(fields=["online_until"], condition=Q(online_until__isnull=False), name="endpoint_online"),
            models.Index(fields=["seen_at"], condition=Q(counted=True), name="endpoint_counted"),
            models.Index(fields=["seen_at"], condition=Q(counted=False), name="endpoint_uncounted"),
            models.Index(fields=["id"], condition=Q(counted=True, revoked=True), name="endpoint_left"),
        ]


class LastPlaceQuerySet(models.QuerySet["LastPlace"]):
    """Reads of shared places."""

    def shared(self, residents: Iterable[UUID]) -> LastPlaceQuerySet:
        """Those that these residents share now, the oldest first, each with its phone."""
        mine = self.filter(endpoint__resident_id__in=list(residents), endpoint__revoked=False, until__gt=timezone.now())
        return mine.filter(place__isnull=False).select_related("endpoint").only("place", "no", "at", "endpoint__resident_id").order_by("at")


class LastPlace(models.Model):
    """Where a phone said last that it is: shared by the resident for some hours, deleted after them or when they say so."""

    endpoint = models.OneToOneField(Endpoint, primary_key=True, on_delete=models.CASCADE)
    place = models.PointField(srid=4326, spatial_index=False, null=True, help_text="none while outside the county")
    no = models.PositiveIntegerField(null=True, help_text="number of the group that holds it")
    accuracy_m = models.PositiveSmallIntegerField(null=True, help_text="radius in metres, as the phone says")
    at = models.DateTimeField()
    until = models.DateTimeField(help_text="for how long the resident shares it")

    objects = LastPlaceQuerySet.as_manager()


class TrialPhone(models.Model):
    """A phone of somebody at the desk, on which a message is looked at before it goes out; nobody's in the register."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, help_text="what its endpoint calls its resident")
    owner = models.UUIDField(help_text="the user whose phone it is")
    owner_name = models.CharField(max_length=60)
    claim_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(db_default=Now())
    claimed_at = models.DateTimeField(null=True, help_text="when its QR code was scanned, which works once")


class CodeKind(models.TextChoices):
    """What a QR code stands for."""

    DOOR = "door"
    OFFICER = "officer"
    GRID = "grid"


class JoinCodeQuerySet(models.QuerySet["JoinCode"]):
    """Reads of QR codes."""

    def within(self, ranges: Ranges) -> JoinCodeQuerySet:
        """Those that stand for a grid whole inside these half-open ranges."""
        return self.filter(span_within(ranges, "start", "end"))


class JoinCode(models.Model):
    """A QR code that an officer shows or hangs up; its token is derived from the id, so a poster can be printed again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=8, choices=CodeKind.choices)
    grid = models.CharField(max_length=15, help_text="division code of the grid it stands for")
    start = models.PositiveIntegerField(help_text="first group number of that grid")
    end = models.PositiveIntegerField(help_text="group number after the last")
    household = models.UUIDField(null=True, help_text="of a door's code")
    officer = models.UUIDField(null=True, help_text="of an officer's code; changes hands at a handover")
    officer_name = models.CharField(max_length=60, blank=True, help_text="who shows it, told to the resident")
    made_by = models.UUIDField(help_text="the user")
    made_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True)
    revoked = models.BooleanField(db_default=False)

    objects = JoinCodeQuerySet.as_manager()


class JoinState(models.TextChoices):
    """How far a request to join has come."""

    WAITING = "waiting"
    CONNECTED = "connected"
    REFUSED = "refused"


class JoinQuerySet(models.QuerySet["Join"]):
    """Reads of requests to join."""

    def within(self, ranges: Ranges) -> JoinQuerySet:
        """Those whose code stands for a grid that meets these half-open ranges."""
        met = Q(pk__in=[])
        for start, end in ranges:
            met |= Q(code__start__lt=end, code__end__gt=start)
        return self.filter(met)

    def waiting(self) -> JoinQuerySet:
        """Those that nobody has decided on."""
        return self.filter(state=JoinState.WAITING)


class Join(models.Model):
    """A browser that asks to become a resident's endpoint; name and phone are sealed, and matched by the register's side."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    code = models.ForeignKey(JoinCode, on_delete=models.PROTECT)
    token_hash = models.CharField(max_length=64, unique=True)
    name_sealed = models.BinaryField()
    name_index = models.BinaryField()
    phone_sealed = models.BinaryField()
    phone_index = models.BinaryField()
    address = models.GenericIPAddressField(null=True)
    state = models.CharField(max_length=10, choices=JoinState.choices, default=JoinState.WAITING)
    at = models.DateTimeField(db_default=Now())

    objects = JoinQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["at"], condition=Q(state="waiting"), name="join_waiting"),
            models.Index(fields=["address", "at"], name="join_by_address"),
        ]


class Hearing(models.Model):
    """A resident who hears for another, without a phone: as the register tells it, and the hearer's own word.

    Both are opaque ids here; ``shown_as`` is a masked name, the one thing that tells the hearer for whom.
    """

    id = models.UUIDField(primary_key=True, help_text="of the contact in the register")
    resident_id = models.UUIDField(db_index=True, help_text="who hears")
    heard_for = models.UUIDField(db_index=True)
    shown_as = models.CharField(max_length=20)
    active = models.BooleanField(help_text="both have agreed, as the register has it")
    agreed = models.BooleanField(null=True, help_text="the hearer's word on their own phone; null while only the officer was told")
    counted = models.BooleanField(db_default=True, help_text="the register knows the hearer's word")

    class Meta:
        indexes = [models.Index(fields=["id"], condition=Q(counted=False), name="hearing_to_tell")]


class Wish(models.TextChoices):
    """What a resident wants of what is kept about them; their presence is theirs to say."""

    READ = "read"
    CORRECT = "correct"
    ERASE = "erase"
    PRESENCE = "presence"


class RecordState(models.TextChoices):
    """How far a wish has come: a correction waits for the officer, the others only for the register's side."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


class RecordQuerySet(models.QuerySet["RecordRequest"]):
    """Reads of wishes."""

    def within(self, ranges: Ranges) -> RecordQuerySet:
        """Those of residents whose group number lies in these half-open ranges."""
        return self.filter(number_within(ranges))

    def waiting(self) -> RecordQuerySet:
        """Those without an answer, the oldest first."""
        return self.filter(state=RecordState.WAITING).order_by("at")


class RecordRequest(models.Model):
    """A resident asks for their record, has a field corrected, or everything erased; answered from the register's side.

    The phones' side cannot read the register: it leaves the wish here and finds the answer here, sealed, for an hour.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    resident_id = models.UUIDField(db_index=True, help_text="who asks")
    about = models.UUIDField(help_text="themselves, or a child under 14 of their household")
    no = models.PositiveIntegerField(help_text="group number, for the officer's list")
    wish = models.CharField(max_length=8, choices=Wish.choices)
    field = models.CharField(max_length=12, blank=True, help_text="of a correction; of presence, whether the household is meant")
    value_sealed = models.BinaryField(null=True)
    checked = models.BooleanField(db_default=False, help_text="of a correction: the register has seen that they may ask; only then officers see it")
    state = models.CharField(max_length=8, choices=RecordState.choices, default=RecordState.WAITING)
    refused_why = models.CharField(max_length=8, blank=True, db_default="", help_text="of a correction that an officer refused")
    answer_sealed = models.BinaryField(null=True)
    at = models.DateTimeField(db_default=Now())
    answered_at = models.DateTimeField(null=True)

    objects = RecordQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["at"], condition=Q(state="waiting"), name="record_waiting")]
