"""What is grave goes first, also when a hundred thousand milder messages wait."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dispatches", "0003_on_behalf"), ("broadcasts", "0013_room_for_receipts")]
    operations = [
        migrations.RemoveIndex(model_name="dispatch", name="dispatch_due"),
        migrations.AddField(
            model_name="dispatch", name="urgency",
            field=models.PositiveSmallIntegerField(db_default=5, help_text="of the broadcast's level: 1 red to 5 none"),
        ),
        migrations.RunSQL(
            "UPDATE dispatches_dispatch d SET urgency = array_position(ARRAY['red', 'orange', 'yellow', 'blue', 'none'], b.level::text)"
            " FROM broadcasts_broadcast b WHERE b.id = d.broadcast_id AND d.state = 'waiting'",
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name="dispatch",
            index=models.Index(fields=["urgency", "next_at"], condition=models.Q(state="waiting"), name="dispatch_due"),
        ),
    ]  # fmt: skip
