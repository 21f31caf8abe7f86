"""Counts of the queue were not read once a catalog was withdrawn; now they are, so that those made with its flags go, and are made anew."""

from django.db import migrations


def forget(apps, schema_editor):
    counts = apps.get_model("labeling", "QueueCount").objects.using(schema_editor.connection.alias)
    counts.filter(flag_set__workspace__catalogs__withdrawn_at__isnull=False).delete()


class Migration(migrations.Migration):
    dependencies = [("labeling", "0029_arrivals_that_were_added")]

    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
