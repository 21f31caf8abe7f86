from django.db import migrations, models


def queue_running_imports(apps, schema_editor):
    """No worker runs during an upgrade: whatever says so was left by a dead one, and is done again."""
    apps.get_model("labeling", "Import").objects.filter(state="running").update(state="queued", lease=None, sent_at=None)


class Migration(migrations.Migration):
    dependencies = [("labeling", "0002_alignment")]

    operations = [
        migrations.RunPython(queue_running_imports, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="import",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "running")), fields=("workspace",), name="one_import_of_a_workspace_runs"
            ),
        ),
    ]
