"""Waveforms fetched for a catalog from an FDSN web service, and services that fail."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from django.urls import reverse
from obspy import Stream, Trace, UTCDateTime

from labeling.files import original_files
from labeling.jobs.import_catalog import import_catalog
from labeling.models import Import, Pick, SourceFile
from labeling.models import Trace as TraceRow
from labeling.services.archives import use_fdsn
from labeling.services.refusals import Refused
from labeling.services.uploads import begin_import, start_import
from labeling.trace_samples import read_trace
from tests.integration.api import ROOT, client_of
from tests.integration.fdsn_server import FdsnServer, fdsn_server
from tests.integration.small_uploads import import_files

pytestmark = pytest.mark.django_db
PICKS = (
    b"network_code,station_code,location_code,channel_code,phase,time\n"
    b"XX,AAA,--,HHZ,P,2020-05-17T00:20:00Z\n"
    b"XX,AAA,--,HHN,S,2020-05-17T00:20:08Z\n"
    b"XX,AAA,--,HHZ,P,2020-05-17T00:40:00Z\n"
    b"XX,BBB,,,P,2020-05-17T00:20:00Z\n"
    b"XX,CCC,,,P,2020-05-17T00:20:00Z\n"
)


def channel(station: str, code: str, seed: int) -> Trace:
    counts = np.cumsum(np.random.default_rng(seed).integers(-40, 41, 360_000)).astype(np.int32)
    codes = {"network": "XX", "station": station, "location": "", "channel": code}
    return Trace(counts, {**codes, "sampling_rate": 100.0, "starttime": UTCDateTime(2020, 5, 17)})


@pytest.fixture(scope="module")
def recorded() -> Stream:
    return Stream([channel("AAA", code, seed) for seed, code in enumerate(("HHZ", "HHN", "HHE"))] + [channel("BBB", "BHZ", 9)])


@pytest.fixture
def service(recorded: Stream, settings) -> Iterator[FdsnServer]:
    with fdsn_server(recorded) as server:
        settings.FDSN_SERVICES = {"own": server.address}
        settings.FDSN_PAUSE_S = 0.0
        yield server


@pytest.fixture
def catalog(workspace) -> None:
    import_files(workspace, {"picks.csv": PICKS})


def fetch(workspace, **window: float) -> Import:
    source_import = begin_import(workspace=workspace, name="fetch", by=None)
    use_fdsn(source_import=source_import, service="own", **window)
    start_import(source_import=source_import, send=False)
    import_catalog(source_import.pk)
    source_import.refresh_from_db()
    return source_import


def have_waveform() -> list[bool]:
    return [pick.trace_id is not None for pick in Pick.objects.order_by("pk")]


def test_picks_get_their_windows_and_the_files_are_kept(workspace, catalog, service, recorded):
    done = fetch(workspace)
    assert (done.state, done.counts["traces"]) == ("done", 3)
    assert have_waveform() == [True, True, True, True, False]
    first = TraceRow.objects.filter(station_code="AAA").order_by("start_time").first()
    theirs = recorded.select(station="AAA").slice(UTCDateTime(first.start_time), UTCDateTime(first.end_time))
    np.testing.assert_array_equal(read_trace(first), np.array([trace.data for trace in theirs], dtype=np.float32))
    assert all(original_files().path_of(file.sha256).exists() for file in done.files.all())
    assert done.problems.get(code="not_at_service").place == "own:CCC"


def test_windows_of_a_station_go_in_one_request_and_the_instrument_is_remembered(workspace, catalog, service):
    fetch(workspace)
    of_a = [lines for lines in service.asked if " AAA " in lines[0]]
    assert [len(lines) for lines in of_a] == [2]
    assert of_a[0][0].split()[:4] == ["XX", "AAA", "--", "HH?"]
    assert [lines[0].split()[3] for lines in service.asked if " BBB " in lines[0]] == ["HH?", "EH?", "BH?"]
    assert all("Repick" in agent for agent in service.agents)


def test_fetching_again_asks_only_for_what_is_missing(workspace, catalog, service):
    fetch(workspace)
    service.asked.clear()
    fetch(workspace)
    assert {lines[0].split()[1] for lines in service.asked} == {"CCC"}
    assert TraceRow.objects.count() == 3


@pytest.mark.parametrize("failure", [503, 500, 429])
def test_a_service_that_fails_once_is_asked_again(workspace, catalog, service, failure):
    service.fails = [failure]
    done = fetch(workspace)
    assert have_waveform() == [True, True, True, True, False]
    assert not done.problems.filter(code="fdsn_failed").exists()


def test_an_answer_that_is_cut_off_is_not_taken_for_whole(workspace, catalog, service):
    service.fails = ["cut"]
    fetch(workspace)
    assert have_waveform() == [True, True, True, True, False]
    assert TraceRow.objects.filter(station_code="AAA").count() == 2


def test_an_answer_that_is_no_waveform_is_reported(workspace, catalog, service):
    service.fails = ["garbage"]
    done = fetch(workspace)
    assert done.state == "done"
    assert done.problems.filter(code="unreadable_file").exists()
    assert have_waveform()[3]


def test_a_service_that_stays_away_is_left_alone_and_asked_later(workspace, catalog, service):
    service.fails = [503] * 200
    done = fetch(workspace)
    assert (done.state, len(service.asked)) == ("done", 9)
    assert done.problems.filter(code="fdsn_stopped").count() == 1
    assert "Start the fetching again later" in done.problems.filter(code="fdsn_failed").first().message
    service.fails = []
    fetch(workspace)
    assert have_waveform() == [True, True, True, True, False]


def test_a_killed_worker_loses_nothing_that_had_come(workspace, catalog, service):
    """The state that a worker leaves which is killed after the first station's file was kept, and before its rows were written."""
    done = fetch(workspace)
    Pick.objects.update(trace=None)
    TraceRow.objects.all().delete()
    SourceFile.objects.filter(source_import=done, name__contains="BBB").delete()
    Import.objects.filter(pk=done.pk).update(state="queued", finished_at=None)
    service.asked.clear()
    import_catalog(done.pk)
    done.refresh_from_db()
    assert (done.state, have_waveform()) == ("done", [True, True, True, True, False])
    assert {lines[0].split()[1] for lines in service.asked} == {"BBB", "CCC"}


