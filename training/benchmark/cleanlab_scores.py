"""cleanlab's regression scorer on the networks' residuals; an optional extra."""

from __future__ import annotations

import numpy as np

from training.benchmark.planted import FloatArray

try:
    from cleanlab.regression.rank import get_label_quality_scores
except ImportError:
    get_label_quality_scores = None

NOT_INSTALLED = "cleanlab is not installed, so its rows are left out: pip install 'repick[cleanlab]'."


def has_cleanlab() -> bool:
    return get_label_quality_scores is not None


def cleanlab_suspicion(residual_s: FloatArray) -> FloatArray:
    """(N,) 1 − cleanlab's label quality, by its default method: how far a residual lies from the nearer half of all residuals.

    residual_s: (N,) prediction − label. Its other method, "residual", ranks by |residual_s|, which the table has anyway."""
    if get_label_quality_scores is None:
        raise ImportError(NOT_INSTALLED)
    return np.asarray(1.0 - get_label_quality_scores(np.zeros(len(residual_s)), residual_s, method="outre"), dtype=np.float64)
