"""Many uploaded files sorted into data sets: which belong together, and in which order they are read."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Literal

from labeling.seismo.formats.input_file import InputFile
from labeling.seismo.formats.recognise import FormatName, read, recognise
from labeling.seismo.formats.table_head import table_head
from labeling.seismo.formats.table_mapping import TableMapping, read_mapped
from labeling.seismo.records import Records

# Stations and traces come before the catalogs whose picks look for them.
_ORDER: tuple[FormatName, ...] = (
    "stationxml", "dataless", "stations_csv", "waveforms", "stead", "stead_hdf5", "seisbench", "phasenet", "phasenet_array",
    "nordic", "nonlinloc", "hypodd", "hypoinverse", "hypo71", "ims", "quakeml", "scml", "picks_csv", "mapped_table", "eqtransformer",
    "parquet",
)  # fmt: skip
# waveforms: recordings, whose components may lie in several. data_set: picks name traces of the same set. catalog: picks look for traces.
SourceKind = Literal["waveforms", "data_set", "catalog"]
# Tables that a mapping may read: unknown ones, and those whose columns only seem to be known.
MAPPABLE: tuple[FormatName, ...] = ("text", "picks_csv")
_DATA_SETS = frozenset({"stead", "stead_hdf5", "seisbench", "phasenet", "phasenet_array"})
_PARTNER: dict[FormatName, FormatName] = {"seisbench": "seisbench_hdf5", "stead": "stead_hdf5"}
_FORM_WORDS = re.compile(r"^(metadata|waveforms?|data|merged?)(?=$|[_.-])", re.IGNORECASE)


@dataclass(frozen=True)
class Source:
    """One data set of an upload: a file, or a file and those that belong to it. The first of `files` gives it its name in the report.

    mapping: what the columns of a "mapped_table" are, None if it is left out.
    """

    format: FormatName
    files: tuple[InputFile, ...]
    mapping: TableMapping | None = None

    @property
    def place(self) -> str:
        """What the report calls the source."""
        return self.files[0].name

    @property
    def kind(self) -> SourceKind:
        if self.format == "waveforms":
            return "waveforms"
        return "data_set" if self.format in _DATA_SETS else "catalog"

    def read(self) -> Records:
        """Its records, one after the other; nothing is read before the first is asked for."""
        if self.format == "mapped_table":
            return read_mapped(self.files[0].path, self.mapping, place=self.place)
        return read(self.files[0].path, place=self.place, siblings=self.files[1:], form=self.format)


def collect(files: Sequence[InputFile], mappings: Mapping[str, TableMapping | None] = MappingProxyType({})) -> list[Source]:
    """Sources in the order in which they should be read; every file is in exactly one of them.

    mappings: how tables are read, by the key of their columns (`TableHead.key`); None for tables that are left out.
    A file that nothing can be made of is a Source of the format "unknown", "text" or "archive" that yields one Problem.
    """
    by_form: dict[FormatName, list[InputFile]] = defaultdict(list)
    mapped: list[Source] = []
    for file in files:
        form = recognise(file.path)
        head = table_head(file.path) if mappings and form in MAPPABLE else None
        if head is None or head.key not in mappings:
            by_form[form].append(file)
        else:
            mapped.append(Source("mapped_table", (file,), mappings[head.key]))
    sources = mapped + _phasenet_sources(by_form.pop("phasenet", []), by_form.pop("phasenet_array", []))
    for form, partner in _PARTNER.items():
        sources += _paired_sources(form, by_form.pop(form, []), partner, by_form.pop(partner, []))
    sources += [Source(form, (file,)) for form, found in by_form.items() for file in found]
    return sorted(sources, key=_reading_order)


def _phasenet_sources(tables: list[InputFile], arrays: list[InputFile]) -> list[Source]:
    """Each array goes to the table nearest to it in the tree of folders; arrays without any table are sets of their own, one per folder."""
    if not tables:
        folders: dict[str, list[InputFile]] = defaultdict(list)
        for array in arrays:
            folders[array.folder].append(array)
        return [Source("phasenet_array", tuple(sorted(found, key=lambda file: file.name))) for found in folders.values()]
    owned: dict[InputFile, list[InputFile]] = {table: [] for table in tables}
    for array in sorted(arrays, key=lambda file: file.name):
        owned[max(tables, key=lambda table: _shared_folders(table, array))].append(array)
    return [Source("phasenet", (table, *found)) for table, found in owned.items()]


def _paired_sources(form: FormatName, tables: list[InputFile], partner: FormatName, packs: list[InputFile]) -> list[Source]:
    """metadata_<c>.csv with waveforms_<c>.hdf5 of the same folder; a single table and a single pack go together whatever their names."""
    alone = len(tables) == len(packs) == 1
    pairs = [
        (table, pack) for table in sorted(tables, key=lambda file: file.name) for pack in packs if alone or _chunk(table) == _chunk(pack)
    ]
    partner_of: dict[InputFile, InputFile] = {}
    # The nearest first: a table that came without its pack must not take that of another folder.
    for table, pack in sorted(pairs, key=lambda pair: _shared_folders(*pair), reverse=True):
        if table not in partner_of and pack not in partner_of.values():
            partner_of[table] = pack
    sources = [Source(form, (table, partner_of[table]) if table in partner_of else (table,)) for table in tables]
    return sources + [Source(partner, (pack,)) for pack in packs if pack not in partner_of.values()]


def _chunk(file: InputFile) -> str:
    """`2005` of metadata_2005.csv and waveforms_2005.hdf5; empty for a plain metadata.csv; `chunk2` of chunk2.csv and chunk2.hdf5."""
    return _FORM_WORDS.sub("", PurePosixPath(file.basename).stem).strip("_.-").lower()


def _shared_folders(a: InputFile, b: InputFile) -> int:
    """How many folders the two have in common, from the top; less for one that lies deeper than the other needs."""
    parts = list(zip(PurePosixPath(a.folder).parts, PurePosixPath(b.folder).parts, strict=False))
    common = next((depth for depth, (x, y) in enumerate(parts) if x != y), len(parts))
    return common * 100 - len(PurePosixPath(a.folder).parts)


def _reading_order(source: Source) -> tuple[int, str]:
    rank = _ORDER.index(source.format) if source.format in _ORDER else len(_ORDER)
    return (rank, source.place)
