"""Benchmark figures as a Markdown table to look at and JSON to compare."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


def markdown_table(rows: Sequence[Row], notes: Sequence[str] = ()) -> str:
    """One line for each row, the columns in the order in which they first occur; notes below. Figures with three decimals, `–` for none."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = ["| " + " | ".join(columns) + " |", "|" + "|".join(" --- " for _ in columns) + "|"] if columns else []
    lines += ["| " + " | ".join(_cell(row.get(name)) for name in columns) + " |" for row in rows]
    return "\n".join([*lines, *(["", *notes] if notes else [])]) + "\n"


def json_table(rows: Sequence[Row], notes: Sequence[str] = (), **context: Any) -> str:
    """The same with all digits; a figure without meaning is null, since JSON has no NaN. context: seeds, configurations and the like."""
    return json.dumps(_plain({**context, "rows": rows, "notes": notes}), indent=2, allow_nan=False) + "\n"


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, tuple):
        return "–".join(_cell(part) for part in value)
    return f"{value:.3f}" if isinstance(value, float) else str(value).replace("|", "\\|")


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(part) for part in value]
    return value
