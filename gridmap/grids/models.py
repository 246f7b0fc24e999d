"""Grids: one row per area and period of validity, and what is made from them at publish."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.db.models import Q
from django.db.models.functions import Now

from geodata.codes import Level
from gridmap.grids.placed import span_within


class GridVersion(models.Model):
    """One published state of all grids; tiles and numbers never change within it."""

    number = models.PositiveIntegerField(primary_key=True)
    published_at = models.DateTimeField(db_default=Now())
    synthetic = models.BooleanField(help_text="borders below the county are made up")
    west = models.FloatField()
    south = models.FloatField()
    east = models.FloatField()
    north = models.FloatField()


class GridQuerySet(models.QuerySet["Grid"]):
    """Reads of grids."""

    def current(self) -> GridQuerySet:
        """The grids in force now."""
        return self.filter(version_to=None)

    def under(self, codes: Sequence[str]) -> GridQuerySet:
        """The grids named by these codes and everything below them."""
        return self.filter(path__overlap=list(codes))

    def county(self) -> Grid:
        """The one at the root."""
        return self.get(level=Level.COUNTY)

    def groups(self) -> GridQuerySet:
        """The villagers' groups only."""
        return self.filter(level=Level.GROUP)

    def within(self, ranges: Sequence[tuple[int, int]]) -> GridQuerySet:
        """The grids that lie whole in these group numbers."""
        return self.filter(span_within(ranges, "group_start", "group_end"))


class Grid(models.Model):
    """An area of responsibility with a level: county, township, village, group."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    version_from = models.PositiveIntegerField()
    version_to = models.PositiveIntegerField(null=True, help_text="the first version without it; null: in force")
    code = models.CharField(max_length=15, help_text="data, unique per version, never the key of a person")
    name = models.CharField(max_length=60)
    level = models.PositiveSmallIntegerField(choices=[(level.value, level.label) for level in Level])
    path = ArrayField(models.CharField(max_length=15), help_text="codes from the county down to this one")
    no = models.PositiveIntegerField(help_text="pre-order number within its level, with spare numbers between")
    group_start = models.PositiveIntegerField(help_text="first group number in it")
    group_end = models.PositiveIntegerField(help_text="one after the last, spare numbers included")
    geometry = models.MultiPolygonField(srid=4326)
    synthetic = models.BooleanField()

    objects = GridQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(version_to=None), name="one_grid_per_code"),
            models.UniqueConstraint(fields=["level", "no"], condition=Q(version_to=None), name="one_grid_per_number"),
            models.CheckConstraint(condition=Q(group_start__lt=models.F("group_end")), name="grid_range_not_empty"),
        ]

    @property
    def parent_code(self) -> str | None:
        """The code one level up."""
        return self.path[-2] if len(self.path) > 1 else None


class GridShape(models.Model):
    """A grid's shape thinned for one band of zooms, in EPSG:3857, its shared borders kept shared; and what placing it in tiles asks."""

    pk = models.CompositePrimaryKey("grid_id", "band")
    grid = models.ForeignKey(Grid, on_delete=models.CASCADE)
    band = models.PositiveSmallIntegerField()
    geometry = models.GeometryField(srid=3857, spatial_index=False)
    x0, x1, y0, y1 = (models.IntegerField() for _ in range(4))  # first and last column and row of zoom 14 that it meets
    steady_from = models.PositiveSmallIntegerField(help_text="from this zoom on its corners, rounded to a tile's units, make a valid polygon")


class Tile(models.Model):
    """One vector tile of one version, rendered at publish and never again; compressed, as it is sent."""

    pk = models.CompositePrimaryKey("version", "z", "x", "y")
    version = models.PositiveIntegerField()
    z = models.PositiveSmallIntegerField()
    x = models.PositiveIntegerField()
    y = models.PositiveIntegerField()
    data = models.BinaryField()
