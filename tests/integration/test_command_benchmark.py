"""benchmark detection, on a set small enough for a test."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.integration.phasenet_sets import write_phasenet_set

SMALL = [
    "start_from=scratch",
    "epochs=1",
    "n_folds=2",
    "batch_size=4",
    "score_stride_samples=512",
    "feature_size=8",
    "n_fourier_features=8",
]


@pytest.fixture
def labelled_set(tmp_path: Path) -> Path:
    """16 traces in the PhaseNet form, P and S at a different sample in each."""
    return write_phasenet_set(tmp_path / "set", n_traces=16)


def test_planted_errors_are_judged_in_a_table_and_in_json(labelled_set, tmp_path, capsys):
    only = tmp_path / "clean.csv"
    only.write_text("dataset,trace_name\n" + "".join(f"set,BG_S{number}\n" for number in range(14)))
    out = tmp_path / "out"
    call_command("benchmark", "detection", str(labelled_set), only=only, out=out, set=SMALL, phases="P", objectives=["plain"])
    said = capsys.readouterr().out
    assert "28 labels (4 left out)" in said
    assert "| plain | 1 |" in said
    written = json.loads((out / "detection.json").read_text())
    rows = {row["method"]: row for row in written["rows"]}
    assert {(row["n_labels"], row["n_wrong"]) for row in rows.values()} == {(14, 3)}
    assert {"AR-AIC re-picking", "STA/LTA re-picking", "plain: raw residual", "plain: noise model alone", "plain"} <= set(rows)
    assert 0 <= rows["plain"]["auroc"] <= 1
    assert (written["runs"][0]["seed"], written["recipes"][0]["rate"], written["settings"]["plain"]["epochs"]) == (0, 0.2, 1)


def test_a_grid_goes_on_where_it_stopped(labelled_set, tmp_path, capsys):
    out = tmp_path / "out"
    how = {"out": out, "set": SMALL, "grid": "core", "objectives": ["plain"], "ablate": True}
    call_command("benchmark", "detection", str(labelled_set), **how, seeds=[0])
    first = (out / "detection.md").read_text()
    assert "What each piece of evidence and each rule is worth" in first
    assert "Control, 20 % mixed, plain, noise for waveforms" in first
    shutil.rmtree(out / "checkpoints")  # of no use to what is finished
    capsys.readouterr()
    call_command("benchmark", "detection", str(labelled_set), **how, seeds=[0])
    said = capsys.readouterr().out
    assert "[1 of 2] plain, 20 % mixed, seed 0: taken from plain-" in said
    assert "trained" not in said
    assert (out / "detection.md").read_text() == first


def test_other_settings_are_compared_on_the_inner_part(labelled_set, tmp_path, capsys):
    out = tmp_path / "out"
    how = {
        "out": out,
        "set": SMALL,
        "seeds": [0],
        "inner": True,
        "tried": [["superpose_share=0.5", "epochs=2"], ["early_stopping_epochs=1"]],
    }
    call_command("benchmark", "detection", str(labelled_set), **how)
    said = capsys.readouterr().out
    assert "Only its inner part: 22 labels on 11 segments" in said
    first, both, stopped = json.loads((out / "detection.json").read_text())["tried"]
    assert (first["method"], both["method"]) == ("lancor", "lancor, superpose_share=0.5 epochs=2")
    assert both["change_average_precision"] == pytest.approx(both["average_precision"] - first["average_precision"])
    low, high = both["intervals_95"]["change_average_precision"]
    assert low <= high
    assert [row["epochs"] for row in (first, both, stopped)] == [1, 2, 1]
    assert all(row["training_s"] > 0 for row in (first, both, stopped))
    assert "What other settings change" in (out / "detection.md").read_text()


@pytest.mark.parametrize(
    "options",
    [
        {"set": ["epoch=1"]},
        {"rate": 7.0},
        {"only": Path("gone.csv")},
        {"tried": [["epoch=1"]]},
        {"tried": [["segment_s=40"]]},
        {"tried": [["superpose_share=2"]]},
    ],
)
def test_arguments_that_are_wrong_are_status_2(options, labelled_set, tmp_path):
    with pytest.raises(CommandError) as refusal:
        call_command("benchmark", "detection", str(labelled_set), out=tmp_path / "out", **options)
    assert refusal.value.returncode == 2


def test_a_set_without_labels_is_status_1(tmp_path):
    (tmp_path / "notes.txt").write_text("Rained all day.")
    with pytest.raises(CommandError, match="no P or S label") as refusal:
        call_command("benchmark", "detection", str(tmp_path / "notes.txt"), out=tmp_path / "out")
    assert refusal.value.returncode == 1
