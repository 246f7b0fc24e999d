"""Who was told by SMS that they are outside, and comes back into the area, gets another."""

from django.db import migrations, models

ONCE = models.UniqueConstraint(fields=("broadcast_id", "resident_id", "channel", "outside"), name="dispatch_once")
HELP = "says that the area does not reach them any more; who comes back into it gets another"


class Migration(migrations.Migration):
    dependencies = [("dispatches", "0004_urgency")]
    operations = [
        migrations.RemoveConstraint(model_name="dispatch", name="dispatch_once"),
        migrations.AddField(model_name="dispatch", name="outside", field=models.BooleanField(db_default=False, help_text=HELP)),
        migrations.AddConstraint(model_name="dispatch", constraint=ONCE),
    ]
