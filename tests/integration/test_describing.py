"""Polarity, onset, weight and uncertainty of a label, and comments on it."""

from __future__ import annotations

import csv
import json
import uuid
from datetime import timedelta

import obspy
import pytest
from django.core.management import call_command

from labeling.models import Decision, Pick, PickRevision
from labeling.services.adjudication import cases_in_conflict, settle
from labeling.services.pick_story import tell_story
from labeling.services.refusals import Refused
from labeling.services.review import AlreadyDecided, undo_last
from labeling.services.snapshots import freeze_snapshot, snapshot_difference
from tests import factories
from tests.integration.conftest import signed_in
from tests.integration.deciding import fresh, take
from tests.integration.small_uploads import import_files
from tests.integration.test_exports import csv_rows, exported, seisbench_rows
from tests.integration.test_review_decisions import post

DESCRIPTION = {"polarity": "negative", "onset": "emergent", "weight": 2, "uncertainty_s": 0.12}


def said_of(row):
    return {name: getattr(row, name) for name in DESCRIPTION}


def test_a_description_is_a_new_revision_and_leaves_time_and_phase(flag, analyst):
    take(flag, analyst, "describe", **DESCRIPTION)
    pick = fresh(flag.pick)
    assert (said_of(pick), pick.revision) == (DESCRIPTION, 1)
    assert (pick.time, pick.phase_hint) == (flag.label_time, flag.pick.phase_hint)
    assert said_of(pick.revisions.get(number=1)) == DESCRIPTION
    assert said_of(pick.revisions.get(number=0)) == said_of(flag.pick)


def test_what_a_description_does_not_name_stays(flag, analyst):
    take(flag, analyst, "describe", polarity="positive")
    take(flag, analyst, "describe", weight=0)
    pick = fresh(flag.pick)
    assert (pick.polarity, pick.weight, pick.onset) == ("positive", 0, flag.pick.onset)


def test_describing_leaves_the_flag_open_and_counts_as_no_verdict(flag, analyst):
    take(flag, analyst, "describe", polarity="positive")
    take(flag, analyst, "comment", reason="A nice one.")
    assert fresh(flag).state == "open"


def test_undo_takes_a_description_back(flag, analyst, workspace):
    take(flag, analyst, "describe", **DESCRIPTION)
    undo_last(workspace=workspace, analyst=analyst, client_id=uuid.uuid4())
    assert said_of(fresh(flag.pick)) == said_of(flag.pick)
    assert not Pick.objects.corrected().exists()


@pytest.mark.parametrize("name", DESCRIPTION)
def test_a_described_pick_is_no_longer_as_it_was_imported(flag, analyst, name):
    take(flag, analyst, "describe", **{name: DESCRIPTION[name]})
    assert Pick.objects.corrected().get() == flag.pick


def test_a_move_stays_described(flag, analyst):
    take(flag, analyst, "describe", **DESCRIPTION)
    take(flag, analyst, "move", time=flag.label_time + timedelta(seconds=0.2))
    assert said_of(fresh(flag.pick)) == DESCRIPTION


def test_rejecting_a_described_pick_keeps_the_description(flag, analyst):
    take(flag, analyst, "describe", **DESCRIPTION)
    take(flag, analyst, "reject")
    assert said_of(fresh(flag.pick)) == DESCRIPTION


@pytest.mark.parametrize("kind", ["move", "add"])
def test_a_move_and_an_added_arrival_may_say_how_sure_the_time_is(flag, analyst, kind):
    take(flag, analyst, kind, time=flag.label_time + timedelta(seconds=0.2), phase="P", uncertainty_s=0.03)
    assert PickRevision.objects.get(decision__kind=kind).uncertainty_s == 0.03


def test_a_move_that_does_not_say_how_sure_it_is_leaves_the_uncertainty(flag, analyst):
    take(flag, analyst, "move", time=flag.label_time + timedelta(seconds=0.2))
    assert fresh(flag.pick).uncertainty_s == flag.pick.uncertainty_s


