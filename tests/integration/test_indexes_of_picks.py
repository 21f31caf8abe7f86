"""What is left out of indexes, because most imported rows have none of it, is still found by index where they have."""

from __future__ import annotations

import pytest
from django.db import connection

from labeling.models import ImportProblem, Pick, PickRevision

# What SQLite calls the index of that constraint.
UNIQUE = "one_revision_per_number" if connection.vendor == "postgresql" else "sqlite_autoindex_labeling_pickrevision"

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (Pick.objects.filter(trace=1), "pick_trace"),
        (Pick.objects.filter(trace__in=[1, 2]), "pick_trace"),
        (PickRevision.objects.filter(decision=1), "revision_decision"),
        (PickRevision.objects.filter(decision__in=[1, 2]), "revision_decision"),
        (PickRevision.objects.filter(pick=1), UNIQUE),
        (PickRevision.objects.filter(pick__in=[1, 2], number=0), UNIQUE),
    ],
)
def test_rows_are_found_by_the_index(rows, index):
    plan = plan_of(rows.order_by())
    assert any(f"{how} {index}" in plan for how in ("USING INDEX", "Index Scan using", "Bitmap Index Scan on"))


def test_the_lines_of_a_report_are_found_in_their_order():
    plan = plan_of(ImportProblem.objects.filter(source_import=1, pk__gt=7).order_by("id")[:50])
    assert ("problem_in_order" in plan, "TEMP B-TREE" in plan or "Sort" in plan) == (True, False), plan


def plan_of(rows):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")  # empty tables are read from end to end otherwise
    return rows.explain()
