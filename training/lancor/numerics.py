"""How a device computes while a network is trained: with which precision, and how repeatably."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch.backends import cudnn


def mixed_precision(device: torch.device) -> AbstractContextManager[object]:
    """Convolutions and matrix products in bfloat16 where a GPU has it. Weights stay float32, and so does everything on a CPU.

    bfloat16 reaches as far as float32, so that no gradient vanishes and none need be scaled.
    """
    # On a CPU without the instructions it is 25 times slower.
    if device.type != "cuda" or not torch.cuda.is_bf16_supported(including_emulation=False):
        return nullcontext()
    return torch.autocast("cuda", dtype=torch.bfloat16)


def repeatable(device: torch.device) -> AbstractContextManager[object]:
    """Convolutions on a GPU by algorithms that always add in the same order. What is set for that is set back at the end.

    A few other gradients (attention, adaptive pooling) are still added atomically, in an order that may differ. A CPU needs none of this.
    """
    if device.type != "cuda":
        return nullcontext()
    context: AbstractContextManager[object] = cudnn.flags(enabled=True, deterministic=True, allow_tf32=cudnn.allow_tf32)
    return context
