"""The labels of one benchmark run with what was done to them and what is said of them: all that the figures are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.benchmark.planted import BoolArray, FloatArray, IntArray, PlantedErrors
from training.flagging.lengths import time_scale
from training.flagging.verdicts import Verdicts
from training.lancor.dataset import LabelledSet

SIGNIFICANT_DIGITS = 7  # a float32 has no more

PRODUCT = "full stack"
WITHOUT_ALIGNMENT = "without alignment"
NOISE_MODEL = "noise model alone"
RESIDUAL = "raw residual"
AR_AIC = "AR-AIC re-picking"
STA_LTA = "STA/LTA re-picking"


@dataclass(frozen=True)
class JudgedLabels:
    """N labels that could have been made wrong and that the networks could read, each field (N,).

    component: of the label. kind: how it was made wrong, of BENCHMARK_KINDS, "" where right. phase: its true one. shift_s: given − true.
    flagged: the product's verdict. mended_shift_s: where accepting the proposal puts the label, from where it is given; NaN where nothing
    would mend it. proposed_shift_s, lower_s, upper_s: the proposal and its 90 % interval, NaN without. spoilt: accepting removes or
    renames it. residual_s: median peak of the networks − label.
    suspicion: by method, the greater the likelier wrong, NaN for none; PRODUCT is P(mislabelled).
    All lengths are those at 100 Hz, see `flagging.lengths`.
    unseen: by planted kind, P(mislabelled) where the calibration was shown none of that kind. ablations: by what was left out.
    """

    component: IntArray
    kind: NDArray[np.str_]
    phase: IntArray
    shift_s: FloatArray
    flagged: BoolArray
    proposed_shift_s: FloatArray
    mended_shift_s: FloatArray
    spoilt: BoolArray
    lower_s: FloatArray
    upper_s: FloatArray
    residual_s: FloatArray
    suspicion: dict[str, FloatArray]
    unseen: dict[str, FloatArray]
    ablations: dict[str, FloatArray]

    def __len__(self) -> int:
        return len(self.component)

    @property
    def wrong(self) -> BoolArray:
        return np.asarray(self.kind != "", dtype=bool)

    @property
    def p_mislabelled(self) -> FloatArray:
        return self.suspicion[PRODUCT]

    def select(self, rows: IntArray | BoolArray) -> JudgedLabels:
        chosen: dict[str, Any] = {
            name: {key: column[rows] for key, column in value.items()} if isinstance(value, dict) else value[rows]
            for name, value in self._columns().items()
        }
        return JudgedLabels(**chosen)

    def seen_by(self, suspicion: FloatArray) -> JudgedLabels:
        """The same labels as another method sees them, whose suspicion stands in for the product's."""
        return replace(self, suspicion={PRODUCT: suspicion}, unseen={}, ablations={})

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, and read back by `from_dict`; seven digits."""
        return {
            name: {key: _listed(column) for key, column in value.items()} if isinstance(value, dict) else _listed(value)
            for name, value in self._columns().items()
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> JudgedLabels:
        """Raises ValueError or KeyError where a column is missing or not of its kind."""
        types = {"component": np.int64, "phase": np.int64, "kind": np.str_, "flagged": np.bool_, "spoilt": np.bool_}
        columns: dict[str, Any] = {}
        for field in fields(cls):
            value, dtype = values[field.name], types.get(field.name, np.float64)
            if isinstance(value, dict):
                columns[field.name] = {key: np.array(column, dtype=np.float64) for key, column in value.items()}
            else:
                columns[field.name] = np.array(value, dtype=dtype)
        return cls(**columns)

    def _columns(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


def judged_labels(
    dataset: LabelledSet,
    errors: PlantedErrors,
    verdicts: Verdicts,
    *,
    others: Mapping[str, FloatArray],
    unseen: Mapping[str, FloatArray],
    ablations: Mapping[str, FloatArray],
) -> JudgedLabels:
    """dataset: with its true labels, N of them, of which the eligible and readable ones are taken. others: suspicion by methods that the
    verdicts say nothing of; with unseen and ablations as the class has them, (N,) each."""
    kept = np.flatnonzero(errors.eligible & verdicts.scored)
    scale = time_scale(verdicts.offsets_s)
    truth_s, proposed_s = -errors.shift_s[kept], verdicts.proposed_shift_s[kept] / scale
    swapped, renamed = errors.kind[kept] == "phase_swap", verdicts.proposed_phase[kept] != ""
    # P and S that changed places are mended by new names as well as by moving them; one that only has the wrong name, by that alone.
    mended_s = np.where(swapped & renamed, truth_s, np.where(swapped & (truth_s == 0), np.nan, proposed_s))
    suspicion = {
        PRODUCT: verdicts.p_mislabelled,
        WITHOUT_ALIGNMENT: verdicts.p_mislabelled_without_alignment,
        NOISE_MODEL: verdicts.evidence["p_gross_error"],
        **others,
    }
    return JudgedLabels(
        component=dataset.component[dataset.label_segment[kept]],
        kind=np.where(errors.wrong, errors.kind, "")[kept],
        phase=dataset.label_phase[kept],
        shift_s=errors.shift_s[kept],
        flagged=verdicts.flagged[kept] & (verdicts.kind[kept] != "missed_arrival"),
        proposed_shift_s=proposed_s,
        mended_shift_s=mended_s,
        spoilt=renamed | verdicts.proposed_removal[kept],
        lower_s=verdicts.proposed_lower_s[kept] / scale,
        upper_s=verdicts.proposed_upper_s[kept] / scale,
        residual_s=np.nan_to_num(verdicts.evidence["network_residual_s"][kept]) / scale,
        suspicion={name: column[kept] for name, column in suspicion.items()},
        unseen={name: column[kept] for name, column in unseen.items()},
        ablations={name: column[kept] for name, column in ablations.items()},
    )


def _listed(column: NDArray[Any]) -> list[Any]:
    """JSON has no NaN: null."""
    if column.dtype.kind != "f":
        return list(column.tolist())
    return [float(f"{value:.{SIGNIFICANT_DIGITS}g}") if np.isfinite(value) else None for value in column.tolist()]
