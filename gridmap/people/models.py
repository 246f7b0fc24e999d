"""Staff, who answers for which grid, and the register of households and residents."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.gis.db import models
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db.models import Q
from django.db.models.functions import Now

from gridmap.grids.models import Grid
from gridmap.grids.placed import number_within, span_within
from gridmap.grids.ranges import Ranges


class Role(models.TextChoices):
    """What a login may do; see ACTIONS in access.py."""

    COMMANDER = "commander"
    PLANNER = "planner"
    TOWNSHIP_HEAD = "township_head"
    OFFICER = "officer"
    AUXILIARY = "auxiliary"
    AUDITOR = "auditor"
    WALL = "wall"
    RESIDENT = "resident"


class User(AbstractBaseUser):
    """A login of staff, or of one wall screen. Residents have none: their phone is an endpoint (see edge)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    username = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=60)
    role = models.CharField(max_length=20, choices=Role.choices)
    is_active = models.BooleanField(default=True)
    first_password = models.BooleanField(default=False, help_text="the password was given by somebody else, and has to be changed")
    totp_sealed = models.BinaryField(null=True, help_text="the secret of the second factor")
    totp_step = models.BigIntegerField(default=0, help_text="the last half minute whose code was taken: no code twice")

    objects = BaseUserManager["User"]()
    USERNAME_FIELD = "username"


class WallDevice(models.Model):
    """A revocable token that signs one wall screen in; only its hash is kept. Its sessions last as long as it stands here."""

    token_hash = models.CharField(max_length=64, primary_key=True)
    user = models.OneToOneField(User, on_delete=models.CASCADE)


class SignInFailure(models.Model):
    """One failed sign-in, kept to slow down guessing."""

    username = models.CharField(max_length=60)
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField(db_default=Now(), db_index=True)


class Posting(models.Model):
    """The grid over which a desk or wall login holds its role, over a dated period."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    grid = models.ForeignKey(Grid, on_delete=models.PROTECT)
    period = DateTimeRangeField()


class Officer(models.Model):
    """A person who answers for grids; their login, where they have one, is a User."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=60)
    station = models.CharField(max_length=80, blank=True, help_text="the police station, village committee or office they work from")
    on_duty_since = models.DateTimeField(null=True, help_text="by their own word; ends by itself after a day")
    phone_sealed = models.BinaryField(null=True, help_text="the number on which they are called up")
    user = models.OneToOneField(User, null=True, on_delete=models.SET_NULL)


class Position(models.Model):
    """Where an officer was at a moment of being on duty; nobody's whereabouts are kept off duty."""

    officer = models.ForeignKey(Officer, on_delete=models.CASCADE)
    at = models.DateTimeField(db_default=Now())
    place = models.PointField(srid=4326, spatial_index=False)
    accuracy_m = models.PositiveSmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["officer", "-at"], name="position_by_officer")]


class Duty(models.TextChoices):
    """How an officer answers for a grid."""

    PRIMARY = "primary"
    DEPUTY = "deputy"


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Reads of assignments."""

    def within(self, ranges: Ranges) -> AssignmentQuerySet:
        """Those of grids that lie whole in these half-open ranges."""
        return self.filter(span_within(ranges, "grid__group_start", "grid__group_end"))

    def meeting(self, ranges: Ranges) -> AssignmentQuerySet:
        """Those of grids that share a group with these half-open ranges."""
        met = Q(pk__in=[])
        for start, end in ranges:
            met |= Q(grid__group_start__lt=end, grid__group_end__gt=start)
        return self.filter(met)

    def running(self, at: datetime) -> AssignmentQuerySet:
        """Those that hold at a moment."""
        return self.filter(period__contains=at)

    def from_then_on(self, at: datetime) -> AssignmentQuerySet:
        """Those that hold at a moment or begin after it."""
        return self.filter(period__overlap=(at, None))


class Assignment(models.Model):
    """An officer answers for a grid over a dated period; one primary per grid at a time, held by the database."""

    officer = models.ForeignKey(Officer, on_delete=models.PROTECT)
    grid = models.ForeignKey(Grid, on_delete=models.PROTECT)
    duty = models.CharField(max_length=10, choices=Duty.choices)
    period = DateTimeRangeField()

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_primary_per_grid",
                expressions=[("grid", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
                condition=Q(duty="primary"),
            )
        ]


class UncoveredGroupQuerySet(models.QuerySet["UncoveredGroup"]):
    """Reads of uncovered groups."""

    def within(self, ranges: Ranges) -> UncoveredGroupQuerySet:
        """Those in these half-open ranges."""
        return self.filter(number_within(ranges))


class UncoveredGroup(models.Model):
    """A group that nobody answers for, since when; what walls and planners were last told."""

    no = models.PositiveIntegerField(primary_key=True)
    since = models.DateTimeField(db_default=Now())

    objects = UncoveredGroupQuerySet.as_manager()


class HandoverQuerySet(models.QuerySet["Handover"]):
    """Reads of handovers."""

    def within(self, ranges: Ranges) -> HandoverQuerySet:
        """Those of which every grid lies in these half-open ranges."""
        return self.filter(span_within(ranges, "start", "end"))


class Handover(models.Model):
    """All that one officer answers for goes to another at a moment; the taker signs the list."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    giver = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="given")
    taker = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="taken")
    at = models.DateTimeField()
    grids = ArrayField(models.CharField(max_length=15), help_text="division codes of the grids")
    start = models.PositiveIntegerField(help_text="first group number of them")
    end = models.PositiveIntegerField(help_text="group number after the last")
    done_at = models.DateTimeField(null=True, help_text="QR codes have changed hands too")
    signed_at = models.DateTimeField(null=True)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["at"], condition=Q(done_at=None), name="handover_due")]


