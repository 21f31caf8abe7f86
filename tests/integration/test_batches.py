"""Many proposals accepted at once, previewed, and taken back."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.models import Decision, DecisionBatch, Flag, Pick
from labeling.services.batch_preview import preview_batch
from labeling.services.batches import accept_together, undo_together
from labeling.services.leases import hold_flags
from labeling.services.refusals import Conflict, Forbidden
from labeling.services.review import AlreadyDecided, undo
from labeling.services.review_queue import QueueFilter
from tests import factories
from tests.integration.conftest import signed_in
from tests.integration.deciding import fresh, take


@pytest.fixture
def flags(workspace):
    trace = factories.make_trace(factories.make_catalog(workspace))
    return [factories.make_flag(factories.make_pick(trace, offset_s=5.0 + number), shift_s=0.36) for number in range(6)]


def accepted(flags, analyst, **more):
    ids = [flag.pk for flag in flags]
    return accept_together(workspace=flags[0].workspace, flags=ids, analyst=analyst, client_id=more.pop("client_id", uuid.uuid4()), **more)


def undone(batch, analyst, **more):
    return undo_together(batch=batch, analyst=analyst, client_id=more.pop("client_id", uuid.uuid4()))


def test_each_pick_of_a_batch_has_its_own_decision_and_revision(flags, analyst):
    batch = accepted(flags, analyst, criteria={"least_p": 0.9})
    assert (batch.n_decided, batch.n_left_out) == (6, {})
    for flag in flags:
        pick = fresh(flag.pick)
        assert (pick.time, pick.revision, fresh(flag).state) == (flag.proposed_time, 1, "decided")
        decision = pick.decisions.get()
        assert (decision.kind, decision.analyst, decision.flag, decision.batch) == ("accept", analyst, flag, batch)
        assert pick.revisions.get(number=1).decision == decision
        assert pick.uncertainty_s == pytest.approx(0.0304, abs=1e-4)


def test_a_batch_sent_twice_is_stored_once(flags, analyst, second_analyst):
    client_id = uuid.uuid4()
    assert accepted(flags, analyst, client_id=client_id) == accepted(flags, analyst, client_id=client_id)
    assert Decision.objects.count() == 6
    with pytest.raises(Conflict):
        accepted(flags, second_analyst, client_id=client_id)


def test_what_cannot_be_accepted_any_more_is_left_out_and_counted(flags, analyst, second_analyst, workspace):
    take(flags[0], second_analyst, "reject")
    hold_flags(workspace=workspace, analyst=second_analyst, page=uuid.uuid4(), flag_ids=[flags[1].pk])
    Pick.objects.filter(pk=flags[2].pick_id).update(in_conflict=True)
    Flag.objects.filter(pk=flags[3].pk).update(kind="missed_arrival")
    Flag.objects.filter(pk=flags[4].pk).update(proposed_time=None, proposed_phase="")
    batch = accepted(flags, analyst)
    assert batch.n_decided == 1
    assert batch.n_left_out == {"decided": 1, "open_elsewhere": 1, "in_conflict": 1, "one_by_one": 1, "cannot_be_accepted": 1}
    assert fresh(flags[0].pick).time == flags[0].label_time


def test_a_batch_keeps_what_was_described(flags, analyst):
    take(flags[0], analyst, "describe", polarity="negative")
    accepted(flags, analyst)
    assert (fresh(flags[0].pick).polarity, fresh(flags[0].pick).time) == ("negative", flags[0].proposed_time)


def test_one_undo_takes_a_batch_back(flags, analyst):
    undoing = undone(accepted(flags, analyst), analyst)
    assert undoing.n_decided == 6
    for flag in flags:
        assert (fresh(flag.pick).time, fresh(flag.pick).revision, fresh(flag).state) == (flag.label_time, 2, "open")
    assert not Pick.objects.corrected().exists()


def test_the_undo_leaves_picks_on_which_somebody_decided_since(flags, analyst, second_analyst):
    batch = accepted(flags, analyst)
    there = flags[0].label_time + timedelta(seconds=0.1)
    take(flags[0], second_analyst, "move", time=there, seen_revision=1)
    undo(decision=Decision.objects.get(pick=flags[1].pick), analyst=analyst, client_id=uuid.uuid4())
    undoing = undone(batch, analyst)
    assert (undoing.n_decided, undoing.n_left_out) == (4, {"decided_since": 1, "undone": 1})
    assert fresh(flags[0].pick).time == there


def test_the_undo_of_a_batch_takes_back_what_was_decided_over_and_stands_again(flags, analyst):
    batch = accepted(flags, analyst)
    over = take(flags[0], analyst, "remove")
    undo(decision=over, analyst=analyst, client_id=uuid.uuid4())
    undoing = undone(batch, analyst)
    assert (undoing.n_decided, undoing.n_left_out) == (6, {})
    assert (fresh(flags[0].pick).time, fresh(flags[0].pick).is_removed, fresh(flags[0]).state) == (flags[0].label_time, False, "open")


def test_the_undo_of_a_batch_takes_back_what_an_unseen_decision_is_in_conflict_with_as_a_single_undo_does(flags, analyst, second_analyst):
    batch = accepted(flags, analyst)
    for flag in flags[:2]:
        with pytest.raises(AlreadyDecided):
            take(flag, second_analyst, "reject", shown={"last_decision": 0})
    undo(decision=Decision.objects.get(pick=flags[0].pick, analyst=analyst), analyst=analyst, client_id=uuid.uuid4())
    assert undone(batch, analyst).n_left_out == {"undone": 1}
    for flag in flags[:2]:
        assert (fresh(flag.pick).time, fresh(flag.pick).in_conflict) == (flag.label_time, True)


def test_an_undo_of_a_batch_is_taken_once_and_only_by_who_took_the_batch(flags, analyst, second_analyst):
    batch, client_id = accepted(flags, analyst), uuid.uuid4()
    with pytest.raises(Forbidden):
        undone(batch, second_analyst)
    assert undone(batch, analyst, client_id=client_id) == undone(batch, analyst, client_id=client_id)
    with pytest.raises(Conflict) as refused:
        undone(batch, analyst)
    assert refused.value.code == "already_undone"


def test_one_pick_of_a_batch_can_be_undone_and_decided_anew(flags, analyst):
    accepted(flags, analyst)
    undo(decision=Decision.objects.get(pick=flags[0].pick), analyst=analyst, client_id=uuid.uuid4())
    take(flags[0], analyst, "remove")
    assert fresh(flags[0].pick).is_removed


def test_a_viewer_accepts_nothing(flags, viewer):
    with pytest.raises(Forbidden):
        accepted(flags, viewer)
    assert not DecisionBatch.objects.exists()


def test_many_picks_cost_as_many_queries_as_few(flags, analyst):
    def n_queries(some):
        with CaptureQueriesContext(connection) as asked:
            accepted(some, analyst)
        return len(asked)

    assert n_queries(flags[:1]) == n_queries(flags[1:])


# --- preview ----------------------------------------------------------------------------------------------------------


def previewed(flags, analyst, **more):
    values = {"least_p": 0.9, "most_interval_s": 0.2, "most_shift_s": 0.5, **more}
    return preview_batch(workspace=flags[0].workspace, analyst=analyst, narrowed=QueueFilter(threshold=0.5), **values)


def test_the_preview_holds_timing_proposals_that_are_sure_and_sharp(flags, analyst):
    Flag.objects.filter(pk=flags[0].pk).update(p_mislabelled=0.7)
    Flag.objects.filter(pk=flags[1].pk).update(kind="phase")
    Flag.objects.filter(pk=flags[2].pk).update(proposed_upper=flags[2].proposed_time + timedelta(seconds=1))
    assert [flag.pk for flag in previewed(flags, analyst).flags] == [flag.pk for flag in flags[3:]]


@pytest.mark.parametrize(("most_shift_s", "expected"), [(0.35, 1), (0.36, 5), (0.5, 5), (6.0, 6)])
def test_the_preview_holds_no_larger_shift_than_asked_for_either_way(flags, analyst, most_shift_s, expected):
    for name, s in (("proposed_lower", -6.0), ("proposed_time", -5.96), ("proposed_upper", -5.9)):
        Flag.objects.filter(pk=flags[0].pk).update(**{name: flags[0].label_time + timedelta(seconds=s)})
    Flag.objects.filter(pk=flags[1].pk).update(proposed_time=flags[1].label_time - timedelta(seconds=0.3))
    assert len(previewed(flags, analyst, most_shift_s=most_shift_s).flags) == expected


def test_without_a_largest_shift_the_preview_takes_half_a_second(flags, analyst_client, workspace):
    Flag.objects.filter(pk=flags[0].pk).update(proposed_time=flags[0].label_time + timedelta(seconds=0.51))
    for root in ("", "/api/v1/workspaces"):
        address = f"{root}/{workspace.slug}" if root else f"/w/{workspace.slug}"
        assert len(analyst_client.get(f"{address}/batches/preview/").json()["flags"]) == 5
        assert len(analyst_client.get(f"{address}/batches/preview/?most_shift_s=1").json()["flags"]) == 6
        for wrong in ("-1", "0", "nan", "1e300", "far"):
            answer = analyst_client.get(f"{address}/batches/preview/?most_shift_s={wrong}")
            assert (answer.status_code, set(answer.json()["fields"])) == (400, {"most_shift_s"})


def test_the_preview_tells_the_shifts_and_what_is_left_out(flags, analyst, second_analyst, workspace):
    hold_flags(workspace=workspace, analyst=second_analyst, page=uuid.uuid4(), flag_ids=[flags[0].pk])
    Flag.objects.filter(pk=flags[1].pk).update(proposed_time=flags[1].label_time + timedelta(seconds=0.3))
    Flag.objects.filter(pk=flags[2].pk).update(proposed_upper=flags[2].proposed_time + timedelta(seconds=1))
    Flag.objects.filter(pk=flags[3].pk).update(proposed_time=flags[3].label_time + timedelta(seconds=0.6))
    preview = previewed(flags, analyst)
    assert preview.n_left_out == {"open_elsewhere": 1, "too_wide": 1, "too_far": 1}
    assert sum(one.n for one in preview.shifts) == len(preview.flags) == 3
    assert (preview.shifts[0].from_s, preview.shifts[-1].to_s) == pytest.approx((0.3, 0.36))
    assert preview.median_shift_s == pytest.approx(0.36)
    assert len(preview.sample) == 3


# --- over HTTP --------------------------------------------------------------------------------------------------------


def test_what_was_previewed_is_accepted_and_undone(flags, analyst_client, workspace):
    preview = analyst_client.get(f"/w/{workspace.slug}/batches/preview/?least_p=0.9&most_interval_s=0.2").json()
    assert len(preview["flags"]) == len(preview["sample"]) == 6
    client_id = str(uuid.uuid4())
    answer = posted(analyst_client, workspace, client_id=client_id, flags=preview["flags"], criteria={"least_p": 0.9})
    assert (answer.status_code, answer.json()["n_decided"]) == (201, 6)
    undoing = posted(analyst_client, workspace, client_id=str(uuid.uuid4()), undoes=client_id)
    assert (undoing.json()["n_decided"], undoing.json()["undoes"]) == (6, client_id)


def test_a_page_made_for_somebody_else_accepts_and_undoes_nothing(flags, analyst, second_analyst, workspace):
    mine = {"analyst": "ana", "client_id": str(uuid.uuid4()), "flags": [flags[0].pk]}
    answer = posted(signed_in(second_analyst), workspace, **mine)
    assert (answer.status_code, answer.json()["code"]) == (401, "signed_in_as_another")
    assert not DecisionBatch.objects.exists()
    assert posted(signed_in(analyst), workspace, **mine).status_code == 201
    back = {"analyst": "ana", "client_id": str(uuid.uuid4()), "undoes": mine["client_id"]}
    assert posted(signed_in(second_analyst), workspace, **back).status_code == 401
    assert posted(signed_in(analyst), workspace, **back).status_code == 201


def posted(client, workspace, **body):
    return client.post(f"/w/{workspace.slug}/batches/", body, content_type="application/json")


@pytest.mark.parametrize("wrong", [{"flags": "all"}, {"flags": [True]}, {"client_id": "7"}, {"undoes": str(uuid.uuid4())}])
def test_a_batch_that_is_none_is_refused_by_its_field(flags, analyst_client, workspace, wrong):
    answer = posted(analyst_client, workspace, **{"client_id": str(uuid.uuid4()), "flags": [flags[0].pk], **wrong})
    assert (answer.status_code, set(answer.json()["fields"])) == (400, set(wrong))


def test_flags_of_another_workspace_are_not_touched(flags):
    elsewhere = factories.make_workspace("Elsewhere")
    stranger = factories.make_analyst(elsewhere, "eve")
    answer = posted(signed_in(stranger), elsewhere, client_id=str(uuid.uuid4()), flags=[flag.pk for flag in flags])
    assert (answer.json()["n_decided"], answer.json()["left_out"][0]["reason"], answer.json()["left_out"][0]["n"]) == (0, "unknown", 6)
    assert not Decision.objects.exists()
