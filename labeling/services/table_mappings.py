"""Tables in a form that nobody knows: what they seem to be, how they would be read, and what somebody says that they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db import transaction

from labeling.files import original_files
from labeling.models import ConfirmedMapping, Import, SourceFile, Work
from labeling.seismo.formats.table import Row
from labeling.seismo.formats.table_guess import guess_table
from labeling.seismo.formats.table_mapping import MappingRefused, TableMapping, columns_of, mapping_of_json, read_mapped, table_rows
from labeling.seismo.records import PickRecord, Problem
from labeling.services.refusals import Conflict, Refused

if TYPE_CHECKING:
    from django.contrib.auth.models import User

FIRST_ROWS = 10
NAMED = 3


@dataclass(frozen=True)
class Table:
    """Files of an import that have the same columns. confirmed: what somebody said of them, None as long as nobody has."""

    key: str
    files: Sequence[SourceFile]
    needs_mapping: bool
    confirmed: ConfirmedMapping | None

    @property
    def name(self) -> str:
        """Of the first file, and how many more there are."""
        return self.files[0].name + (f" and {len(self.files) - 1} more" if len(self.files) > 1 else "")

    @property
    def is_open(self) -> bool:
        """Whether an import can't go on without somebody's word."""
        return self.needs_mapping and self.confirmed is None


@dataclass(frozen=True)
class Suggestion:
    """mapping: confirmed for this import, else used by an earlier one for the same columns (`came_from` says which), else guessed."""

    mapping: TableMapping
    came_from: str
    doubts: Sequence[str]


@dataclass(frozen=True)
class FirstRows:
    """names and rows: as in the table. picks, problems: what the mapping makes of them."""

    names: Sequence[str]
    rows: Sequence[Row]
    picks: Sequence[PickRecord]
    problems: Sequence[Problem]


def tables_of(source_import: Import) -> list[Table]:
    """The tables among an import's files, those that need somebody first."""
    confirmed = {row.table_key: row for row in source_import.mappings.select_related("confirmed_by")}
    by_key: dict[str, list[SourceFile]] = {}
    for file in source_import.files.exclude(table_key="").order_by("name"):
        by_key.setdefault(file.table_key, []).append(file)
    tables = [Table(key, files, any(file.needs_mapping for file in files), confirmed.get(key)) for key, files in by_key.items()]
    return sorted(tables, key=lambda table: (not table.needs_mapping, table.name))


def table_of(source_import: Import, key: str) -> Table | None:
    """One of them by its key."""
    return next((table for table in tables_of(source_import) if table.key == key), None)


def suggestion_for(source_import: Import, table: Table) -> Suggestion:
    """The mapping to begin with; nothing is read with it before it is confirmed."""
    guess = guess_table(original_files().path_of(table.files[0].sha256))
    doubts = guess.doubts if guess else ()
    if table.confirmed is not None and not table.confirmed.is_left_out:
        return Suggestion(mapping_of_json(table.confirmed.mapping), "this import", ())
    of_workspace = ConfirmedMapping.objects.filter(source_import__workspace=source_import.workspace_id, table_key=table.key)
    earlier = of_workspace.exclude(mapping={}).exclude(source_import=source_import).select_related("source_import")
    used = earlier.order_by("-confirmed_at").first()
    if used is not None:
        return Suggestion(mapping_of_json(used.mapping), f"import {used.source_import_id}, {used.source_import}", ())
    return Suggestion(guess.mapping if guess else TableMapping(), "a guess", doubts)


def first_rows(table: Table, mapping: TableMapping) -> FirstRows:
    """The first rows of a table, and what the mapping makes of them."""
    path = original_files().path_of(table.files[0].sha256)
    rows = [row for row in islice(table_rows(path, mapping, table.files[0].name), FIRST_ROWS) if isinstance(row, Row)]
    picks: list[PickRecord] = []
    problems: list[Problem] = []
    for record in read_mapped(path, mapping, place=table.files[0].name):
        if isinstance(record, PickRecord):
            picks.append(record)
        elif isinstance(record, Problem):
            problems.append(record)
        if len(picks) + len(problems) >= FIRST_ROWS:
            break
    return FirstRows(columns_of(path, mapping), rows, picks, problems)


def checked_mapping(settings: object) -> TableMapping:
    """A mapping from JSON. Raises Refused with what is wrong, by the setting."""
    try:
        return mapping_of_json(settings)
    except MappingRefused as refused:
        raise Refused("bad_mapping", str(refused), fields={name: [text] for name, text in refused.fields.items()}) from None


def confirm_mapping(*, source_import: Import, key: str, mapping: TableMapping, by: User | None) -> ConfirmedMapping:
    """Puts on record how the tables with this key are read. Refused while something is missing, or a column is named that is not there."""
    table = _table_to_describe(source_import, key)
    if lacking := mapping.missing():
        raise Refused("mapping_incomplete", f"{table.name}: {' '.join(lacking)}", fields={"mapping": lacking})
    names = columns_of(original_files().path_of(table.files[0].sha256), mapping)
    if absent := sorted(set(mapping.columns.values()) - set(names)):
        raise Refused(
            "no_such_column",
            f"{table.name} has no column {', '.join(absent)}. It has {', '.join(names)[:300]}.",
            fields={"columns": [f"{name}: no such column" for name in absent]},
        )
    return _record(source_import, key, mapping.as_json(), by)


def leave_out_table(*, source_import: Import, key: str, by: User | None) -> ConfirmedMapping:
    """Puts on record that the tables with this key are not read. The report says so."""
    _table_to_describe(source_import, key)
    return _record(source_import, key, {}, by)


def refuse_unconfirmed_tables(source_import: Import) -> None:
    """Raises Conflict as long as there are tables that look like picks and that nobody has described."""
    is_open = [table for table in tables_of(source_import) if table.is_open]
    if not is_open:
        return
    named = ", ".join(table.name for table in is_open[:NAMED]) + (" and others" if len(is_open) > NAMED else "")
    message = f"{named}: say first which columns are time, phase and station, or leave the table out. Nothing is guessed unasked."
    raise Conflict("unconfirmed_tables", message, fields={table.key: [_question(source_import, table)] for table in is_open})


def _question(source_import: Import, table: Table) -> str:
    suggestion = suggestion_for(source_import, table)
    return " ".join((f"{table.name}: confirm the mapping.", *suggestion.mapping.missing(), *suggestion.doubts))


def _table_to_describe(source_import: Import, key: str) -> Table:
    table = table_of(source_import, key)
    if table is None:
        raise Refused("no_such_table", f"{source_import.name} holds no table {key[:40]!r}. GET its tables for their keys.")
    return table


@transaction.atomic
def _record(source_import: Import, key: str, mapping: dict[str, Any], by: User | None) -> ConfirmedMapping:
    # Whoever starts the import waits for this lock: a mapping that comes later would be on record and not used.
    if Import.objects.select_for_update().get(pk=source_import.pk).state != Work.State.RECEIVING:
        raise Conflict("already_started", f"{source_import.name} was started already. Open a new import to read the table otherwise.")
    row, _ = ConfirmedMapping.objects.update_or_create(
        source_import=source_import, table_key=key, defaults={"mapping": mapping, "confirmed_by": by}
    )
    return row
