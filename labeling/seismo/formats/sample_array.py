"""Raw samples of any type made into what a TraceRecord holds, with what was wrong with them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labeling.seismo.records import FloatArray, Problem

_EXACT_IN_FLOAT32 = 2**24


def as_float32(samples: NDArray[np.generic], place: str) -> tuple[FloatArray, list[Problem]]:
    """The samples as float32 of the same shape, NaN where they are no finite number, and what there is to report.

    NaN in the input is an ordinary gap and is not reported. Raises ValueError for an array that holds no numbers.
    """
    if samples.dtype.kind not in "fiub":
        raise ValueError(f"the samples are no numbers but {samples.dtype}")
    problems = []
    # Masked by hand below: a value beyond float32 must not pass as infinity, nor warn on the terminal.
    with np.errstate(over="ignore", invalid="ignore"):
        converted = samples.astype(np.float32)
    infinite = np.isinf(converted)
    if infinite.any():
        converted[infinite] = np.nan
        message = f"{int(infinite.sum())} samples are infinite or beyond 3.4e38; they are taken as a gap. Look at the recorder's export."
        problems.append(Problem("non_finite_samples", message, place, severity="warning"))
    largest = max(abs(int(samples.min())), abs(int(samples.max()))) if samples.dtype.kind in "iu" and samples.size else 0
    if largest > _EXACT_IN_FLOAT32:
        step = int(np.spacing(np.float32(largest)))
        message = f"Counts of up to {largest} are kept in steps of {step} (float32). Take the offset out before the upload if that matters."
        problems.append(Problem("precision_lost", message, place, severity="warning"))
    return converted, problems
