"""When the officers of a message by order were asked: until now it was told by their orders, and one without any was looked at every second."""

from django.db import migrations, models
from django.db.models.functions import Now


def mark(apps, schema_editor):
    """Take those that are out for asked."""
    broadcast = apps.get_model("broadcasts", "Broadcast")
    broadcast.objects.filter(by_order=True).exclude(started_at=None).update(ordered_at=Now())


class Migration(migrations.Migration):
    dependencies = [("broadcasts", "0013_room_for_receipts")]
    operations = [
        migrations.AddField(
            model_name="broadcast", name="ordered_at",
            field=models.DateTimeField(help_text="of one by order, when its officers were asked", null=True),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop, elidable=True),
    ]  # fmt: skip