@pytest.mark.parametrize(
    "wrong",
    [
        {"polarity": "up"},
        {"onset": "i"},
        {"weight": 5},
        {"weight": -1},
        {"uncertainty_s": 0.0},
        {"uncertainty_s": -0.1},
        {"uncertainty_s": float("nan")},
        {"uncertainty_s": 1e300},
    ],
)
def test_an_impossible_description_is_refused_by_its_field(flag, analyst, wrong):
    with pytest.raises(Refused) as refused:
        take(flag, analyst, "describe", **wrong)
    assert set(refused.value.fields) == set(wrong)
    assert not Decision.objects.exists()


def test_a_description_that_says_nothing_or_nothing_new_is_refused(flag, analyst):
    with pytest.raises(Refused, match="Say what to set"):
        take(flag, analyst, "describe")
    take(flag, analyst, "describe", polarity="positive")
    with pytest.raises(Refused, match="is positive already"):
        take(flag, analyst, "describe", polarity="positive")


@pytest.mark.parametrize("kind", ["accept", "reject", "remove", "skip"])
def test_other_decisions_take_no_description_that_they_would_drop(flag, analyst, kind):
    with pytest.raises(Refused) as refused:
        take(flag, analyst, kind, polarity="positive")
    assert refused.value.code == "not_of_this_kind"


@pytest.fixture
def described_twice(flag, analyst, second_analyst):
    """ana says positive, ben, who has not seen it, negative and weight 2."""
    take(flag, analyst, "describe", polarity="positive", shown={"last_decision": 0})
    with pytest.raises(AlreadyDecided) as raised:
        take(flag, second_analyst, "describe", polarity="negative", weight=2, shown={"last_decision": 0})
    return raised.value.decision


def test_a_description_that_did_not_see_a_move_counts_beside_it(flag, analyst, second_analyst):
    there = flag.label_time + timedelta(seconds=0.2)
    take(flag, analyst, "move", time=there, shown={"last_decision": 0})
    take(flag, second_analyst, "describe", polarity="positive", shown={"last_decision": 0})
    pick = fresh(flag.pick)
    assert (pick.time, pick.polarity, pick.in_conflict) == (there, "positive", False)


@pytest.mark.parametrize("kind", ["accept", "reject", "remove"])
def test_a_verdict_that_did_not_see_a_description_counts_beside_it(flag, analyst, second_analyst, kind):
    take(flag, analyst, "describe", polarity="positive", shown={"last_decision": 0})
    take(flag, second_analyst, kind, shown={"last_decision": 0})
    pick = fresh(flag.pick)
    assert (pick.polarity, pick.in_conflict, pick.is_removed, fresh(flag).state) == ("positive", False, kind == "remove", "decided")


def test_what_was_removed_unseen_is_not_described_and_the_analyst_is_told(flag, analyst, second_analyst):
    take(flag, analyst, "remove", shown={"last_decision": 0})
    with pytest.raises(Refused) as refused:
        take(flag, second_analyst, "describe", polarity="positive", shown={"last_decision": 0})
    assert refused.value.code == "pick_removed"
    assert not fresh(flag.pick).in_conflict


def test_two_unseen_descriptions_of_other_properties_both_count(flag, analyst, second_analyst):
    take(flag, analyst, "describe", polarity="positive", shown={"last_decision": 0})
    take(flag, second_analyst, "describe", weight=2, shown={"last_decision": 0})
    pick = fresh(flag.pick)
    assert (pick.polarity, pick.weight, pick.in_conflict) == ("positive", 2, False)


def test_two_unseen_descriptions_of_one_property_wait_for_an_admin_and_leave_the_flag_open(described_twice, flag):
    pick = fresh(flag.pick)
    assert (pick.polarity, pick.in_conflict, fresh(flag).state) == ("positive", True, "open")


