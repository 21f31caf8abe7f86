"""What held-out networks say about labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from training.flagging.scores import LabelScores
from training.lancor.alignment import AlignmentNetwork
from training.lancor.augment import cut_windows
from training.lancor.checkpoint import FittedNetwork
from training.lancor.config import TrainingConfig
from training.lancor.curves import SegmentCurves, sample_curve, window_starts
from training.lancor.dataset import DoubleArray, FloatArray, IntArray, LabelledSet
from training.lancor.feature_comparison import WindowPairs, compare_features
from training.lancor.label_maps import LabelTable, draw_label_maps
from training.lancor.onsets import p_onsets_s
from training.lancor.signal_levels import label_noise_level, snr_db
from training.networks.convolution import folded

SEGMENTS_AT_ONCE = 16  # what a network makes of more does not stay in a core's cache
CONTRAST_STEP_SAMPLES = 2


@dataclass(frozen=True)
class AskedLabels:
    """The labels to score, and where and as what they are asked about. All (N,)."""

    label: IntArray
    segment: IntArray
    position: DoubleArray
    phase: IntArray

    def on(self, segments: IntArray) -> tuple[IntArray, AskedLabels]:
        """Rows and labels that lie on the given segments."""
        rows = np.flatnonzero(np.isin(self.segment, segments))
        return rows, AskedLabels(self.label[rows], self.segment[rows], self.position[rows], self.phase[rows])


def score_labels(
    networks: Sequence[FittedNetwork],
    dataset: LabelledSet,
    labels: IntArray,
    label_sample: DoubleArray | None,
    config: TrainingConfig,
    device: str,
    label_phase: IntArray | None = None,
) -> LabelScores:
    """Scores of the given labels by networks that must have seen nothing of their components.

    labels: (N,) indices into the data set; one may be given several times. label_sample: (N,) positions to score instead of the
    labels' own. label_phase: (N,) phases to score them as instead of their own. Where the decoder sees an arrival does not depend on
    either; the alignment does. Each segment is encoded once per window and network, however many labels lie on it.
    Networks with the time-shift contrast give feature_cosine and feature_kl of the features around the label, at any time the
    same function; those without compare whole windows, as published. Raises ValueError for no network, networks that were not
    trained alike, or positions outside the segment.
    """
    _check(networks, dataset, labels, label_sample)
    asked = AskedLabels(
        labels,
        dataset.label_segment[labels],
        np.asarray(dataset.label_sample[labels] if label_sample is None else label_sample, dtype=np.float64),
        np.asarray(dataset.label_phase[labels] if label_phase is None else label_phase, dtype=np.int64),
    )
    scorer = _Scorer(networks, dataset, config, device)
    sums = _Sums.zeros(len(labels), len(networks), len(scorer.offsets), len(scorer.contrast_offsets))
    segments = np.unique(asked.segment)
    for first in range(0, len(segments), SEGMENTS_AT_ONCE):
        scorer.add(sums, asked, segments[first : first + SEGMENTS_AT_ONCE])
    return LabelScores(
        offsets_s=(scorer.offsets / config.sampling_rate_hz).astype(np.float32),
        probability=sums.probability,
        peak_offset_s=sums.peak_offset_s,
        feature_kl=sums.feature_kl,
        feature_cosine=sums.feature_cosine,
        contrast_offsets_s=(scorer.contrast_offsets / config.sampling_rate_hz).astype(np.float32),
        time_contrast=_log_softmax(sums.contrast_logits),
        snr_db=snr_db(dataset, asked.segment, asked.position),
        label_noise_level=label_noise_level(dataset, asked.segment, asked.position),
        ar_aic_s=p_onsets_s(dataset, asked.segment, asked.position, asked.phase, sums.peak_offset_s),
        second_opinion_s=np.full(len(labels), np.nan, dtype=np.float32),
    )


@dataclass(frozen=True)
class _Sums:
    """Means over networks, filled in place."""

    probability: FloatArray
    peak_offset_s: FloatArray
    feature_kl: FloatArray
    feature_cosine: FloatArray
    contrast_logits: FloatArray

    @classmethod
    def zeros(cls, n_labels: int, n_networks: int, n_offsets: int, n_contrast: int) -> _Sums:
        shapes = ((n_labels, 2, n_offsets), (n_labels, n_networks), (n_labels,), (n_labels,), (n_labels, n_contrast))
        return cls(*(np.zeros(shape, dtype=np.float32) for shape in shapes))


class _Scorer:
    """Asks the networks about the labels of a few segments at a time."""

    def __init__(self, networks: Sequence[FittedNetwork], dataset: LabelledSet, config: TrainingConfig, device: str) -> None:
        self.networks = [folded(fitted.network).to(device) for fitted in networks]
        self.dataset = dataset
        self.config = config
        self.device = device
        self.table = LabelTable.of(dataset)
        self.starts = window_starts(dataset.n_samples, config.window_samples, config.score_stride_samples)
        reach = round(config.search_s * config.sampling_rate_hz)
        self.offsets = np.arange(-reach, reach + 1, dtype=np.int64)
        n_candidates = round(config.contrast_s * config.sampling_rate_hz / CONTRAST_STEP_SAMPLES)
        self.contrast_offsets = np.arange(-n_candidates, n_candidates + 1, dtype=np.int64) * CONTRAST_STEP_SAMPLES

    def add(self, sums: _Sums, asked: AskedLabels, segments: IntArray) -> None:
        """Fills in the rows of `sums` whose labels lie on the given segments."""
        rows, here = asked.on(segments)
        own_segment = np.searchsorted(segments, here.segment)
        earliest, latest = self.dataset.window_range(segments, self.config.window_samples)
        starts = np.clip(self.starts, earliest[:, None], latest[:, None])  # (segments, windows) without padding, as in training
        each = np.arange(len(rows))
        share = 1.0 / len(self.networks)
        for number, network in enumerate(self.networks):
            curves, temperature, tokens = self._encode(network, segments, starts)
            probability = sample_curve(curves.probability[own_segment], here.position, self.offsets)
            sums.probability[rows] += share * probability
            own_phase = probability[each, here.phase]
            peak_s = self.offsets[np.nan_to_num(own_phase, nan=-1.0).argmax(axis=1)] / self.config.sampling_rate_hz
            sums.peak_offset_s[rows, number] = np.where(np.isfinite(own_phase).any(axis=1), peak_s, np.nan)
            if curves.cosine is not None:
                own = curves.cosine[own_segment, here.phase][:, None]
                sums.contrast_logits[rows] += share * sample_curve(own, here.position, self.contrast_offsets)[:, 0] / temperature
                cosine = sample_curve(own, here.position, np.zeros(1, dtype=np.int64))[:, 0, 0]
                divergence = (1.0 - cosine) / temperature
            else:
                sums.contrast_logits[rows] = np.nan
                divergence, cosine = self._compare_windows(network, tokens, here, own_segment, starts)
            sums.feature_kl[rows] += share * divergence
            sums.feature_cosine[rows] += share * cosine

    @torch.no_grad()
    def _encode(self, network: AlignmentNetwork, segments: IntArray, starts: IntArray) -> tuple[SegmentCurves, float, Tensor]:
        """Curves over whole segments, the contrast's temperature, and the tokens (segments · windows, D, L) of every window."""
        which = np.repeat(segments, starts.shape[1])
        waveform = cut_windows(self.dataset.segments, which, starts.ravel(), self.config.window_samples)
        live = torch.from_numpy(self.dataset.live[which]).to(self.device)
        logits, tokens = network(torch.from_numpy(waveform).to(self.device), live)
        contrast = network.contrast_over_time(tokens)
        curves = SegmentCurves.from_windows(
            torch.sigmoid(logits).cpu().numpy(),
            None if contrast is None else contrast.cosine.cpu().numpy(),
            starts,
            self.dataset.n_samples,
            self.dataset.real_samples[segments],
        )
        return curves, 1.0 if contrast is None else float(contrast.temperature), tokens

    def _compare_windows(
        self, network: AlignmentNetwork, tokens: Tensor, asked: AskedLabels, own_segment: IntArray, starts: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """The published divergence and cosine (N,) of each label; NaN for a network that was trained plainly."""
        if not network.compares_windows:
            nothing = np.full(len(asked.label), np.nan, dtype=np.float32)
            return nothing, nothing
        pairs = WindowPairs.of(own_segment, asked.position, starts, self.config)
        return compare_features(network, tokens, self._label_maps(asked, pairs), pairs, len(asked.label))

    def _label_maps(self, asked: AskedLabels, pairs: WindowPairs) -> FloatArray:
        """(Q, 2, T) maps in which the label asked about stands where, and as what, it is asked about; its neighbours as given."""
        sample, phase = self.table.sample[asked.segment].copy(), self.table.phase[asked.segment].copy()
        column = self.table.column[asked.label]
        each = np.arange(len(asked.label))
        sample[each, column], phase[each, column] = asked.position, asked.phase
        sigma_samples = self.config.label_sigma_s * self.config.sampling_rate_hz
        return draw_label_maps(sample[pairs.row], phase[pairs.row], pairs.start, self.config.window_samples, sigma_samples)


def _log_softmax(logits: FloatArray) -> FloatArray:
    """Over the last axis of (N, S), leaving out NaN, which stay NaN."""
    known = np.where(np.isfinite(logits), logits, -np.inf)
    highest = np.maximum(known.max(axis=-1, keepdims=True), np.finfo(np.float32).min)
    total = np.exp(known - highest).sum(axis=-1, keepdims=True)
    return np.asarray(logits - highest - np.log(np.where(total > 0, total, 1.0)), dtype=np.float32)


def _check(networks: Sequence[FittedNetwork], dataset: LabelledSet, labels: IntArray, label_sample: DoubleArray | None) -> None:
    if not networks:
        raise ValueError("networks: none given. At least one held-out network is needed.")
    if len({(fitted.network.compares_windows, fitted.network.contrast is None) for fitted in networks}) > 1:
        raise ValueError("networks: some were trained to align labels and some were not. Score with networks of one objective.")
    if label_sample is None:
        return
    if label_sample.shape != labels.shape:
        raise ValueError(f"label_sample: {len(label_sample)} positions for {len(labels)} labels. Give one per label.")
    outside = np.flatnonzero(~((label_sample >= 0) & (label_sample <= dataset.n_samples - 1)))
    if len(outside):
        raise ValueError(f"label_sample: position {label_sample[outside[0]]:g} of label {labels[outside[0]]} is outside its segment.")
