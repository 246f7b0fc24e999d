"""When somebody came late, and not only that they did: a page open in a pocket is no answer for hours."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("broadcasts", "0018_geofence_exclude")]
    operations = [
        migrations.AddField(
            model_name="delivery", name="late_at",
            field=models.DateTimeField(null=True, help_text="when it was given to a late entrant"),
        ),
        migrations.RunSQL("UPDATE broadcasts_delivery SET late_at = now() WHERE late", migrations.RunSQL.noop, elidable=True),
        migrations.RemoveField(model_name="delivery", name="late"),
    ]  # fmt: skip
