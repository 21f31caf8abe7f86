"""upload → import → store → freeze a snapshot → train (out of fold) → flag → propose → review → freeze again → retrain → export.

Once in this process on generated data, once on real data where they are at hand, and once through the API with real workers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from labeling.files import exports_folder
from labeling.jobs.export_snapshot import export_snapshot
from labeling.models import Flag, Pick, Snapshot, Trace, Work, Workspace
from labeling.seismo.timing import add_seconds, parse_utc
from labeling.services.exports import begin_export
from labeling.services.review import decide, undo_last
from labeling.services.review_draw import set_review_shares
from labeling.services.snapshots import freeze_snapshot, snapshot_difference
from tests import factories
from tests.integration.real_site import RealSite
from tests.integration.small_uploads import QUICK_SETTINGS, Content, files_below, import_files, small_files
from training.jobs.run_to_end import run_to_end
from training.models import Run
from training.services.runs import start_run

FORMATS = ("csv", "quakeml", "seisbench")


def test_the_whole_chain_on_generated_data(workspace, analyst):
    walk_the_chain(workspace, small_files(), analyst, QUICK_SETTINGS, export_as=FORMATS)


def test_the_whole_chain_on_ncedc(workspace, analyst, shared_data: Path):
    settings = {**QUICK_SETTINGS, "epochs": 1, "batch_size": 32}
    walk_the_chain(workspace, files_below(shared_data / "ncedc"), analyst, settings, export_as=("csv", "seisbench"))


def walk_the_chain(workspace: Workspace, files: Mapping[str, Content], analyst, settings, *, export_as: tuple[str, ...]) -> None:
    # Nothing is drawn by chance: any pick may be accepted, and each decision counts by itself.
    set_review_shares(workspace=workspace, blind_share=0.0, double_share=0.0, hidden_share=0.0)

    # upload → import → store
    imported = import_files(workspace, files)
    assert imported.state == Work.State.DONE, imported.message
    assert Trace.objects.filter(workspace=workspace).count() == imported.counts["traces"]

    # freeze a snapshot → train out of fold → flag → propose
    first_snapshot = freeze_snapshot(workspace=workspace, by=analyst)
    first = trained(workspace, first_snapshot, settings)
    flags = list(Flag.objects.current(workspace).worst_first())
    assert len(flags) == first.n_labels == imported.counts["picks_with_waveform"]
    proposing = [flag for flag in flags if flag.proposed_time is not None and flag.kind == Flag.Kind.TIMING]
    if not proposing:  # a network that learned for two epochs may propose nothing; the chain needs a proposal all the same
        proposing = [with_a_proposal(flags[0])]

    # review
    accepted, rest = proposing[0], [flag for flag in flags if flag.pk != proposing[0].pk]
    rejected, moved, removed, undone = rest[:4]
    moved_to = add_seconds(moved.pick.time, 0.4)
    for flag, kind, time in ((accepted, "accept", None), (rejected, "reject", None), (moved, "move", moved_to), (removed, "remove", None)):
        decide(pick=flag.pick, flag=flag, kind=kind, time=time, analyst=analyst, client_id=uuid4())
    decide(pick=undone.pick, flag=undone, kind="remove", analyst=analyst, client_id=uuid4())
    undo_last(workspace=workspace, analyst=analyst, client_id=uuid4())

    # freeze again
    second_snapshot = freeze_snapshot(workspace=workspace, by=analyst)
    assert second_snapshot.parent == first_snapshot
    changes = {
        change.pick.pk: change for change in snapshot_difference(older=first_snapshot, newer=second_snapshot, viewer=analyst).changes()
    }
    assert {pk: change.what for pk, change in changes.items()} == {
        accepted.pick_id: "moved",
        moved.pick_id: "moved",
        removed.pick_id: "removed",
    }
    assert changes[accepted.pick_id].after.time == accepted.proposed_time
    assert changes[moved.pick_id].shift_s == pytest.approx(0.4)

    # retrain
    second = trained(workspace, second_snapshot, settings)
    judged = set(Flag.objects.current(workspace).values_list("pick_id", flat=True))
    assert (second.n_labels, removed.pick_id in judged) == (first.n_labels - 1, False)
    decided = Flag.objects.current(workspace).filter(pick__in=[accepted.pick, rejected.pick, moved.pick])
    assert set(decided.values_list("state", flat=True)) == {Flag.State.DECIDED}

    # export → import of the export gives the same picks
    for form in export_as:
        assert_comes_back(second_snapshot, form)


def trained(workspace: Workspace, snapshot: Snapshot, settings) -> Run:
    run = run_to_end(
        start_run(workspace=workspace, by=None, settings=settings, snapshot=snapshot, review_when_done=True, send=False).pk,
        lambda text: None,
    )
    assert run.state == Work.State.DONE, run.message
    return run


def with_a_proposal(flag: Flag) -> Flag:
    Flag.objects.filter(pk=flag.pk).update(
        kind=Flag.Kind.TIMING,
        proposed_time=add_seconds(flag.label_time, -0.62),
        proposed_lower=add_seconds(flag.label_time, -0.67),
        proposed_upper=add_seconds(flag.label_time, -0.57),
        proposed_phase=flag.label_phase,
    )
    flag.refresh_from_db()
    return flag


def assert_comes_back(snapshot: Snapshot, form: str) -> None:
    export = begin_export(snapshot=snapshot, format=form, by=None, send=False)
    export_snapshot(export.pk)
    export.refresh_from_db()
    assert export.state == Work.State.DONE, export.message
    path = exports_folder() / export.path
    other = factories.make_workspace(f"From {form}")
    done = import_files(other, {path.name: path})
    assert done.state == Work.State.DONE, done.message
    assert done.counts["errors"] == 0, list(done.problems.filter(severity="error").values_list("place", "message"))
    expected = snapshot.picks.filter(revision__is_removed=False)
    if form == "seisbench":
        expected = expected.filter(pick__trace__isnull=False)
    given = sorted(
        (row.pick.network_code or "", row.pick.station_code, row.revision.phase_hint, seconds_of(row.pick, row.revision.time))
        for row in expected.select_related("pick", "revision")
    )
    back = sorted(
        (pick.network_code or "", pick.station_code, pick.phase_hint, seconds_of(pick, pick.time))
        for pick in Pick.objects.filter(workspace=other)
    )
    assert [pick[:3] for pick in back] == [pick[:3] for pick in given]
    np.testing.assert_allclose([pick[3] for pick in back], [pick[3] for pick in given], atol=1e-5, rtol=0)


def seconds_of(pick: Pick, time: datetime) -> float:
    """Seconds of a pick's time; of one without an absolute time, within its placeholder hour."""
    return time.timestamp() % 3600 if pick.time_is_relative else time.timestamp()


