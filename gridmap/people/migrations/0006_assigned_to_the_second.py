"""A handover has a time of day: periods of assignments and postings count in instants, no longer in days of Shanghai."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
from django.db import migrations, models

CONSTRAINT = django.contrib.postgres.constraints.ExclusionConstraint(
    condition=models.Q(("duty", "primary")), expressions=[("grid", "="), ("period", "&&")], name="one_primary_per_grid"
)
INSTANT = "timezone('Asia/Shanghai', {bound}(period)::timestamp)"


def instants(table):
    """Give the statement that turns a table's days into instants."""
    lower, upper = INSTANT.format(bound="lower"), INSTANT.format(bound="upper")
    return f"ALTER TABLE {table} ALTER COLUMN period TYPE tstzrange USING tstzrange({lower}, {upper}, '[)')"


def altered(model, table):
    """Change a column in the database by our own statement, and tell Django."""
    field = django.contrib.postgres.fields.ranges.DateTimeRangeField()
    return migrations.SeparateDatabaseAndState(
        database_operations=[migrations.RunSQL(instants(table))],
        state_operations=[migrations.AlterField(model, "period", field)],
    )


class Migration(migrations.Migration):
    dependencies = [("people", "0005_found_by_index")]
    operations = [
        migrations.RemoveConstraint("assignment", "one_primary_per_grid"),
        altered("assignment", "people_assignment"),
        altered("posting", "people_posting"),
        migrations.AddConstraint("assignment", CONSTRAINT),
    ]
