"""What became of the register: every change of a field, who is no longer in it, and who hears for whom."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from gridmap.grids.placed import number_within
from gridmap.grids.ranges import Ranges
from gridmap.people.models import Resident, Source


class Change(models.Model):
    """One field of one resident changed; the values are kept as the column kept them, sealed ones sealed.

    A field without a Change stands as the resident's own ``source`` and ``source_on`` say.
    """

    resident = models.UUIDField(help_text="no foreign key: it outlives nobody, and is copied in bulk")
    field = models.CharField(max_length=12)
    before = models.BinaryField(null=True)
    after = models.BinaryField(null=True)
    source = models.CharField(max_length=10, choices=Source.choices)
    by = models.UUIDField(null=True, help_text="the user, where one did it")
    by_name = models.CharField(max_length=60, blank=True)
    imported = models.UUIDField(null=True, help_text="the import that it came with")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["resident", "-id"], name="change_of_resident"),
            models.Index(fields=["imported"], condition=Q(imported__isnull=False), name="change_of_import"),
        ]


class How(models.TextChoices):
    """How somebody left the register."""

    LEFT = "left"
    DIED = "died"
    MERGED = "merged"


class FormerQuerySet(models.QuerySet["Former"]):
    """Reads of former residents."""

    def within(self, ranges: Ranges) -> FormerQuerySet:
        """Those whose last group lies in these half-open ranges."""
        return self.filter(number_within(ranges))


class Former(models.Model):
    """Somebody who is no longer in the register; kept for a time, so that a mistake can be taken back.

    They are no resident: no counter, area, list or search finds them.
    """

    id = models.UUIDField(primary_key=True, help_text="the resident's")
    no = models.PositiveIntegerField()
    how = models.CharField(max_length=6, choices=How.choices)
    into = models.UUIDField(null=True, help_text="the resident with whom a double was merged")
    row = models.JSONField(help_text="the resident's row as it stood, sealed columns in hexadecimal")
    by = models.UUIDField()
    at = models.DateTimeField(db_default=Now())

    objects = FormerQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["no", "-at"], name="former_by_number"), models.Index(fields=["at"], name="former_by_time")]


class Erased(models.Model):
    """A mark of somebody who had themselves erased, so that no spreadsheet brings them back; it names nobody.

    Keyed marks of name with phone, and of name with year of birth and group, under a purpose of their own: they equal no
    index of the register.
    """

    mark = models.BinaryField(primary_key=True)
    at = models.DateTimeField(db_default=Now())


class ContactQuerySet(models.QuerySet["Contact"]):
    """Reads of contact persons."""

    def within(self, ranges: Ranges) -> ContactQuerySet:
        """Those who hear for somebody of these half-open ranges."""
        return self.filter(number_within(ranges, "resident__no"))

    def waiting(self) -> ContactQuerySet:
        """Those to whom one of the two has not said yes."""
        return self.filter(Q(resident_agreed_at=None) | Q(contact_agreed_at=None))

    def agreed(self) -> ContactQuerySet:
        """Those to whom both said yes."""
        return self.filter(resident_agreed_at__isnull=False, contact_agreed_at__isnull=False)


class Contact(models.Model):
    """A person who hears for a resident without a phone: of the household, or a neighbour; both have to agree."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    resident = models.ForeignKey(Resident, on_delete=models.CASCADE, related_name="contacts")
    contact = models.ForeignKey(Resident, on_delete=models.CASCADE, related_name="hears_for")
    relation = models.CharField(max_length=10)
    resident_agreed_at = models.DateTimeField(null=True, help_text="said so to the officer")
    contact_agreed_at = models.DateTimeField(null=True, help_text="said so to the officer, or on their own phone")
    by = models.UUIDField()
    at = models.DateTimeField(db_default=Now())

    objects = ContactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["resident", "contact"], name="contact_once"),
            models.CheckConstraint(condition=~Q(resident=models.F("contact")), name="contact_is_another"),
        ]
