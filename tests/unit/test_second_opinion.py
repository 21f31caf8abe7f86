"""The vote of a published picker: asked where its weights are, never downloaded, and no evidence of P(mislabelled)."""

from __future__ import annotations

import dataclasses
import sys

import numpy as np
import pytest
from obspy import Stream, Trace

from tests.unit.simulated_scores import make_catalog, score
from tests.unit.test_kinds import CONFIG, N, judge
from tests.unit.training_examples import synthetic_set
from training.lancor.config import TrainingConfig
from training.lancor.second_opinion import load_picker, second_onsets_s

DATASET = synthetic_set(70)


class Stub:
    """SeisBench's interface with curves of our own: a bump of P at 2.00 s and of S at 3.00 s, at half the rate and from 0.5 s on."""

    sampling_rate, in_samples = 100.0, 3001

    def __init__(self, height: float = 0.9) -> None:
        self.height = height
        self.seen: list[Trace] = []

    def annotate(self, stream: Stream, *, blinding: tuple[int, int]) -> Stream:
        self.seen += list(stream)
        curves = Stream()
        for station in {trace.stats.station for trace in stream}:
            for phase, second in (("N", 1.0), ("P", 2.0), ("S", 3.0)):
                time = 0.5 + np.arange(200) / 50
                data = self.height * np.exp(-0.5 * ((time - second) / 0.05) ** 2)
                header = {
                    "station": station,
                    "channel": f"Stub_{phase}",
                    "sampling_rate": 50.0,
                    "starttime": stream[0].stats.starttime + 0.5,
                }
                curves += Trace(data, header)
        return curves


def onsets_s(picker, dataset=DATASET, search_s: float = 4.0) -> np.ndarray:
    return second_onsets_s(picker, dataset, dataset.label_segment, dataset.label_sample, dataset.label_phase, search_s)


def test_each_label_gets_the_onset_of_its_phase_whatever_the_pickers_rate_and_start():
    found = onsets_s(Stub())
    wanted = np.where(DATASET.label_phase == 0, 2.0, 3.0) - DATASET.label_sample / 100.0
    np.testing.assert_allclose(found, wanted, atol=0.011)


def test_of_a_low_curve_or_one_that_is_high_elsewhere_there_is_no_vote():
    assert np.isnan(onsets_s(Stub(height=0.2))).all()
    assert np.isnan(onsets_s(Stub(), search_s=0.01)).sum() > 100


def test_a_picker_sees_three_components_long_enough_for_its_window():
    stub = Stub()
    onsets_s(stub)
    assert [trace.stats.channel for trace in stub.seen[:3]] == ["HHZ", "HHN", "HHE"]
    assert len(stub.seen) == 3 * DATASET.n_segments
    assert all(len(trace) > stub.in_samples for trace in stub.seen)


def test_nothing_is_asked_of_no_labels():
    stub = Stub()
    none = np.zeros(0, dtype=np.int64)
    assert not len(second_onsets_s(stub, DATASET, none, none.astype(float), none, 4.0)) and not stub.seen


@pytest.mark.parametrize("kind", ["PhaseNet", "EQTransformer"])
def test_networks_of_seisbench_answer_on_every_segment(kind):
    """Untrained ones: no weights are fetched."""
    models = pytest.importorskip("seisbench.models")
    picker = getattr(models, kind)()
    dataset = synthetic_set(3)
    curves = onsets_s(picker, dataset)
    assert curves.shape == (6,)


def test_weights_that_are_not_there_are_not_downloaded(monkeypatch, tmp_path):
    seisbench = pytest.importorskip("seisbench")
    monkeypatch.setattr(seisbench, "cache_model_root", tmp_path)
    with pytest.raises(ValueError, match=r"weights stead of PhaseNet are not there.*from_pretrained\('stead'\)"):
        load_picker("PhaseNet/stead", "cpu")


def test_without_the_extra_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "seisbench", None)
    with pytest.raises(ValueError, match=r"pip install 'repick\[seisbench\]'"):
        load_picker("PhaseNet/stead", "cpu")


@pytest.mark.parametrize("name", ["stead", "PhaseNet", "PhaseNet/", "CRED/stead", "PhaseNet/../../etc", "PhaseNet/a b", "os/system"])
def test_a_name_that_is_no_picker_is_refused(name):
    with pytest.raises(ValueError, match="second_opinion"):
        TrainingConfig(second_opinion=name)


def test_weights_in_the_cache_are_taken(monkeypatch, tmp_path):
    seisbench = pytest.importorskip("seisbench")
    models = pytest.importorskip("seisbench.models")
    monkeypatch.setattr(seisbench, "cache_model_root", tmp_path)
    (tmp_path / "phasenet").mkdir()
    models.PhaseNet().save(tmp_path / "phasenet" / "own", version_str="1")
    assert load_picker("PhaseNet/own", "cpu").in_samples == 3001
    (tmp_path / "phasenet" / "own.pt.v1").write_bytes(b"half a file")
    with pytest.raises(ValueError, match="cannot be read"):
        load_picker("PhaseNet/own", "cpu")


# --- what becomes of the vote ---------------------------------------------------------------------------------------------


def verdicts_with(onset_s: np.ndarray, name: str):
    catalog = make_catalog(N, 0.2, seed=5)
    scores = dataclasses.replace(score(catalog, 2), second_opinion_s=onset_s.astype(np.float32))
    return catalog, judge(catalog, scores, config=dataclasses.replace(CONFIG, second_opinion=name))


def test_the_vote_is_told_and_changes_no_verdict():
    catalog, without = verdicts_with(np.full(N, np.nan), "")
    _, agreeing = verdicts_with(-catalog.shift_s, "PhaseNet/stead")
    _, silent = verdicts_with(np.full(N, np.nan), "PhaseNet/stead")
    _, elsewhere = verdicts_with(-catalog.shift_s + 1.0, "PhaseNet/stead")
    for verdicts in (agreeing, silent, elsewhere):
        np.testing.assert_array_equal(verdicts.p_mislabelled, without.p_mislabelled)
        np.testing.assert_array_equal(verdicts.proposed_shift_s, without.proposed_shift_s)
    assert "second_opinion_s" not in without.evidence
    np.testing.assert_allclose(agreeing.evidence["second_opinion_s"], -catalog.shift_s, atol=1e-6)
    timing = np.flatnonzero((without.kind == "timing") & without.flagged & (without.p_mislabelled > 0.95))
    assert len(timing)
    for row in timing:
        assert "PhaseNet" not in without.sentence[row]
        assert agreeing.sentence[row].endswith("; PhaseNet/stead agrees.")
        assert silent.sentence[row].endswith("; PhaseNet/stead sees none.")
        assert "; PhaseNet/stead has it" in elsewhere.sentence[row]
    assert all("PhaseNet" not in agreeing.sentence[row] for row in np.flatnonzero(~without.flagged))
