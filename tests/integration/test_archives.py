"""An SDS archive on the server, used in place: who may name it, what becomes of picks, and files that change afterwards."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.urls import reverse

from labeling.jobs.import_catalog import import_catalog
from labeling.models import Import, Pick, Trace
from labeling.services.archives import use_archive
from labeling.services.refusals import Refused
from labeling.services.uploads import begin_import, start_import
from labeling.trace_samples import read_trace
from labeling.waveform_store import StoreProblem
from tests.integration.api import ROOT, client_of
from tests.integration.small_uploads import import_files
from tests.sds_archives import DAY, file_of, write_day

pytestmark = pytest.mark.django_db
PICKS = (
    b"network_code,station_code,location_code,channel_code,phase,time\n"
    b"XX,AAA,--,HHZ,P,2020-05-17T00:20:00Z\n"
    b"XX,AAA,--,HHN,S,2020-05-17T00:20:08Z\n"
    b"XX,AAA,--,HHZ,P,2020-05-17T00:40:00Z\n"
    b"XX,AAA,--,HHZ,P,2020-05-17T12:00:00Z\n"
    b"XX,BBB,--,HHZ,P,2020-05-17T00:20:00Z\n"
)


@pytest.fixture
def root(settings, tmp_path):
    root = (tmp_path / "archive").resolve()
    for number, channel in enumerate(("HHZ", "HHN", "HHE")):
        write_day(root, channel, seed=number)
    settings.ARCHIVES = {"sds": root}
    return root


def look(workspace, folder: str = "sds", **window: float) -> Import:
    source_import = begin_import(workspace=workspace, name="archive", by=None)
    use_archive(source_import=source_import, folder=folder, **window)
    start_import(source_import=source_import, send=False)
    import_catalog(source_import.pk)
    source_import.refresh_from_db()
    return source_import


def test_picks_get_windows_that_stay_in_the_archive(workspace, root, settings):
    import_files(workspace, {"picks.csv": PICKS})
    done = look(workspace)
    assert (done.state, done.counts["traces"]) == ("done", 2)
    assert [pick.trace_id is not None for pick in Pick.objects.order_by("pk")] == [True, True, True, False, False]
    first = Trace.objects.order_by("start_time").first()
    assert first.start_time == DAY + timedelta(minutes=19, seconds=30)
    assert first.end_time == DAY + timedelta(minutes=21, seconds=38)
    assert first.channel_codes == ["HHZ", "HHN", "HHE"]
    assert not (settings.DATA_DIR / "waveforms" / "shards").exists()
    samples = read_trace(first, 100, 50)
    assert samples.shape == (3, 50)
    np.testing.assert_array_equal(samples, read_trace(first)[:, 100:150])


def test_looking_again_makes_nothing_twice(workspace, root):
    import_files(workspace, {"picks.csv": PICKS})
    look(workspace)
    assert look(workspace).catalog is None
    assert Trace.objects.count() == 2


def test_a_waveform_whose_file_has_gone_is_said_on_the_screen(workspace, root, analyst_client):
    import_files(workspace, {"picks.csv": PICKS})
    look(workspace)
    pick = Pick.objects.exclude(trace=None).first()
    address = reverse("pick_waveform", args=[workspace.slug, pick.pk])
    assert analyst_client.get(address).status_code == 200
    file_of(root).unlink()
    answer = analyst_client.get(address, {"max_points": 17})
    assert (answer.status_code, answer.json()["code"]) == (500, "waveform_lost")
    assert "not in the archive any more" in answer.json()["message"]
    assert str(root) not in answer.json()["message"]


def test_an_archive_that_the_server_no_longer_knows_is_said(workspace, root, settings):
    import_files(workspace, {"picks.csv": PICKS})
    look(workspace)
    settings.ARCHIVES = {}
    with pytest.raises(StoreProblem, match="REPICK_ARCHIVES"):
        read_trace(Trace.objects.first())


@pytest.mark.parametrize(
    ("folder", "code"),
    [
        ("", "unknown_archive"),
        ("elsewhere", "unknown_archive"),
        ("/etc", "unknown_archive"),
        ("sds/..", "no_such_folder"),
        ("sds/../../etc", "no_such_folder"),
        ("sds/nothing", "no_such_folder"),
        ("sds/a\0b", "no_such_folder"),
        ("sds/" + "x" * 900, "no_such_folder"),
        ("sds/out", "no_such_folder"),
        ("sds/2020", "no_sds"),
    ],
)
def test_what_lies_outside_or_is_no_archive_is_refused(folder, code, workspace, root, tmp_path):
    (root / "out").symlink_to(tmp_path)
    with pytest.raises(Refused) as refusal:
        use_archive(source_import=begin_import(workspace=workspace, name="a", by=None), folder=folder)
    assert refusal.value.code == code


@pytest.mark.parametrize("seconds", [0, -5, 1e9, float("nan"), float("inf")])
def test_windows_that_make_no_sense_are_refused(seconds, workspace, root):
    with pytest.raises(Refused, match="before_s"):
        use_archive(source_import=begin_import(workspace=workspace, name="a", by=None), folder="sds", before_s=seconds)


def test_a_broken_file_is_reported_with_its_place_and_the_others_are_used(workspace, root):
    file_of(root, "HHE").write_bytes(b"broken" * 1000)
    import_files(workspace, {"picks.csv": PICKS})
    done = look(workspace)
    assert Trace.objects.first().channel_codes == ["HHZ", "HHN"]
    problem = done.problems.filter(code="archive_unreadable").first()
    assert problem.place == "sds:2020/XX/AAA/HHE.D/XX.AAA..HHE.D.2020.138"


def test_only_admins_name_an_archive(workspace, root, analyst, analyst_client, workspace_admin_client):
    page = reverse("import_archive", args=[workspace.slug])
    form = {"folder": "sds", "before_s": "20", "after_s": "60"}
    assert analyst_client.post(page, form).status_code == 403
    assert "Use in place" not in analyst_client.get(reverse("import_list", args=[workspace.slug])).content.decode()
    assert "Use in place" in workspace_admin_client.get(reverse("import_list", args=[workspace.slug])).content.decode()
    workspace_admin_client.post(page, form)
    made = Import.objects.get()
    assert (made.state, made.archive) == ("queued", {"name": "sds", "folder": ".", "before_s": 20.0, "after_s": 60.0})
    client, imports = client_of(analyst), f"{ROOT}/workspaces/{workspace.slug}/imports/"
    assert client.post(f"{imports}{client.post(imports).json()['id']}/archive/", {"folder": "sds"}).status_code == 403


def test_an_archive_over_the_api(workspace, root, workspace_admin):
    client, imports = client_of(workspace_admin), f"{ROOT}/workspaces/{workspace.slug}/imports/"
    here = f"{imports}{client.post(imports).json()['id']}/"
    assert client.post(f"{here}archive/", {"folder": "sds/.."}).json()["code"] == "no_such_folder"
    assert client.post(f"{here}archive/", {"folder": "sds", "after_s": 60}).json()["archive"]["after_s"] == 60
    assert client.post(f"{here}start/").json()["state"] == "queued"


def test_a_form_that_is_wrong_says_so(workspace, root, workspace_admin_client):
    answer = workspace_admin_client.post(
        reverse("import_archive", args=[workspace.slug]), {"folder": "../x", "before_s": "1", "after_s": "2"}
    )
    assert answer.status_code in (302, 400)
    assert not Import.objects.exists()