@pytest.mark.real_workers
def test_the_whole_chain_through_the_api_with_real_workers(real_site: RealSite):
    # upload → import → store
    workspace = real_site.new_workspace()
    imported = real_site.import_files(workspace, small_files())
    n_picks = imported["counts"]["picks"]

    # freeze a snapshot → train (out of fold) → flag → propose
    first = real_site.post(f"{workspace}runs/", {"settings": QUICK_SETTINGS, "review_when_done": True})
    first = real_site.until_done(f"{workspace}runs/{first['id']}/")
    assert first["summary"]["n_scored"] == n_picks
    flags = real_site.get_all(f"{workspace}flags/")
    assert 0.9 * n_picks <= len(flags) <= n_picks  # what the blind slice took is told to nobody before it is decided

    # review
    removed, moved, rejected = (flag["pick"]["id"] if isinstance(flag["pick"], dict) else flag["pick"] for flag in flags[:3])
    moved_to = parse_utc(real_site.get(f"{workspace}picks/{moved}/")["time"]) + timedelta(seconds=0.4)
    for pick, kind, time in ((removed, "remove", None), (moved, "move", moved_to.isoformat()), (rejected, "reject", None)):
        real_site.post(f"{workspace}decisions/", {"client_id": str(uuid4()), "pick": pick, "kind": kind, "time": time})

    # freeze again → retrain
    second = real_site.post(f"{workspace}runs/", {"settings": QUICK_SETTINGS, "review_when_done": True})
    second = real_site.until_done(f"{workspace}runs/{second['id']}/")
    assert second["n_labels"] == n_picks - 1
    assert second["is_under_review"]

    # export → import of the export gives the same picks
    export = real_site.post(f"{workspace}exports/", {"snapshot": second["snapshot"], "format": "quakeml"})
    export = real_site.until_done(f"{workspace}exports/{export['id']}/")
    written = real_site.download(f"{workspace}exports/{export['id']}/download/")
    other = real_site.new_workspace()
    real_site.import_files(other, {"catalog.xml": written})
    given = {pick["time"]: pick["phase_hint"] for pick in all_picks(real_site, workspace) if not pick["is_removed"]}
    back = {pick["time"]: pick["phase_hint"] for pick in all_picks(real_site, other)}
    assert back == given
    assert parse_utc(next(time for time in back if parse_utc(time) == moved_to)) == moved_to


def all_picks(real_site: RealSite, workspace: str) -> Iterator[dict]:
    yield from real_site.get_all(f"{workspace}picks/?page_size=1000")
