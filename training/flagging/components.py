"""The evidence on each label, under the names of flags.csv, and what the stack is shown of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.flagging.lengths import time_scale
from training.flagging.noise_model import LabelNoise, NoiseModel
from training.flagging.posterior import FloatArray, IntArray, PickPosterior, own_phase
from training.flagging.scores import LabelScores

ALIGNMENT = ("feature_kl", "feature_cosine", "time_contrast", "time_contrast_peak_s")
NEAR_S = 0.1  # at 100 Hz, see `lengths`; "at the label" for the decoder's output of either phase


@dataclass(frozen=True)
class Components:
    """Evidence on N labels, each (N,) float64, NaN where there is none. In the order of the fields:

    feature_kl, feature_cosine: of the waveform's feature and the label's. time_contrast: log-softmax at the label less that at its best
    shift, 0 or below. time_contrast_peak_s: that best shift. neg_log_label_density: −log p(y | x), per second. p_gross_error: γ.
    p_no_arrival: of the posterior. residual_s: peak of the posterior − label. residual_over_sigma: the same, less the group's offset, over
    the spread of label and posterior. posterior_sigma_s: half the width of the central 68 %. network_residual_s: median of the networks'
    peaks − label. network_agreement_s: from the earliest to the latest of them. own_phase_at_label, other_phase_at_label: the decoder's
    highest output within 0.1 s of the label. ar_aic_s, second_opinion_s, snr_db, label_noise_level: as
    scored. group_offset_s: μ of the label's group.
    """

    feature_kl: FloatArray
    feature_cosine: FloatArray
    time_contrast: FloatArray
    time_contrast_peak_s: FloatArray
    neg_log_label_density: FloatArray
    p_gross_error: FloatArray
    p_no_arrival: FloatArray
    residual_s: FloatArray
    residual_over_sigma: FloatArray
    posterior_sigma_s: FloatArray
    network_residual_s: FloatArray
    network_agreement_s: FloatArray
    own_phase_at_label: FloatArray
    other_phase_at_label: FloatArray
    ar_aic_s: FloatArray
    second_opinion_s: FloatArray
    snr_db: FloatArray
    label_noise_level: FloatArray
    group_offset_s: FloatArray

    def __len__(self) -> int:
        return len(self.residual_s)

    @classmethod
    def join(cls, parts: list[Components]) -> Components:
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in cls.__dataclass_fields__})

    def as_dict(self) -> dict[str, FloatArray]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def names_of_suspicion(self, *, with_alignment: bool) -> tuple[str, ...]:
        """The evidence there is."""
        columns = self._suspicious(1.0)
        return tuple(name for name, column in columns.items() if np.isfinite(column).any() and (with_alignment or name not in ALIGNMENT))

    def suspicion_of(self, names: tuple[str, ...], scale: float) -> FloatArray:
        """(N, F) the named evidence on scales on which a logistic model is at home, the greater the more suspicious.

        scale: `lengths.time_scale`."""
        columns = self._suspicious(scale)
        return np.stack([columns[name] for name in names], axis=1) if names else np.zeros((len(self), 0))

    def _suspicious(self, scale: float) -> dict[str, FloatArray]:
        with np.errstate(invalid="ignore"):
            return {
                "neg_log_label_density": np.clip(self.neg_log_label_density - np.log(scale), -5.0, 8.0),
                "p_gross_error": _logit(self.p_gross_error, 6.0),
                "p_no_arrival": self.p_no_arrival,
                "residual_s": _log_magnitude((self.residual_s + self.group_offset_s) / scale, 0.005),
                "residual_over_sigma": np.log1p(self.residual_over_sigma),
                "network_residual_s": _log_magnitude((self.network_residual_s + self.group_offset_s) / scale, 0.005),
                "own_phase_at_label": -np.log(np.maximum(self.own_phase_at_label, 1e-3)),
                "other_phase_at_label": np.log(np.maximum(self.other_phase_at_label, 1e-2)),
                "snr_db": -np.clip(self.snr_db, -5.0, 20.0),
                "label_noise_level": -np.log(np.clip(self.label_noise_level, 1e-2, 10.0)),
                "feature_kl": np.log(np.maximum(self.feature_kl, 1e-3)),
                "feature_cosine": 1.0 - self.feature_cosine,
                "time_contrast": -np.clip(self.time_contrast, -20.0, 0.0),
                "time_contrast_peak_s": _log_magnitude((self.time_contrast_peak_s + self.group_offset_s) / scale, 0.02),
            }


def gather_components(
    scores: LabelScores, posterior: PickPosterior, noise: LabelNoise, model: NoiseModel, group: IntArray, phase: IntArray
) -> Components:
    """Evidence on the labels of `scores`, whose posterior and noise model are at hand."""
    cell = model.cell_of(group, phase)
    offset_s, scale_s = model.offset_s[cell], model.scale_s[cell]
    residual_s = posterior.peak_offset_s()
    sigma_s = 0.5 * (posterior.quantile_s(0.84) - posterior.quantile_s(0.16))
    sigma_s = np.maximum(sigma_s, posterior.step_s / 2)
    peaks_s = np.asarray(scores.peak_offset_s, dtype=np.float64)
    contrast, contrast_peak_s = _contrast_at_label(scores)
    return Components(
        feature_kl=np.asarray(scores.feature_kl, dtype=np.float64),
        feature_cosine=np.asarray(scores.feature_cosine, dtype=np.float64),
        time_contrast=contrast,
        time_contrast_peak_s=contrast_peak_s,
        neg_log_label_density=noise.neg_log_density,
        p_gross_error=noise.p_gross_error,
        p_no_arrival=np.where(posterior.readable, posterior.no_arrival, np.nan),
        residual_s=residual_s,
        residual_over_sigma=np.abs(residual_s + offset_s) / np.hypot(sigma_s, scale_s),
        posterior_sigma_s=sigma_s,
        network_residual_s=_over_networks(peaks_s, "median"),
        network_agreement_s=_over_networks(peaks_s, "range"),
        own_phase_at_label=_highest_near_label(scores, phase),
        other_phase_at_label=_highest_near_label(scores, 1 - phase),
        ar_aic_s=np.asarray(scores.ar_aic_s, dtype=np.float64),
        second_opinion_s=np.asarray(scores.second_opinion_s, dtype=np.float64),
        snr_db=np.asarray(scores.snr_db, dtype=np.float64),
        label_noise_level=np.asarray(scores.label_noise_level, dtype=np.float64),
        group_offset_s=offset_s,
    )


def _contrast_at_label(scores: LabelScores) -> tuple[FloatArray, FloatArray]:
    contrast = np.asarray(scores.time_contrast, dtype=np.float64)
    known = np.isfinite(contrast).any(axis=1) if contrast.shape[1] else np.zeros(len(contrast), dtype=bool)
    if not known.any():
        return np.full(len(contrast), np.nan), np.full(len(contrast), np.nan)
    filled = np.where(np.isfinite(contrast), contrast, -np.inf)
    at_label = int(np.argmin(np.abs(scores.contrast_offsets_s)))
    best = np.argmax(filled, axis=1)
    drop = np.maximum(filled[:, at_label], -1e3) - np.maximum(filled[np.arange(len(filled)), best], -1e3)
    peak_s = np.asarray(scores.contrast_offsets_s, dtype=np.float64)[best]
    return np.where(known, drop, np.nan), np.where(known, peak_s, np.nan)


def _highest_near_label(scores: LabelScores, phase: IntArray) -> FloatArray:
    near = np.abs(scores.offsets_s) <= NEAR_S * time_scale(scores.offsets_s)
    values = own_phase(scores.probability[:, :, near], phase)
    highest = np.nan_to_num(values, nan=0.0).max(axis=1)
    return np.where(np.isfinite(values).any(axis=1), highest, np.nan)


def _over_networks(peaks_s: NDArray[np.float64], what: str) -> FloatArray:
    """Median of the networks' peaks, or the distance from the first to the last; NaN where none (or, for the distance, one) has a peak."""
    count = np.isfinite(peaks_s).sum(axis=1)
    result = np.full(len(peaks_s), np.nan)
    some = count >= (1 if what == "median" else 2)
    if some.any():
        chosen = peaks_s[some]
        result[some] = np.nanmedian(chosen, axis=1) if what == "median" else np.nanmax(chosen, axis=1) - np.nanmin(chosen, axis=1)
    return result


def _logit(probability: FloatArray, limit: float) -> FloatArray:
    inside = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.clip(np.log(inside / (1 - inside)), -limit, limit), dtype=np.float64)


def _log_magnitude(seconds: FloatArray, least_s: float) -> FloatArray:
    return np.asarray(np.log(np.maximum(np.abs(seconds), least_s)), dtype=np.float64)
