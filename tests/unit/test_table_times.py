"""Times as unknown tables write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from labeling.seismo.formats.table_times import TimeReading, formats_of, zone_of

ONSET = datetime(2013, 9, 26, 15, 17, 5, 610000, UTC)


@pytest.mark.parametrize(
    ("text", "time_format", "unit"),
    [
        ("2013-09-26T15:17:05.61Z", "year_first", "s"),
        ("2013/9/26 15:17:5.61", "year_first", "s"),
        ("20130926151705.61", "year_first", "s"),
        ("2013-Sep-26 15:17:05,61", "year_first", "s"),
        ("26.09.2013 15:17:05,61", "day_first", "s"),
        ("26-Sep-2013 17:17:05.61+02:00", "day_first", "s"),
        ("09/26/2013 3:17:05.61 PM", "month_first", "s"),
        ("2013-269T15:17:05.61", "year_day", "s"),
        ("2013 269 15:17:05.61", "year_day", "s"),
        ("26-Sep-13 15:17:05.61", "day_first", "s"),
        ("9/26/13 15:17:05.61", "month_first", "s"),
        ("13-269 15:17:05.61", "year_day", "s"),
        ("1380208625.61", "epoch", "s"),
        ("1380208625610", "epoch", "ms"),
        ("1380208625610000", "epoch", "us"),
        ("1380208625610000000", "epoch", "ns"),
    ],
)
def test_a_time_is_known_by_how_it_is_written(text: str, time_format: Any, unit: Any) -> None:
    assert formats_of([text]) == [(time_format, unit)]
    assert TimeReading(time_format, unit=unit).read(text) == ONSET


def test_days_of_twelve_and_less_leave_it_open_which_comes_first() -> None:
    assert [name for name, _ in formats_of(["05/10/2013 15:17:05"])] == ["day_first", "month_first"]
    assert [name for name, _ in formats_of(["05/10/2013 15:17:05", "05/26/2013 15:17:05"])] == ["month_first"]


@pytest.mark.parametrize(("year", "meant"), [("00", 2000), ("68", 2068), ("69", 1969), ("99", 1999)])
def test_years_of_two_digits_are_of_1969_to_2068(year: str, meant: int) -> None:
    assert TimeReading("day_first").read(f"26.09.{year} 15:17:05").year == meant
    assert TimeReading("year_first").read(f"{year}-09-26 15:17:05").year == meant


def test_years_of_two_digits_may_leave_all_three_ways_open() -> None:
    assert [name for name, _ in formats_of(["05/10/11 15:17:05"])] == ["year_first", "day_first", "month_first"]
    assert [name for name, _ in formats_of(["05/10/11 15:17:05", "26/09/13 15:17:05"])] == ["year_first", "day_first"]
    assert [name for name, _ in formats_of(["94-10-11 15:17:05"])] == ["year_first"]


@pytest.mark.parametrize("zone", ["Europe/Rome", "+02:00", "+0200"])
def test_times_without_a_zone_are_in_that_of_the_mapping(zone: str) -> None:
    assert TimeReading("day_first", zone_of(zone)).read("26/09/2013 17:17:05.61") == ONSET
    assert TimeReading("day_first", zone_of(zone)).read("26/09/2013 15:17:05.61Z") == ONSET


def test_the_hour_that_comes_twice_is_refused_and_not_chosen() -> None:
    with pytest.raises(ValueError, match="may be two times or none"):
        TimeReading("year_first", zone_of("Europe/Rome")).read("2013-10-27 02:30:00")
    with pytest.raises(ValueError, match="may be two times or none"):
        TimeReading("year_first", zone_of("Europe/Rome")).read("2013-03-31 02:30:00")


@pytest.mark.parametrize("name", ["Atlantis", "../../etc/passwd", "+99:00", "\0", "a" * 5000])
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="time zone"):
        zone_of(name)


@pytest.mark.parametrize(
    ("text", "time_format"),
    [
        ("2013-02-30 15:17:05", "year_first"),
        ("2013-09-26", "year_first"),
        ("2013-09-26 25:17:05", "year_first"),
        ("2013-09-26 13:17:05 PM", "year_first"),
        ("2013-366 15:17:05", "year_day"),
        ("26/Foo/2013 15:17:05", "day_first"),
        ("9999-12-31 23:59:59-12:00", "year_first"),
        ("1e999999", "epoch"),
        ("1e19", "epoch"),
        ("nan", "epoch"),
        ("", "epoch"),
    ],
)
def test_what_is_no_time_is_refused(text: str, time_format: Any) -> None:
    with pytest.raises(ValueError):
        TimeReading(time_format).read(text)