@pytest.mark.parametrize(("chosen", "polarity"), [("ana", "positive"), ("ben", "negative")])
@pytest.mark.parametrize("meanwhile", ["reject", "remove", None])
def test_an_admin_settles_which_description_counts_whatever_the_verdict(
    described_twice, flag, analyst, workspace_admin, chosen, polarity, meanwhile
):
    if meanwhile:
        take(flag, analyst, meanwhile, shown={"last_decision": described_twice.pk})
        assert fresh(flag.pick).in_conflict
    (case,) = cases_in_conflict(workspace=flag.workspace).cases
    decisions = {choice.decision.analyst.username: choice.decision for choice in case.choices}
    page = signed_in(workspace_admin).get(f"/w/{flag.workspace.slug}/review/adjudication/").content.decode()
    assert "polarity positive" in page and "polarity negative" in page
    settle(decision=decisions[chosen], admin=workspace_admin, client_id=uuid.uuid4())
    pick = fresh(flag.pick)
    assert (pick.polarity, pick.in_conflict, pick.is_removed) == (polarity, False, meanwhile == "remove")


def test_a_description_settles_no_conflict(flag, analyst, second_analyst, workspace_admin):
    take(flag, analyst, "accept", seen_revision=0)
    with pytest.raises(AlreadyDecided):
        take(flag, second_analyst, "remove", seen_revision=0)
    take(flag, workspace_admin, "describe", polarity="positive", shown={"last_decision": Decision.objects.last().pk})
    assert (fresh(flag.pick).in_conflict, fresh(flag.pick).polarity) == (True, "positive")


def test_an_admin_may_settle_for_the_removal_that_counts_already(flag, analyst, second_analyst, workspace_admin):
    removal = take(flag, analyst, "remove", seen_revision=0)
    with pytest.raises(AlreadyDecided):
        take(flag, second_analyst, "reject", seen_revision=0)
    settle(decision=removal, admin=workspace_admin, client_id=uuid.uuid4())
    assert (fresh(flag.pick).is_removed, fresh(flag.pick).in_conflict) == (True, False)


# --- comments ---------------------------------------------------------------------------------------------------------


def test_a_comment_is_kept_and_changes_nothing(flag, analyst):
    comment = take(flag, analyst, "comment", reason="Clipped from 12 s on.")
    assert (comment.reason, fresh(flag.pick).revision, fresh(flag).state) == ("Clipped from 12 s on.", 0, "open")
    assert "Clipped from 12 s on." in tell_story(fresh(flag.pick), threshold=0.5, viewer=analyst)[-1].details


def test_a_comment_needs_a_text(flag, analyst):
    with pytest.raises(Refused) as refused:
        take(flag, analyst, "comment", reason="  ")
    assert refused.value.code == "comment_empty"


def test_a_comment_on_what_somebody_else_decided_unseen_is_no_conflict(flag, analyst, second_analyst):
    take(flag, analyst, "accept", seen_revision=0)
    take(flag, second_analyst, "comment", reason="Why?", seen_revision=0)
    assert not fresh(flag.pick).in_conflict


# --- what leaves the workspace ----------------------------------------------------------------------------------------


@pytest.fixture
def described(flag, analyst, workspace):
    before = freeze_snapshot(workspace=workspace, by=None)
    take(flag, analyst, "describe", **DESCRIPTION)
    return before, freeze_snapshot(workspace=workspace, by=None)


def test_a_snapshot_tells_a_description_from_its_parent(described, analyst):
    before, after = described
    assert before.content_hash != after.content_hash
    (change,) = snapshot_difference(older=before, newer=after, viewer=analyst).changes()
    assert (change.what, said_of(change.after)) == ("described", DESCRIPTION)


def test_an_older_snapshot_exports_what_was_said_then(described, flag):
    before, after = described
    rows = [csv_rows(snapshot)[flag.pick.source_ref] for snapshot in (before, after)]
    assert [(row["status"], row["polarity"], row["onset"], row["weight"], row["uncertainty_s"]) for row in rows] == [
        ("kept", flag.pick.polarity, flag.pick.onset, "" if flag.pick.weight is None else str(flag.pick.weight), "0.05"),
        ("described", "negative", "emergent", "2", "0.12"),
    ]
    assert (rows[1]["decision"], rows[1]["analyst"], rows[1]["evaluation_mode"]) == ("describe", "ana", "manual")


