"""A run that asks a picker of SeisBench's beside its networks."""

from __future__ import annotations

import pytest

from labeling.models import Flag, Work
from labeling.views.evidence_words import evidence_rows
from tests.integration.quick_runs import finished_run, quick_run
from training.jobs.run_to_end import run_to_end

ASKED = {"second_opinion": "PhaseNet/own"}


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """An empty folder in place of the user's weights."""
    seisbench = pytest.importorskip("seisbench")
    monkeypatch.setattr(seisbench, "cache_model_root", tmp_path)
    return tmp_path


def test_a_run_fails_at_once_where_the_weights_are_missing(imported, cache):
    run = run_to_end(quick_run(imported, settings=ASKED).pk, lambda text: None)
    assert run.state == Work.State.FAILED
    assert "the weights own of PhaseNet are not there, and are not downloaded by a run" in run.message
    assert not run.folds.filter(epochs__isnull=False).exists()


def test_the_vote_stands_in_the_evidence_of_every_flag(imported, cache):
    models = pytest.importorskip("seisbench.models")
    (cache / "phasenet").mkdir()
    models.PhaseNet().save(cache / "phasenet" / "own", version_str="1")  # untrained
    run = finished_run(imported, settings=ASKED)
    flags = list(Flag.objects.filter(flag_set__run_id=run.pk))
    assert flags and all("second_opinion_s" in flag.evidence for flag in flags)
    voted = [flag for flag in flags if flag.evidence["second_opinion_s"] is not None]
    assert voted and all(abs(flag.evidence["second_opinion_s"]) <= 6.0 for flag in voted)
    rows = {row["name"]: row for row in evidence_rows(voted[0].evidence)}
    assert rows["second opinion's onset"]["leads"]
    assert run.configuration["second_opinion"] == "PhaseNet/own"


def test_without_it_flags_say_nothing_of_a_second_opinion(imported):
    run = finished_run(imported)
    assert not any("second_opinion_s" in flag.evidence for flag in Flag.objects.filter(flag_set__run_id=run.pk))
