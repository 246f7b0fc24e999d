"""An officer may have two orders of one message: of grids taken over while it waits there is a second."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [migrations.RemoveConstraint(model_name="order", name="ordered_once")]
