from __future__ import annotations

import numpy as np
import pytest

from training.benchmark.planted import Recipe, plant
from training.flagging.planting import PlantingConfig, plant_errors

N = 200
SEGMENT = np.repeat(np.arange(N), 2)
PHASE = np.tile([0, 1], N)
SAMPLE = np.tile([1200.0, 1550.0], N) + 0.37
GROUP = SEGMENT // 20


def planting(config: PlantingConfig | None = None, labels=None, sample=SAMPLE):
    return plant_errors(
        SEGMENT,
        PHASE,
        sample,
        np.arange(2 * N) if labels is None else labels,
        n_samples=3072,
        sampling_rate_hz=100.0,
        seed=3,
        config=config or PlantingConfig(),
    )


def planted(**recipe):
    return plant(SEGMENT, PHASE, SAMPLE, GROUP, n_samples=3072, recipe=Recipe(**recipe), seed=4)


def test_timing_shifts_lie_within_their_bounds_and_on_both_sides():
    found = planting()
    shift_s = found.shift_s[found.kind == "timing"]
    assert np.abs(shift_s).min() >= 0.145 and np.abs(shift_s).max() <= 3.005
    assert 0.4 < (shift_s > 0).mean() < 0.6
    assert 0.4 < (np.abs(shift_s) < np.sqrt(0.15 * 3)).mean() < 0.6  # log-uniform


def test_planted_positions_keep_the_fraction_of_a_sample():
    found = planting(labels=np.flatnonzero(PHASE == 0))
    timing = found.kind == "timing"
    assert np.allclose(found.label_sample[timing] % 1, 0.37)


def test_a_coarser_time_grid_is_kept():
    moved = planting(PlantingConfig(time_grid_samples=10.0, timing_share=1.0, phase_share=0.0, no_arrival_share=0.0))
    steps = (moved.label_sample - SAMPLE[moved.label]) / 10
    assert np.allclose(steps, np.round(steps)) and (np.abs(steps) >= 1).all()


def test_every_planted_position_lies_inside_its_segment_and_off_the_label():
    found = planting()
    assert found.label_sample.min() >= 0 and found.label_sample.max() <= 3071
    moved = np.abs(found.label_sample - SAMPLE[found.label]) > 10
    assert (moved | (found.phase != PHASE[found.label])).all()


def test_nothing_is_planted_in_the_padding_of_a_short_trace():
    short = np.tile([1000, 1700], (N, 1))
    found = plant_errors(
        SEGMENT,
        PHASE,
        SAMPLE,
        np.arange(2 * N),
        n_samples=3072,
        sampling_rate_hz=100.0,
        seed=3,
        config=PlantingConfig(),
        real_samples=short,
    )
    assert len(found) > N and "no_arrival" not in found.kind  # no room for it before the first label
    assert found.label_sample.min() >= 1000 and found.label_sample.max() <= 1700
    recipe = Recipe(rate=0.5, kinds=("shift", "noise"), most_shift_s=20.0)
    errors = plant(SEGMENT, PHASE, SAMPLE, GROUP, n_samples=3072, recipe=recipe, seed=4, real_samples=short)
    assert errors.wrong.any() and "noise" not in errors.kind
    assert errors.label_sample.min() >= 1000 and errors.label_sample.max() <= 1700


def test_a_wrong_phase_sits_on_the_other_label_or_changes_its_name():
    only = PlantingConfig(timing_share=0.0, phase_share=1.0, no_arrival_share=0.0)
    found = planting(only)
    assert (found.kind == "phase").all()
    assert np.allclose(found.label_sample, SAMPLE[found.label ^ 1])
    alone = plant_errors(
        np.arange(10),
        np.zeros(10, dtype=np.int64),
        np.full(10, 1500.0),
        np.arange(10),
        n_samples=3072,
        sampling_rate_hz=100.0,
        seed=3,
        config=only,
    )
    assert (alone.phase == 1).all() and (alone.shift_s == 0).all()


def test_no_arrival_lies_three_seconds_before_the_first_label():
    found = planting(PlantingConfig(timing_share=0.0, phase_share=0.0, no_arrival_share=1.0))
    assert (found.kind == "no_arrival").all()
    assert found.label_sample.max() <= 1200.37 - 300 + 0.5


def test_the_same_seed_plants_the_same():
    assert np.array_equal(planting().label_sample, planting().label_sample)


def test_benchmark_makes_the_asked_share_wrong_and_no_other_label():
    errors = planted(rate=0.2, phases=(0,), least_shift_s=0.15)
    assert errors.wrong.sum() == 40
    assert (PHASE[errors.wrong] == 0).all()
    assert np.allclose(errors.label_sample[~errors.wrong], SAMPLE[~errors.wrong])
    assert np.abs(errors.shift_s[errors.wrong]).min() >= 0.145


def test_a_higher_rate_adds_errors_to_those_of_a_lower_one():
    low, high = planted(rate=0.05), planted(rate=0.4)
    assert (high.wrong[low.wrong]).all()
    assert np.allclose(high.shift_s[low.wrong], low.shift_s[low.wrong])


@pytest.mark.parametrize("kinds", [("group_offset",), ("phase_swap",), ("shift", "phase_swap", "noise", "group_offset")])
def test_whole_groups_and_both_halves_of_a_swap_count_towards_the_rate(kinds):
    found = planted(rate=0.2, kinds=kinds)
    assert abs(found.wrong.mean() - 0.2) <= 0.05  # a group is 10 % of these labels
    assert set(found.kind[found.wrong]) == set(kinds)


def test_rate_zero_changes_nothing():
    assert not planted(rate=0.0, kinds=("shift", "group_offset")).wrong.any()


def test_a_swap_exchanges_p_and_s():
    errors = planted(rate=0.2, kinds=("phase_swap",))
    p_wrong = errors.wrong[PHASE == 0]
    assert np.array_equal(p_wrong, errors.wrong[PHASE == 1])
    assert np.allclose(errors.label_sample[PHASE == 0][p_wrong], SAMPLE[PHASE == 1][p_wrong])


def test_one_sided_shifts_are_all_late_and_noise_is_before_the_first_arrival():
    shift_s = planted(rate=0.3, kinds=("one_sided_shift",)).shift_s
    assert (shift_s >= 0).all()
    noise = planted(rate=0.3, kinds=("noise",))
    assert noise.label_sample[noise.wrong].max() < 1200.37 - 290


def test_group_offsets_move_whole_groups_alike():
    errors = planted(rate=0.3, kinds=("group_offset",), phases=(0,))
    late = errors.kind == "group_offset"
    assert late.any()
    for number in np.unique(GROUP[late]):
        assert len(np.unique(errors.shift_s[late & (number == GROUP)].round(6))) == 1


def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="typo.*phase_swap"):
        Recipe(kinds=("typo",))
