"""What the report says about a catalog as a whole, after a real import."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from labeling.jobs import pick_columns
from labeling.models import Pick
from labeling.seismo.timing import iso
from tests.integration.small_uploads import import_files

pytestmark = pytest.mark.django_db
ORIGIN = datetime(2020, 3, 1, 4, 5, 6, 123_456, tzinfo=UTC)
HEADER = "pick_id,event_id,event_time,event_latitude,event_longitude,event_depth_km,network,station,phase,time,uncertainty_s\n"
STATIONS = b"network,station,latitude,longitude\nNZ,WEL,-41.0,174.0\nNZ,FOZ,-41.5,174.0\n"


def row(number: int, *, event: int, station: str, phase: str, after_s: float, uncertainty: str = "0.05") -> str:
    origin = ORIGIN + timedelta(minutes=10 * event)
    time = iso(origin + timedelta(seconds=after_s))
    return f"{number},e{event},{iso(origin)},-41.0,174.5,8,NZ,{station},{phase},{time},{uncertainty}\n"


def problems(done, code: str) -> list[tuple[str, str]]:
    return list(done.problems.filter(code=code).values_list("place", "severity"))


def test_an_s_before_its_p_and_a_pick_that_no_wave_explains_stand_in_the_report(workspace):
    table = (
        HEADER
        + row(1, event=0, station="WEL", phase="P", after_s=8.4)
        + row(2, event=0, station="WEL", phase="S", after_s=8.0)
        + row(3, event=0, station="FOZ", phase="P", after_s=190.0)
        + row(4, event=1, station="WEL", phase="P", after_s=8.4)
        + row(5, event=1, station="WEL", phase="S", after_s=14.2)
    )
    done = import_files(workspace, {"picks.csv": table.encode(), "stations.csv": STATIONS})
    assert problems(done, "s_before_p") == [("2", "warning")]
    assert problems(done, "impossible_travel_time") == [("3", "warning")]
    assert Pick.objects.filter(workspace=workspace).count() == 5, "a doubt leaves nothing out"


def test_no_pick_of_a_catalog_is_left_out_where_two_pages_meet(workspace, monkeypatch: pytest.MonkeyPatch):
    table = HEADER + "".join(row(n, event=n, station="WEL", phase="P", after_s=8.4 + n / 977) for n in range(20))
    import_files(workspace, {"picks.csv": table.encode()})
    catalog = workspace.catalogs.get()
    monkeypatch.setattr(pick_columns, "PAGE", 7)
    read = [pk for block in pick_columns.read_pick_columns(catalog) for pk in block.pk]
    assert read == list(catalog.picks.order_by("pk").values_list("pk", flat=True))


def test_a_catalog_in_local_time_is_told_in_one_line(workspace):
    table = HEADER + "".join(row(n, event=n, station="WEL", phase="P", after_s=12 * 3600 + 8.4 + n / 977) for n in range(60))
    done = import_files(workspace, {"picks.csv": table.encode(), "stations.csv": STATIONS})
    assert [severity for _, severity in problems(done, "local_time")] == ["warning"]
    assert not problems(done, "impossible_travel_time")
    assert "12 h after" in done.problems.get(code="local_time").message


def test_rounded_times_and_strange_uncertainties_are_told(workspace):
    table = HEADER + "".join(
        row(n, event=n, station="WEL", phase="P", after_s=9 - 0.123_456 + n % 7, uncertainty="-1" if n == 5 else "") for n in range(60)
    )
    done = import_files(workspace, {"picks.csv": table.encode()})
    assert len(problems(done, "rounded_times")) == len(problems(done, "negative_uncertainty")) == 1
    assert "multiples of 1 s" in done.problems.get(code="rounded_times").message


def test_a_sound_catalog_gives_no_such_line(workspace):
    table = HEADER + "".join(
        row(2 * n, event=n, station="WEL", phase="P", after_s=8.4 + n / 977)
        + row(2 * n + 1, event=n, station="WEL", phase="S", after_s=14.2)
        for n in range(60)
    )
    done = import_files(workspace, {"picks.csv": table.encode(), "stations.csv": STATIONS})
    assert set(done.problems.values_list("code", flat=True)) == {"unknown_station"}
