"""What did not arrive may go another way: to another who hears for the resident, or to a number that was put right meanwhile."""

from django.db import migrations, models

ONCE = models.UniqueConstraint(fields=("broadcast_id", "resident_id", "channel", "outside", "turn"), name="dispatch_once")


class Migration(migrations.Migration):
    dependencies = [("dispatches", "0005_outside")]
    operations = [
        migrations.RemoveConstraint(model_name="dispatch", name="dispatch_once"),
        migrations.AddField(
            model_name="dispatch", name="turn", field=models.PositiveSmallIntegerField(db_default=0, help_text="how many before it did not arrive"),
        ),
        migrations.AddConstraint(model_name="dispatch", constraint=ONCE),
    ]  # fmt: skip
