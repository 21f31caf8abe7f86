"""Convolutions along time, run as two-dimensional ones of height 1: only those know memory in which the channels lie side by side.

With few channels that is 1.3 times as fast on a CPU, in training and in scoring. Weights are those of the one-dimensional layers.
"""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import TypeVar

from torch import Tensor, channels_last, contiguous_format, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

AnyModule = TypeVar("AnyModule", bound=nn.Module)


class Convolution(nn.Conv1d):
    """(B, C, 1, T) → (B, D, 1, T / stride)."""

    def forward(self, features: Tensor) -> Tensor:
        stride, padding = (1, self.stride[0]), (0, int(self.padding[0]))
        return functional.conv2d(features, self.weight.unsqueeze(2), self.bias, stride, padding, groups=self.groups)


class TransposedConvolution(nn.ConvTranspose1d):
    """(B, C, 1, T) → (B, D, 1, T · stride)."""

    def forward(self, features: Tensor, output_size: list[int] | None = None) -> Tensor:
        return functional.conv_transpose2d(features, self.weight.unsqueeze(2), self.bias, (1, self.stride[0]))


def with_height(features: Tensor) -> Tensor:
    """(B, C, T) as (B, C, 1, T), channels side by side where that is faster."""
    return features.unsqueeze(2).contiguous(memory_format=channels_last if features.device.type == "cpu" else contiguous_format)


def folded(network: AnyModule) -> AnyModule:
    """A copy in evaluation mode whose convolutions do the work of the batch norms that follow them. Outputs differ by rounding only."""
    copied = copy.deepcopy(network).eval()
    for layers in [module for module in copied.modules() if isinstance(module, nn.Sequential)]:
        for index, (layer, norm) in enumerate(pairwise(list(layers))):
            if isinstance(layer, nn.Conv1d) and isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d):
                layers[index], layers[index + 1] = fuse_conv_bn_eval(layer, norm), nn.Identity()
    return copied
