from __future__ import annotations

import json

import numpy as np
import pytest

from tests.unit.judged_examples import judged
from training.benchmark.figures import VERDICTS, by_part, calibration_without, figures_of
from training.benchmark.judged_labels import JudgedLabels


def test_put_back_of_0_2_s_is_about_timing_errors_of_that_size():
    labels = judged(
        ["shift", "shift", "group_offset", "one_sided_shift", "noise", ""],
        [0.9, 0.9, 0.9, 0.1, 0.9, 0.1],
        shift_s=[0.1, 0.2, -0.4, 1.5, 8.0, 0.0],
        mended_shift_s=[-0.1, -0.25, 0.9, -1.5, -8.0, np.nan],
    )
    # Of 0.2 s and more there are three: one is mended, one is mended wrongly, one is not flagged.
    assert figures_of(labels, VERDICTS)["put_back_0.1_s_of_0.2_s"] == pytest.approx(1 / 3)
    assert figures_of(labels, VERDICTS)["put_back_0.1_s"] == pytest.approx(3 / 5)


def test_false_flags_are_counted_among_right_labels():
    labels = judged(["shift", "", "", "", ""], [0.9, 0.6, 0.1, 0.1, 0.2])
    figures = figures_of(labels, VERDICTS)
    assert (figures["false_flags"], figures["false_flag_share"], figures["found"]) == (1.0, 0.25, 1.0)


def test_magnitudes_are_of_timing_errors_and_phases_are_judged_among_themselves():
    labels = judged(
        ["shift", "shift", "noise", "", ""],
        [0.9, 0.3, 0.8, 0.4, 0.1],
        shift_s=[0.15, 2.0, 1.5, 0.0, 0.0],
        phase=[0, 1, 0, 1, 0],
    )
    parts = by_part(labels)
    assert {name for what, name in parts if what == "magnitude"} == {"0.1–0.2 s", "1–2 s"}
    assert parts["magnitude", "1–2 s"] == {"n_wrong": 1.0, "auroc": 0.5, "found": 0.0, "put_back_0.1_s": 0.0}
    assert parts["phase", "S"]["auroc"] == 0.0
    assert parts["phase", "P"]["auroc"] == 1.0
    assert parts["kind", "noise"]["n_wrong"] == 1.0


def test_errors_of_a_kind_that_calibration_did_not_see_stand_for_all_errors():
    """A fifth is wrong, and P says so of every label: that is calibrated, whichever kind is looked at."""
    kind = ["noise"] * 2 + ["shift"] * 18 + [""] * 80
    p = np.full(100, 0.2)
    labels = judged(kind, p.tolist(), unseen={"no_arrival": p, "phase": p})
    assert calibration_without(labels) == {"expected_calibration_error_without_no_arrival": pytest.approx(0.0)}
    blind = judged(kind, p.tolist(), unseen={"no_arrival": np.where(np.array(kind) == "noise", 0.0, 0.2)})
    assert calibration_without(blind)["expected_calibration_error_without_no_arrival"] == pytest.approx(0.8 * 0.2 + 0.2 * 1.0)


def test_labels_come_back_from_json_as_they_were():
    labels = judged(["shift", ""], [0.9, 1 / 3], lower_s=[np.nan, 0.25], ablations={"nothing": np.array([0.5, np.nan])})
    back = JudgedLabels.from_dict(json.loads(json.dumps(labels.to_dict(), allow_nan=False)))
    assert back.kind.tolist() == ["shift", ""]
    assert back.flagged.dtype == bool and back.component.dtype == np.int64
    np.testing.assert_array_equal(back.lower_s, labels.lower_s)
    np.testing.assert_array_equal(back.ablations["nothing"], labels.ablations["nothing"])
    np.testing.assert_allclose(back.p_mislabelled, labels.p_mislabelled, rtol=1e-6)
