"""An import of a spreadsheet: its sealed parts, and each row as it would stand in the register."""

from __future__ import annotations

import uuid

from django.contrib.gis.db import models
from django.db.models.functions import Now

from gridmap.people.models import Presence


class Kind(models.TextChoices):
    """What a spreadsheet holds."""

    REGISTER = "register"
    WECOM = "wecom"


class State(models.TextChoices):
    """How far an import has come; the three in -ing are the reader process's to do."""

    UPLOADING = "uploading"
    READING = "reading"
    STAGED = "staged"
    REFUSED = "refused"
    COMMITTING = "committing"
    COMMITTED = "committed"
    UNDOING = "undoing"
    UNDONE = "undone"


WORK = (State.READING, State.COMMITTING, State.UNDOING)


class ImportQuerySet(models.QuerySet["Import"]):
    """Reads of imports."""

    def to_do(self) -> ImportQuerySet:
        """Those at which a reader process has to work, the oldest first."""
        return self.filter(state__in=WORK).order_by("at")


class Import(models.Model):
    """One spreadsheet of one person; only they see it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.UUIDField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name_sealed = models.BinaryField(help_text="the file's; people put names and numbers there too")
    under = models.CharField(max_length=15, blank=True, help_text="division code of the grid in which all rows lie")
    size = models.PositiveIntegerField(help_text="bytes that are to come")
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADING)
    columns = models.JSONField(default=list, help_text="the field of each column as the person chose; empty: as matched")
    headings = models.JSONField(default=list, help_text="the file's headings, sealed, with what was made of each")
    total = models.PositiveIntegerField(default=0, help_text="rows in the file, as far as is known")
    done = models.PositiveIntegerField(default=0, help_text="rows read")
    counts = models.JSONField(default=dict, help_text="rows by state")
    fault = models.JSONField(null=True, help_text="why the whole file was refused")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="how often a reader began; one that kills its reader is refused")
    doubtful = models.BooleanField(default=False, help_text="commit the doubtful rows too")
    at = models.DateTimeField(db_default=Now())
    committed_at = models.DateTimeField(null=True)

    objects = ImportQuerySet.as_manager()


class Part(models.Model):
    """A piece of an uploaded file, sealed; gone once the import is decided on."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE)
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "number"], name="part_once")]


class RowState(models.TextChoices):
    """What a row is."""

    NEW = "new"
    UPDATE = "update"
    DOUBTFUL = "doubtful"
    BAD = "bad"


class Row(models.Model):
    """A row, read and matched: sealed already for the place in the register where it will stand, so a commit only copies."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE)
    line = models.PositiveIntegerField(help_text="in the file, headings are line 1")
    state = models.CharField(max_length=8, choices=RowState.choices)
    field = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=24, blank=True)
    said_sealed = models.BinaryField(null=True, help_text="the cell that is wrong")
    resident = models.UUIDField(null=True)
    household = models.UUIDField(null=True)
    new_household = models.BooleanField(default=False)
    group = models.UUIDField(null=True)
    no = models.PositiveIntegerField(null=True)
    place = models.PointField(srid=4326, null=True, spatial_index=False)
    name_sealed = models.BinaryField(null=True)
    name_index = models.BinaryField(null=True)
    phone_sealed = models.BinaryField(null=True)
    phone_index = models.BinaryField(null=True)
    id_sealed = models.BinaryField(null=True)
    birth_year = models.PositiveSmallIntegerField(null=True)
    presence = models.CharField(max_length=8, choices=Presence.choices, blank=True)
    presence_before = models.DateField(null=True, help_text="of a committed row: since when the register had it so before")
    address_sealed = models.BinaryField(null=True)
    address_index = models.BinaryField(null=True)
    number_sealed = models.BinaryField(null=True)
    number_index = models.BinaryField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "line"], name="row_once")]
        indexes = [models.Index(fields=["of", "state", "line"], name="row_by_state")]


class Heading(models.Model):
    """A heading that somebody matched by hand: the next file knows it."""

    normal = models.CharField(max_length=60, primary_key=True)
    field = models.CharField(max_length=20)
