"""What `--mapping FILE.json` holds, and which tables it is for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from labeling.management.command_line import wrong
from labeling.seismo.formats.archived_tables import archived_tables
from labeling.seismo.formats.table_mapping import MappingRefused, TableMapping, columns_of, mapping_of_json
from labeling.seismo.formats.unknown_tables import uploaded_table

LARGEST_BYTES = 1 << 20


def read_mapping_files(names: Sequence[str]) -> dict[str, TableMapping]:
    """Mappings by the file that they stand in. What is none, or misses something, ends the command."""
    return {name: _read(Path(name)) for name in names}


def mappings_by_table(paths: Iterable[Path], mapping_files: Mapping[str, TableMapping]) -> dict[str, TableMapping]:
    """The mapping of each table by its key: the first that names only columns that the table has. One that fits none ends the command.

    Tables in archives count where an upload would look for them.
    """
    found: dict[str, TableMapping] = {}
    fitting: set[str] = set()
    with TemporaryDirectory() as folder:
        for path in _with_archived(paths, Path(folder)) if mapping_files else ():
            table = uploaded_table(path)
            name = next((name for name, mapping in mapping_files.items() if table is not None and _fits(path, mapping)), None)
            if table is not None and name is not None:
                found.setdefault(table.key, mapping_files[name])
                fitting.add(name)
    if idle := mapping_files.keys() - fitting:
        raise wrong(f"{', '.join(sorted(idle))}: fits none of the tables. Look at columns, delimiter, header and skip_lines.")
    return found


def _with_archived(paths: Iterable[Path], folder: Path) -> Iterator[Path]:
    for number, path in enumerate(paths):
        yield path
        yield from (file.path for file, _ in archived_tables(path, folder / str(number), name=path.name))


def _fits(path: Path, mapping: TableMapping) -> bool:
    names = columns_of(path, mapping)
    return len(names) > 1 and set(mapping.columns.values()) <= set(names)


def _read(path: Path) -> TableMapping:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise wrong(f"{path}: too large for a mapping. --preview prints one to start from.")
        mapping = mapping_of_json(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise wrong(f"{path}: can't be read ({error.strerror}).") from None
    except MappingRefused as error:
        raise wrong(f"{path}: {error}") from None
    except (ValueError, RecursionError):
        raise wrong(f"{path}: is no JSON. --preview prints a mapping to start from.") from None
    if lacking := mapping.missing():
        raise wrong(f"{path}: {' '.join(lacking)}")
    return mapping
