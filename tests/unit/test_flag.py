from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.simulated_scores import Catalog, make_catalog, score
from training.benchmark.metrics import auroc, coverage, expected_calibration_error
from training.flagging.config import FlaggingConfig
from training.flagging.flag import flag_labels
from training.flagging.planting import Planting, plant_errors
from training.flagging.proposals import ProposalConfig
from training.flagging.scores import LabelScores
from training.flagging.verdicts import Verdicts

CONFIG = FlaggingConfig()


def planting_for(catalog: Catalog) -> Planting:
    n = len(catalog)
    return plant_errors(
        np.arange(n),
        catalog.phase,
        np.full(n, 1500.0),
        np.arange(n),
        n_samples=3072,
        sampling_rate_hz=100.0,
        seed=1,
        config=CONFIG.planting,
    )


def judge(catalog: Catalog, scores=None, config: FlaggingConfig = CONFIG, **how) -> Verdicts:
    n, planting = len(catalog), planting_for(catalog)
    return flag_labels(
        score(catalog, 2, **how) if scores is None else scores,
        score(catalog, 3, planting, **how),
        planting,
        phase=catalog.phase,
        group=np.zeros(n, dtype=np.int64),
        fold=np.arange(n) % 5,
        config=config,
        segment=np.arange(n),
        label_s=np.full(n, 15.0),
    )


@pytest.fixture(scope="module")
def fifth_wrong() -> tuple[Catalog, Verdicts, np.ndarray]:
    catalog = make_catalog(250, 0.2, seed=21)
    return catalog, judge(catalog), np.abs(catalog.shift_s) > 0.14


def test_wrong_labels_are_found_and_few_right_ones_are_flagged(fifth_wrong):
    _, verdicts, wrong = fifth_wrong
    assert auroc(verdicts.p_mislabelled, wrong) > 0.98
    assert verdicts.flagged[wrong].mean() > 0.9
    assert verdicts.flagged[~wrong].mean() < 0.03


def test_p_mislabelled_is_a_probability(fifth_wrong):
    _, verdicts, wrong = fifth_wrong
    assert expected_calibration_error(verdicts.p_mislabelled, wrong) < 0.05
    assert verdicts.calibration.error_rate == pytest.approx(0.2, abs=0.03)


def test_proposals_put_wrong_labels_back_and_their_intervals_hold_the_arrival(fifth_wrong):
    catalog, verdicts, wrong = fifth_wrong
    proposed = wrong & np.isfinite(verdicts.proposed_shift_s)
    assert (np.abs(verdicts.proposed_shift_s + catalog.shift_s)[proposed] < 0.1).mean() > 0.9
    assert 0.8 < coverage(-catalog.shift_s, verdicts.proposed_lower_s, verdicts.proposed_upper_s, wrong) <= 1.0
    ordered = (verdicts.proposed_lower_s <= verdicts.proposed_shift_s) & (verdicts.proposed_shift_s <= verdicts.proposed_upper_s)
    assert ordered[np.isfinite(verdicts.proposed_shift_s)].all()


def test_calibration_tells_what_a_review_budget_catches(fifth_wrong):
    _, verdicts, wrong = fifth_wrong
    rows = verdicts.calibration.rows
    assert [row.n_flagged for row in rows] == sorted((row.n_flagged for row in rows), reverse=True)
    assert [row.planted_found for row in rows] == sorted((row.planted_found for row in rows), reverse=True)
    half = next(row for row in rows if row.threshold == 0.5)
    assert half.n_flagged == (verdicts.p_mislabelled >= 0.5).sum()
    assert half.n_errors_expected == pytest.approx((wrong & (verdicts.p_mislabelled >= 0.5)).sum(), rel=0.1)
    assert set(half.planted_found_by_kind) == {"timing", "phase", "no_arrival"}
    assert set(verdicts.calibration.found_when_left_out) == {"timing", "phase", "no_arrival"}
    assert verdicts.calibration.found_by_shift["1 s and more"] >= verdicts.calibration.found_by_shift["up to 0.2 s"]


