"""Bulletins: IMS1.0 and ISF, GSE2.0, lists of arrivals."""

from __future__ import annotations

from pathlib import Path

import obspy
import pytest

from labeling.seismo.formats.recognise import read, recognise
from labeling.seismo.records import EventRecord, PickRecord, Problem, Record
from labeling.seismo.timing import iso

OBSPY_IO = Path(obspy.__file__).parent / "io"
HEAD = """BEGIN IMS1.0
DATA_TYPE BULLETIN IMS1.0:SHORT
EVENT 7 SOMEWHERE

   Date       Time        Err   RMS Latitude Longitude  Smaj  Smin  Az Depth   Err Ndef Nsta Gap  mdist  Mdist Qual   Author      OrigID
"""
ORIGIN = (
    "2024/09/01 23:59:19.91   0.34  0.17  49.8219   18.5593   2.2   1.7  61   1.0f        9    5 280   0.66   1.60 a i km "
    "IPEC       2032257\n"
)
PHASES = "Sta     Dist  EvAz Phase        Time      TRes  Azim AzRes   Slow   SRes Def   SNR       Amp   Per Qual Magnitude    ArrID\n"
PHASE = "MORC    0.66 266.5 Pg       23:59:32.774   0.2  85.7                     T__                       mce            19692970\n"


def records_of(tmp_path: Path, content: str) -> list[Record]:
    path = tmp_path / "bulletin.txt"
    path.write_text(content)
    assert recognise(path) == "ims"
    return list(read(path, place="b"))


def test_a_phase_has_the_day_of_its_origin_or_the_next(tmp_path: Path) -> None:
    late = PHASE.replace("23:59:32.774", "00:01:02.5  ")
    event, first, second = records_of(tmp_path, HEAD + ORIGIN + "\n" + PHASES + PHASE + late)
    assert isinstance(event, EventRecord) and isinstance(first, PickRecord) and isinstance(second, PickRecord)
    assert (event.source_ref, event.latitude, event.depth_km) == ("7", 49.8219, 1.0)
    assert (iso(first.time), iso(second.time)) == ("2024-09-01T23:59:32.774000Z", "2024-09-02T00:01:02.500000Z")
    assert (first.station_code, first.phase_hint, first.event_ref) == ("MORC", "Pg", "7")
    assert (first.evaluation_mode, first.polarity, first.onset) == ("manual", "positive", "emergent")
    assert first.extra == {"arrival_id": "19692970"}


def test_a_shifted_line_is_refused_with_its_column_and_the_rest_is_read(tmp_path: Path) -> None:
    _, problem, pick = records_of(tmp_path, HEAD + ORIGIN + PHASES + " " + PHASE + PHASE)
    assert isinstance(problem, Problem) and isinstance(pick, PickRecord)
    assert (problem.code, problem.place) == ("unreadable_row", "b:8")
    assert "column 30, not 29" in problem.message


def test_a_phase_without_any_origin_is_refused_because_it_has_no_day(tmp_path: Path) -> None:
    event, problem = records_of(tmp_path, HEAD + "\n" + PHASES + PHASE)
    assert isinstance(event, EventRecord) and isinstance(problem, Problem)
    assert "its day is not known" in problem.message


def test_the_prime_origin_counts_and_else_the_last(tmp_path: Path) -> None:
    other = ORIGIN.replace("49.8219", "50.0000")
    (event,) = records_of(tmp_path, HEAD + ORIGIN + " (#PRIME)\n" + other)
    assert isinstance(event, EventRecord) and event.latitude == 49.8219
    (event,) = records_of(tmp_path, HEAD + ORIGIN + other)
    assert isinstance(event, EventRecord) and event.latitude == 50.0


def test_a_list_of_arrivals_has_dates_channels_and_no_events(tmp_path: Path) -> None:
    header = "Net       Sta  Chan Aux     Date      Time       Phase     Azim  Slow   SNR       Amp   Per Qual   Author    ArrID"
    line = f"{'CZ':9} {'MORC':5} BHZ      2024/09/01 12:33:32.774 {'Pg':8}".ljust(92) + "m_i IPEC      19692970"
    content = f"BEGIN IMS1.0\nDATA_TYPE ARRIVAL:REVIEWED IMS1.0\n{header}\n{line}\nSTOP\n"
    (pick,) = records_of(tmp_path, content)
    assert isinstance(pick, PickRecord)
    assert (pick.network_code, pick.station_code, pick.channel_code, pick.location_code) == ("CZ", "MORC", "BHZ", None)
    assert (iso(pick.time), pick.phase_hint, pick.event_ref, pick.onset) == ("2024-09-01T12:33:32.774000Z", "Pg", None, "impulsive")


def described(picks: list[PickRecord]) -> set[tuple[str, ...]]:
    return {(iso(pick.time), pick.station_code, pick.phase_hint, pick.onset, pick.polarity, pick.evaluation_mode) for pick in picks}


@pytest.mark.filterwarnings("ignore:Can't find station")
@pytest.mark.parametrize(
    "name", ["iaspei/tests/data/19670130012028.isf", *(f"gse2/tests/data/bulletin/gse_2.0_{name}.txt" for name in ("standard", "2_events"))]
)
def test_picks_are_those_that_obspy_reads(name: str) -> None:
    inventory = OBSPY_IO / "gse2/tests/data/bulletin/inventory.xml"
    given = {"format": "GSE2", "inventory": obspy.read_inventory(str(inventory))} if "gse2" in name else {}
    picks = [pick for event in obspy.read_events(str(OBSPY_IO / name), **given) for pick in event.picks]
    theirs = {
        (
            str(pick.time), pick.waveform_id.station_code, pick.phase_hint or "", pick.onset or "", pick.polarity or "",
            pick.evaluation_mode or "",
        )
        for pick in picks
    }  # fmt: skip
    assert described([record for record in read(OBSPY_IO / name, place=name) if isinstance(record, PickRecord)]) == theirs
