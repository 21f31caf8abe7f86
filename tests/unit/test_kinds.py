from __future__ import annotations

import numpy as np
import pytest

from tests.unit.simulated_scores import OFFSETS_S, Catalog, make_catalog, score
from training.flagging.companions import Bumps, Heights, look_at_companions
from training.flagging.config import FlaggingConfig
from training.flagging.flag import flag_labels
from training.flagging.kinds import KINDS
from training.flagging.planting import plant_errors
from training.flagging.scores import LabelScores
from training.flagging.verdicts import Verdicts

N = 100
CONFIG = FlaggingConfig()


def judge(catalog: Catalog, scores: LabelScores, *, group=None, segment=None, label_s=None, config=CONFIG) -> Verdicts:
    n = len(catalog)
    segments = np.arange(n) if segment is None else segment
    planting = plant_errors(
        np.arange(n),
        catalog.phase,
        np.full(n, 1500.0),
        np.arange(n),
        n_samples=3072,
        sampling_rate_hz=100.0,
        seed=1,
        config=CONFIG.planting,
    )
    return flag_labels(
        scores,
        score(catalog, 3, planting),
        planting,
        phase=catalog.phase,
        group=np.zeros(n, dtype=np.int64) if group is None else group,
        fold=np.arange(n) // 2 % 5,
        config=config,
        segment=segments,
        label_s=np.full(n, 15.0) if label_s is None else label_s,
    )


def bump(centre_s: float) -> np.ndarray:
    return 0.9 * np.exp(-0.5 * ((OFFSETS_S - centre_s) / 0.07) ** 2)


@pytest.fixture
def catalog() -> Catalog:
    return make_catalog(N, 0.0, seed=11, only_p=True)


def test_a_moved_label_is_a_timing_error_and_the_sentence_says_how_far(catalog):
    catalog.shift_s[0], catalog.network_error_s[0] = -0.6, 0.0
    verdicts = judge(catalog, score(catalog, 2))
    assert verdicts.kind[0] == "timing"
    assert verdicts.sentence[0].startswith("Arrival seen 0.60 s later") or verdicts.sentence[0].startswith("Arrival seen 0.59 s later")
    assert "3 of 3 networks agree within" in verdicts.sentence[0]


def test_a_label_in_noise_says_so(catalog):
    catalog.shift_s[0] = -0.6
    scores = score(catalog, 2)
    scores.snr_db[0] = 0.5
    assert "label lies in noise" in judge(catalog, scores).sentence[0]


@pytest.mark.parametrize(("level", "shift_s"), [(4.0, -0.6), (1.0, 0.6)])
def test_a_label_in_coda_is_not_said_to_lie_in_noise(catalog, level, shift_s):
    """The amplitude does not rise there either: it is loud already, or the arrival is over."""
    catalog.shift_s[0] = shift_s
    scores = score(catalog, 2)
    scores.snr_db[0], scores.label_noise_level[0] = 0.5, level
    sentence = judge(catalog, scores).sentence[0]
    assert "label lies in coda, where nothing rises" in sentence and "noise" not in sentence


def test_no_sentence_depends_on_where_the_workspace_puts_its_threshold(catalog):
    catalog.shift_s[:] = 0.0
    catalog.network_error_s[:4] = 0.2
    assert not any("flag" in sentence for sentence in judge(catalog, score(catalog, 2)).sentence)


def test_a_p_label_on_the_s_is_a_phase_error(catalog):
    catalog.shift_s[0] = catalog.other_s[0]
    verdicts = judge(catalog, score(catalog, 2))
    assert verdicts.kind[0] == "phase"
    assert verdicts.sentence[0].startswith("Looks like S, labelled P")
    assert verdicts.proposed_phase[0] == "S"
    assert abs(verdicts.proposed_shift_s[0]) < 0.1
    assert (verdicts.proposed_phase[1:] == "").all()


def test_a_p_label_on_an_s_that_is_labelled_goes_to_its_own_arrival(catalog):
    catalog.shift_s[0] = catalog.other_s[0] = 1.5
    catalog.network_error_s[0] = catalog.shift_s[1] = 0.0
    catalog.phase[1] = 1
    segment = np.arange(N)
    segment[1] = segment[0]
    verdicts = judge(catalog, score(catalog, 2), segment=segment)
    assert verdicts.kind[0] == "phase" and verdicts.proposed_phase[0] == ""
    assert verdicts.proposed_shift_s[0] == pytest.approx(-1.5, abs=0.1)
    assert "P seen 1.5" in verdicts.sentence[0]


