"""Endpoints: the browsers that residents joined."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


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

    class Meta:
        indexes = [
            models.Index(fields=["online_until"], condition=Q(online_until__isnull=False), name="endpoint_online"),
            models.Index(fields=["seen_at"], condition=Q(counted=True), name="endpoint_counted"),
            models.Index(fields=["seen_at"], condition=Q(counted=False), name="endpoint_uncounted"),
        ]
