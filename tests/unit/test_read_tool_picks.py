"""Picks as the field's tools write them in CSV: PhaseNet, EQTransformer, GaMMA, SeisBench."""

from __future__ import annotations

from pathlib import Path

import pytest

from labeling.seismo.formats.recognise import read, recognise
from labeling.seismo.records import EventRecord, PickRecord, Problem, Record
from labeling.seismo.timing import iso

EQTRANSFORMER = """file_name,network,station,instrument_type,station_lat,station_lon,station_elv,event_start_time,event_end_time,\
detection_probability,detection_uncertainty,p_arrival_time,p_probability,p_uncertainty,p_snr,s_arrival_time,s_probability,s_uncertainty,s_snr
B921_1,PB,B921  ,EH,35.5,-117.6,694.0,2019-09-01 01:00:38.268400,2019-09-01 01:00:40,0.97,0.01,2019-09-01 01:00:38.26,0.3,0.05,3.2,\
2019-09-01 01:00:38.889,0.65,,9.5
B921_2,PB,B921  ,EH,35.5,-117.6,694.0,2019-09-01 02:00:38.268400,2019-09-01 02:00:40,0.97,0.01,,,,,None,,,
"""


def records_of(tmp_path: Path, form: str, content: str) -> list[Record]:
    path = tmp_path / "table"
    path.write_text(content)
    assert recognise(path) == form
    return list(read(path, place="t"))


def test_an_eqtransformer_row_is_a_p_and_an_s_and_its_uncertainty_is_no_time(tmp_path: Path) -> None:
    p, s, problem = records_of(tmp_path, "eqtransformer", EQTRANSFORMER)
    assert isinstance(p, PickRecord) and isinstance(s, PickRecord) and isinstance(problem, Problem)
    assert (p.source_ref, p.network_code, p.station_code, p.channel_code, p.location_code) == ("t:2:P", "PB", "B921", "EH", None)
    assert (iso(p.time), p.phase_hint, p.uncertainty_s, p.weight) == ("2019-09-01T01:00:38.260000Z", "P", None, None)
    assert (p.extra["eqtransformer_probability"], p.extra["eqtransformer_uncertainty"]) == ("0.3", "0.05")
    assert (s.source_ref, iso(s.time), s.extra["eqtransformer_snr"]) == ("t:2:S", "2019-09-01T01:00:38.889000Z", "9.5")
    assert "eqtransformer_uncertainty" not in s.extra
    assert (problem.place, problem.severity) == ("t:3", "info")


def test_gamma_picks_without_event_have_none(tmp_path: Path) -> None:
    header = "station_id,phase_index,phase_time,phase_score,phase_type,event_index,gamma_score\n"
    rows = "CI.BOM..HH,100,2019-07-04T00:00:01.5,0.9,P,7,3.1\nCI.BOM..HH,200,2019-07-04T00:00:02.5,0.8,S,-1,-1.0\n"
    event, first, second = records_of(tmp_path, "picks_csv", header + rows)
    assert isinstance(event, EventRecord) and isinstance(first, PickRecord) and isinstance(second, PickRecord)
    assert (first.event_ref, second.event_ref) == ("7", None)
    assert (first.location_code, first.channel_code) == ("", "HH")


@pytest.mark.parametrize(
    ("seed_id", "location", "channel"),
    [("CX.PB01.00", "00", None), ("CX.PB01.", "", None), ("CX.PB01", None, None), ("CX.PB01.HHZ", None, "HHZ"), ("CX.PB01.HH", None, "HH"),
     ("CX.PB01..HHZ", "", "HHZ"), ("CX.PB01.--.HHZ", "", "HHZ"), ("CX.PB01.10.", "10", None)],
)  # fmt: skip
def test_ids_of_two_three_and_four_parts(tmp_path: Path, seed_id: str, location: str | None, channel: str | None) -> None:
    (pick,) = records_of(tmp_path, "picks_csv", f"trace_id,start_time,end_time,peak_time,phase\n{seed_id},,,2020-01-01T00:00:00.25,P\n")
    assert isinstance(pick, PickRecord)
    assert (pick.network_code, pick.station_code, pick.location_code, pick.channel_code) == ("CX", "PB01", location, channel)
