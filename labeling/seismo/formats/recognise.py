"""Which form a file is in, by its content, and the one entry to all readers."""

from __future__ import annotations

import re
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import h5py
from lxml import etree

from labeling.seismo.formats.hdf5_file import find_group
from labeling.seismo.formats.input_file import InputFile
from labeling.seismo.formats.read_csv import is_pick_header, is_station_header, read_picks_csv, read_stations_csv
from labeling.seismo.formats.read_eqtransformer import is_detection_header, read_eqtransformer
from labeling.seismo.formats.read_hypo71 import looks_like_hypo71, read_hypo71
from labeling.seismo.formats.read_hypodd import looks_like_hypodd, read_hypodd
from labeling.seismo.formats.read_hypoinverse import looks_like_hypoinverse, read_hypoinverse
from labeling.seismo.formats.read_ims import looks_like_ims, read_ims
from labeling.seismo.formats.read_inventory import read_dataless
from labeling.seismo.formats.read_nonlinloc import looks_like_nonlinloc, read_nonlinloc
from labeling.seismo.formats.read_nordic import looks_like_nordic, read_nordic
from labeling.seismo.formats.read_parquet import read_parquet
from labeling.seismo.formats.read_phasenet import read_phasenet
from labeling.seismo.formats.read_quakeml import read_quakeml
from labeling.seismo.formats.read_scml import read_scml
from labeling.seismo.formats.read_seisbench import read_seisbench
from labeling.seismo.formats.read_stationxml import read_stationxml
from labeling.seismo.formats.read_stead import GROUPS as STEAD_GROUPS
from labeling.seismo.formats.read_stead import read_stead
from labeling.seismo.formats.read_waveforms import read_waveforms, waveform_format
from labeling.seismo.formats.table import header_of, opened_text
from labeling.seismo.formats.table_guess import guess_table, what_a_table_misses
from labeling.seismo.records import Problem, Records

FormatName = Literal[
    "phasenet", "phasenet_array", "seisbench", "seisbench_hdf5", "stead", "stead_hdf5", "nordic", "nonlinloc", "hypodd", "hypo71",
    "hypoinverse", "ims", "quakeml", "scml", "picks_csv", "mapped_table", "eqtransformer", "parquet", "stations_csv", "stationxml",
    "dataless", "waveforms", "archive", "text", "unknown",
]  # fmt: skip

ACCEPTED = (
    "PhaseNet (waveform.csv with its .npz folder), SeisBench and STEAD (metadata.csv with its HDF5 file), Nordic S-files, QuakeML, "
    "SeisComP's XML, NonLinLoc, HypoDD phases, HYPOINVERSE-2000, HYPO71 cards, IMS1.0, ISF and GSE2.0 bulletins, CSV or Parquet of picks, "
    "CSV of stations, StationXML, dataless SEED, miniSEED, SAC and other waveform files"
)
# Forms of plain text that are no tables, each by its own lines.
_LINE_FORMS: tuple[tuple[FormatName, Callable[[str], bool]], ...] = (
    ("nordic", looks_like_nordic),
    ("nonlinloc", looks_like_nonlinloc),
    ("hypodd", looks_like_hypodd),
    ("hypoinverse", looks_like_hypoinverse),
    ("hypo71", looks_like_hypo71),
    ("ims", looks_like_ims),
)
_HEAD_BYTES = 64 * 1024
_MOST_NUL = 0.05  # of the bytes of a damaged text
_HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
HOW_TO_CONFIRM = (
    "Confirm on the page of an import, before it starts, what the columns are; "
    "on the command line --preview prints the guess, and --mapping takes it. Upload a table of a large archive by itself for that."
)
_PICK_EXAMPLE = "station_code,phase_hint,time"
_COLUMNS_SHOWN = 8
_ARRIVAL_COLUMN = re.compile(r"^trace_.+_arrival_sample$")
# history.jsonl lies in our own SeisBench export: decisions, told of again in the audit columns beside the picks.
_PAPERS = re.compile(
    r"^(read_?me|licen[cs]e|copying|notice|changelog|citation|authors?)\b|^history\.jsonl$|\.(md|rst|txt|pdf|html?)$", re.IGNORECASE
)
_DROPPINGS = re.compile(r"^(\.ds_store|thumbs\.db|desktop\.ini|\._.*)$", re.IGNORECASE)


