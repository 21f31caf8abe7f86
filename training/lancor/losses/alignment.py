"""L_F: the two feature distributions, aligned."""

from __future__ import annotations

from torch import Tensor

from training.lancor.feature_head import FeatureDistribution


def feature_divergence(waveform: FeatureDistribution, label: FeatureDistribution) -> Tensor:
    """(B,) KL( N(μ_x, σ_x²) ‖ N(μ_y, σ_y²) ), averaged over the independent features so that their number does not weigh."""
    difference = (waveform.mean - label.mean).square()
    ratio = (waveform.log_variance.exp() + difference) * (-label.log_variance).exp()
    return 0.5 * (label.log_variance - waveform.log_variance + ratio - 1.0).mean(dim=1)


def alignment_loss(waveform: FeatureDistribution, label: FeatureDistribution) -> Tensor:
    """Mean over the batch."""
    return feature_divergence(waveform, label).mean()
