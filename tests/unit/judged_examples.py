"""Labels of a benchmark run, judged as a test wants them."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.benchmark.judged_labels import PRODUCT, JudgedLabels


def judged(kind: list[str], p: list[float], **columns: Any) -> JudgedLabels:
    """A label a component, flagged from p = 0.5 on; the wrong ones are 1 s late, and the proposals put them right."""
    n, wrong = len(kind), np.array(kind) != ""
    shift_s = np.asarray(columns.get("shift_s", np.where(wrong, 1.0, 0.0)), dtype=np.float64)
    values: dict[str, Any] = {
        "component": np.arange(n),
        "kind": np.array(kind, dtype="U16"),
        "phase": np.zeros(n, dtype=np.int64),
        "flagged": np.array(p) >= 0.5,
        "proposed_shift_s": -shift_s,
        "mended_shift_s": -shift_s,
        "spoilt": np.zeros(n, dtype=bool),
        "lower_s": -shift_s - 0.1,
        "upper_s": -shift_s + 0.1,
        "residual_s": -shift_s,
        "suspicion": {PRODUCT: np.array(p)},
        "unseen": {},
        "ablations": {},
    }
    return JudgedLabels(**{**values, **{name: _array(value) for name, value in columns.items()}, "shift_s": shift_s})


def _array(value: Any) -> Any:
    return np.array(value) if isinstance(value, list) else value
