"""Runs on what is hardly fit for one: each says what it can and can't do, and none crashes."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from labeling.models import Flag, Pick, Work
from tests import factories
from tests.integration.small_uploads import QUICK_SETTINGS
from training.jobs.advance_run import advance_run
from training.jobs.run_files import RunFolder
from training.jobs.run_to_end import run_to_end
from training.models import Run
from training.services.runs import start_run

QUICK = {**QUICK_SETTINGS, "epochs": 1, "score_stride_samples": 1024}
FEW = "Too few labels to calibrate on ({} picks; it takes some 30, in all folds): "
HZ_OF_BASE = "The base checkpoint that training starts from knows seismograms at 100 Hz only. "


def record(workspace, number: int = 0, *, change=lambda samples: samples, rate_hz: float = 100.0, phases: str = "PS", **how) -> list[Pick]:
    """One trace of a station of its own, with a P and an S at its onsets. change: of its samples. labelled_late_s: the P."""
    late_s = how.pop("labelled_late_s", 0.0)
    catalog = workspace.catalogs.first() or factories.make_catalog(workspace)
    facts = {name: how.pop(name) for name in ("channel_codes", "start_time", "event", "station_code") if name in how}
    codes = facts.get("channel_codes", ("HHZ", "HHN", "HHE"))
    samples = factories.onset_samples(sampling_rate_hz=rate_hz, seed=number, n_components=len(codes), **how)
    facts = {"station_code": f"ST{number}", **facts}
    trace = factories.make_trace(catalog, samples=change(samples.copy()), sampling_rate_hz=rate_hz, **facts)
    onset_s = {"P": how.get("p_s", 10.0) + late_s, "S": how.get("s_s", 14.0)}
    return [factories.make_pick(trace, offset_s=onset_s[phase], phase_hint=phase) for phase in phases]


def run_on(workspace, **settings) -> Run:
    run = start_run(workspace=workspace, by=None, settings={**QUICK, **settings}, review_when_done=True, send=False)
    return run_to_end(run.pk, lambda text: None)


def statements_of(run: Run) -> list[str]:
    assert run.state == Work.State.DONE, run.message
    return run.summary["statements"]


def flagged_in(run: Run) -> list[Flag]:
    return list(Flag.objects.filter(flag_set__run_id=run.pk, p_mislabelled__gte=0.5))


def told(run: Run, beginning: str) -> str:
    """The one statement with this beginning."""
    (found,) = [statement for statement in statements_of(run) if statement.startswith(beginning)]
    return found


# --- too little -----------------------------------------------------------------------------------------------------------


def test_fewer_than_thirty_picks_are_judged_and_said_to_be_uncalibrated(workspace):
    for number in range(11):
        record(workspace, number)
    wrong, _ = record(workspace, 11, labelled_late_s=1.5)
    run = run_on(workspace, epochs=4)
    assert told(run, FEW.format(24)).endswith(
        "P(mislabelled) comes from the noise model and the residual with fixed weights, and only what is certain, with a P of 0.9 or more, "
        "is flagged. Import more picks for figures to rely on."
    )
    assert [flag.pick_id for flag in flagged_in(run)] == [wrong.pk]
    assert flagged_in(run)[0].p_mislabelled >= 0.9


def test_picks_of_a_single_event_cannot_be_held_out(workspace):
    event = factories.make_event(factories.make_catalog(workspace))
    for number in range(4):
        record(workspace, number, event=event)
    run = run_on(workspace)
    assert (run.state, run.error_reference) == (Work.State.FAILED, "")
    assert run.message == (
        "All 4 segments hang together (same event, trace or overlapping waveform), so none can be held out. "
        "Add picks of at least one other event."
    )


def test_waveforms_of_noise_alone_flag_nothing_and_say_so(workspace):
    draw = np.random.default_rng(5)
    for number in range(24):
        record(workspace, number, change=lambda samples: draw.normal(0.0, 12.0, samples.shape).astype(np.float32))
    run = run_on(workspace)
    assert statements_of(run)[0] == (
        "Nothing could be learned here: the networks are not seen to tell planted errors from the given labels better than chance does, "
        "so nothing is flagged. Look whether the waveforms belong to the picks and show arrivals; else train longer, or on more data."
    )
    assert flagged_in(run) == []


def test_picks_that_have_nothing_to_do_with_their_waveforms_flag_nothing_and_say_so(workspace):
    """The base checkpoint sees the arrivals; that the labels lie elsewhere, one and all, is no reason to flag some of them."""
    draw = np.random.default_rng(6)
    for number in range(16):
        record(workspace, number, p_s=float(draw.uniform(3.0, 13.0)), change=lambda samples: np.roll(samples, draw.integers(3000), axis=1))
    run = run_on(workspace)
    assert statements_of(run)[0].startswith("Nothing could be learned here: ")
    assert flagged_in(run) == []


# --- waveforms that say little ----------------------------------------------------------------------------------------------


def test_constant_waveforms_fail_the_run_with_what_to_do(workspace):
    for number in range(3):
        record(workspace, number, change=np.ones_like)
    run = run_on(workspace)
    assert (run.state, run.error_reference) == (Work.State.FAILED, "")
    assert run.message == (
        "Nothing can be learned: the waveforms around all 6 picks are constant or empty on every component. Import waveforms that show "
        "the arrivals."
    )


def test_some_constant_and_some_empty_waveforms_are_told_and_not_learned_from(workspace):
    for number in range(4):
        record(workspace, number)
    record(workspace, 4, change=np.zeros_like)
    record(workspace, 5, change=lambda samples: np.full_like(samples, np.nan))
    run = run_on(workspace)
    assert told(run, "2 of 6 stretches of waveform") == (
        "2 of 6 stretches of waveform around picks are constant or empty on every component. Nothing is learned from them, and their "
        "picks are flagged as without arrival where the networks have learned to tell."
    )
    assert sum(fold.n_train_labels for fold in run.folds.all()) == 8


def test_too_few_living_waveforms_to_train_on_fail_the_run(workspace):
    record(workspace, 0)
    for number in range(1, 4):
        record(workspace, number, change=np.zeros_like)
    run = run_on(workspace)
    assert (run.state, run.error_reference) == (Work.State.FAILED, "")
    assert "of the 2 labelled segments that it takes. Import picks of more events." in run.message


def test_a_component_that_is_dead_everywhere_is_named(workspace):
    def without_vertical(samples):
        samples[0] = 7.0
        return samples

    for number in range(6):
        record(workspace, number, change=without_vertical)
    assert told(run_on(workspace), "The vertical ") == (
        "The vertical is missing or dead on every trace; P and S are judged by the first horizontal (N or 1) and the second horizontal "
        "(E or 2) alone."
    )


def test_verticals_alone_will_do(workspace):
    for number in range(6):
        record(workspace, number, channel_codes=("EHZ",))
    assert told(run_on(workspace), "The first horizontal") == (
        "The first horizontal (N or 1) and the second horizontal (E or 2) are missing or dead on every trace; P and S are judged by the "
        "vertical alone."
    )


def test_gaps_are_told_and_count_as_silence(workspace):
    def with_gap(samples):
        samples[:, 1100:1700] = np.nan
        return samples

    for number in range(4):
        record(workspace, number)
    for number in (4, 5):
        record(workspace, number, change=with_gap)
    assert told(run_on(workspace), "2 of 6 traces have gaps") == (
        "2 of 6 traces have gaps (NaN) in more than 10% of what the networks read around a pick. What is missing counts as silence; "
        "a pick on it is flagged as one without arrival."
    )


def test_clipped_traces_are_counted_and_kept(workspace):
    for number in range(4):
        record(workspace, number)
    for number in (4, 5):
        record(workspace, number, change=lambda samples: np.clip(samples, -150.0, 150.0))
    run = run_on(workspace)
    assert told(run, "2 of 6 traces are clipped") == (
        "2 of 6 traces are clipped: samples stand at the same highest or lowest value. Their picks are judged like all others; after the "
        "clipping an S, and any amplitude, can't be trusted."
    )
    assert Flag.objects.filter(flag_set__run_id=run.pk).count() == 12


def test_waveforms_shorter_than_a_window_are_judged_and_told(workspace):
    for number in range(6):
        record(workspace, number, n_samples=400, p_s=1.5, s_s=2.5)
    assert told(run_on(workspace), "6 of 6 stretches") == (
        "6 of 6 stretches of waveform around picks are shorter than the networks' window of 10.2 s. They are judged, the rest of the "
        "window being silence; import longer waveforms for more certainty."
    )


def test_waveforms_of_a_few_samples_crash_nothing(workspace):
    for number, n_samples in enumerate([1, 2, 3, 30, 60, 90]):
        record(workspace, number, n_samples=n_samples, p_s=0.0, phases="P")
    assert told(run_on(workspace), "6 of 6 stretches").startswith("6 of 6 stretches of waveform around picks are shorter")


# --- rates ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate_hz", "window", "spread", "seen_hz"),
    [(10.0, "102", "1", 10.0), (20.0, "51.2", "0.5", 20.0), (480.0, "2.05", "0.02", 500.0), (1000.0, "1.02", "0.01", 1000.0)],
)
def test_the_networks_rate_and_lengths_follow_the_traces(workspace, rate_hz: float, window: str, spread: str, seen_hz: float):
    scale = 100.0 / rate_hz
    for number in range(6):
        later = factories.ORIGIN + timedelta(hours=number)
        record(workspace, number, rate_hz=rate_hz, start_time=later, p_s=10.0 * scale, s_s=14.0 * scale)
    run = run_on(workspace)
    assert told(run, "The networks see") == (
        f"The networks see the waveforms at {seen_hz:g} Hz, in windows of {window} s; labels that lie up to {spread} s off count as within "
        "analysts' spread and are not flagged for it."
    )
    assert told(run, HZ_OF_BASE) == (
        f"{HZ_OF_BASE}At {seen_hz:g} Hz it is a fair start and no more: its own figures don't hold here, and whether the catalog as a "
        "whole is early or late can't be seen."
    )
    stored = run.configuration
    assert (stored["sampling_rate_hz"], stored["segment_s"]) == (seen_hz, pytest.approx(3072 / seen_hz))
    assert stored["highpass_hz"] == pytest.approx(seen_hz / 100)
    dataset, _ = RunFolder(run.pk).load()
    assert (dataset.sampling_rate_hz, dataset.n_samples) == (seen_hz, 3072)


def test_usual_and_mixed_rates_are_seen_at_a_hundred(workspace):
    for number, rate_hz in enumerate([50.0, 100.0, 200.0, 250.0, 200.0, 200.0]):
        record(workspace, number, rate_hz=rate_hz, n_samples=round(30 * rate_hz))
    run = run_on(workspace)
    assert run.configuration["sampling_rate_hz"] == 100.0
    assert not any(" Hz" in statement for statement in statements_of(run))


def test_traces_far_from_the_networks_rate_are_told(workspace):
    for number, rate_hz in enumerate([100.0, 100.0, 100.0, 100.0, 20.0, 500.0]):
        record(workspace, number, rate_hz=rate_hz, n_samples=round(30 * rate_hz))
    run = run_on(workspace)
    assert told(run, "1 of 6 traces were recorded at 20 Hz, ").endswith(
        "less than half the networks' 100 Hz: an arrival on them is known to some 0.05 s at best."
    )
    assert told(run, "1 of 6 traces were recorded at 500 Hz") == (
        "1 of 6 traces were recorded at 500 Hz and are seen at 100 Hz: nothing above 50 Hz counts. If that is where their arrivals are, "
        "put them into a workspace of their own."
    )


def test_a_rate_that_is_given_is_kept_and_its_lengths_go_with_it(workspace):
    record(workspace)
    run = start_run(workspace=workspace, by=None, settings={"sampling_rate_hz": "200"}, send=False)
    assert (run.configuration["sampling_rate_hz"], run.configuration["search_s"]) == (200.0, 3.0)


def test_a_preparation_begun_again_keeps_the_rate_it_had_chosen(workspace):
    for number in range(4):
        record(workspace, number, rate_hz=500.0, n_samples=15_000)
    run = start_run(workspace=workspace, by=None, settings=QUICK, send=False)
    assert "sampling_rate_hz" not in run.configuration
    Run.objects.filter(pk=run.pk).update(configuration={**run.configuration, "sampling_rate_hz": 1000.0})
    advance_run(run.pk, send=False)
    run.refresh_from_db()
    assert run.configuration["sampling_rate_hz"] == 1000.0


def test_a_length_that_does_not_suit_the_traces_rate_fails_with_what_to_do(workspace):
    for number in range(3):
        record(workspace, number, rate_hz=20.0)
    run = run_on(workspace, segment_s=30)
    assert (run.state, run.message) == (
        Work.State.FAILED,
        "segment_s: 30 s is shorter than a window of 1024 samples. The networks work at the traces' rate; give "
        "sampling_rate_hz for another.",
    )