def test_every_label_has_a_sentence_a_posterior_and_the_named_evidence(fifth_wrong):
    catalog, verdicts, _ = fifth_wrong
    assert len(verdicts.sentence) == len(catalog) and all(s.endswith(".") for s in verdicts.sentence)
    assert verdicts.posterior.shape == (len(catalog), len(verdicts.offsets_s))
    named = {"feature_kl", "feature_cosine", "time_contrast", "neg_log_label_density", "p_gross_error", "snr_db"}
    assert named <= set(verdicts.evidence)
    assert verdicts.statements == ["All labels are of one station: whether it is early or late as a whole can't be seen."]


def test_a_catalog_without_errors_gets_hardly_a_flag():
    verdicts = judge(make_catalog(150, 0.0, seed=22))
    assert verdicts.flagged.sum() <= 2
    assert verdicts.calibration.error_rate < 0.02


def test_a_plainly_trained_network_gives_the_same_figure_with_and_without_alignment():
    verdicts = judge(make_catalog(100, 0.1, seed=23), aligned=False)
    assert np.array_equal(verdicts.p_mislabelled, verdicts.p_mislabelled_without_alignment)
    assert np.isnan(verdicts.evidence["feature_kl"]).all()


def test_an_alignment_that_knows_better_than_the_decoder_changes_the_verdict():
    catalog = make_catalog(200, 0.2, seed=24)
    scores, planting = score(catalog, 2, width_s=0.07), planting_for(catalog)
    planted = score(catalog, 3, planting)
    rng = np.random.default_rng(0)
    for one in (scores, planted):  # a decoder that sees half of the arrivals only
        blind = rng.random(len(one)) < 0.5
        one.probability[blind], one.peak_offset_s[blind], one.snr_db[blind] = 0.01, np.nan, 10.0
    verdicts = flag_labels(
        scores,
        planted,
        planting,
        phase=catalog.phase,
        group=np.zeros(200, dtype=np.int64),
        fold=np.arange(200) % 5,
        config=CONFIG,
    )
    wrong = np.abs(catalog.shift_s) > 0.14
    assert auroc(verdicts.p_mislabelled, wrong) > auroc(verdicts.p_mislabelled_without_alignment, wrong) + 0.02


@pytest.mark.parametrize("n_labels", [1, 2, 10, 24])
def test_a_handful_of_labels_is_judged_and_said_to_be_uncertain(n_labels):
    verdicts = judge(make_catalog(n_labels, 0.2, seed=25))
    assert np.isfinite(verdicts.p_mislabelled).all()
    assert len(verdicts.sentence) == n_labels
    assert any("Too few" in statement for statement in verdicts.statements)


def test_networks_that_learned_nothing_flag_nothing_and_say_so():
    verdicts = judge(make_catalog(120, 0.2, seed=26), informative=False)
    assert not verdicts.flagged.any()
    assert verdicts.statements[0].startswith("Nothing could be learned here: ")


def test_labels_on_which_the_networks_gave_nothing_are_not_scored():
    catalog = make_catalog(100, 0.1, seed=27)
    scores = score(catalog, 2)
    scores.probability[:3] = np.nan
    scores.peak_offset_s[:3] = np.nan
    verdicts = judge(catalog, scores)
    assert verdicts.scored.tolist() == [False] * 3 + [True] * 97
    assert np.isnan(verdicts.p_mislabelled[:3]).all() and not verdicts.flagged[:3].any()
    assert verdicts.sentence[0].startswith("Not judged")
    assert np.isfinite(verdicts.p_mislabelled[3:]).all()


def test_networks_that_gave_nothing_at_all_flag_nothing():
    catalog = make_catalog(30, 0.1, seed=28)
    scores = score(catalog, 2)
    scores.probability[:] = np.nan
    verdicts = judge(catalog, scores)
    assert not verdicts.scored.any() and not verdicts.flagged.any()
    assert "nothing is judged" in verdicts.statements[0]


def test_a_catalog_of_p_alone_is_judged():
    catalog = make_catalog(100, 0.2, seed=29, only_p=True)
    verdicts = judge(catalog)
    assert auroc(verdicts.p_mislabelled, np.abs(catalog.shift_s) > 0.14) > 0.97


