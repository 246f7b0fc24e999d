"""The number on which an officer is called up who does not answer on the tablet; sealed, as every number is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0014_position")]
    operations = [
        migrations.AddField(
            model_name="officer", name="phone_sealed",
            field=models.BinaryField(null=True, help_text="the number on which they are called up"),
        ),
    ]  # fmt: skip
