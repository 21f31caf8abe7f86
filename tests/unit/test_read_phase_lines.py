"""Catalogs in plain text: NonLinLoc, HypoDD, HYPOINVERSE, HYPO71."""

from __future__ import annotations

from pathlib import Path

import obspy
import pytest

from labeling.seismo.formats.recognise import read, recognise
from labeling.seismo.records import EventRecord, PickRecord, Problem, Record
from labeling.seismo.timing import iso

OBSPY_IO = Path(obspy.__file__).parent / "io"
OBS = "FUR    HH   Z    i P      U 20170319 2018   39.4450 GAU  5.00e-02 -1.00e+00 -1.00e+00 -1.00e+00"
HYPODD_EVENT = "#  2025    5   14   23   59   35.510000   40.2254   10.4496   9.408   3.5  0.0   0.0   0.0       20202331"
ARCHIVE_EVENT = "199806262007289234 1234121W3040  512 23".ljust(136) + "      7714d250"
ARCHIVE_STATION = "MCV  NC VVHZ  PU2199806262007 4310  -6110 6012ES 3".ljust(111) + "--"
CARD = "MCV EPD1Z980626200759.10       61.25ES 2"


def read_text(tmp_path: Path, form: str, *lines: str, end: str = "\n") -> list[Record]:
    path = tmp_path / "catalog.txt"
    path.write_bytes((end.join(lines) + end).encode("latin-1"))
    assert recognise(path) == form
    return list(read(path, place="c"))


def picks_of(records: list[Record]) -> list[PickRecord]:
    return [record for record in records if isinstance(record, PickRecord)]


def events_of(records: list[Record]) -> list[EventRecord]:
    return [record for record in records if isinstance(record, EventRecord)]


def problems_of(records: list[Record]) -> list[Problem]:
    return [record for record in records if isinstance(record, Problem)]


def test_nonlinloc_every_field_of_a_phase_line_is_read(tmp_path: Path) -> None:
    event, pick = read_text(tmp_path, "nonlinloc", "# picked by hand", OBS)
    assert isinstance(event, EventRecord) and isinstance(pick, PickRecord)
    assert (pick.station_code, pick.channel_code, pick.network_code, pick.location_code) == ("FUR", "HHZ", None, None)
    assert (iso(pick.time), pick.phase_hint, pick.onset, pick.polarity) == ("2017-03-19T20:18:39.445000Z", "P", "impulsive", "positive")
    assert (pick.uncertainty_s, pick.weight, pick.event_ref, pick.extra) == (0.05, None, event.source_ref, {})


@pytest.mark.parametrize("size", ["-1.00e+00", "0.00e+00"])
def test_nonlinloc_an_uncertainty_of_minus_one_is_none_and_is_said(tmp_path: Path, size: str) -> None:
    records = read_text(tmp_path, "nonlinloc", OBS.replace("5.00e-02", size))
    assert picks_of(records)[0].uncertainty_s is None
    assert [(problem.code, problem.severity) for problem in problems_of(records)] == [("no_uncertainty", "info")]


def test_nonlinloc_a_blank_line_begins_the_next_event(tmp_path: Path) -> None:
    records = read_text(tmp_path, "nonlinloc", OBS, "", "PUBLIC_ID smi:x/2", OBS, "", "", end="\r\n")
    assert [event.source_ref for event in events_of(records)] == ["c:1", "smi:x/2"]
    assert [pick.event_ref for pick in picks_of(records)] == ["c:1", "smi:x/2"]


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("2018   60.0000", "20:19:00"), ("2360   10.0000", "00:00:10"), ("2460   10.0000", "01:00:10"), (" 518   -1.5000", "05:17:58.5")],
)
def test_nonlinloc_seconds_minutes_and_hours_carry_over(tmp_path: Path, clock: str, expected: str) -> None:
    (pick,) = picks_of(read_text(tmp_path, "nonlinloc", OBS.replace("2018   39.4450", clock)))
    assert iso(pick.time).split("T")[1].startswith(expected)


def test_nonlinloc_a_bad_line_is_reported_with_its_place_and_the_others_are_read(tmp_path: Path) -> None:
    records = read_text(tmp_path, "nonlinloc", OBS, OBS.replace("20170319", "20171319"), "FUR ? ? ? P", OBS.replace("FUR", "\xc4LP"))
    assert [(problem.code, problem.place) for problem in problems_of(records)] == [("unreadable_row", "c:2"), ("unreadable_row", "c:3")]
    assert [pick.station_code for pick in picks_of(records)] == ["FUR", "ÄLP"]


def test_nonlinloc_a_location_has_its_origin_and_its_phases() -> None:
    event, *picks = read(OBSPY_IO / "nlloc/tests/data/nlloc.hyp", place="nlloc.hyp")
    (theirs,) = obspy.read_events(str(OBSPY_IO / "nlloc/tests/data/nlloc.hyp"))
    assert isinstance(event, EventRecord) and event.origin_time is not None
    assert (iso(event.origin_time), event.latitude) == (str(theirs.origins[0].time), theirs.origins[0].latitude)
    expected = [(str(pick.time), pick.waveform_id.station_code, pick.phase_hint, pick.time_errors.uncertainty) for pick in theirs.picks]
    assert [(iso(pick.time), pick.station_code, pick.phase_hint, pick.uncertainty_s) for pick in picks_of(picks)] == expected


def test_nonlinloc_a_grid_without_degrees_gives_no_coordinates() -> None:
    records = list(read(OBSPY_IO / "nlloc/tests/data/nlloc_custom.hyp", place="x.hyp"))
    assert [(event.latitude, event.longitude, event.origin_time is None) for event in events_of(records)] == [(None, None, False)]
    assert [problem.code for problem in problems_of(records)] == ["unreadable_event"]


