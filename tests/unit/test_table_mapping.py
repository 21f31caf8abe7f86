"""Tables in no known form: the guess at their columns, and reading them with what was confirmed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.seismo.formats.collect import collect
from labeling.seismo.formats.input_file import InputFile
from labeling.seismo.formats.table_guess import Guess, guess_table
from labeling.seismo.formats.table_mapping import MappingRefused, TableMapping, mapping_of_json, read_mapped
from labeling.seismo.formats.unknown_tables import uploaded_table
from labeling.seismo.records import EventRecord, PickRecord, Problem, Record
from labeling.seismo.timing import iso

ENGLISH = "Date,Time,Sta,Net,Ph,Err (ms),Qual\n26/09/2013,15:17:05.61,WEL,NZ,P,50,1\n05/10/2013,15:17:11.2,FOZ,NZ,S,100,0\n"
GERMAN = "Datum;Uhrzeit;Stat;Netz;Phase;Fehler\n26.09.2013;15:17:05,61;WEL;NZ;P;0,05\n05.10.2013;15:17:11,2;FOZ;NZ;S;0,1\n"
BARE = "NZ.WEL.10.HHZ 1380208625.61 P\nNZ.FOZ.10.HHN   1380986231.2  S\n"
COUNTED = "station_name,begin_time,phase_index,phase\nWEL,2013-09-26T15:17:00Z,561,P\nWEL,2013-10-05T15:17:00Z,1120,S\n"
LOCAL = "# by hand\n#station,wave,local_time,evid\nWEL,Pg,2013-09-26 17:17:05.61,7\nFOZ,Sg,2013-10-05 17:17:11.2,8\n"


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def guessed(tmp_path: Path, text: str) -> Guess:
    guess = guess_table(written(tmp_path, text))
    assert guess is not None
    return guess


def read_as(tmp_path: Path, text: str, mapping: TableMapping) -> list[Record]:
    return list(read_mapped(written(tmp_path, text), mapping, place="table.csv"))


def in_short(records: list[Record]) -> list[tuple[Any, ...]]:
    return [
        (pick.network_code, pick.station_code, pick.phase_hint, iso(pick.time)[:22], pick.uncertainty_s)
        for pick in records
        if isinstance(pick, PickRecord)
    ]


@pytest.mark.parametrize(
    ("text", "network", "uncertainties", "changes"),
    [
        (ENGLISH, "NZ", (0.05, 0.1), {}),
        (GERMAN, "NZ", (0.05, 0.1), {}),
        (BARE, "NZ", (None, None), {}),
        (COUNTED, None, (None, None), {"sampling_rate_hz": 100.0}),
        (LOCAL, None, (None, None), {"time_zone": "Europe/Rome"}),
    ],
)
def test_the_guess_and_what_a_person_adds_read_the_table(
    tmp_path: Path, text: str, network: str | None, uncertainties: tuple[float | None, ...], changes: dict[str, Any]
) -> None:
    guess = guessed(tmp_path, text)
    assert guess.looks_like_picks
    assert bool(guess.mapping.missing()) == bool(changes)
    picks = in_short(read_as(tmp_path, text, replace(guess.mapping, **changes)))
    assert [(pick[0], pick[2][0], pick[3], pick[4]) for pick in picks] == [
        (network, "P", "2013-09-26T15:17:05.61", uncertainties[0]),
        (network, "S", "2013-10-05T15:17:11.20", uncertainties[1]),
    ]


APART = "Sta,Date,P,S,Err (ms)\nWEL,26/09/2013,15:17:05.61,15:17:11.2,50\nFOZ,05/10/2013,,15:17:12.3,\nFOZ,06/10/2013,,,\n"


def test_p_and_s_in_two_columns_are_two_picks_of_a_row(tmp_path: Path) -> None:
    mapping = guessed(tmp_path, APART).mapping
    assert mapping.missing() == []
    *picks, problem = read_as(tmp_path, APART, mapping)
    assert [(pick.source_ref, pick.phase_hint, iso(pick.time)[:22]) for pick in picks if isinstance(pick, PickRecord)] == [
        ("table.csv:2:P", "P", "2013-09-26T15:17:05.61"),
        ("table.csv:2:S", "S", "2013-09-26T15:17:11.20"),
        ("table.csv:3:S", "S", "2013-10-05T15:17:12.30"),
    ]
    assert len(picks) == 3
    assert isinstance(problem, Problem)
    assert "has no time" in problem.message


def test_p_and_s_apart_and_a_time_are_too_many_times(tmp_path: Path) -> None:
    mapping = guessed(tmp_path, APART).mapping
    both = replace(mapping, columns={**mapping.columns, "time": "p", "phase_hint": "sta"})
    assert len(both.missing()) == 2


def test_samples_of_p_and_s_count_from_the_start_of_their_trace(tmp_path: Path) -> None:
    text = "id_x,station,trace_start,itp,its\n7,WEL,2013-09-26T15:17:00Z,561,1120\n"
    mapping = replace(guessed(tmp_path, text).mapping, time_unit="samples", sampling_rate_hz=100.0)
    assert [pick[2:4] for pick in in_short(read_as(tmp_path, text, mapping))] == [
        ("P", "2013-09-26T15:17:05.61"),
        ("S", "2013-09-26T15:17:11.20"),
    ]


def test_the_guess_says_what_it_assumes(tmp_path: Path) -> None:
    assert any("UTC is assumed" in doubt for doubt in guessed(tmp_path, ENGLISH).doubts)
    assert any("day first is assumed" in doubt for doubt in guessed(tmp_path, ENGLISH.replace("26/09", "06/09")).doubts)
    short = guessed(tmp_path, ENGLISH.replace("26/09/2013", "06/09/13").replace("2013", "13")).doubts
    assert any("the day, the month or the year comes first" in doubt and "day first is assumed" in doubt for doubt in short)
    assert any("years have two digits" in doubt for doubt in short)
    assert any("The unit of fehler" in doubt for doubt in guessed(tmp_path, GERMAN).doubts)


def test_a_wrong_time_among_right_ones_does_not_hide_what_they_are(tmp_path: Path) -> None:
    assert guessed(tmp_path, ENGLISH + "26/09/2013,25:17:05.61,WEL,NZ,P,50,1\n").mapping.time_format == "day_first"


def test_stations_and_phases_without_a_time_that_is_understood_are_asked_about(tmp_path: Path) -> None:
    guess = guessed(tmp_path, ENGLISH.replace("26/09/2013", "yesterday").replace("05/10/2013", "today"))
    assert guess.looks_like_picks
    assert "Which column is the time?" in guess.mapping.missing()


def test_a_quality_that_is_no_weight_is_not_taken_for_one(tmp_path: Path) -> None:
    text = ENGLISH.replace(",1\n", ",0.83\n").replace(",0\n", ",0.5\n")
    mapping = guessed(tmp_path, text).mapping
    assert "weight" not in mapping.columns
    (pick, *_) = read_as(tmp_path, text, mapping)
    assert isinstance(pick, PickRecord)
    assert pick.extra == {"qual": "0.83"}


def test_a_column_that_is_called_like_a_field_and_is_not_mapped_is_kept_and_not_read(tmp_path: Path) -> None:
    text = "time,pick_utc,station,phase,status,weight\n3.5,2013-09-26 15:17:05.61,WEL,P,removed,0.9\n"
    mapping = TableMapping(columns={"time": "pick_utc", "station_code": "station", "phase_hint": "phase"}, time_format="year_first")
    (pick,) = read_as(tmp_path, text, mapping)
    assert isinstance(pick, PickRecord)
    assert pick.extra == {"time column": "3.5", "status column": "removed", "weight column": "0.9"}


def test_what_is_the_same_for_all_rows_is_said_once(tmp_path: Path) -> None:
    text = "t,s\n2013-09-26 15:17:05.61,WEL\n"
    mapping = TableMapping(
        columns={"time": "t", "station_code": "s"}, fixed={"phase_hint": "P", "network_code": "NZ"}, time_format="year_first"
    )
    assert in_short(read_as(tmp_path, text, mapping)) == [("NZ", "WEL", "P", "2013-09-26T15:17:05.61", None)]


def test_events_come_with_their_origin_in_the_zone_of_the_mapping(tmp_path: Path) -> None:
    text = "ot;evid;la;t;s;p\n26.09.2013 17:17:00;7;-41,3;26.09.2013 17:17:05;WEL;P\n"
    columns = {"time": "t", "station_code": "s", "phase_hint": "p", "event_id": "evid", "event_time": "ot", "event_latitude": "la"}
    mapping = TableMapping(columns=columns, delimiter=";", time_format="day_first", time_zone="+02:00", decimal_comma=True)
    event, _ = read_as(tmp_path, text, mapping)
    assert isinstance(event, EventRecord)
    assert event.origin_time is not None
    assert (event.source_ref, iso(event.origin_time)[:19], event.latitude) == ("7", "2013-09-26T15:17:00", -41.3)


def test_a_row_that_the_mapping_can_not_read_is_named_with_its_line(tmp_path: Path) -> None:
    text = ENGLISH + "32/09/2013,15:17,WEL,NZ,P,50,1\n26/09/2013,15:17:05,WEL,NZ,P,much,1\n,,WEL,NZ,P,,\n1,2,3,4,5,6,7,8\n"
    problems = [record for record in read_as(tmp_path, text, guessed(tmp_path, ENGLISH).mapping) if isinstance(record, Problem)]
    assert [problem.place for problem in problems] == ["table.csv:4", "table.csv:5", "table.csv:6", "table.csv:7"]
    assert {problem.code for problem in problems} == {"unreadable_row"}


def test_nothing_is_read_without_a_mapping_or_with_one_that_misses_something(tmp_path: Path) -> None:
    path = written(tmp_path, LOCAL)
    (problem,) = (record for source in collect([InputFile(path, "table.csv")]) for record in source.read())
    assert isinstance(problem, Problem)
    assert (problem.code, problem.severity) == ("unconfirmed_table", "error")
    assert "Which time zone are times in?" in problem.message
    (problem,) = read_as(tmp_path, LOCAL, guessed(tmp_path, LOCAL).mapping)
    assert isinstance(problem, Problem)
    assert problem.code == "unconfirmed_table"


def test_a_mapping_of_another_table_is_no_ones(tmp_path: Path) -> None:
    (problem,) = read_as(tmp_path, GERMAN, guessed(tmp_path, ENGLISH).mapping)
    assert isinstance(problem, Problem)
    assert "names columns that the table does not have" in problem.message


def test_tables_of_the_same_columns_have_the_same_key(tmp_path: Path) -> None:
    first, second = guessed(tmp_path, BARE).head.key, guessed(tmp_path, BARE.replace("1380208625.61", "1480208625.6")).head.key
    assert first == second
    assert guessed(tmp_path, ENGLISH).head.key == guessed(tmp_path, ENGLISH.replace("WEL", "FOZ").upper()).head.key
    assert guessed(tmp_path, ENGLISH).head.key != guessed(tmp_path, ENGLISH.replace("Err (ms)", "Err (s)")).head.key


def test_known_forms_and_plain_text_need_no_mapping(tmp_path: Path) -> None:
    assert uploaded_table(written(tmp_path, "Rained all day.\nCold, too, and windy.\n")) is None
    known = uploaded_table(written(tmp_path, "station,phase,time\nWEL,P,2013-09-26T15:17:05.61Z\n"))
    assert known is not None
    assert not known.needs_mapping


def test_known_columns_whose_times_are_day_first_need_a_mapping(tmp_path: Path) -> None:
    table = uploaded_table(written(tmp_path, "station,phase,time\nWEL,P,26/09/2013 15:17:05.61\n"))
    assert table is not None
    assert table.needs_mapping


def test_a_mapping_comes_back_from_json_as_it_was(tmp_path: Path) -> None:
    mapping = guessed(tmp_path, GERMAN).mapping
    assert mapping_of_json(mapping.as_json()) == mapping


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ([], "mapping"),
        ({"colums": {}}, "colums"),
        ({"columns": {"time": 3}}, "columns"),
        ({"columns": {"moment": "t"}}, "columns"),
        ({"fixed": {"time": "2013"}}, "fixed"),
        ({"delimiter": "::"}, "delimiter"),
        ({"delimiter": ["a"]}, "delimiter"),
        ({"time_format": "guess"}, "time_format"),
        ({"time_zone": "Atlantis"}, "time_zone"),
        ({"time_zone": 3}, "time_zone"),
        ({"header": "yes"}, "header"),
        ({"skip_lines": -1}, "skip_lines"),
        ({"skip_lines": True}, "skip_lines"),
        ({"sampling_rate_hz": float("nan")}, "sampling_rate_hz"),
        ({"sampling_rate_hz": "fast"}, "sampling_rate_hz"),
    ],
)
def test_what_is_no_mapping_is_refused_by_the_setting(settings: object, named: str) -> None:
    with pytest.raises(MappingRefused) as refusal:
        mapping_of_json(settings)
    assert list(refusal.value.fields) == [named]


LIKE_TABLES = st.text(alphabet="0123456789:-./,;| \t\n\"'#PSWELabc\r+e\ufeff\u0664", max_size=400).map(str.encode)


@given(st.one_of(st.binary(max_size=400), LIKE_TABLES))
def test_any_bytes_are_guessed_at_without_a_crash(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "any.csv"
    path.write_bytes(data)
    uploaded_table(path)
    guess = guess_table(path)
    if guess is None:
        return
    list(read_mapped(path, guess.mapping, place="any.csv"))
    first, last = guess.head.names[0], guess.head.names[-1]
    columns = {"time": first, "phase_hint": first, "station_code": last, "uncertainty": last}
    for time_format in ("year_first", "epoch"):
        apart = {"p_time": first, "s_time": last, "station_code": last, "source_ref": first}
        list(read_mapped(path, replace(guess.mapping, columns=apart, time_format=time_format), place="any.csv"))
        list(read_mapped(path, replace(guess.mapping, columns=columns, time_format=time_format, time_zone="+01:00"), place="any.csv"))
