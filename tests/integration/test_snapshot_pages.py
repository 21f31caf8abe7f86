"""Freezing, comparing and exporting on the pages."""

from __future__ import annotations

from pathlib import Path

from django.test import Client
from django.urls import reverse

from labeling.models import Export, Pick, PickRevision, Workspace
from labeling.services.snapshots import freeze_snapshot
from tests import factories


def move(pick: Pick, seconds: float) -> None:
    time = pick.time + factories.timedelta(seconds=seconds)
    PickRevision.objects.create(pick=pick, number=pick.revision + 1, time=time, phase_hint=pick.phase_hint)
    Pick.objects.filter(pk=pick.pk).update(time=time, revision=pick.revision + 1)


def test_freezing_twice_without_a_change_gives_the_same_snapshot(workspace: Workspace, analyst_client: Client) -> None:
    factories.make_pick(catalog=factories.make_catalog(workspace))
    url = reverse("snapshot_freeze", args=[workspace.slug])
    first = analyst_client.post(url, {"note": "as imported"}, follow=True).content.decode()
    assert "Snapshot 1 holds 1 picks and will not change any more" in first
    assert "as imported" in first
    assert "Nothing has changed since Snapshot 1" in analyst_client.post(url, follow=True).content.decode()
    assert workspace.snapshots.count() == 1


def test_an_empty_workspace_has_nothing_to_freeze(workspace: Workspace, analyst_client: Client) -> None:
    assert "Nothing to freeze yet" in analyst_client.get(reverse("snapshot_list", args=[workspace.slug])).content.decode()
    page = analyst_client.post(reverse("snapshot_freeze", args=[workspace.slug]), follow=True).content.decode()
    assert "has no picks yet. Import a catalog first." in page


def test_the_difference_shows_what_moved_and_by_how_much(workspace: Workspace, analyst_client: Client) -> None:
    catalog = factories.make_catalog(workspace)
    pick = factories.make_pick(catalog=catalog, station_code="LTC")
    freeze_snapshot(workspace=workspace, by=None)
    move(pick, -0.62)
    factories.make_pick(catalog=catalog, station_code="GDXB", offset_s=20)
    freeze_snapshot(workspace=workspace, by=None)
    page = analyst_client.get(reverse("snapshot_compare", args=[workspace.slug]) + "?a=2&b=1").content.decode()
    assert "−0.62 s" in page
    assert "moved" in page
    assert "BG.GDXB" in page
    assert "<b>1</b><span>picks changed</span>" in page
    assert "<b>1</b><span>added</span>" in page


def test_the_difference_shows_relative_times_within_their_trace(workspace: Workspace, analyst_client: Client) -> None:
    start = factories.datetime(1970, 1, 5, 7, tzinfo=factories.UTC)
    trace = factories.make_trace(factories.make_catalog(workspace), start_time=start, time_is_relative=True)
    pick = factories.make_pick(trace)
    freeze_snapshot(workspace=workspace, by=None)
    move(pick, -0.62)
    freeze_snapshot(workspace=workspace, by=None)
    page = analyst_client.get(reverse("snapshot_compare", args=[workspace.slug]) + "?a=1&b=2").content.decode()
    assert ("P +10.00 s" in page, "P +9.38 s" in page, "1970" in page) == (True, True, False)


def test_a_snapshot_that_does_not_exist_is_not_found(workspace: Workspace, analyst_client: Client) -> None:
    for query in ("", "?a=1", "?a=x&b=1", "?a=1&b=99999999999"):
        assert analyst_client.get(reverse("snapshot_compare", args=[workspace.slug]) + query).status_code == 404


def test_an_export_is_asked_for_and_watched(workspace: Workspace, analyst_client: Client) -> None:
    factories.make_pick(catalog=factories.make_catalog(workspace))
    snapshot = freeze_snapshot(workspace=workspace, by=None)
    page = analyst_client.post(reverse("export_start", args=[workspace.slug, snapshot.number]), {"format": "quakeml"}, follow=True)
    assert "QuakeML" in page.content.decode()
    export = Export.objects.get()
    row = analyst_client.get(reverse("export_row", args=[workspace.slug, export.pk]), headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" in row
    Export.objects.update(state="done", not_held=["230 picks without a waveform."])
    row = analyst_client.get(reverse("export_row", args=[workspace.slug, export.pk]), headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in row
    assert "230 picks without a waveform." in row


def test_a_form_that_is_none_is_refused(workspace: Workspace, analyst_client: Client) -> None:
    factories.make_pick(catalog=factories.make_catalog(workspace))
    snapshot = freeze_snapshot(workspace=workspace, by=None)
    page = analyst_client.post(reverse("export_start", args=[workspace.slug, snapshot.number]), {"format": "xls"}, follow=True)
    assert "Choose one of the forms offered" in page.content.decode()
    assert not Export.objects.exists()


def test_a_finished_export_is_downloaded_under_a_telling_name(workspace: Workspace, analyst_client: Client, data_folder: Path) -> None:
    export = Export.objects.create(
        workspace=workspace, snapshot=factories.make_snapshot(workspace), format="csv", state="done", path="7.csv"
    )
    (data_folder / "exports").mkdir()
    (data_folder / "exports" / "7.csv").write_text("pick_id\n")
    answer = analyst_client.get(reverse("export_download", args=[workspace.slug, export.pk]))
    assert b"".join(answer.streaming_content) == b"pick_id\n"
    assert 'filename="northern-california-2012-snapshot-1-csv.csv"' in answer["Content-Disposition"]


def test_an_export_never_reads_outside_its_folder(workspace: Workspace, analyst_client: Client, data_folder: Path) -> None:
    (data_folder / "exports").mkdir()
    (data_folder / "secret_key").write_text("secret")
    export = Export.objects.create(
        workspace=workspace, snapshot=factories.make_snapshot(workspace), format="csv", state="done", path="../secret_key"
    )
    assert analyst_client.get(reverse("export_download", args=[workspace.slug, export.pk])).status_code == 404


def test_an_unfinished_export_is_not_there_yet(workspace: Workspace, analyst_client: Client) -> None:
    export = Export.objects.create(workspace=workspace, snapshot=factories.make_snapshot(workspace), format="csv", state="running")
    assert analyst_client.get(reverse("export_download", args=[workspace.slug, export.pk])).status_code == 404
