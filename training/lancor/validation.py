"""How a network does on segments it is not trained on, for the curves of a run."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import torch

from training.lancor.alignment import AlignmentNetwork
from training.lancor.config import TrainingConfig
from training.lancor.dataset import IntArray, LabelledSet
from training.lancor.losses.picking import picking_loss
from training.lancor.windows import WindowDrawer


@dataclass(frozen=True)
class Validation:
    """loss: the picking loss. mae_s: mean distance of the decoder's peak from the label, over the labels inside a window."""

    loss: float
    mae_s: float


@torch.no_grad()
def validate(
    network: AlignmentNetwork, dataset: LabelledSet, segments: IntArray, config: TrainingConfig, device: torch.device
) -> Validation | None:
    """The same windows at each call, as they were recorded. None where fewer than two segments are labelled."""
    plain = dataclasses.replace(config, drop_component_share=0.0, add_noise_share=0.0, superpose_share=0.0, batch_size=64)
    try:
        drawer = WindowDrawer(dataset, segments, plain, seed=0)
    except ValueError:
        return None
    losses: list[float] = []
    distances_s: list[float] = []
    for batch in drawer.epoch(0):
        logits, _ = network(torch.from_numpy(batch.waveform).to(device), torch.from_numpy(batch.live).to(device))
        label_map = torch.from_numpy(batch.label_map).to(device)
        losses.append(float(picking_loss(logits, label_map, torch.from_numpy(batch.phase_weight).to(device))))
        peak = logits.argmax(dim=-1).cpu().numpy()
        distance_s = np.abs(peak - batch.label_map.argmax(axis=-1)) / config.sampling_rate_hz
        distances_s += distance_s[batch.has_label].tolist()
    return Validation(float(np.mean(losses)), float(np.mean(distances_s)) if distances_s else float("nan"))