class Presence(models.TextChoices):
    """Where a resident is; it sorts lists, it never narrows an evacuation."""

    HERE = "here"
    AWAY = "away"
    UNKNOWN = "unknown"


class Household(models.Model):
    """People who live together in one group, at one address."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    group = models.ForeignKey(Grid, on_delete=models.PROTECT)
    address_sealed = models.BinaryField(null=True)
    address_index = models.BinaryField(null=True)
    number_sealed = models.BinaryField(null=True, help_text="the county's own household number (户号)")
    number_index = models.BinaryField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["group"], name="household_by_group"),
            models.Index(fields=["number_index"], condition=Q(number_index__isnull=False), name="household_by_number"),
            models.Index(fields=["address_index"], condition=Q(address_index__isnull=False), name="household_by_address"),
        ]


class Source(models.TextChoices):
    """Where something in the register comes from."""

    DEMO = "demo"
    IMPORT = "import"
    OFFICER = "officer"
    RESIDENT = "resident"
    WECOM = "wecom"
    EXPIRED = "expired"  # said too long ago to be believed


class ResidentQuerySet(models.QuerySet["Resident"]):
    """Reads of residents."""

    def within(self, ranges: Sequence[tuple[int, int]]) -> ResidentQuerySet:
        """Those whose group number lies in these half-open ranges."""
        return self.filter(number_within(ranges))

    def who_may_be(self, phone_index: bytes, name_index: bytes, household: uuid.UUID | None) -> ResidentQuerySet:
        """Those with this phone or this name, or who live behind this door."""
        return self.filter(Q(phone_index=phone_index) | Q(name_index=name_index) | Q(household=household))

    def missed(self) -> ResidentQuerySet:
        """Those whom nobody reaches: not connected."""
        return self.filter(connected=False)


class Resident(models.Model):
    """A person in the register, living in a household; name and phone are sealed from the first row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    household = models.ForeignKey(Household, on_delete=models.PROTECT)
    group = models.ForeignKey(Grid, on_delete=models.PROTECT, help_text="the registered group")
    place = models.PointField(srid=4326, null=True, spatial_index=False, help_text="where known")
    no = models.PositiveIntegerField(help_text="group number of the place, or of the registered group")
    name_sealed = models.BinaryField(null=True, help_text="null once erased: a head that is still counted and knocked for")
    name_index = models.BinaryField(null=True)
    phone_sealed = models.BinaryField(null=True)
    phone_index = models.BinaryField(null=True)
    birth_year = models.PositiveSmallIntegerField(null=True)
    presence = models.CharField(max_length=8, choices=Presence.choices, default=Presence.UNKNOWN)
    presence_on = models.DateField(null=True)
    joined = models.BooleanField(default=False)
    connected = models.BooleanField(default=False)
    heard_for = models.BooleanField(db_default=False, help_text="a contact person who is connected hears on their behalf")
    on_file = models.BooleanField(db_default=False, help_text="a contact of an officer in WeCom; a to-do, never counted as connected")
    id_sealed = models.BinaryField(null=True, help_text="the identity number, only where the setting asks for it")
    source = models.CharField(max_length=10, choices=Source.choices, db_default=Source.DEMO, help_text="of every field that no Change tells of")
    source_on = models.DateField(db_default=Now(), help_text="as of when")

    objects = ResidentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["no"], include=["id", "household", "connected", "presence"], name="resident_by_number"),
            models.Index(fields=["phone_index"], name="resident_by_phone"),
            models.Index(fields=["name_index"], name="resident_by_name"),
        ]


class GroupCount(models.Model):
    """Coverage of one group, kept in step by the database (see the triggers in the migrations)."""

    no = models.PositiveIntegerField(primary_key=True)
    registered = models.PositiveIntegerField(default=0)
    away = models.PositiveIntegerField(default=0)
    joined = models.PositiveIntegerField(default=0)
    connected = models.PositiveIntegerField(default=0)
    households = models.PositiveIntegerField(default=0)
    households_connected = models.PositiveIntegerField(default=0)



class CoverageDay(models.Model):
    """The counters of all groups at the end of a day: arrays in which a group stands at its number plus one, as SQL counts."""

    day = models.DateField(primary_key=True)
    registered = ArrayField(models.PositiveIntegerField())
    away = ArrayField(models.PositiveIntegerField())
    connected = ArrayField(models.PositiveIntegerField())
    households = ArrayField(models.PositiveIntegerField())
    households_connected = ArrayField(models.PositiveIntegerField())
