"""Two more topics: exact figures and those in tens, of what sensitive tags narrow."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("realtime", "0002_history")]
    operations = [
        migrations.AlterField(
            model_name="event", name="topics",
            field=ArrayField(models.CharField(max_length=20), help_text="who may hear it: staff, desk, exact, tens, edge", size=None),
        ),
        # Before each figure in tens the last one is looked up, and there are few of them.
        migrations.RunSQL(
            "CREATE INDEX realtime_event_tens ON realtime_event ((data ->> 'id'), seq) WHERE topics = '{tens}'::varchar(20)[]",
            "DROP INDEX realtime_event_tens",
        ),
    ]  # fmt: skip
