import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0023_waveforms_from_services"),
    ]

    operations = [
        migrations.AddField(
            model_name="reviewlease",
            name="page",
            field=models.UUIDField(default=uuid.uuid4),  # leases that are held just then: of no page, and over in three minutes
            preserve_default=False,
        ),
    ]
