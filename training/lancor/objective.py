"""The sum that training makes small."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from training.lancor.alignment import AlignmentNetwork
from training.lancor.config import LossWeights, TrainingConfig
from training.lancor.dataset import FloatArray
from training.lancor.losses.alignment import alignment_loss
from training.lancor.losses.fourier import POOLED_TOKENS, fourier_loss, random_directions
from training.lancor.losses.picking import picking_loss
from training.lancor.losses.reconstruction import reconstruction_loss
from training.lancor.losses.similarity import similarity_loss
from training.lancor.losses.time_contrast import label_trust, time_contrast_loss
from training.lancor.numerics import mixed_precision
from training.lancor.windows import Batch


@dataclass(frozen=True)
class TensorBatch:
    """A batch on the training device; the fields are those of windows.Batch."""

    waveform: Tensor
    live: Tensor
    label_map: Tensor
    phase_weight: Tensor
    has_label: Tensor


@dataclass(frozen=True)
class LossTerms:
    """Scalars, unweighted; None where the objective leaves a term out."""

    picking: Tensor
    alignment: Tensor | None = None
    similarity: Tensor | None = None
    fourier: Tensor | None = None
    reconstruction: Tensor | None = None
    contrast: Tensor | None = None

    def total(self, weights: LossWeights) -> Tensor:
        total = weights.picking * self.picking
        for name, term in self.present().items():
            if name != "picking":
                total = total + getattr(weights, name) * term
        return total

    def present(self) -> dict[str, Tensor]:
        return {field.name: getattr(self, field.name) for field in fields(self) if getattr(self, field.name) is not None}

    def times(self, shares: Mapping[str, float]) -> LossTerms:
        """Each term times its own factor, by name."""
        return replace(self, **{name: term * shares[name] for name, term in self.present().items()})


def shares_of(part: Batch, whole: Batch) -> dict[str, float]:
    """What each term of some windows of a batch counts for in the mean over all of them; of all parts together these make 1.

    Times these, the terms of the parts add up to those of the whole batch. But for similarity and fourier: they compare the windows of
    a batch with each other, and those of different parts are not compared. And where labels are doubted, each part is a mean of its own.
    """

    def share(weight: FloatArray, of: FloatArray) -> float:
        return float(weight.sum() / max(of.sum(), 1e-6))

    windows = len(part.waveform) / len(whole.waveform)
    return {field.name: windows for field in fields(LossTerms)} | {
        "picking": share(part.phase_weight, whole.phase_weight),
        "contrast": share(part.phase_weight * part.has_label, whole.phase_weight * whole.has_label),
    }


class Objective:
    """Computes the losses of a batch. Terms without weight are not computed."""

    def __init__(self, config: TrainingConfig, network: AlignmentNetwork, device: torch.device) -> None:
        self.weights = config.weights
        self.doubts_labels = config.doubts_labels
        weights, phases = random_directions(network.picker.token_channels * POOLED_TOKENS, config.n_fourier_features)
        self.directions = weights.to(device), phases.to(device)

    def __call__(self, network: AlignmentNetwork, batch: TensorBatch, generator: torch.Generator) -> LossTerms:
        """generator: on the batch's device, for the reparameterised features."""
        with mixed_precision(batch.waveform.device):
            logits, tokens = network(batch.waveform, batch.live)
        # Losses and label side stay in float32: bfloat16's error of a cosine, over a temperature of 0.02, is 0.1 of a logit.
        logits, tokens = logits.float(), tokens.float()
        over_time = network.contrast_over_time(tokens)
        weight, contrast = batch.phase_weight, None
        if over_time is not None:
            if self.doubts_labels:
                weight = weight * label_trust(over_time.logits, batch.label_map, batch.has_label)
            contrast = time_contrast_loss(over_time.logits, batch.label_map, weight * batch.has_label)
        picking = picking_loss(logits, batch.label_map, weight)
        if not self.weights.compares_windows:
            return LossTerms(picking=picking, contrast=contrast)
        side = network.compare(tokens, batch.label_map)
        waveform_feature, label_feature = side.waveform_feature.draw(generator), side.label_feature.draw(generator)
        return LossTerms(
            picking=picking,
            alignment=alignment_loss(side.waveform_feature, side.label_feature),
            similarity=similarity_loss(waveform_feature, label_feature),
            fourier=fourier_loss(side.waveform_tokens, side.corrected_tokens, *self.directions),
            reconstruction=reconstruction_loss(side.rebuilt, batch.label_map),
            contrast=contrast,
        )
