from django.db import migrations, models


def leave_scheduled_ones_to_an_admin(apps, schema_editor):
    apps.get_model("training", "Run").objects.filter(trigger="schedule").update(review_when_done=False)


class Migration(migrations.Migration):

    dependencies = [
        ("training", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="review_when_done",
            field=models.BooleanField(default=True),
        ),
        migrations.RunPython(leave_scheduled_ones_to_an_admin, migrations.RunPython.noop),
    ]
