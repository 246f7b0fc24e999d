"""Who was told by SMS that they are outside, and comes back into the area, gets another."""

from django.db import migrations, models

ONCE = models.UniqueConstraint(fields=("broadcast_id", "resident_id", "channel", "outside"), name="dispatch_once")
# Who was told so already is not told again.
TOLD = """
UPDATE dispatches_dispatch s SET outside = true FROM broadcasts_delivery d
WHERE d.broadcast_id = s.broadcast_id AND d.resident_id = s.resident_id AND d.beyond
"""
HELP = "says that the area does not reach them any more; who comes back into it gets another"


class Migration(migrations.Migration):
    dependencies = [("dispatches", "0004_urgency"), ("broadcasts", "0016_beyond")]
    operations = [
        migrations.RemoveConstraint(model_name="dispatch", name="dispatch_once"),
        migrations.AddField(model_name="dispatch", name="outside", field=models.BooleanField(db_default=False, help_text=HELP)),
        migrations.RunSQL(TOLD, migrations.RunSQL.noop, elidable=True),
        migrations.AddConstraint(model_name="dispatch", constraint=ONCE),
    ]