def test_nothing_planted_is_borne():
    catalog = make_catalog(50, 0.2, seed=30)
    none = planting_for(catalog)
    none = Planting(none.label[:0], none.label_sample[:0], none.phase[:0], none.kind[:0], none.shift_s[:0])
    verdicts = flag_labels(
        score(catalog, 2),
        score(catalog, 3, none),
        none,
        phase=catalog.phase,
        group=np.zeros(50, dtype=np.int64),
        fold=np.arange(50) % 5,
        config=CONFIG,
    )
    assert auroc(verdicts.p_mislabelled, np.abs(catalog.shift_s) > 0.14) > 0.95


def test_lengths_that_disagree_are_refused_by_name():
    catalog = make_catalog(20, 0.1, seed=31)
    planting = planting_for(catalog)
    with pytest.raises(ValueError, match="fold: 19 values for 20 labels"):
        flag_labels(
            score(catalog, 2),
            score(catalog, 3, planting),
            planting,
            phase=catalog.phase,
            group=np.zeros(20, dtype=np.int64),
            fold=np.zeros(19, dtype=np.int64),
            config=CONFIG,
        )


def test_a_threshold_that_is_no_probability_is_refused():
    with pytest.raises(ValueError, match="threshold: 2"):
        FlaggingConfig(threshold=2)


def test_a_flag_that_may_well_be_wrong_says_what_it_saw_and_proposes_nothing() -> None:
    catalog = make_catalog(600, 0.2, seed=4)
    cautious = FlaggingConfig(proposals=ProposalConfig(least_p=0.97))
    for verdicts, least_p in ((judge(catalog), 0.9), (judge(catalog, config=cautious), 0.97)):
        doubtful = (verdicts.p_mislabelled < least_p) & (verdicts.kind != "missed_arrival")
        assert np.isnan(verdicts.proposed_shift_s[doubtful]).all()
        assert not verdicts.proposed_removal[doubtful].any() and (verdicts.proposed_phase[doubtful] == "").all()
        told = [verdicts.sentence[i] for i in np.flatnonzero(doubtful & verdicts.flagged)]
        assert told and all("not sure enough to propose a change" in sentence for sentence in told)
        assert any(sentence.startswith("Arrival seen") for sentence in told)


@pytest.mark.parametrize("n_s", [2, 8])
def test_a_phase_that_the_networks_never_learned_is_not_flagged_however_well_they_know_the_other(n_s: int) -> None:
    """Most labels planted as S lie on P here, and are given away by what the networks know of P."""
    for seed in range(3):
        catalog = make_catalog(120, 0.1, seed=seed, only_p=True)
        catalog.phase[:n_s] = 1
        catalog.shift_s[:n_s] = 0.0
        planting = planting_for(catalog)
        given = _deaf_to_s(catalog, catalog.phase, 2)
        planted = _deaf_to_s(catalog, catalog.phase[planting.label], 3, planting)
        n = len(catalog)
        verdicts = flag_labels(
            given,
            planted,
            planting,
            phase=catalog.phase,
            group=np.zeros(n, dtype=np.int64),
            fold=np.arange(n) % 5,
            config=CONFIG,
            segment=np.arange(n),
            label_s=np.full(n, 15.0),
        )
        assert not verdicts.flagged[:n_s].any()
        assert verdicts.flagged[n_s:].any()


def _deaf_to_s(catalog: Catalog, phase: np.ndarray, seed: int, planting: Planting | None = None) -> LabelScores:
    """Scores in which nothing is known of the labels that are S."""
    known, unknown = (score(catalog, seed, planting, informative=informative) for informative in (True, False))
    rows = {name: getattr(unknown, name)[phase == 1] for name in LabelScores.__dataclass_fields__ if not name.endswith("offsets_s")}
    mixed = {name: getattr(known, name).copy() for name in rows}
    for name, values in rows.items():
        mixed[name][phase == 1] = values
    return replace(known, **mixed)
