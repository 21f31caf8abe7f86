import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A report's pages were found by the key alone: PostgreSQL walked all the lines that were written before them."""

    dependencies = [
        ("labeling", "0030_counts_without_what_is_withdrawn"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="importproblem",
            index=models.Index(fields=["source_import", "id"], name="problem_in_order"),
        ),
        migrations.AlterField(
            model_name="importproblem",
            name="source_import",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="problems", to="labeling.import"
            ),
        ),
    ]