def test_nonlinloc_a_location_that_breaks_off_keeps_its_phases(tmp_path: Path) -> None:
    lines = (OBSPY_IO / "nlloc/tests/data/nlloc.hyp").read_text().splitlines()
    records = read_text(tmp_path, "nonlinloc", *[line for line in lines if not line.startswith("END_")])
    assert (len(picks_of(records)), [problem.code for problem in problems_of(records)]) == (5, ["file_breaks_off"])


def test_hypodd_times_are_travel_times_after_the_origin(tmp_path: Path) -> None:
    event, pick = read_text(tmp_path, "hypodd", HYPODD_EVENT, "NCCBW  34.4912345  0.5  S")
    assert isinstance(event, EventRecord) and isinstance(pick, PickRecord)
    assert (event.source_ref, event.latitude, event.depth_km, event.magnitude) == ("20202331", 40.2254, 9.408, 3.5)
    assert (iso(pick.time), pick.station_code, pick.phase_hint) == ("2025-05-15T00:00:10.001234Z", "NCCBW", "S")
    assert (pick.weight, pick.uncertainty_s, pick.extra) == (None, None, {"hypodd_weight": 0.5})


def test_hypodd_picks_below_an_unreadable_event_are_refused_each_with_its_line(tmp_path: Path) -> None:
    broken = HYPODD_EVENT.replace("#  2025    5", "#  2025   15")
    records = read_text(tmp_path, "hypodd", HYPODD_EVENT, "FUR 1.0 1.0 P", broken, "FUR 2.0 1.0 P", "WET 2.0 1.0", HYPODD_EVENT)
    assert len(picks_of(records)) == 1
    expected = [("unreadable_event", "c:3"), ("unreadable_row", "c:4"), ("unreadable_row", "c:5")]
    assert [(problem.code, problem.place) for problem in problems_of(records)] == expected
    assert [event.source_ref for event in events_of(records)] == ["20202331", "20202331#2"]


@pytest.mark.parametrize("name", ["60s_nan.pha", "example.pha"])
def test_hypodd_picks_are_those_that_obspy_reads(name: str) -> None:
    theirs = [str(pick.time) for event in obspy.read_events(str(OBSPY_IO / "hypodd/tests/data" / name)) for pick in event.picks]
    assert [iso(pick.time) for pick in picks_of(list(read(OBSPY_IO / "hypodd/tests/data" / name, place=name)))] == theirs


def test_hypoinverse_a_station_line_holds_a_p_and_an_s(tmp_path: Path) -> None:
    event, p, s = read_text(tmp_path, "hypoinverse", ARCHIVE_EVENT, "$1", ARCHIVE_STATION, "$   6 5.52", " " * 62 + "    771400")
    assert isinstance(event, EventRecord) and isinstance(p, PickRecord) and isinstance(s, PickRecord)
    assert event.origin_time is not None and iso(event.origin_time) == "1998-06-26T20:07:28.920000Z"
    assert (event.source_ref, event.latitude, event.longitude, event.depth_km) == ("7714", 34.205667, -121.506667, 5.12)
    assert (event.magnitude, event.magnitude_type) == (2.5, "Md")
    assert (p.network_code, p.station_code, p.location_code, p.channel_code) == ("NC", "MCV", "", "VHZ")
    assert (iso(p.time), p.phase_hint, p.onset, p.polarity, p.weight) == ("1998-06-26T20:07:43.100000Z", "P", "", "positive", 2)
    assert (iso(s.time), s.phase_hint, s.onset, s.weight) == ("1998-06-26T20:08:00.120000Z", "S", "emergent", 3)


def test_hypoinverse_a_line_shifted_by_one_column_is_refused(tmp_path: Path) -> None:
    records = read_text(tmp_path, "hypoinverse", ARCHIVE_EVENT, ARCHIVE_STATION, " " + ARCHIVE_STATION, "X" + ARCHIVE_STATION)
    assert len(picks_of(records)) == 2
    assert [(problem.code, problem.place) for problem in problems_of(records)] == [("unreadable_row", "c:3"), ("unreadable_row", "c:4")]


def test_hypoinverse_an_unknown_weight_is_kept_beside_the_pick(tmp_path: Path) -> None:
    records = read_text(tmp_path, "hypoinverse", ARCHIVE_EVENT, ARCHIVE_STATION.replace("PU2", "PU7"))
    assert (picks_of(records)[0].weight, picks_of(records)[0].extra) == (None, {"weight_code": "7"})
    assert [(problem.code, problem.severity) for problem in problems_of(records)] == [("unknown_weight", "warning")]


def test_hypo71_a_card_holds_a_p_and_an_s_that_may_run_over_the_minute(tmp_path: Path) -> None:
    records = read_text(tmp_path, "hypo71", CARD, "                 10", CARD.replace("98", "07", 1))
    p, s, later, _ = picks_of(records)
    assert (iso(p.time), p.onset, p.polarity, p.weight, p.channel_code) == ("1998-06-26T20:07:59.100000Z", "emergent", "negative", 1, "Z")
    assert (iso(s.time), s.onset, s.weight) == ("1998-06-26T20:08:01.250000Z", "emergent", 2)
    assert iso(later.time).startswith("2007-06-26")
    assert [event.source_ref for event in events_of(records)] == ["c:1", "c:3"]
    assert [(problem.code, problem.severity) for problem in problems_of(records)] == [("two_digit_years", "info")]


def test_hypo71_a_card_that_is_none_is_reported(tmp_path: Path) -> None:
    records = read_text(tmp_path, "hypo71", CARD, " " + CARD[:-1] + "9")
    assert next((problem.code, problem.place) for problem in problems_of(records)) == ("unreadable_row", "c:2")
