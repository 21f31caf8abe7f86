"""Jobs write their heartbeat while they read, and others write meanwhile."""

from __future__ import annotations

from threading import Thread

import pytest
from django.db import connection

from labeling.jobs import export_contents
from labeling.jobs.export_contents import SnapshotContents
from labeling.jobs.picks_without_waveform import picks_by_station
from labeling.models import Workspace
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
N_TRACES = 6


@pytest.fixture
def snapshot(workspace, monkeypatch):
    """More of everything than is read at a time."""
    for name in ("AT_ONCE", "EVENTS_AT_ONCE", "TRACES_AT_ONCE"):
        monkeypatch.setattr(export_contents, name, 2)
    catalog = factories.make_catalog(workspace)
    traces = [factories.make_trace(catalog, event=factories.make_event(catalog)) for _ in range(N_TRACES)]
    return factories.make_snapshot(workspace, [factories.make_pick(trace) for trace in traces])


def write_from_both_sides(workspace, number):
    """Somebody else writes, then this process does."""

    def elsewhere():
        Workspace.objects.filter(pk=workspace.pk).update(flag_threshold=number / 100)
        connection.close()

    other = Thread(target=elsewhere)
    other.start()
    other.join()
    Workspace.objects.filter(pk=workspace.pk).update(name=f"workspace {number}")


@pytest.mark.parametrize("part", ["picks", "traces", "events_with_picks", "events"])
def test_an_export_goes_on_while_others_write(workspace, snapshot, part):
    n_read = 0
    for n_read, _ in enumerate(getattr(SnapshotContents(snapshot), part)(), start=1):
        write_from_both_sides(workspace, n_read)
    assert n_read == N_TRACES


def test_picks_that_look_for_waveforms_are_read_while_others_write(workspace):
    catalog = factories.make_catalog(workspace)
    for number in range(5):
        factories.make_pick(catalog=catalog, station_code="AB"[number % 2], offset_s=float(number))
    found = []
    for station, picks in picks_by_station(workspace):
        for pick in picks:
            found.append((station, pick.time.second))
            write_from_both_sides(workspace, len(found))
    assert found == [("A", 20), ("A", 22), ("A", 24), ("B", 21), ("B", 23)]