def recognise(path: Path) -> FormatName:
    """The form of a file's content; its name plays no part. A damaged file of a known kind is recognised if its beginning is whole."""
    with path.open("rb") as raw:
        head = raw.read(_HEAD_BYTES)
    if not head.strip():
        return "unknown"
    if head.startswith(_HDF5_SIGNATURE):
        return _hdf5_form(path)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        return "phasenet_array" if _is_array_zip(path) else "archive"
    if re.match(rb"\d{6}V ", head) and waveform_format(path) is None:
        return "dataless"
    # Before tar, for which a miniSEED record of the right numbers can pass.
    if re.match(rb"\d{6}[DRQM][ \x00]", head) and waveform_format(path) is not None:
        return "waveforms"
    if head.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")) or is_tar_header(head[:512]):
        return "archive"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _xml_form(path)
    text = _as_text(head)
    if text is not None:
        form = _text_form(text)
        if form is not None:
            return form
    if waveform_format(path) is not None:
        return "waveforms"
    return "text" if text is not None else "unknown"


def read(path: Path, *, place: str, siblings: Sequence[InputFile] = (), form: FormatName | None = None) -> Records:
    """Records of one input. place: what to call it in the report. siblings: the files that belong to it (.npz, HDF5 or metadata CSV).

    form: what `recognise` said, if it was asked already. A file of no known form gives one Problem that says what would be accepted.
    """
    form = form or recognise(path)
    if form == "phasenet":
        yield from read_phasenet(path, {file.basename: file.path for file in siblings}, place=place, csv_place=place)
    elif form == "seisbench":
        partner = siblings[0] if siblings else None
        yield from read_seisbench(path, partner.path if partner else None, place=place, waveforms_place=partner.name if partner else place)
    elif form == "stead":
        partner = siblings[0] if siblings else None
        yield from read_stead(partner.path if partner else None, path, place=partner.name if partner else place, metadata_place=place)
    elif form == "stead_hdf5":
        yield from read_stead(path, None, place=place, metadata_place=place)
    elif form == "phasenet_array":
        folder = place.rpartition("/")[0]
        arrays = {file.basename: file.path for file in (InputFile(path, place), *siblings)}
        yield from read_phasenet(None, arrays, place=folder or place, csv_place=place)
    elif form in _SINGLE_FILE_READERS:
        yield from _SINGLE_FILE_READERS[form](path, place=place)
    else:
        yield refusal(path, place, form)


_SINGLE_FILE_READERS = {
    "nordic": read_nordic,
    "nonlinloc": read_nonlinloc,
    "hypodd": read_hypodd,
    "hypo71": read_hypo71,
    "hypoinverse": read_hypoinverse,
    "ims": read_ims,
    "quakeml": read_quakeml,
    "scml": read_scml,
    "picks_csv": read_picks_csv,
    "eqtransformer": read_eqtransformer,
    "parquet": read_parquet,
    "stations_csv": read_stations_csv,
    "stationxml": read_stationxml,
    "dataless": read_dataless,
    "waveforms": read_waveforms,
}


def refusal(path: Path, place: str, form: FormatName) -> Problem:
    """Why a file is not read, and what would be. Papers that lie beside data (README, licence) and a system's droppings are no error."""
    basename = place.rpartition("/")[2]
    guess = guess_table(path) if form == "text" else None
    if guess is not None and guess.looks_like_picks:
        return Problem("unconfirmed_table", f"{what_a_table_misses(guess)} {HOW_TO_CONFIRM}", place)
    if _PAPERS.search(basename) or _DROPPINGS.match(basename):
        return Problem("not_data", "The file is kept with the upload; no picks or waveforms are recognised in it.", place, severity="info")
    if form == "seisbench_hdf5":
        message = "The HDF5 file has no metadata.csv. Upload the metadata.csv of the same SeisBench data set together with it."
    elif form == "archive":
        message = "The archive lies in an archive within an archive. Unpack it once before the upload."
    elif form == "text" and len(columns := _columns(path)) > 1:
        message = (
            f"A table of picks needs a column of times, one of phases and one of stations, such as {_PICK_EXAMPLE}; here they are "
            f"called {', '.join(columns[:_COLUMNS_SHOWN])}{', …' if len(columns) > _COLUMNS_SHOWN else ''}. Rename them, or say "
            f"which is which: {HOW_TO_CONFIRM[0].lower()}{HOW_TO_CONFIRM[1:]} "
            f"Other forms are {ACCEPTED}."
        )
    else:
        message = f"{_damage(path)} Accepted are {ACCEPTED}."
    return Problem("unrecognised_file", message, place)


