"""Times as whole numbers, past datetimes: for jobs that reckon with a million of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db.models import Func, TextField
from numpy.typing import NDArray


class ExactTime(Func):
    """A column of times for `microseconds` to read: numbers on PostgreSQL, SQLite's own text. A datetime takes ten times as long."""

    arity = 1
    output_field = TextField()  # which nothing is converted for
    template = "(EXTRACT(EPOCH FROM %(expressions)s) * 1000000)::bigint"

    def as_sqlite(self, compiler: Any, connection: Any, **extra_context: Any) -> Any:
        return self.as_sql(compiler, connection, template="CAST(%(expressions)s AS TEXT)", **extra_context)


def microseconds(exact_times: Sequence[Any]) -> NDArray[np.int64]:
    """(N,) microseconds since 1970. exact_times: N cells of an `ExactTime`."""
    return np.array(exact_times, dtype="datetime64[us]").astype(np.int64)
