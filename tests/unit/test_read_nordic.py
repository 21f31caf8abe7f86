"""Nordic S-files."""

from __future__ import annotations

import warnings
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import obspy
import pytest
from obspy.io.nordic.core import read_nordic as read_nordic_by_obspy

from labeling.seismo.formats.read_nordic import read_nordic
from labeling.seismo.records import EventRecord, PickRecord, Problem, Record
from labeling.seismo.timing import iso

HEAD = " 2013  926 2358  3.5 L -43.359 170.323 10.1  VUW  6 0.1 0.6LVUW                1\n"
WAV = " 2013-09-26-2357-23.DFDPC_021_00                                               6\n"
PHASES = " STAT SP IPHASW D HRMM SECON CODA AMPLIT PERI AZIMU VELO AIN AR TRES W  DIS CAZ7\n"
P_LINE = " WZ11 HZ IP   2 C 2358  5.61                             130   -0.1410    9  46 \n"
S_LINE = " WV02 SN ES       2359  6.09                             126    0.16 5   11  42 \n"


def records_of(tmp_path: Path, text: str) -> list[Record]:
    path = tmp_path / "26-2358-03L.S201309"
    path.write_text(text, encoding="latin-1")
    return list(read_nordic(path, place="REA/26-2358-03L.S201309"))


def test_an_event_and_its_picks_are_read(tmp_path: Path) -> None:
    event, p_pick, s_pick = records_of(tmp_path, HEAD + WAV + PHASES + P_LINE + S_LINE + "\n")
    assert isinstance(event, EventRecord)
    assert (event.source_ref, event.latitude, event.longitude, event.depth_km) == ("REA/26-2358-03L.S201309", -43.359, 170.323, 10.1)
    assert (event.magnitude, event.magnitude_type, event.origin_time) == (0.6, "ML", datetime(2013, 9, 26, 23, 58, 3, 500000, UTC))
    assert p_pick == PickRecord(
        "REA/26-2358-03L.S201309:4", datetime(2013, 9, 26, 23, 58, 5, 610000, UTC), "P", "WZ11", channel_code="HZ",
        event_ref=event.source_ref, weight=2, onset="impulsive", polarity="positive", evaluation_mode="manual",
        waveform_files=("2013-09-26-2357-23.DFDPC_021_00",),
    )  # fmt: skip
    assert isinstance(s_pick, PickRecord)
    assert (s_pick.phase_hint, s_pick.onset, s_pick.weight) == ("S", "emergent", None)


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("2401  6.09", "2013-09-27T00:01:06.090000Z"),
        ("   1  6.09", "2013-09-27T00:01:06.090000Z"),
        ("2359 66.09", "2013-09-27T00:00:06.090000Z"),
    ],
)
def test_times_past_midnight_are_on_the_next_day(tmp_path: Path, clock: str, expected: str) -> None:
    _, pick = records_of(tmp_path, HEAD + PHASES + S_LINE.replace("2359  6.09", clock))
    assert isinstance(pick, PickRecord)
    assert iso(pick.time) == expected


def test_amplitude_coda_and_azimuth_readings_are_told_of_and_are_no_picks(tmp_path: Path) -> None:
    amplitude = " FRAN S1  IAML    2358 10.84         0.0 0.22                            13 260 \n"
    _, problem, coda, azimuth = records_of(
        tmp_path, HEAD + PHASES + amplitude + amplitude.replace("IAML", "END ") + amplitude.replace("IAML    2", "BAZ-P   2")
    )
    assert problem == Problem(
        "amplitude_reading", "FRAN IAML is an amplitude reading, not a pick.", "REA/26-2358-03L.S201309:3", severity="info"
    )
    assert isinstance(coda, Problem)
    assert coda.code == "coda_reading"
    assert isinstance(azimuth, Problem)
    assert azimuth.code == "azimuth_reading"


def test_a_bad_line_is_reported_with_file_and_line_and_the_rest_goes_in(tmp_path: Path) -> None:
    _, problem, pick = records_of(tmp_path, HEAD + PHASES + P_LINE.replace("5.61", "5,x1") + S_LINE)
    assert isinstance(problem, Problem)
    assert problem.place == "REA/26-2358-03L.S201309:3"
    assert "5,x1" in problem.message
    assert isinstance(pick, PickRecord)
    assert pick.source_ref == "REA/26-2358-03L.S201309:4"


