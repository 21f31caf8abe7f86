from __future__ import annotations

import numpy as np
import pytest

from tests.unit.judged_examples import judged
from training.benchmark import cleanlab_scores
from training.benchmark.cells import Cell
from training.benchmark.cleanlab_scores import cleanlab_suspicion, has_cleanlab
from training.benchmark.detection_report import report_on
from training.benchmark.grids import GRIDS, recipe_name
from training.benchmark.judged_labels import AR_AIC, NOISE_MODEL, PRODUCT, RESIDUAL, STA_LTA, WITHOUT_ALIGNMENT
from training.benchmark.planted import MIXED, Recipe
from training.lancor.config import TrainingConfig

METHODS = (PRODUCT, WITHOUT_ALIGNMENT, NOISE_MODEL, RESIDUAL, AR_AIC, STA_LTA)


def cell_results(auroc_of_control: float) -> dict[Cell, object]:
    """One method with its control: ten labels, three of them wrong, ranked without a mistake by every method."""
    config, recipe = TrainingConfig(objective="lancor"), Recipe(0.3, MIXED)
    kind, p = ["shift"] * 3 + [""] * 7, [0.9] * 3 + [0.1] * 7
    suspicion = {name: np.array(p) for name in METHODS}
    labels = judged(kind, p, suspicion=suspicion, ablations={"nothing": np.array(p), "snr_db": 1 - np.array(p)})
    noise = judged(kind, [0.5 if auroc_of_control == 0.5 else 0.9] * 3 + [0.5] * 7)
    return {Cell("lancor", config, recipe, 0): labels, Cell("lancor", config, recipe, 0, noise_waveforms=True): noise}


def test_every_comparator_has_a_row(monkeypatch):
    monkeypatch.setattr(cleanlab_scores, "get_label_quality_scores", None)
    report = report_on(cell_results(0.5))
    assert [row["method"] for row in report.rows] == [
        "AR-AIC re-picking",
        "STA/LTA re-picking",
        "lancor: raw residual",
        "lancor: noise model alone",
        "lancor: without alignment",
        "lancor",
        "lancor, noise for waveforms",
    ]
    assert "pip install 'repick[cleanlab]'" in report.markdown()
    assert "AUROC 0.500 (0.500 to 0.500), wanted 0.5 ± 0.1, as it has to be" in report.markdown()
    assert "| lancor | 1 | 10 | 3 | 1.000 (1.000 to 1.000) |" in report.markdown()


def test_a_control_that_finds_errors_is_said_to_leak():
    assert "bookkeeping leaks" in report_on(cell_results(1.0)).markdown()


def test_what_is_left_out_costs_what_the_table_says():
    [whole, without] = report_on(cell_results(0.5), ablated=["lancor"]).ablations
    assert (whole["left_out"], without["left_out"]) == ("nothing", "snr_db")
    assert without["change"] == pytest.approx(without["average_precision"] - 1.0)


def test_the_full_grid_is_of_all_rates_and_kinds():
    recipes = GRIDS["full"].recipes((0, 1), (0.1, 2.0))
    assert len(recipes) == 1 + 3 * 6
    assert [recipe_name(recipe) for recipe in recipes[:3]] == ["nothing planted", "5 % mixed", "5 % gaussian_shift"]


@pytest.mark.skipif(not has_cleanlab(), reason="an optional extra")
def test_cleanlab_suspects_what_lies_far_off():
    residual_s = np.random.default_rng(0).normal(0, 0.02, 60)
    residual_s[7] = 1.5
    suspicion = cleanlab_suspicion(residual_s)
    assert suspicion.argmax() == 7
    assert ((suspicion >= 0) & (suspicion <= 1)).all()