def test_no_service_where_there_is_none(workspace, catalog, settings):
    settings.FDSN_SERVICES, settings.FDSN_PAUSE_S = {"own": "http://127.0.0.1:65000"}, 0.0
    done = fetch(workspace)
    assert (done.state, done.problems.filter(code="fdsn_stopped").count()) == ("done", 1)


def test_codes_that_would_be_lines_of_the_request_are_not_sent(workspace, service):
    import_files(workspace, {"picks.csv": PICKS.splitlines()[0] + b'\nXX,"A A",,,P,2020-05-17T00:20:00Z\nXX,A*,,,P,2020-05-17T00:20:00Z\n'})
    done = fetch(workspace)
    assert service.asked == []
    assert done.problems.filter(code="not_at_service").count() == 2


@pytest.mark.parametrize("name", ["", "http://169.254.169.254/", "file:///etc/passwd", "nobody"])
def test_only_services_that_are_known_by_name_are_asked(name, workspace):
    with pytest.raises(Refused, match="no FDSN service known here"):
        use_fdsn(source_import=begin_import(workspace=workspace, name="a", by=None), service=name)


def test_analysts_start_it_on_the_page_and_over_the_api(workspace, service, analyst, analyst_client, viewer_client):
    page, form = reverse("import_fdsn", args=[workspace.slug]), {"service": "own", "before_s": "20", "after_s": "60"}
    assert viewer_client.post(page, form).status_code == 403
    analyst_client.post(page, form)
    assert (Import.objects.get().state, Import.objects.get().fdsn) == ("queued", {"service": "own", "before_s": 20.0, "after_s": 60.0})
    client, imports = client_of(analyst), f"{ROOT}/workspaces/{workspace.slug}/imports/"
    here = f"{imports}{client.post(imports).json()['id']}/"
    assert client.post(f"{here}fdsn/", {"service": "http://127.0.0.1/"}).json()["code"] == "unknown_service"
    assert client.post(f"{here}fdsn/", {"service": "own", "after_s": 1e9}).json()["code"] == "invalid"
    assert client.post(f"{here}fdsn/", {"service": "own"}).json()["fdsn"]["service"] == "own"