def test_seisbench_holds_the_description(described):
    (row,) = seisbench_rows(described[1])
    assert (row["trace_p_status"], row["trace_p_weight"]) == ("described", "2")
    assert "negative" in row.values() and "emergent" in row.values() and "0.12" in row.values()


def test_quakeml_has_the_description_on_a_new_resource_that_supersedes_the_old(described):
    (event,) = obspy.read_events(str(exported(described[1], "quakeml")[0]))
    old, new = event.picks
    assert (old.evaluation_status, new.evaluation_status, new.creation_info.author) == ("rejected", "reviewed", "ana")
    assert (new.polarity, new.onset, new.time_errors.uncertainty) == ("negative", "emergent", 0.12)
    assert "repick: weight 2" in [comment.text for comment in new.comments]


def test_the_history_holds_what_each_decision_set(described):
    (told,) = [json.loads(line) for line in exported(described[1], "history")[0].read_text().splitlines()]
    assert {name: told[name] for name in DESCRIPTION} == DESCRIPTION


@pytest.mark.parametrize("form", ["csv", "quakeml"])
def test_a_description_comes_back_with_the_export(described, form):
    path, _ = exported(described[1], form)
    other = factories.make_workspace("Elsewhere")
    import_files(other, {path.name: path})
    assert said_of(Pick.objects.get(workspace=other)) == DESCRIPTION


# --- over HTTP and from a file ----------------------------------------------------------------------------------------


def test_the_screen_describes_and_gets_the_label_back(flag, analyst_client, workspace):
    answer = post(analyst_client, workspace, kind="describe", pick=flag.pick.pk, flag=flag.pk, seen_revision=0, **DESCRIPTION)
    assert answer.status_code == 201
    assert {name: answer.json()["pick"][name] for name in DESCRIPTION} == DESCRIPTION
    assert answer.json()["flag_state"] == "open"


@pytest.mark.parametrize("wrong", [{"weight": "2"}, {"weight": True}, {"uncertainty_s": "0.1"}, {"polarity": 1}])
def test_a_description_of_the_wrong_type_is_refused_by_its_field(flag, analyst_client, workspace, wrong):
    answer = post(analyst_client, workspace, kind="describe", pick=flag.pick.pk, **wrong)
    assert (answer.status_code, set(answer.json()["fields"])) == (400, set(wrong))


def test_the_api_describes(flag, analyst_client, workspace):
    body = {"client_id": str(uuid.uuid4()), "pick": flag.pick.pk, "kind": "describe", **DESCRIPTION}
    answer = analyst_client.post(f"/api/v1/workspaces/{workspace.slug}/decisions/", body, content_type="application/json")
    assert answer.status_code == 201, answer.json()
    assert {name: answer.json()[name] for name in DESCRIPTION} == DESCRIPTION
    told = analyst_client.get(f"/api/v1/workspaces/{workspace.slug}/picks/{flag.pick.pk}/history/").json()
    assert {name: told["revisions"][1][name] for name in DESCRIPTION} == DESCRIPTION


def test_decide_describes_from_a_file_and_only_once(flag, analyst, workspace, tmp_path, capsys):
    path = tmp_path / "decisions.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["pick_id", "decision", *DESCRIPTION, "reason"])
        writer.writerow([flag.pick.pk, "describe", *DESCRIPTION.values(), ""])
        writer.writerow([flag.pick.pk, "comment", "", "", "", "", "seen by two"])
    for _ in range(2):
        call_command("decide", workspace.name, str(path), analyst="ana")
    assert said_of(fresh(flag.pick)) == DESCRIPTION
    assert list(Decision.objects.values_list("kind", "reason")) == [("describe", ""), ("comment", "seen by two")]
    assert "0 decided, 2 decided before" in capsys.readouterr().out
