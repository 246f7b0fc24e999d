"""A name is found by its blind index too; both indexes are keyed by column, so the phones' are made anew."""

from django.db import migrations, models
from psycopg2.extras import execute_values

from gridmap.sealing import blind, unseal


def index_all(apps, schema_editor):
    """Open every name and phone once, in batches, and write their indexes."""
    resident = apps.get_model("people", "Resident")
    rows = resident.objects.values_list("id", "name_sealed", "phone_sealed").iterator(chunk_size=5000)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE found (id uuid PRIMARY KEY, name bytea, phone bytea) ON COMMIT DROP")
        while batch := [row for row, _ in zip(rows, range(5000), strict=False)]:
            execute_values(cursor.cursor, "INSERT INTO found VALUES %s", [_indexes(*row) for row in batch])
        cursor.execute("UPDATE people_resident r SET name_index = f.name, phone_index = f.phone FROM found f WHERE f.id = r.id")


def _indexes(id, name, phone):
    known = phone and blind(unseal(phone, f"people_resident.phone.{id}"), "phone")
    return str(id), blind(unseal(name, f"people_resident.name.{id}"), "name"), known


class Migration(migrations.Migration):
    dependencies = [("people", "0003_place_without_index")]
    operations = [
        migrations.AddField("resident", "name_index", models.BinaryField(null=True)),
        migrations.RunPython(index_all, migrations.RunPython.noop),
    ]