def test_a_label_where_nothing_arrives_has_no_arrival_and_no_proposal(catalog):
    catalog.no_arrival[0] = True
    verdicts = judge(catalog, score(catalog, 2))
    assert verdicts.kind[0] == "no_arrival"
    assert np.isnan(verdicts.proposed_shift_s[0])
    assert verdicts.sentence[0].startswith("No P seen near this label")


def test_labels_of_a_late_station_are_a_group_offset_and_go_back_to_the_arrival(catalog):
    group = np.arange(N) // 20
    catalog.shift_s[group == 4] += 0.35
    verdicts = judge(catalog, score(catalog, 2), group=group)
    late = group == 4
    assert (verdicts.kind[late] == "group_offset").mean() > 0.9
    assert np.nanmedian(verdicts.proposed_shift_s[late]) == pytest.approx(-0.35, abs=0.05)
    assert verdicts.flagged[~late].mean() < 0.03
    half_s = (verdicts.proposed_upper_s - verdicts.proposed_lower_s)[verdicts.kind == "group_offset"] / 2
    assert (half_s < 0.06).all(), "their offset is known together, better than one label's arrival"
    assert "late as a whole" in verdicts.sentence[int(np.flatnonzero(verdicts.kind == "group_offset")[0])]


def test_the_one_label_of_a_late_station_that_lies_where_its_arrival_is_seen_is_in_order(catalog):
    group = np.arange(N) // 20
    catalog.shift_s[group == 4] += 0.35
    catalog.shift_s[81] = catalog.network_error_s[81] = 0.0
    verdicts = judge(catalog, score(catalog, 2), group=group)
    assert verdicts.p_mislabelled[81] < 0.2 and not verdicts.flagged[81]
    assert verdicts.flagged[group == 4].sum() >= 18


def test_a_station_with_few_labels_is_seen_to_be_late_by_its_p_and_s_together():
    catalog = make_catalog(N, 0.1, seed=1)
    group = np.arange(N) // 10
    late = group == 4
    assert 3 <= (catalog.phase[late] == 0).sum() <= 7  # fewer of either phase than would be believed alone
    catalog.shift_s[late] = 0.22
    verdicts = judge(catalog, score(catalog, 2), group=group)
    assert (verdicts.kind[late] == "group_offset").mean() >= 0.9
    assert verdicts.flagged[~late].mean() < 0.1


def test_one_group_alone_has_no_offset(catalog):
    catalog.shift_s[:] += 0.35
    verdicts = judge(catalog, score(catalog, 2))
    assert "group_offset" not in verdicts.kind


def test_of_two_labels_of_one_arrival_the_worse_is_the_duplicate(catalog):
    catalog.shift_s[:2], catalog.network_error_s[:2] = (0.0, 0.3), 0.0
    segment, label_s = np.arange(N), np.full(N, 15.0)
    segment[1], label_s[1] = segment[0], 15.3
    verdicts = judge(catalog, score(catalog, 2), segment=segment, label_s=label_s)
    assert verdicts.flagged[:2].tolist() == [False, True] and verdicts.kind[1] == "duplicate"
    assert verdicts.sentence[1].startswith("A second P label lies 0.30 s earlier")
    assert np.isnan(verdicts.proposed_shift_s[1])


def test_a_second_arrival_that_no_label_names_is_missed(catalog):
    scores = score(catalog, 2)
    catalog.shift_s[0] = catalog.network_error_s[0] = 0.0
    scores.probability[0, 0] = np.maximum(bump(0.0), bump(-3.2))
    scores.probability[0, 1] = 0.01
    verdicts = judge(catalog, scores)
    assert verdicts.kind[0] == "missed_arrival" and verdicts.flagged[0]
    assert verdicts.p_mislabelled[0] < 0.5
    assert verdicts.proposed_shift_s[0] == pytest.approx(-3.2, abs=0.02)


def test_a_second_arrival_that_another_label_names_is_not_missed(catalog):
    scores = score(catalog, 2)
    scores.probability[0, 0] = np.maximum(bump(0.0), bump(-3.2))
    scores.probability[0, 1] = 0.01
    segment, label_s = np.arange(N), np.full(N, 15.0)
    segment[1], label_s[1] = segment[0], 11.8
    assert judge(catalog, scores, segment=segment, label_s=label_s).kind[0] != "missed_arrival"


