"""Import of one's own export gives the same picks: from a snapshot, through each form, into another workspace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from labeling.files import exports_folder
from labeling.jobs.export_snapshot import export_snapshot
from labeling.models import Import, Pick, Work, Workspace
from labeling.seismo.records import PickRecord
from labeling.services.exports import begin_export
from labeling.services.snapshots import freeze_snapshot
from tests import factories
from tests.integration.small_uploads import Content, files_below, import_files, small_files

FORMS = ("csv", "quakeml", "scml", *(["parquet"] if find_spec("pyarrow") else []), "seisbench")
COLUMNS = [field.name for field in fields(PickRecord) if field.name in {column.name for column in Pick._meta.get_fields()} - {"extra"}]


def through(form: str, workspace: Workspace) -> tuple[Workspace, Import]:
    """A new workspace that holds what the other one's export holds."""
    snapshot = freeze_snapshot(workspace=workspace, by=None)
    export = begin_export(snapshot=snapshot, format=form, by=None)
    export_snapshot(export.pk)
    export.refresh_from_db()
    assert export.state == Work.State.DONE, export.message
    path = exports_folder() / export.path
    other = factories.make_workspace(f"{workspace.name} by {form}")
    return other, import_files(other, {path.name: path}, name=path.name)


def records_of(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Every column that a record of a pick has, by its own name."""
    picks = Pick.objects.filter(workspace=workspace).select_related("event")
    found = {}
    for pick in picks:
        values = {name: getattr(pick, name) for name in COLUMNS}
        event = pick.event
        values["event"] = event and (event.source_ref, event.origin_time, event.latitude, event.longitude, event.depth_km, event.magnitude)
        found[pick.source_ref] = values
    assert len(found) == picks.count(), "two picks have one name"
    return found


def differences(before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]) -> Counter[str]:
    """How many picks differ in each column, and how many are lost or new."""
    found = Counter({"lost": len(before.keys() - after.keys()), "new": len(after.keys() - before.keys())})
    for name in before.keys() & after.keys():
        found.update(column for column, value in before[name].items() if after[name][column] != value)
    return +found


def expect_round_trips(workspace: Workspace, files: Mapping[str, Content], n_picks: int, forms: tuple[str, ...] = FORMS) -> None:
    assert import_files(workspace, files).counts["picks"] == n_picks
    before = records_of(workspace)
    for form in forms:
        other, done = through(form, workspace)
        assert done.state == Work.State.DONE, done.message
        assert not list(done.problems.filter(severity="error").values_list("code", "message")), form
        assert differences(before, records_of(other)) == Counter(), form


def test_a_generated_network_comes_back_through_every_form(workspace):
    done = import_files(workspace, small_files())
    before = records_of(workspace)
    for form in FORMS:
        other, again = through(form, workspace)
        assert not again.problems.filter(severity="error").exists(), form
        assert (again.counts["picks"], again.counts["events"]) == (done.counts["picks"], done.counts["events"]), form
        assert differences(before, records_of(other)) == Counter(), form
        if form == "seisbench":
            assert again.counts["traces"] == Pick.objects.filter(workspace=workspace).values("trace").distinct().count()
            assert not Pick.objects.filter(workspace=other, trace=None).exists()


@pytest.mark.parametrize("form", FORMS)
def test_stead_california_comes_back(workspace, shared_data: Path, form: str):
    expect_round_trips(workspace, files_below(shared_data / "stead_california"), 100, (form,))


@pytest.mark.parametrize("form", FORMS)
def test_ncedc_comes_back(workspace, shared_data: Path, form: str):
    expect_round_trips(workspace, files_below(shared_data / "ncedc"), 308, (form,))


@pytest.mark.parametrize("form", FORMS)
def test_nz_southern_alps_comes_back_with_the_picks_of_near_duplicate_files(workspace, shared_data: Path, form: str):
    expect_round_trips(workspace, files_below(shared_data / "nz_southern_alps"), 447, (form,))
