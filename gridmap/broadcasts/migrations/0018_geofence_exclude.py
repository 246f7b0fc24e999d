"""What is taken out of a saved area is saved with it: a slope without its ridge was saved as the whole slope."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("broadcasts", "0017_more_shipped")]
    operations = [
        migrations.AddField(
            model_name="geofence", name="exclude",
            field=models.JSONField(null=True, help_text="what is taken out of it, as it was meant"),
        ),
    ]  # fmt: skip