def test_a_label_below_the_threshold_has_a_kind_too_for_a_threshold_lowered_later(catalog):
    verdicts = judge(catalog, score(catalog, 2))
    assert (~verdicts.flagged).any()
    assert set(verdicts.kind[verdicts.scored].tolist()) <= set(KINDS)


def labels_at(first_s: float, second_s: float, third_s: float | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Segments and places in which the first two or three labels share one."""
    segment, label_s = np.arange(N), np.full(N, 15.0)
    segment[1], label_s[:2] = segment[0], (first_s, second_s)
    if third_s is not None:
        segment[2], label_s[2] = segment[0], third_s
    return segment, label_s


def test_an_s_before_its_p_is_flagged_with_it_where_the_waveform_speaks_for_both():
    catalog = make_catalog(N, 0.0, seed=11)
    catalog.phase[:2], catalog.shift_s[:2], catalog.network_error_s[:2] = (1, 0), 0.0, 0.0
    segment, label_s = labels_at(12.0, 16.0)
    verdicts = judge(catalog, score(catalog, 2), segment=segment, label_s=label_s)
    assert verdicts.flagged[:2].all() and (verdicts.evidence["p_out_of_order"][2:] == 0).all()
    assert "labelled before the P" in verdicts.sentence[0] and "labelled after an S without P" in verdicts.sentence[1]


def test_of_an_s_before_its_p_the_one_that_does_not_fit_is_wrong():
    catalog = make_catalog(N, 0.0, seed=11)
    catalog.phase[:2], catalog.network_error_s[:2], catalog.shift_s[:2] = (1, 0), 0.0, (-3.0, 0.0)
    segment, label_s = labels_at(12.0, 16.0)
    verdicts = judge(catalog, score(catalog, 2), segment=segment, label_s=label_s)
    assert verdicts.flagged[:2].tolist() == [True, False]


def out_of_order(own: tuple[float, float], other: tuple[float, float]) -> list[float]:
    """P that each is wrong of an S that fits where it lies and a P after it that does not. Heights of the decoder at both."""
    heights = Heights(np.array([*own, 0.9]), np.array([*other, 0.1]))
    bumps = Bumps(np.zeros(3), np.full(3, np.nan))
    density, phase = np.array([-1.0, 5.0, 0.0]), np.array([1, 0, 0])
    found = look_at_companions(density, heights, phase, np.array([0, 0, 1]), np.array([10.0, 22.0, 15.0]), bumps, 1.0)
    assert found.p_out_of_order[2] == 0
    return found.p_out_of_order[:2].tolist()


def test_p_and_s_that_changed_places_are_both_wrong_though_one_of_them_fits_under_its_wrong_name():
    of_s, of_p = out_of_order(own=(0.2, 0.02), other=(0.5, 0.3))
    assert of_s == pytest.approx(0.9 * 0.15 / (0.15 + 0.1 * 0.22))
    assert of_p > 0.85


@pytest.mark.parametrize("heights", [{"own": (0.6, 0.02), "other": (0.05, 0.02)}, {"own": (np.nan, 0.6), "other": (np.nan, 0.3)}])
def test_an_s_that_does_not_look_like_a_p_is_not_taken_for_one_that_changed_places(heights):
    of_s, of_p = out_of_order(**heights)
    assert of_s < 0.5 and of_p >= 0.85


def test_the_p_of_a_second_earthquake_may_follow_on_the_s_of_the_first():
    catalog = make_catalog(N, 0.0, seed=11)
    catalog.phase[:3], catalog.shift_s[:3], catalog.network_error_s[:3] = (0, 1, 0), 0.0, 0.0
    segment, label_s = labels_at(8.0, 12.0, 18.0)
    verdicts = judge(catalog, score(catalog, 2), segment=segment, label_s=label_s)
    assert (verdicts.evidence["p_out_of_order"] == 0).all()


def test_an_s_that_follows_its_p_is_called_no_p_however_much_it_looks_like_one():
    catalog = make_catalog(N, 0.0, seed=11)
    catalog.phase[:2], catalog.network_error_s[:2], catalog.shift_s[:2] = (0, 1), 0.0, 0.0
    catalog.shift_s[1] = catalog.other_s[1] = -4.0  # where networks see an S is 4 s later, and a P at the label
    segment, label_s = labels_at(12.0, 16.0)
    scores = score(catalog, 2)
    assert judge(catalog, scores).kind[1] == "phase"
    verdicts = judge(catalog, scores, segment=segment, label_s=label_s)
    assert verdicts.kind[1] == "timing" and verdicts.proposed_phase[1] == ""