def test_several_events_of_one_file_are_told_apart_by_line(tmp_path: Path) -> None:
    records = records_of(tmp_path, HEAD + PHASES + P_LINE + "\n" + HEAD + PHASES + S_LINE + "\n")
    events = [record.source_ref for record in records if isinstance(record, EventRecord)]
    picks = [record.event_ref for record in records if isinstance(record, PickRecord)]
    assert events == picks == ["REA/26-2358-03L.S201309:1", "REA/26-2358-03L.S201309:5"]


def test_phases_without_an_event_line_are_one_problem(tmp_path: Path) -> None:
    (problem,) = records_of(tmp_path, PHASES + P_LINE)
    assert isinstance(problem, Problem)
    assert problem.code == "unreadable_event"


def test_a_phase_name_of_five_letters_keeps_its_weight_before_the_onset(tmp_path: Path) -> None:
    _, pick = records_of(tmp_path, HEAD + PHASES + " WZ11 HZ3IPKiKPdf 2358  5.61                             130   -0.1410    9  46 \n")
    assert isinstance(pick, PickRecord)
    assert (pick.phase_hint, pick.weight) == ("PKiKPdf", 3)


def test_the_new_layout_gives_network_and_location(tmp_path: Path) -> None:
    header = " STAT COM NTLO IPHASE   W HHMM SS.SSS   PAR1  PAR2 AGA OPE  AIN  RES W  DIS CAZ7\n"
    line = " WZ11 HHZ NZ10 IPn      2 2358  5.613                BER anna         0.1 10  90    \n"
    _, pick = records_of(tmp_path, HEAD + header + line[:79] + "\n")
    assert isinstance(pick, PickRecord)
    assert (pick.network_code, pick.location_code, pick.channel_code, pick.phase_hint, pick.weight) == ("NZ", "10", "HHZ", "Pn", 2)
    assert pick.time.microsecond == 613_000


def seen_by_obspy(path: Path) -> Counter[tuple[str, str, str | None, str]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        catalog = read_nordic_by_obspy(str(path))
    return Counter(
        (str(pick.waveform_id.station_code), str(pick.phase_hint), pick.onset, str(pick.time))
        for event in catalog
        for pick in event.picks
        if not str(pick.phase_hint).startswith(("IAML", "AML"))
    )


def seen_here(path: Path) -> Counter[tuple[str, str, str | None, str]]:
    return Counter(
        (pick.station_code, pick.phase_hint, pick.onset or None, iso(pick.time))
        for pick in read_nordic(path, place="x")
        if isinstance(pick, PickRecord)
    )


@pytest.mark.parametrize(
    "name",
    [
        "select.out",
        "automag.out",
        "bad_picks.sfile",
        "dos-file.sfile",
        "sfile_high_precision_picks",
        "sfile_over_day",
        "sfile_over_day_zeros",
        "sfile_seconds_overflow",
        "sfile_highaccuracy",
    ],
)
def test_picks_are_those_that_obspy_reads(name: str) -> None:
    path = Path(obspy.__file__).parent / "io/nordic/tests/data" / name
    ours, theirs = seen_here(path), seen_by_obspy(path)
    assert ours == theirs


def test_the_real_set_has_the_counts_of_its_readme_and_the_picks_of_obspy(shared_data: Path) -> None:
    folder = shared_data / "nz_southern_alps" / "REA" / "TEST_"
    records = [record for path in sorted(folder.iterdir()) for record in read_nordic(path, place=path.name)]
    picks = [record for record in records if isinstance(record, PickRecord)]
    assert sum(isinstance(record, EventRecord) for record in records) == 50
    assert Counter(pick.phase_hint for pick in picks) == {"P": 230, "S": 217}
    assert {record.code for record in records if isinstance(record, Problem)} == {"amplitude_reading"}
    assert sum(isinstance(record, Problem) for record in records) == 265
    assert len({pick.source_ref for pick in picks}) == 447
    for path in sorted(folder.iterdir())[::7]:
        assert seen_here(path) == seen_by_obspy(path)
