"""What `import_data --preview` prints: nothing is stored, and no workspace is made."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path

from django.conf import settings

from labeling.management.mapping_files import mappings_by_table
from labeling.models import ImportProblem
from labeling.seismo.archives import ArchiveLimits, ArchiveRefused, unpack
from labeling.seismo.formats.collect import collect
from labeling.seismo.formats.input_file import InputFile
from labeling.seismo.formats.preview import FIRST_PICKS, Preview, preview
from labeling.seismo.formats.recognise import recognise
from labeling.seismo.formats.table_guess import guess_table
from labeling.seismo.formats.table_mapping import TableMapping, read_mapped
from labeling.seismo.formats.unknown_tables import uploaded_table
from labeling.seismo.matching import pick_name
from labeling.seismo.records import PickRecord, Problem
from labeling.seismo.timing import iso


def print_preview(files: Mapping[str, Path], mapping_files: Mapping[str, TableMapping], say: Callable[[str], object]) -> None:
    """files: by the name that they would be imported under. mapping_files: by what they are called."""
    limits = ArchiveLimits(max_files=settings.UPLOAD_MAX_FILES, max_unpacked_bytes=settings.UPLOAD_MAX_UNPACKED_BYTES)
    with tempfile.TemporaryDirectory() as folder:
        laid_out: list[InputFile] = []
        for number, (name, path) in enumerate(files.items()):
            if recognise(path) != "archive":
                laid_out.append(InputFile(path, name))
                continue
            try:
                laid_out.extend(unpack(path, Path(folder) / str(number), limits, name=name))
            except ArchiveRefused as problem:
                say(f"error archive_refused: 1\n    {name}: {problem}")
        mappings = mappings_by_table([file.path for file in laid_out], mapping_files)
        _print(preview(collect(laid_out, mappings)), say)
        for file in laid_out:
            table = uploaded_table(file.path)
            if table is not None and table.needs_mapping and table.key not in mappings:
                _print_guess(file, say)


def _print_guess(file: InputFile, say: Callable[[str], object]) -> None:
    """The mapping that an unknown table seems to need, to be mended and given back."""
    guess = guess_table(file.path)
    if guess is None:
        return
    say(f"{file.name}: in no known form. A guess at its columns; mend it, and give it as --mapping FILE.json:")
    say(json.dumps(guess.mapping.as_json(), indent=1, ensure_ascii=False))
    for sentence in (*guess.mapping.missing(), *guess.doubts):
        say(f"    {sentence}")
    if not guess.mapping.missing():
        say("With this mapping its first rows would be:")
        records = (item for item in read_mapped(file.path, guess.mapping, place=file.name) if isinstance(item, PickRecord | Problem))
        for record in islice(records, FIRST_PICKS):
            say(f"    {record.place}: {record.message}" if isinstance(record, Problem) else f"    {_in_words(record)}")


def _print(found: Preview, say: Callable[[str], object]) -> None:
    say("Nothing was written. An import of these files would read:")
    say(f"  forms: {', '.join(f'{form} ({n})' for form, n in sorted(found.forms.items()))}")
    for what in ("events", "picks", "traces", "stations"):
        if found.counts[what]:
            say(f"  {what}: {found.counts[what]}")
    if found.first_picks:
        say("The first picks:")
    for pick in found.first_picks:
        say(f"    {_in_words(pick)}")
    for (severity, code), count in sorted(
        found.problems.items(), key=lambda item: (ImportProblem.Severity.values.index(item[0][0]), -item[1])
    ):
        say(f"{severity} {code}: {count}")
        for problem in found.examples[severity, code]:
            say(f"    {problem.place}: {problem.message}")


def _in_words(pick: PickRecord) -> str:
    uncertainty = "" if pick.uncertainty_s is None else f" ± {pick.uncertainty_s:g} s"
    event = f", event {pick.event_ref}" if pick.event_ref else ""
    return f"{pick.source_ref}: {pick_name(pick)} {iso(pick.time)}{uncertainty}{event}"
