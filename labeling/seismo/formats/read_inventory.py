"""Inventories in other forms than StationXML: dataless SEED and SeisComP's, turned into it by ObsPy."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

from labeling.seismo.formats.read_stationxml import read_stationxml
from labeling.seismo.records import ChannelRecord, Problem, Records, StationRecord

MOST_BYTES = 64 << 20  # ObsPy holds the whole of it in memory, some ten times as large


def read_dataless(path: Path, *, place: str) -> Records:
    """Stations and channels of a dataless SEED volume. place: what to call the file in the report."""
    yield from _converted(path, "SEED", place)


def read_scml_channels(path: Path, *, place: str) -> Iterator[ChannelRecord | Problem]:
    """Channels of a SeisComP inventory; its stations are read by `read_scml`."""
    for record in _converted(path, "SC3ML", place):
        if not isinstance(record, StationRecord):
            yield record


def _converted(path: Path, form: Literal["SEED", "SC3ML"], place: str) -> Iterator[StationRecord | ChannelRecord | Problem]:
    if path.stat().st_size > MOST_BYTES:
        message = f"The file is larger than {MOST_BYTES >> 20} MiB, so its channels are not read. Split it, or write it as StationXML."
        yield Problem("unreadable_inventory", message, place, severity="warning")
        return
    # ObsPy takes a moment to be read, which imports without such files need not wait for.
    from obspy import read_inventory

    with tempfile.TemporaryDirectory() as folder:
        converted = Path(folder) / "inventory.xml"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                read_inventory(str(path), format=form).write(str(converted), format="STATIONXML")
        except Exception as error:  # ObsPy raises whatever its parsers meet
            message = f"ObsPy can't read its channels ({type(error).__name__}: {error}). Write the inventory as StationXML."
            yield Problem("unreadable_inventory", message[:500], place, severity="warning")
            return
        for record in read_stationxml(converted, place=place):
            if isinstance(record, StationRecord | ChannelRecord):
                yield replace(record, source_ref=place)
            elif isinstance(record, Problem):
                yield replace(record, place=place)