def _columns(path: Path) -> list[str]:
    with opened_text(path) as text:
        first = next((line for line in text if line.strip()), "")
    return [name for name in header_of(first[:_HEAD_BYTES], lower=False) if name]


def _damage(path: Path) -> str:
    """What is the matter with a file of no known form."""
    with path.open("rb") as raw:
        head = raw.read(_HEAD_BYTES)
    if not head.strip():
        return "The file is empty. Copy it again from where it came."
    if head.startswith(_HDF5_SIGNATURE):
        try:
            h5py.File(path, "r").close()
        except (OSError, RuntimeError) as error:
            cause = "it is cut off" if "truncated" in str(error) else "it is damaged"
            return f"The HDF5 file can't be opened: {cause}. Copy it again from where it came."
        return "The HDF5 file holds neither SeisBench's nor STEAD's groups."
    return "The file is in no form that can be read."


def _text_form(text: str) -> FormatName | None:
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    for form, looks_like in _LINE_FORMS:
        if looks_like(text):
            return form
    names = header_of(first)
    present = set(names)
    if "fname" in present and present & {"itp", "its"}:
        return "phasenet"
    if "trace_name" in present and not is_pick_header(names):
        if any(_ARRIVAL_COLUMN.match(name) for name in names) or {"station_code", "station_network_code"} & present:
            return "seisbench"
        if {"receiver_code", "p_arrival_sample"} & present:
            return "stead"
    if is_pick_header(names):
        return "picks_csv"
    if is_detection_header(names):
        return "eqtransformer"
    if is_station_header(names):
        return "stations_csv"
    return None


def _hdf5_form(path: Path) -> FormatName:
    try:
        with h5py.File(path, "r") as file:
            if find_group(file, "data_format") is not None:
                return "seisbench_hdf5"
            if any(find_group(file, group.split("/")[0]) is not None for group in STEAD_GROUPS[:2]):
                return "stead_hdf5"
            data = find_group(file, "data")
            if data is None:
                return "unknown"
            is_stead = any("trace_name" in data[name].attrs or "p_arrival_sample" in data[name].attrs for name in list(data)[:1])
            return "stead_hdf5" if is_stead else "seisbench_hdf5"
    except (OSError, KeyError, ValueError, RuntimeError):
        return "unknown"


def is_tar_header(block: bytes) -> bool:
    """Whether 512 bytes are the header of a tar member: its checksum is right. Covers the oldest form, which has no magic number."""
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def _is_array_zip(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return False
    return bool(names) and all(name.endswith(".npy") for name in names)


def _xml_form(path: Path) -> FormatName:
    try:
        for _, element in etree.iterparse(str(path), events=("start",), resolve_entities=False, no_network=True, load_dtd=False):
            namespace, _, name = str(element.tag).rpartition("}")
            if name == "FDSNStationXML":
                return "stationxml"
            if name == "seiscomp" or "scdataschema" in namespace or "seiscomp" in namespace:
                return "scml"
            return "quakeml" if name in ("quakeml", "eventParameters") else "unknown"
    except (etree.XMLSyntaxError, OSError):
        return "unknown"
    return "unknown"


def _as_text(head: bytes) -> str | None:
    """The beginning of a file as text, None if it is binary."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace").lstrip("\ufeff")
    # 0x1a is the end of file of DOS, found at the end of old S-files.
    controls = sum(0 < byte < 9 or 13 < byte < 26 or 27 < byte < 32 for byte in head)
    if controls or head.count(0) > _MOST_NUL * len(head):
        return None
    head = head.replace(b"\x00", b"")
    try:
        return head.decode("utf-8-sig")
    except UnicodeDecodeError:
        return head.decode("latin-1")
