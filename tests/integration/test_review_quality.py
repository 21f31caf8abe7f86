"""What the quality page says comes from the decisions, and is weighted by how likely each item was to be drawn."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from labeling.models import Flag, ReviewAssignment, ReviewDraw
from labeling.services.batches import accept_together, undo_together
from labeling.services.catalog_errors import catalog_error_rate
from labeling.services.review import undo
from labeling.services.review_quality import review_quality
from tests import factories
from tests.integration.deciding import take


@pytest.fixture
def make_drawn(workspace):
    """`make_drawn(purpose, n, is_flagged)`: flags of one trace, drawn for one purpose from 100 flagged and 900 others."""
    trace = factories.make_trace(factories.make_catalog(workspace))
    flag_set = factories.make_flag_set(workspace)
    draw = ReviewDraw.objects.create(
        flag_set=flag_set, seed=1, threshold=0.5, blind_share=0.1, double_share=0.1, hidden_share=0.1, n_flagged=100, n_unflagged=900
    )

    def make(purpose, n, *, is_flagged=True):
        flags = []
        for _ in range(n):
            blind = {"drawn_place": 0.7} if purpose == "blind" else {}
            pick = factories.make_pick(trace, offset_s=10.0)
            flags.append(factories.make_flag(pick, flag_set=flag_set, p_mislabelled=0.8 if is_flagged else 0.1, **blind))
            if purpose:
                ReviewAssignment.objects.create(
                    draw=draw, flag=flags[-1], purpose=purpose, is_flagged=is_flagged, inclusion_probability=0.1
                )
        return flags

    return make


def test_nothing_is_said_before_a_run_was_drawn_for(workspace, flag):
    assert review_quality(workspace) is None


def test_the_error_rate_weighs_flagged_and_unflagged_by_their_numbers(workspace, analyst, make_drawn):
    flagged, others = make_drawn("blind", 10), make_drawn("blind", 10, is_flagged=False)
    for number, flag in enumerate(flagged):
        kind = ("move", "remove", "reject")[min(number // 3, 2)]
        take(flag, analyst, kind, **({"time": flag.label_time + timedelta(seconds=0.5)} if kind == "move" else {}))
    for number, flag in enumerate(others):
        take(flag, analyst, "move" if number else "remove", **({"time": flag.label_time + timedelta(seconds=0.05)} if number else {}))
    errors = review_quality(workspace).errors
    assert (errors.flagged.n_errors, errors.unflagged.n_errors) == (6, 1)
    assert errors.rate.estimate == pytest.approx(0.1 * 0.6 + 0.9 * 0.1)
    assert errors.missed.estimate == pytest.approx(90 / 150)
    assert errors.rate.low < 0.15 < errors.rate.high


def test_what_is_shown_blind_is_in_no_total_until_it_is_decided(workspace, analyst, make_drawn, analyst_client):
    decided, *_ = make_drawn("blind", 3)
    make_drawn("blind", 2, is_flagged=False)
    take(decided, analyst, "reject")
    page = analyst_client.get(f"/w/{workspace.slug}/review/quality/").content.decode()
    assert '<td class="number">98</td><td class="number">1</td>' in page
    assert '<td class="number">898</td><td class="number">0</td>' in page
    told = analyst_client.get(f"/api/v1/workspaces/{workspace.slug}/review-quality/").json()
    assert (told["draw"]["n_flagged"], told["draw"]["n_unflagged"]) == (98, 898)
    assert (told["errors"]["flagged"]["n_population"], told["errors"]["unflagged"]["n_population"]) == (98, 898)


def test_undecided_and_skipped_items_are_not_judged(workspace, analyst, make_drawn):
    first, second = make_drawn("blind", 2)
    take(first, analyst, "skip")
    errors = review_quality(workspace).errors
    assert (errors.n_drawn, errors.n_skipped, errors.flagged.n_judged, errors.rate) == (2, 1, 0, None)
    assert Flag.objects.get(pk=second.pk).state == "open"


def test_an_answer_taken_back_counts_as_blind_no_more_whatever_is_decided_then(workspace, analyst, make_drawn):
    first, second = make_drawn("blind", 2)
    undo(decision=take(first, analyst, "remove"), analyst=analyst, client_id=uuid.uuid4())
    take(first, analyst, "reject")
    take(second, analyst, "remove")
    errors = review_quality(workspace).errors
    assert (errors.n_drawn, errors.n_taken_back, errors.flagged.n_judged, errors.flagged.n_errors) == (2, 1, 1, 1)


def test_what_is_decided_once_the_veil_is_lifted_leaves_the_blind_answer(workspace, analyst, make_drawn):
    (flag,) = make_drawn("blind", 1)
    take(flag, analyst, "reject")
    take(flag, analyst, "accept")
    errors = review_quality(workspace).errors
    assert (errors.flagged.n_judged, errors.flagged.n_errors) == (1, 0)
    assert catalog_error_rate(workspace) == errors.rate


def test_a_pair_counts_as_it_was_when_both_had_read_and_not_once_one_was_taken_back(workspace, analyst, second_analyst, make_drawn):
    kept, taken_back = make_drawn("double", 2)
    for flag in (kept, taken_back):
        undo(decision=take(flag, analyst, "remove"), analyst=analyst, client_id=uuid.uuid4())
        take(flag, analyst, "reject")
        second = take(flag, second_analyst, "reject")
    undo(decision=second, analyst=second_analyst, client_id=uuid.uuid4())
    take(taken_back, second_analyst, "reject")
    take(kept, second_analyst, "remove")
    agreement = review_quality(workspace).agreement
    assert (agreement.n_pairs, agreement.n_differing, agreement.n_waiting) == (1, 0, 0)


def test_two_readings_are_compared_by_what_becomes_of_the_label(workspace, analyst, second_analyst, make_drawn):
    flags = make_drawn("double", 8)
    for number, flag in enumerate(flags):
        moved = {"time": flag.label_time - timedelta(seconds=0.6)}
        take(flag, analyst, "move" if number < 6 else "remove", **(moved if number < 6 else {}))
        nearly = {"time": flag.label_time - timedelta(seconds=0.56)}
        kind = "move" if number < 5 else "reject" if number == 5 else "remove"
        take(flag, second_analyst, kind, **(nearly if kind == "move" else {}))
    agreement = review_quality(workspace).agreement
    assert (agreement.n_pairs, agreement.n_differing, agreement.n_waiting) == (8, 1, 0)
    assert agreement.table == [[0, 0, 0, 0], [1, 5, 0, 0], [0, 0, 0, 0], [0, 0, 0, 2]]
    n, apart = agreement.seconds["P"]
    assert (n, round(apart.estimate, 3)) == (6, 0.04)
    assert agreement.kappa.estimate == pytest.approx((7 / 8 - (5 * 6 + 2 * 2) / 64) / (1 - (5 * 6 + 2 * 2) / 64))


def test_hidden_proposals_tell_how_far_shown_ones_draw(workspace, analyst, make_drawn):
    for flag in make_drawn("", 6):
        take(flag, analyst, "accept")
    again, *hidden = make_drawn("hidden", 7)
    take(again, analyst, "reject")
    take(again, analyst, "accept")  # its proposal had been seen by then
    for flag in hidden:
        take(flag, analyst, "move", time=flag.proposed_time + timedelta(seconds=0.08))
    found = review_quality(workspace)
    assert (found.anchoring.n_shown, found.anchoring.n_hidden) == (6, 6)
    assert found.anchoring.difference.estimate == pytest.approx(0.08)
    assert [(one.analyst, one.phase, one.snr_band, one.n) for one in found.offsets] == [("ana", "P", "15 dB and more", 6)]
    assert found.offsets[0].offset_s == pytest.approx(0.08)


def test_a_batch_that_was_taken_back_leaves_the_comparison_and_one_that_stands_does_not_join_it(workspace, analyst, make_drawn):
    flags = make_drawn("", 6)
    ids = [flag.pk for flag in flags]
    batch = accept_together(workspace=workspace, flags=ids, analyst=analyst, client_id=uuid.uuid4())
    assert review_quality(workspace).anchoring.n_shown == 0
    undo_together(batch=batch, analyst=analyst, client_id=uuid.uuid4())
    for flag in flags[:4]:
        take(flag, analyst, "accept")
    assert review_quality(workspace).anchoring.n_shown == 4
    accept_together(workspace=workspace, flags=ids[4:], analyst=analyst, client_id=uuid.uuid4())
    assert review_quality(workspace).anchoring.n_shown == 4


def test_a_move_beside_a_missed_arrival_is_not_held_against_that_other_arrival(workspace, analyst, make_drawn):
    for flag in make_drawn("", 6):
        Flag.objects.filter(pk=flag.pk).update(kind="missed_arrival")
        take(flag, analyst, "move", time=flag.label_time + timedelta(seconds=0.02))
    assert review_quality(workspace).offsets == []


def test_an_analyst_who_rounds_is_named(workspace, analyst, make_drawn):
    for number, flag in enumerate(make_drawn("", 12)):
        take(flag, analyst, "move", time=flag.label_time + timedelta(seconds=0.1 * (number + 1)))
    assert review_quality(workspace).rounding == {"ana": 0.1}


def test_the_page_and_the_api_say_the_same(workspace, analyst, make_drawn, analyst_client):
    for flag in (*make_drawn("blind", 4), *make_drawn("blind", 4, is_flagged=False)):
        take(flag, analyst, "reject")
    page = analyst_client.get(f"/w/{workspace.slug}/review/quality/").content.decode()
    told = analyst_client.get(f"/api/v1/workspaces/{workspace.slug}/review-quality/").json()
    assert told["errors"]["rate"]["estimate"] == 0.0
    assert told["errors"]["missed"]["estimate"] is None
    assert told["errors"]["rate"]["high"] > 0.2
    assert "Labels that are wrong" in page


def test_an_admin_draws_for_a_run_from_before_by_saving_the_settings(workspace, flag, workspace_admin_client):
    settings = {"blind_share": "0.1", "double_share": "0", "hidden_share": "0", "tolerance_p_s": "0.05", "tolerance_s_s": "0.3"}
    answer = workspace_admin_client.post(f"/w/{workspace.slug}/review/quality/settings/", settings)
    assert answer.status_code == 302
    workspace.refresh_from_db()
    assert (workspace.blind_share, workspace.tolerance_p_s) == (0.1, 0.05)
    assert ReviewDraw.objects.get().blind_share == 0.1
    assert workspace_admin_client.post(f"/w/{workspace.slug}/review/quality/settings/", settings | {"blind_share": "2"}).status_code == 400


def test_analysts_neither_settle_nor_set(workspace, analyst_client):
    assert analyst_client.get(f"/w/{workspace.slug}/review/adjudication/").status_code == 403
    assert analyst_client.post(f"/w/{workspace.slug}/review/quality/settings/", {}).status_code == 403


def test_a_decision_by_file_counts_at_once_and_is_no_blind_answer(workspace, analyst, second_analyst, make_drawn):
    (blind,), (hidden,), (double,) = (make_drawn(purpose, 1) for purpose in ("blind", "hidden", "double"))
    for flag in (blind, hidden, double):
        decision = take(flag, analyst, "accept", is_read_elsewhere=True)
        flag.pick.refresh_from_db()
        assert (decision.is_reading, flag.pick.time) == (False, flag.proposed_time)
    quality = review_quality(workspace)
    assert (quality.errors.n_read_elsewhere, quality.errors.flagged.n_judged, quality.anchoring.n_hidden) == (1, 0, 0)
