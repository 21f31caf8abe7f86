"""import_data and export_snapshot, as somebody at a terminal sees them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from labeling.models import Import, Pick, Snapshot, Workspace
from tests import factories

pytestmark = pytest.mark.django_db
PICKS = "station_code,network_code,phase,time\nFUM,BG,P,2012-09-23T16:22:30Z\nFUM,BG,S,2012-09-23T16:22:34.25Z\nFUM,BG,P,yesterday\n"


@pytest.fixture
def picks_csv(tmp_path: Path) -> Path:
    path = tmp_path / "picks.csv"
    path.write_text(PICKS)
    return path


def test_a_folder_goes_into_a_new_workspace(tmp_path, capsys):
    folder = tmp_path / "autumn"
    (folder / "week1").mkdir(parents=True)
    (folder / "week1" / "picks.csv").write_text(PICKS)
    (folder / ".DS_Store").write_text("of a Mac")
    report = tmp_path / "report.json"
    call_command("import_data", "Southern Alps", str(folder), report=str(report))
    assert [pick.source_ref for pick in Pick.objects.order_by("id")] == ["autumn/week1/picks.csv:2", "autumn/week1/picks.csv:3"]
    assert Workspace.objects.get().name == "Southern Alps"
    written = json.loads(report.read_text())
    assert (written["state"], written["counts"]["picks"]) == ("done", 2)
    assert "picks.csv:4" in [problem["place"].split("/")[-1] for problem in written["problems"]]
    said = capsys.readouterr().out
    assert "picks: 2" in said
    assert "yesterday" in said
    assert "Left out 1 hidden" in said


def test_the_same_files_again_make_nothing_new_and_are_no_failure(picks_csv):
    call_command("import_data", "Alps", str(picks_csv))
    call_command("import_data", "Alps", str(picks_csv))
    assert Pick.objects.count() == 2


def test_nothing_usable_is_status_1_and_still_reported(tmp_path):
    (tmp_path / "notes.txt").write_text("Rained all day.")
    with pytest.raises(CommandError) as refusal:
        call_command("import_data", "Alps", str(tmp_path / "notes.txt"), report=str(tmp_path / "report.json"))
    assert refusal.value.returncode == 1
    assert json.loads((tmp_path / "report.json").read_text())["counts"]["picks"] == 0


@pytest.mark.parametrize("options", [{"paths": ["nowhere"]}, {"report": "no/such/folder/report.json"}, {"admin": "nobody"}])
def test_arguments_that_name_nothing_are_status_2(options, picks_csv):
    paths = options.pop("paths", [str(picks_csv)])
    with pytest.raises(CommandError) as refusal:
        call_command("import_data", "Alps", *paths, **options)
    assert refusal.value.returncode == 2
    assert not Workspace.objects.exists()


def test_files_of_one_name_keep_their_folders_names(tmp_path, picks_csv):
    other = tmp_path / "other" / "picks.csv"
    other.parent.mkdir()
    other.write_text(PICKS.replace("FUM", "ACR"))
    call_command("import_data", "Alps", str(picks_csv), str(other))
    assert {file.name for file in Import.objects.get().files.all()} == {f"{tmp_path.name}/picks.csv", "other/picks.csv"}
    assert Pick.objects.count() == 4


def test_a_queued_import_says_where_to_follow_it(picks_csv, capsys):
    call_command("import_data", "Alps", str(picks_csv), queue=True)
    queued = Import.objects.get()
    assert queued.state == "queued"
    assert f"/w/alps/imports/{queued.pk}/" in capsys.readouterr().out


def test_an_export_freezes_the_present_state(tmp_path, workspace, capsys):
    pick = factories.make_pick(factories.make_trace(factories.make_catalog(workspace)))
    call_command("export_snapshot", workspace.name, format="csv", out=str(tmp_path / "out.csv"))
    [row] = csv.DictReader((tmp_path / "out.csv").open())
    assert (row["pick_id"], row["source_ref"]) == (str(pick.pk), pick.source_ref)
    assert Snapshot.objects.get().number == 1
    assert "Snapshot 1, 1 picks" in capsys.readouterr().out


def test_an_older_snapshot_is_exported_as_it_was(tmp_path, workspace):
    pick = factories.make_pick(factories.make_trace(factories.make_catalog(workspace)))
    factories.make_snapshot(workspace, [pick])
    factories.make_pick(catalog=pick.catalog)
    call_command("export_snapshot", workspace.name, format="csv", out=str(tmp_path), snapshot=1)
    [written] = tmp_path.glob("*.csv")
    assert len(list(csv.DictReader(written.open()))) == 1


def test_a_folder_that_is_named_with_a_slash_is_made(tmp_path, workspace):
    factories.make_pick(catalog=factories.make_catalog(workspace))
    call_command("export_snapshot", workspace.name, format="csv", out=f"{tmp_path}/cleaned/")
    assert [path.name for path in (tmp_path / "cleaned").iterdir()] == ["picks.csv"]
    with pytest.raises(CommandError, match="is a file, no folder"):
        call_command("export_snapshot", workspace.name, format="csv", out=f"{tmp_path}/cleaned/picks.csv/")


@pytest.mark.parametrize(
    ("name", "options"),
    [("Nowhere", {}), ("Northern California 2012", {"snapshot": 7}), ("Northern California 2012", {"out": "no/such/folder/x.csv"})],
)
def test_an_export_of_what_does_not_exist_is_status_2(name, options, tmp_path, workspace):
    with pytest.raises(CommandError) as refusal:
        call_command("export_snapshot", name, **{"format": "csv", "out": str(tmp_path / "x.csv"), **options})
    assert refusal.value.returncode == 2


def test_an_export_of_an_empty_workspace_is_status_1(tmp_path, workspace):
    with pytest.raises(CommandError) as refusal:
        call_command("export_snapshot", workspace.name, format="csv", out=str(tmp_path / "x.csv"))
    assert refusal.value.returncode == 1
    assert "Import a catalog first" in str(refusal.value)
