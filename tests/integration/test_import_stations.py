"""Stations that come in a second time."""

from __future__ import annotations

from labeling.jobs.import_catalog import import_catalog
from labeling.models import Catalog, Import, Station, Work
from tests.integration.small_uploads import import_files, upload

STATIONS = b"network,station,latitude,longitude,elevation\nNZ,WEL,-41.2841,174.7682,138\nNZ,FOZ,-43.5331,170.8152,10\n"


def test_the_same_stations_again_are_here_already_and_no_failure(workspace):
    assert import_files(workspace, {"stations.csv": STATIONS}).message == "Imported 2 stations."
    again = import_files(workspace, {"stations.csv": STATIONS})
    assert again.message == "Nothing new. Here already: 2 stations."
    assert (again.used_nothing, again.counts["repeated_stations"], again.problems.count()) == (False, 2, 0)
    assert Catalog.objects.count() == 1, "the second import brought in nothing of its own"


def test_a_station_that_two_files_of_one_upload_tell_of_is_counted_once(workspace):
    done = import_files(workspace, {"a.csv": STATIONS, "b.csv": STATIONS})
    assert (done.counts["stations"], done.counts["repeated_stations"]) == (2, 0)


def test_stations_of_an_attempt_that_was_killed_are_no_failure(workspace):
    source_import = upload(workspace, {"stations.csv": STATIONS})
    import_catalog(source_import.pk)
    Import.objects.filter(pk=source_import.pk).update(state=Work.State.QUEUED)
    import_catalog(source_import.pk)
    source_import.refresh_from_db()
    assert not source_import.used_nothing


def test_a_station_that_stands_elsewhere_now_is_a_warning_that_names_both_places(workspace):
    import_files(workspace, {"stations.csv": STATIONS})
    again = import_files(workspace, {"stations.csv": STATIONS.replace(b"-41.2841", b"-41.3841")})
    problem = again.problems.get()
    assert (problem.code, problem.severity, problem.place) == ("station_moved", "warning", "stations.csv:2")
    assert "NZ.WEL is known at -41.2841, 174.7682, 138 m, and stands here at -41.3841, 174.7682, 138 m" in problem.message
    assert Station.objects.get(station_code="WEL").latitude == -41.2841


def test_a_station_written_with_fewer_decimals_has_not_moved(workspace):
    import_files(workspace, {"stations.csv": STATIONS})
    again = import_files(workspace, {"stations.csv": STATIONS.replace(b"-41.2841", b"-41.28413").replace(b",138", b",")})
    assert not again.problems.exists()
