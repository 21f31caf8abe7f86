"""The report of an import, written in batches."""

from __future__ import annotations

from collections import Counter

from django.db import connection, transaction
from django.db.models import Max, Min

from labeling.jobs.bulk_rows import insert_rows
from labeling.models import Catalog, Import, ImportProblem, Pick
from labeling.seismo.records import Problem

PROBLEMS_AT_ONCE = 2000
PICKS_AT_ONCE = 20_000


class Report:
    """Takes problems one by one. by_severity: how many there are so far."""

    def __init__(self, source_import: Import) -> None:
        self._import = source_import
        self._waiting: list[tuple[str, str, str, str]] = []
        self.by_severity: Counter[str] = Counter()

    def clear(self) -> None:
        """Takes away what an attempt that was killed had written."""
        self._import.problems.all().delete()

    def add(self, problem: Problem) -> None:
        self.by_severity[problem.severity] += 1
        self._waiting.append((problem.severity, problem.code, problem.place[:600], problem.message))
        if len(self._waiting) >= PROBLEMS_AT_ONCE:
            self.flush()

    @transaction.atomic
    def flush(self) -> None:
        columns = ("source_import_id", "severity", "code", "place", "message")
        insert_rows(ImportProblem, columns, ((self._import.pk, *cells) for cells in self._waiting))
        self._waiting = []

    def add_unscored_picks(self, catalog: Catalog) -> None:
        """A line for every pick of the catalog that can't be scored, with its reason, in the order of the files.

        They may be a million: no pick is read here, and only some go into one statement, for nobody else writes meanwhile on SQLite.
        """
        self.flush()
        pick, problem = (connection.ops.quote_name(model._meta.db_table) for model in (Pick, ImportProblem))
        statement = f"""
            INSERT INTO {problem} (source_import_id, severity, code, place, message)
            SELECT %s, 'warning', unscored_reason, source_ref, unscored_message FROM {pick}
            WHERE catalog_id = %s AND unscored_reason NOT IN ('', 'awaiting_run') AND id >= %s AND id < %s ORDER BY id
        """  # noqa: S608  names of the models
        ends = catalog.picks.aggregate(first=Min("pk"), last=Max("pk"))
        for start in range(ends["first"] or 0, (ends["last"] or -1) + 1, PICKS_AT_ONCE):
            with connection.cursor() as cursor:
                cursor.execute(statement, [self._import.pk, catalog.pk, start, start + PICKS_AT_ONCE])
                self.by_severity["warning"] += cursor.rowcount
