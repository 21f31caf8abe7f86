"""What becomes of a decision: the pick's label, the flag, the history."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from labeling.models import Decision, Flag, Pick
from labeling.services.flags import make_current
from labeling.services.refusals import Conflict, Forbidden, Refused
from labeling.services.review import decide, undo, undo_last
from tests import factories
from tests.integration.conftest import signed_in
from tests.integration.deciding import fresh, take


def test_accepting_a_proposal_moves_the_pick_and_keeps_what_was_imported(flag, analyst):
    take(flag, analyst, "accept")
    pick = fresh(flag.pick)
    assert pick.time == flag.proposed_time
    assert pick.revision == 1
    assert [revision.time for revision in pick.revisions.all()] == [flag.label_time, flag.proposed_time]
    assert fresh(flag).state == "decided"


def test_accepting_takes_the_uncertainty_from_the_interval(flag, analyst):
    take(flag, analyst, "accept")
    assert fresh(flag.pick).uncertainty_s == pytest.approx(0.05 / 1.645, abs=1e-4)


def test_rejecting_a_proposal_keeps_the_given_pick(flag, analyst):
    decision = take(flag, analyst, "reject")
    assert fresh(flag.pick).time == flag.label_time
    assert fresh(flag.pick).revision == 0
    assert fresh(flag).state == "decided"
    assert decision.analyst == analyst


def test_rejecting_after_an_own_acceptance_brings_the_judged_label_back(flag, analyst):
    take(flag, analyst, "accept")
    take(flag, analyst, "reject")
    assert fresh(flag.pick).time == flag.label_time
    assert fresh(flag.pick).revision == 2


def test_moving_puts_the_pick_where_the_analyst_says(flag, analyst):
    there = flag.label_time + timedelta(seconds=0.31)
    take(flag, analyst, "move", time=there)
    assert fresh(flag.pick).time == there


def test_moving_outside_the_trace_is_refused_with_the_span_of_the_trace(flag, analyst):
    with pytest.raises(Refused, match="lies outside the trace") as refused:
        take(flag, analyst, "move", time=flag.label_time + timedelta(hours=1))
    assert refused.value.code == "pick_outside_trace"
    assert not Decision.objects.exists()


def test_moving_needs_a_time(flag, analyst):
    with pytest.raises(Refused) as refused:
        take(flag, analyst, "move")
    assert refused.value.code == "time_missing"


def test_changing_the_phase_keeps_the_time(flag, analyst):
    take(flag, analyst, "change_phase", phase="S")
    pick = fresh(flag.pick)
    assert (pick.phase_hint, pick.time) == ("S", flag.label_time)


@pytest.mark.parametrize("phase", ["", "X", "P S", "Lg", "P" * 17])
def test_a_phase_that_is_neither_p_nor_s_is_refused(flag, analyst, phase):
    with pytest.raises(Refused) as refused:
        take(flag, analyst, "change_phase", phase=phase)
    assert refused.value.code == "phase_unknown"


def test_removing_hides_the_pick_and_keeps_its_history(flag, analyst):
    take(flag, analyst, "remove")
    assert fresh(flag.pick).is_removed
    assert not Pick.objects.standing().exists()
    assert flag.pick.revisions.count() == 2


def test_removing_twice_is_refused(flag, analyst):
    take(flag, analyst, "remove")
    with pytest.raises(Refused) as refused:
        take(flag, analyst, "remove")
    assert refused.value.code == "already_removed"


@pytest.mark.parametrize("kind", ["no_arrival", "duplicate"])
def test_a_removal_that_is_not_sure_is_not_proposed(flag, analyst, kind):
    Flag.objects.filter(pk=flag.pk).update(kind=kind, proposed_time=None, proposed_phase="", p_mislabelled=0.89)
    with pytest.raises(Refused, match="proposes nothing"):
        take(fresh(flag), analyst, "accept")
    assert not fresh(flag.pick).is_removed


def test_accepting_that_there_is_no_arrival_removes_the_pick(flag, analyst):
    Flag.objects.filter(pk=flag.pk).update(kind="no_arrival", proposed_time=None, proposed_phase="")
    take(fresh(flag), analyst, "accept")
    assert fresh(flag.pick).is_removed


def test_accepting_a_missed_arrival_adds_a_pick_and_leaves_the_given_one(flag, analyst):
    Flag.objects.filter(pk=flag.pk).update(kind="missed_arrival")
    take(fresh(flag), analyst, "accept")
    added = Pick.objects.get(is_added=True)
    assert (added.time, added.phase_hint, added.trace) == (flag.proposed_time, "P", flag.pick.trace)
    assert fresh(flag.pick).time == flag.label_time


def test_accepting_without_a_proposal_is_refused(flag, analyst):
    Flag.objects.filter(pk=flag.pk).update(proposed_time=None, proposed_phase="")
    with pytest.raises(Refused) as refused:
        take(fresh(flag), analyst, "accept")
    assert refused.value.code == "no_proposal"


def test_adding_an_arrival_leaves_the_flag_open(flag, analyst):
    take(flag, analyst, "add", time=flag.label_time + timedelta(seconds=4), phase="S")
    added = Pick.objects.get(is_added=True)
    assert (added.phase_hint, added.author, added.state) == ("S", "ana", "unscored")
    assert added.revisions.get().decision.kind == "add"
    assert fresh(flag).state == "open"


def test_skipping_changes_nothing_but_the_queue(flag, analyst):
    take(flag, analyst, "skip")
    assert fresh(flag).state == "skipped"
    assert fresh(flag.pick).revision == 0


def test_skipping_what_somebody_else_decided_does_not_reopen_it(flag, analyst, second_analyst):
    accepted = take(flag, analyst, "accept")
    take(flag, second_analyst, "skip")
    assert fresh(flag).state == "decided"
    undo(decision=accepted, analyst=analyst, client_id=uuid.uuid4())
    assert fresh(flag).state == "skipped"


def test_after_an_undo_an_added_arrival_does_not_keep_the_flag_decided(flag, analyst, workspace):
    take(flag, analyst, "add", time=flag.label_time + timedelta(seconds=4), phase="S")
    take(flag, analyst, "accept")
    undo_last(workspace=workspace, analyst=analyst, client_id=uuid.uuid4())
    assert fresh(flag).state == "open"


def test_adding_the_arrival_that_was_missed_decides_the_flag(flag, analyst):
    Flag.objects.filter(pk=flag.pk).update(kind="missed_arrival")
    take(fresh(flag), analyst, "add", time=flag.label_time + timedelta(seconds=4), phase="S")
    assert fresh(flag).state == "decided"


# --- one pick, several runs -------------------------------------------------------------------------------------------


@pytest.fixture
def newer_flag(flag):
    """The same pick, flagged by a run that comes under review after what the test does with `flag`."""
    return lambda **values: factories.make_flag(flag.pick, flag_set=factories.make_flag_set(flag.workspace, is_current=False), **values)


def reviewed(flag):
    make_current(flag_set=flag.flag_set)
    return fresh(flag)


def test_an_added_arrival_says_nothing_to_the_next_run_of_the_pick_beside_it(flag, analyst, newer_flag):
    take(flag, analyst, "add", time=flag.label_time + timedelta(seconds=4), phase="S")
    assert reviewed(newer_flag()).state == "open"


def test_an_added_arrival_answers_the_missed_one_of_the_next_run(flag, analyst, newer_flag):
    take(flag, analyst, "add", time=flag.label_time + timedelta(seconds=4), phase="S")
    assert reviewed(newer_flag(kind="missed_arrival")).state == "decided"


def test_an_undo_opens_the_flag_of_the_run_under_review_too(flag, analyst, newer_flag):
    decision = take(flag, analyst, "accept")
    newer = reviewed(newer_flag())
    assert newer.state == "decided"
    undo(decision=decision, analyst=analyst, client_id=uuid.uuid4())
    assert (fresh(flag).state, fresh(newer).state) == ("open", "open")


def test_a_page_left_open_from_an_older_run_decides_the_pick_of_the_newer(flag, analyst, newer_flag):
    newer = reviewed(newer_flag())
    take(flag, analyst, "reject")
    assert (fresh(flag).state, fresh(newer).state) == ("decided", "decided")


def test_the_same_decision_sent_twice_is_stored_once(flag, analyst):
    client_id = uuid.uuid4()
    first = take(flag, analyst, "accept", client_id=client_id)
    second = take(flag, analyst, "accept", client_id=client_id)
    assert first.pk == second.pk
    assert fresh(flag.pick).revision == 1


def test_an_id_that_was_used_for_another_decision_is_refused(flag, analyst):
    client_id = uuid.uuid4()
    take(flag, analyst, "skip", client_id=client_id)
    with pytest.raises(Conflict) as refused:
        take(flag, analyst, "accept", client_id=client_id)
    assert refused.value.code == "client_id_taken"


def test_a_viewer_decides_nothing(flag, viewer):
    with pytest.raises(Forbidden):
        take(flag, viewer, "accept")
    assert not Decision.objects.exists()


def test_a_flag_of_another_pick_is_refused(flag, analyst):
    other = factories.make_pick(flag.pick.trace, offset_s=14.0, phase_hint="S")
    with pytest.raises(Refused) as refused:
        decide(pick=other, flag=flag, kind="accept", analyst=analyst, client_id=uuid.uuid4())
    assert refused.value.code == "flag_of_another_pick"


def test_picks_of_a_withdrawn_catalog_take_no_decisions(flag, analyst):
    Pick.objects.update(is_withdrawn=True)
    with pytest.raises(Conflict) as refused:
        take(flag, analyst, "accept")
    assert refused.value.code == "catalog_withdrawn"


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_was_shown_holds_no_number_that_json_has_no_word_for(flag, analyst, number):
    with pytest.raises(Refused, match="finite numbers") as refused:
        take(flag, analyst, "reject", shown={"p": [number]})
    assert set(refused.value.fields) == {"shown"}
    assert not Decision.objects.exists()


@pytest.mark.parametrize("text", ["\0", "\ud800"])
def test_a_reason_that_no_database_stores_is_refused(flag, analyst, text):
    with pytest.raises(Refused, match="plain text"):
        take(flag, analyst, "reject", reason=text)


# --- undo -------------------------------------------------------------------------------------------------------------


def test_undo_restores_the_label_and_opens_the_flag_again(flag, analyst, workspace):
    decision = take(flag, analyst, "accept")
    undoing = undo_last(workspace=workspace, analyst=analyst, client_id=uuid.uuid4())
    pick = fresh(flag.pick)
    assert undoing.undoes == decision
    assert (pick.time, pick.revision) == (flag.label_time, 2)
    assert fresh(flag).state == "open"


def test_undo_goes_back_decision_by_decision(flag, analyst, workspace):
    times = [flag.label_time + timedelta(seconds=shift_s) for shift_s in (0.1, 0.2)]
    for time in times:
        take(flag, analyst, "move", time=time)
    left = []
    for _ in times:
        undo_last(workspace=workspace, analyst=analyst, client_id=uuid.uuid4())
        left.append(fresh(flag.pick).time)
    assert left == [times[0], flag.label_time]
    with pytest.raises(Conflict) as refused:
        undo_last(workspace=workspace, analyst=analyst, client_id=uuid.uuid4())
    assert refused.value.code == "nothing_to_undo"


def test_an_undo_sent_twice_undoes_once(flag, analyst, workspace):
    for shift_s in (0.1, 0.2):
        take(flag, analyst, "move", time=flag.label_time + timedelta(seconds=shift_s))
    client_id = uuid.uuid4()
    first = undo_last(workspace=workspace, analyst=analyst, client_id=client_id)
    second = undo_last(workspace=workspace, analyst=analyst, client_id=client_id)
    assert first.pk == second.pk
    assert fresh(flag.pick).time == flag.label_time + timedelta(seconds=0.1)


def test_a_decision_is_undone_at_most_once(flag, analyst):
    decision = take(flag, analyst, "accept")
    undo(decision=decision, analyst=analyst, client_id=uuid.uuid4())
    with pytest.raises(Conflict) as refused:
        undo(decision=decision, analyst=analyst, client_id=uuid.uuid4())
    assert refused.value.code == "already_undone"


def test_only_who_decided_can_undo(flag, analyst, workspace_admin):
    decision = take(flag, analyst, "accept")
    with pytest.raises(Forbidden):
        undo(decision=decision, analyst=workspace_admin, client_id=uuid.uuid4())


def test_a_decision_under_a_later_one_of_somebody_else_cannot_be_undone(flag, analyst, workspace_admin):
    decision = take(flag, analyst, "accept")
    take(flag, workspace_admin, "remove", seen_revision=1)
    with pytest.raises(Conflict, match="ada decided") as refused:
        undo(decision=decision, analyst=analyst, client_id=uuid.uuid4())
    assert refused.value.code == "decided_since"


def test_undoing_an_added_arrival_removes_it(flag, analyst, workspace):
    take(flag, analyst, "add", time=flag.label_time + timedelta(seconds=4), phase="S")
    undo_last(workspace=workspace, analyst=analyst, client_id=uuid.uuid4())
    assert Pick.objects.get(is_added=True).is_removed


def test_undoing_a_skip_puts_the_flag_back_into_the_queue(flag, analyst, workspace):
    take(flag, analyst, "skip")
    undo_last(workspace=workspace, analyst=analyst, client_id=uuid.uuid4())
    assert fresh(flag).state == "open"


# --- over HTTP --------------------------------------------------------------------------------------------------------


def post(client, workspace, **body):
    return client.post(f"/w/{workspace.slug}/decisions/", {"client_id": str(uuid.uuid4()), **body}, content_type="application/json")


def test_the_screen_moves_a_pick_by_seconds_on_the_trace(flag, analyst_client, workspace):
    answer = post(analyst_client, workspace, kind="move", pick=flag.pick.pk, flag=flag.pk, trace_offset_s=9.37, seen_revision=0)
    assert answer.status_code == 201
    assert answer.json()["pick"]["offset_s"] == pytest.approx(9.37, abs=1e-6)
    assert answer.json()["flag_state"] == "decided"
    assert fresh(flag.pick).time == flag.pick.trace.start_time + timedelta(seconds=9.37)


def test_the_screen_undoes_by_the_id_it_made(flag, analyst_client, workspace):
    client_id = str(uuid.uuid4())
    post(analyst_client, workspace, client_id=client_id, kind="accept", pick=flag.pick.pk, flag=flag.pk, seen_revision=0)
    answer = post(analyst_client, workspace, kind="undo", undoes=client_id)
    assert answer.json()["undoes"] == client_id
    assert fresh(flag.pick).time == flag.label_time


def test_a_conflict_is_answered_with_409_and_stored(flag, analyst, workspace, workspace_admin_client):
    take(flag, analyst, "accept", seen_revision=0)
    answer = post(workspace_admin_client, workspace, kind="remove", pick=flag.pick.pk, flag=flag.pk, seen_revision=0)
    assert answer.status_code == 409
    assert answer.json()["code"] == "already_decided"
    assert set(answer.json()) >= {"code", "message", "fields"}
    assert Decision.objects.filter(is_conflicting=True).count() == 1


def test_a_refused_decision_says_which_field_is_wrong(flag, analyst_client, workspace):
    answer = post(analyst_client, workspace, kind="move", pick=flag.pick.pk, time="yesterday")
    assert answer.status_code == 400
    assert "time" in answer.json()["fields"]


@pytest.mark.parametrize("shown", ['{"p": NaN}', '{"p": 1e999}', '{"p": ' + "[" * 20000 + "]" * 20000 + "}"])
def test_json_that_is_none_is_refused_in_the_one_shape(flag, analyst_client, workspace, shown):
    body = f'{{"client_id": "{uuid.uuid4()}", "kind": "reject", "pick": {flag.pick.pk}, "shown": {shown}}}'
    answer = analyst_client.post(f"/w/{workspace.slug}/decisions/", body, content_type="application/json")
    assert (answer.status_code, set(answer.json())) == (400, {"code", "message", "fields"})


def test_a_pick_of_another_workspace_is_unknown(flag, db):
    elsewhere = factories.make_workspace("Elsewhere")
    stranger = factories.make_analyst(elsewhere, "eve")
    answer = post(signed_in(stranger), elsewhere, kind="accept", pick=flag.pick.pk)
    assert answer.json()["code"] == "pick_unknown"
    assert post(signed_in(stranger), flag.workspace, kind="accept", pick=flag.pick.pk).status_code == 404


def test_a_viewer_gets_403_in_json(flag, viewer_client, workspace):
    answer = post(viewer_client, workspace, kind="accept", pick=flag.pick.pk)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
