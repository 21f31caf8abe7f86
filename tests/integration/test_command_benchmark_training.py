"""benchmark picking and benchmark speed, on sets small enough for a test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.integration.phasenet_sets import write_phasenet_set

SMALL = ["epochs=1", "n_folds=2", "batch_size=4", "score_stride_samples=1024"]


@pytest.fixture
def labelled_set(tmp_path: Path) -> Path:
    """12 traces in the PhaseNet form, P and S at a different sample in each."""
    return write_phasenet_set(tmp_path / "set", n_traces=12)


def pick(labelled_set: Path, out: Path, **options: object) -> None:
    call_command(
        "benchmark", "picking", str(labelled_set), rates=[0.4], networks=["phasenet"], approaches=["scratch"], seeds=[0], out=out, **options
    )


def test_methods_of_training_are_compared_on_held_out_traces_and_not_trained_again(labelled_set, tmp_path, capsys):
    out = tmp_path / "out"
    pick(labelled_set, out, set=SMALL)
    first = capsys.readouterr().out
    assert "| phasenet | scratch | 0.400 | lancor, corrected | 1 |" in first
    assert first.count("trained") == 9  # seven methods, and two folds that flag
    written = json.loads((out / "picking.json").read_text())
    assert [row["method"] for row in written["rows"]] == [
        "plain",
        "lancor",
        "lancor_robust",
        "plain, corrected",
        "lancor, corrected",
        "lancor_robust, corrected",
        "plain, true labels",
    ]
    assert written["rows"][0]["labels"] == 8
    assert {"mae_all_s", "f1_0.1_s", "median_residual_s"} < set(written["rows"][1])
    pick(labelled_set, out, set=SMALL)
    assert "trained" not in capsys.readouterr().out
    assert json.loads((out / "picking.json").read_text()) == written


@pytest.mark.parametrize(("options", "status"), [({"set": ["epoch=1"]}, 2), ({"set": SMALL, "test_share": 1.5}, 1)])
def test_what_cannot_be_done_ends_the_command(options, status, labelled_set, tmp_path):
    with pytest.raises(CommandError) as refusal:
        pick(labelled_set, tmp_path / "out", **options)
    assert refusal.value.returncode == status


def test_speed_is_told_beside_the_bare_network(labelled_set, tmp_path, capsys):
    out = tmp_path / "out"
    given = {"set": [*SMALL, "start_from=scratch"], "labels": [12], "workers": 1, "threads": 1}
    call_command("benchmark", "speed", str(labelled_set), out=out, **given)
    said = capsys.readouterr().out
    assert "parameters in the picker" in said
    assert "first run on 12 labels: 2 of 2 folds trained and scored" in said
    training, scoring, first_run = json.loads((out / "speed.json").read_text())["rows"]
    assert training["ratio"] == pytest.approx(training["ours"] / training["bare"])
    assert scoring["ours"] > 0
    assert first_run["figure"] == "first run on 12 labels"
    assert first_run["seconds"] >= first_run["training_s"] + first_run["scoring_s"] + first_run["flagging_s"]
