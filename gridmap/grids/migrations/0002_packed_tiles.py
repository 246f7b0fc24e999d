"""Tiles are kept as they are sent: compressed."""

import gzip

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def pack(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    for tile in apps.get_model("grids", "Tile").objects.iterator(200):
        type(tile).objects.filter(pk=tile.pk).update(data=gzip.compress(bytes(tile.data), mtime=0))


def unpack(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    for tile in apps.get_model("grids", "Tile").objects.iterator(200):
        type(tile).objects.filter(pk=tile.pk).update(data=gzip.decompress(bytes(tile.data)))


class Migration(migrations.Migration):
    dependencies = [("grids", "0001_initial")]
    operations = [migrations.RunPython(pack, unpack)]
