"""A call-up of groups for which nobody answers: it is those above who have to send somebody."""

from django.db import migrations, models
from django.db.models import deletion


class Migration(migrations.Migration):
    dependencies = [("callups", "0001_initial")]
    operations = [
        migrations.AlterField("callup", "officer", models.ForeignKey(null=True, on_delete=deletion.CASCADE, to="people.officer", help_text="none: nobody answers for these groups")),
        migrations.RemoveConstraint("callup", "called_once"),
        migrations.AddConstraint("callup", models.UniqueConstraint(fields=["chain", "officer"], nulls_distinct=False, name="called_once")),
    ]
