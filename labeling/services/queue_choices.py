"""What the queue's filters may be set to: the values that occur among the flags above a threshold."""

from __future__ import annotations

from django.db import connection

from labeling.models import Flag, Pick, Workspace

COLUMNS = {"network": "network_code", "station": "station_code", "analyst": "author", "month": "month"}
# From one value to the next along the index that each column heads, however many flags have it. An ORM's DISTINCT reads them all.
VALUES = """
WITH RECURSIVE found(value) AS (
  SELECT MIN({column}) FROM {flag} WHERE flag_set_id = %(flag_set)s
  UNION ALL
  SELECT (SELECT MIN({column}) FROM {flag} WHERE flag_set_id = %(flag_set)s AND {column} > found.value)
  FROM found WHERE found.value IS NOT NULL
)
SELECT value FROM found WHERE value <> '' AND ({occurs})
"""
# A look at one row. An EXISTS PostgreSQL may turn into a list of all that there are.
OCCURS = """
(
  SELECT 1 FROM {flag}
  WHERE flag_set_id = %(flag_set)s AND {column} = found.value AND state = '{state}' AND queue_place >= %(threshold)s{active} LIMIT 1
) IS NOT NULL
"""
ACTIVE = " AND EXISTS (SELECT 1 FROM {pick} WHERE id = pick_id AND NOT is_withdrawn AND state = '{scored}')"


def choices_of(workspace: Workspace, threshold: float) -> dict[str, list[str]]:
    """Networks, stations, analysts and months of the flags under review above the threshold, in whatever state, each sorted."""
    under_review = workspace.flag_sets.with_withdrawals().filter(is_current=True)
    flag_set_id, was_withdrawn_from = under_review.values_list("pk", "was_withdrawn_from").first() or (None, False)
    return {name: sorted(_values(column, flag_set_id, threshold, was_withdrawn_from)) for name, column in COLUMNS.items()}


def _values(column: str, flag_set_id: int | None, threshold: float, was_withdrawn_from: bool) -> list[str]:
    names = {"column": column, "flag": Flag._meta.db_table}
    active = ACTIVE.format(pick=Pick._meta.db_table, scored=Pick.State.SCORED.value) if was_withdrawn_from else ""
    occurs = " OR ".join(OCCURS.format(**names, state=state, active=active) for state in Flag.State.values)
    with connection.cursor() as cursor:
        cursor.execute(VALUES.format(**names, occurs=occurs), {"flag_set": flag_set_id, "threshold": threshold})
        return [value for (value,) in cursor.fetchall()]
