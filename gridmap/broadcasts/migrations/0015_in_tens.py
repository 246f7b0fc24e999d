"""Which broadcasts are narrowed by sensitive tags; of those before, every one with tags is taken for one."""

from django.db import migrations, models

MARK = "UPDATE broadcasts_broadcast SET in_tens = true WHERE jsonb_typeof(selection -> 'tags') = 'object'"


class Migration(migrations.Migration):
    dependencies = [("broadcasts", "0014_ordered")]
    operations = [
        migrations.AddField(
            model_name="broadcast", name="in_tens",
            field=models.BooleanField(default=False, help_text="narrowed by sensitive tags: who may not count by them gets no exact figure, nor any by group"),
        ),
        migrations.RunSQL(MARK, migrations.RunSQL.noop, elidable=True),
    ]  # fmt: skip
