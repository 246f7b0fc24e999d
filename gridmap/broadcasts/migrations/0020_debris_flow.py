"""Templates for a debris flow, on a slope and on a road; those there by name already stay as they are."""

from importlib import import_module

from django.db import migrations

ship = import_module("gridmap.broadcasts.migrations.0017_more_shipped").ship


class Migration(migrations.Migration):
    dependencies = [("broadcasts", "0019_late_at")]
    operations = [migrations.RunPython(ship, migrations.RunPython.noop)]
