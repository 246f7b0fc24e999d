"""Answers that were given once, so that a retry gets the same one."""

from django.db import models
from django.db.models.functions import Now


class Answer(models.Model):
    """The answer to one call under one Idempotency-Key."""

    caller = models.CharField(max_length=60)
    route = models.CharField(max_length=120)
    key = models.CharField(max_length=200)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "route", "key"], name="one_answer_per_key")]
