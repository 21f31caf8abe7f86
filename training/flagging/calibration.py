"""What a review budget catches, told by errors that were planted in this very catalog."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.flagging.posterior import FloatArray

THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
# At 100 Hz, see `lengths`.
BANDS_S = ((0.0, 0.2), (0.2, 0.5), (0.5, 1.0), (1.0, np.inf))  # under 0.2 s is near analysts' spread, stated apart


@dataclass(frozen=True)
class ThresholdRow:
    """At one threshold of P(mislabelled): n_flagged labels to review, n_errors_expected among them, and the share of planted errors at or
    above it, in all and by kind. NaN where none was planted."""

    threshold: float
    n_flagged: int
    n_errors_expected: float
    planted_found: float
    planted_found_by_kind: dict[str, float]


@dataclass(frozen=True)
class Calibration:
    """rows: one for each of THRESHOLDS. error_rate: estimated share of wrong labels in the catalog.
    found_by_shift: share of planted timing errors found at `threshold`, by magnitude (`up to 0.2 s`, `0.2–0.5 s` …).
    found_when_left_out: the same by kind, each kind judged by a stack that had seen none of it: what to expect of errors nobody planted."""

    rows: tuple[ThresholdRow, ...]
    error_rate: float
    n_errors_expected: float
    threshold: float
    found_by_shift: dict[str, float]
    found_when_left_out: dict[str, float]

    def as_dict(self) -> dict[str, object]:
        """For a JSON column."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return plain | {"rows": [dict(vars(row)) for row in self.rows]}


def summarise(
    p_given: FloatArray,
    p_flag: FloatArray,
    p_planted: FloatArray,
    planted_kind: NDArray[np.str_],
    planted_shift_s: FloatArray,
    *,
    threshold: float,
    left_out: dict[str, FloatArray],
    scale: float = 1.0,
) -> Calibration:
    """p_given: (N,) that labels are wrong. p_flag: (N,) as flags carry it, with what is missing beside them. p_planted: (M,).
    left_out: by kind, P of the planted labels of that kind from a stack that was not shown it.
    scale: `lengths.time_scale`."""
    known, asked = p_given[np.isfinite(p_given)], p_flag[np.isfinite(p_flag)]
    kinds = [str(kind) for kind in np.unique(planted_kind)]
    timing = planted_kind == "timing"
    size_s = np.abs(planted_shift_s)
    bands = {
        _band_name(low, high): _share(p_planted[timing & (size_s >= low) & (size_s < high)], threshold)
        for low, high in ((low * scale, high * scale) for low, high in BANDS_S)
        if (timing & (size_s >= low) & (size_s < high)).any()
    }
    return Calibration(
        rows=tuple(
            ThresholdRow(
                threshold=at,
                n_flagged=int((asked >= at).sum()),
                n_errors_expected=float(asked[asked >= at].sum()),
                planted_found=_share(p_planted, at),
                planted_found_by_kind={kind: _share(p_planted[planted_kind == kind], at) for kind in kinds},
            )
            for at in THRESHOLDS
        ),
        error_rate=float(known.mean()) if len(known) else float("nan"),
        n_errors_expected=float(known.sum()),
        threshold=threshold,
        found_by_shift=bands,
        found_when_left_out={kind: _share(values, threshold) for kind, values in left_out.items()},
    )


def _share(p: FloatArray, threshold: float) -> float:
    known = p[np.isfinite(p)]
    return float((known >= threshold).mean()) if len(known) else float("nan")


def _band_name(low: float, high: float) -> str:
    if low == 0.0:
        return f"up to {high:g} s"
    return f"{low:g} s and more" if np.isinf(high) else f"{low:g}–{high:g} s"
