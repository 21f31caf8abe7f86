"""Picks and stations from CSV."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from labeling.seismo.formats.recognise import read, recognise
from labeling.seismo.records import EventRecord, PickRecord, Problem, Record, StationRecord


def records_of(tmp_path: Path, text: str, encoding: str = "utf-8") -> list[Record]:
    path = tmp_path / "picks.csv"
    path.write_bytes(text.encode(encoding))
    return list(read(path, place="picks.csv"))


def test_all_documented_columns_of_a_pick_are_read(tmp_path: Path) -> None:
    event, pick = records_of(
        tmp_path,
        "pick_id,event_id,network_code,station_code,location_code,channel_code,phase_hint,time,uncertainty_s,weight,onset,polarity,"
        "evaluation_mode,evaluation_status,agency_id,author,trace_name,event_time,event_latitude,event_longitude,event_depth_km,event_magnitude\n"
        "p1,e1,NZ,WEL,--,HHZ,Pg,2013-09-26T15:17:05.610000Z,0.05,2,impulsive,positive,manual,reviewed,GNS,anna,t7,"
        "2013-09-26T15:17:03.5Z,-43.359,170.323,10.1,0.6\n",
    )
    assert event == EventRecord("e1", datetime(2013, 9, 26, 15, 17, 3, 500000, UTC), -43.359, 170.323, 10.1, 0.6)
    assert pick == PickRecord(
        "p1", datetime(2013, 9, 26, 15, 17, 5, 610000, UTC), "Pg", "WEL", "NZ", "", "HHZ", "e1", "t7",
        uncertainty_s=0.05, weight=2, onset="impulsive", polarity="positive", evaluation_mode="manual", evaluation_status="reviewed",
        agency_id="GNS", author="anna",
    )  # fmt: skip


def test_a_blank_location_is_missing_and_two_dashes_are_empty(tmp_path: Path) -> None:
    blank, dashes, given = records_of(
        tmp_path,
        "station,location_code,phase,time\nWEL,,P,2020-01-01T00:00:00Z\nWEL,--,P,2020-01-01T00:00:00Z\nWEL,10,P,2020-01-01T00:00:00Z\n",
    )
    assert [pick.location_code for pick in (blank, dashes, given) if isinstance(pick, PickRecord)] == [None, "", "10"]


def test_a_bad_row_is_reported_with_file_and_line_and_the_rest_goes_in(tmp_path: Path) -> None:
    good, bad, nowhere, better = records_of(
        tmp_path, "station,phase,time\nWEL,P,2020-01-01T00:00:00Z\nWEL,P,yesterday\n,S,2020-01-01T00:00:01Z\nWEL,S,2020-01-01T00:00:03Z\n"
    )
    assert isinstance(good, PickRecord)
    assert good.source_ref == "picks.csv:2"
    assert isinstance(bad, Problem)
    assert bad.place == "picks.csv:3"
    assert "'yesterday' is not an ISO 8601 time" in bad.message
    assert isinstance(nowhere, Problem)
    assert nowhere.place == "picks.csv:4"
    assert "names no station" in nowhere.message
    assert isinstance(better, PickRecord)
    assert better.phase_hint == "S"


def test_semicolons_and_a_byte_order_mark_are_understood(tmp_path: Path) -> None:
    (pick,) = records_of(tmp_path, "\ufeffstation;phase;time\nWEL;P;2020-01-01 00:00:00.5\n")
    assert isinstance(pick, PickRecord)
    assert pick.time.microsecond == 500_000


def test_picks_of_seisbench_and_gamma_are_read_from_their_station_ids(tmp_path: Path) -> None:
    one, two = records_of(
        tmp_path, "id,timestamp,type,prob,amp\nCI.BOM..HH,2020-01-01T00:00:00,p,0.9,1\nCI.BOM,2020-01-01T00:00:00,s,0.9,1\n"
    )
    assert isinstance(one, PickRecord)
    assert isinstance(two, PickRecord)
    assert (one.network_code, one.station_code, one.location_code, one.channel_code) == ("CI", "BOM", "", "HH")
    assert (two.network_code, two.station_code, two.location_code, two.channel_code) == ("CI", "BOM", None, None)


def test_a_weight_that_is_none_is_reported_and_the_pick_kept(tmp_path: Path) -> None:
    pick, problem = records_of(tmp_path, "station,phase,time,weight\nWEL,P,2020-01-01T00:00:00Z,0.83\n")
    assert isinstance(pick, PickRecord)
    assert pick.weight is None
    assert isinstance(problem, Problem)
    assert problem.severity == "warning"
    assert "0.83" in problem.message


def test_a_pick_id_used_twice_is_refused_the_second_time(tmp_path: Path) -> None:
    _, problem = records_of(tmp_path, "pick_id,station,phase,time\na,WEL,P,2020-01-01T00:00:00Z\na,WEL,S,2020-01-01T00:00:09Z\n")
    assert isinstance(problem, Problem)
    assert problem.code == "repeated_pick_id"
    assert problem.place == "picks.csv:3"


def test_a_pick_that_an_analyst_removed_is_not_imported_again(tmp_path: Path) -> None:
    (problem,) = records_of(tmp_path, "pick_id,station,phase,time,decision\na,WEL,P,2020-01-01T00:00:00Z,remove\n")
    assert isinstance(problem, Problem)
    assert (problem.code, problem.severity) == ("removed_pick", "info")


def test_the_network_na_is_a_network(tmp_path: Path) -> None:
    (pick,) = records_of(tmp_path, "network,station,phase,time\nNA,SABA,P,2020-01-01T00:00:00Z\n")
    assert isinstance(pick, PickRecord)
    assert pick.network_code == "NA"


def test_an_event_stands_before_its_first_pick_and_only_once(tmp_path: Path) -> None:
    kinds = [
        type(record).__name__
        for record in records_of(tmp_path, "event_id,station,phase,time\n1,A,P,2020-01-01\n1,A,S,2020-01-01\n2,A,P,2020-01-02\n")
    ]
    assert kinds == ["EventRecord", "PickRecord", "PickRecord", "EventRecord", "PickRecord"]


def test_stations_are_read_from_csv_and_from_the_text_of_fdsn_services(tmp_path: Path) -> None:
    (csv_station,) = records_of(tmp_path, "network_code,station_code,latitude,longitude,elevation_m\nNZ,WEL,-41.28,174.77,138\n")
    assert csv_station == StationRecord("picks.csv:2", "NZ", "WEL", -41.28, 174.77, 138.0)
    (text_station,) = records_of(
        tmp_path,
        "#Network|Station|Latitude|Longitude|Elevation|SiteName|StartTime|EndTime\nIU|ANMO|34.9|-106.4|1820|Albuquerque|1989-08-29T00:00:00|\n",
    )
    assert isinstance(text_station, StationRecord)
    assert text_station.site_name == "Albuquerque"
    assert text_station.end is None


def test_a_station_off_the_globe_is_reported(tmp_path: Path) -> None:
    (problem,) = records_of(tmp_path, "network_code,station_code,latitude,longitude\nNZ,WEL,-141.28,174.77\n")
    assert isinstance(problem, Problem)
    assert "-90 and 90" in problem.message


def test_the_form_is_told_by_the_header_and_not_by_the_name(tmp_path: Path) -> None:
    path = tmp_path / "anything.dat"
    path.write_text("station,phase,time\n")
    assert recognise(path) == "picks_csv"


def test_a_wrong_weight_is_told_of_each_of_its_rows(tmp_path: Path) -> None:
    rows = "".join(f"A,P,2020-01-01T00:00:0{second}Z,0.83\n" for second in range(3))
    read_rows = records_of(tmp_path, f"station,phase,time,weight\n{rows}")
    told = [record for record in read_rows if isinstance(record, Problem)]
    assert [problem.place for problem in told] == ["picks.csv:2", "picks.csv:3", "picks.csv:4"]
    assert all("'0.83' is not a weight" in problem.message for problem in told)
    assert [record.weight for record in read_rows if isinstance(record, PickRecord)] == [None, None, None]


def test_what_rows_have_in_common_with_others_is_theirs_alone(tmp_path: Path) -> None:
    first, second, third = records_of(
        tmp_path,
        "station,phase,time,weight,uncertainty,remark\n"
        "A,P,2020-01-01T00:00:00Z,1,0.1,loud\nA,P,2020-01-01T00:00:01Z,1,,\nA,S,2020-01-01T00:00:02Z,,0.2,\n",
    )
    assert isinstance(first, PickRecord) and isinstance(second, PickRecord) and isinstance(third, PickRecord)
    assert [record.weight for record in (first, second, third)] == [1, 1, None]
    assert [record.uncertainty_s for record in (first, second, third)] == [0.1, None, 0.2]
    assert [record.extra for record in (first, second, third)] == [{"remark": "loud"}, {}, {}]
