"""Apart from the filling before: PostgreSQL makes no index on a table whose triggers still wait."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0004_name_index")]
    operations = [
        migrations.AddIndex("resident", models.Index(fields=["phone_index"], name="resident_by_phone")),
        migrations.AddIndex("resident", models.Index(fields=["name_index"], name="resident_by_name")),
    ]
