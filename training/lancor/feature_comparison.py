"""The published comparison of one label with its waveform: both features, by the heads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from training.flagging.lengths import RATE_OF_LENGTHS_HZ
from training.lancor.alignment import AlignmentNetwork
from training.lancor.config import TrainingConfig
from training.lancor.dataset import DoubleArray, FloatArray, IntArray
from training.lancor.losses.alignment import feature_divergence

MARGIN_S = 1.0  # at 100 Hz, see `flagging.lengths`; a label nearer to a window's edge is not compared: half of its surroundings are missing


@dataclass(frozen=True)
class WindowPairs:
    """Which window is compared with which label. row: (Q,) index of the label. window: (Q,) into segments · windows. start: (Q,)."""

    row: IntArray
    window: IntArray
    start: IntArray

    @classmethod
    def of(cls, row_segment: IntArray, position: DoubleArray, starts: IntArray, config: TrainingConfig) -> WindowPairs:
        """Every window that holds the label well inside; where the segment has none, those that hold it nearest to their middle.

        row_segment, position: (N,). starts: (segments, windows).
        """
        distance = np.abs(position[:, None] - (starts[row_segment] + config.window_samples / 2))
        inside = distance <= config.window_samples / 2 - MARGIN_S * RATE_OF_LENGTHS_HZ
        inside |= distance == distance.min(axis=1, keepdims=True)
        row, number = np.nonzero(inside)
        return cls(row, row_segment[row] * starts.shape[1] + number, starts[row_segment[row], number])


@torch.no_grad()
def compare_features(
    network: AlignmentNetwork, tokens: Tensor, label_maps: FloatArray, pairs: WindowPairs, n_rows: int
) -> tuple[FloatArray, FloatArray]:
    """(n_rows,) divergence and cosine of the two features, averaged over the windows of each label.

    tokens: (segments · windows, D, L). label_maps: (Q, 2, T), one per pair.
    """
    side = network.compare(tokens[torch.from_numpy(pairs.window).to(tokens.device)], torch.from_numpy(label_maps).to(tokens.device))
    divergence = feature_divergence(side.waveform_feature, side.label_feature).cpu().numpy()
    cosine = torch.cosine_similarity(side.waveform_feature.mean, side.label_feature.mean, dim=1).cpu().numpy()
    counts = np.bincount(pairs.row, minlength=n_rows)
    return (
        (np.bincount(pairs.row, weights=divergence, minlength=n_rows) / counts).astype(np.float32),
        (np.bincount(pairs.row, weights=cosine, minlength=n_rows) / counts).astype(np.float32),
    )
