"""What is grave goes first, also when a hundred thousand milder messages wait."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dispatches", "0003_on_behalf")]
    operations = [
        migrations.RemoveIndex(model_name="dispatch", name="dispatch_due"),
        migrations.AddField(
            model_name="dispatch", name="urgency",
            field=models.PositiveSmallIntegerField(db_default=5, help_text="of the broadcast's level: 1 red to 5 none"),
        ),
        migrations.AddIndex(
            model_name="dispatch",
            index=models.Index(fields=["urgency", "next_at"], condition=models.Q(state="waiting"), name="dispatch_due"),
        ),
    ]  # fmt: skip
