"""Whether the area reaches somebody, apart from whether they are counted: who needs help outside is counted, and still outside."""

from django.db import migrations, models

OUTSIDE = "got an earlier version and is not in this one's area: told, not counted, unless they need help"


class Migration(migrations.Migration):
    dependencies = [("broadcasts", "0015_in_tens")]
    operations = [
        migrations.AddField(
            model_name="delivery", name="beyond",
            field=models.BooleanField(db_default=False, help_text="the area does not reach them, whether they are counted or not: what their phone says"),
        ),
        migrations.AlterField(model_name="delivery", name="outside", field=models.BooleanField(db_default=False, help_text=OUTSIDE)),
        migrations.RunSQL("UPDATE broadcasts_delivery SET beyond = true WHERE outside", migrations.RunSQL.noop, elidable=True),
    ]  # fmt: skip
