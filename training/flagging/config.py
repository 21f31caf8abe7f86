"""How labels are flagged."""

from __future__ import annotations

from dataclasses import dataclass, field

from training.flagging.noise_model import NoiseModelConfig
from training.flagging.planting import PlantingConfig
from training.flagging.proposals import ProposalConfig
from training.flagging.stack import StackConfig


@dataclass(frozen=True)
class FlaggingConfig:
    """threshold: a label is flagged from this P(mislabelled) on. missed_threshold: an unlabelled arrival is reported from this height of
    the decoder's bump on. second_opinion: the picker whose onsets the scores hold; "" where none was asked. The rest configures the
    parts of the same names."""

    threshold: float = 0.5
    missed_threshold: float = 0.8
    second_opinion: str = ""
    noise_model: NoiseModelConfig = field(default_factory=NoiseModelConfig)
    planting: PlantingConfig = field(default_factory=PlantingConfig)
    stack: StackConfig = field(default_factory=StackConfig)
    proposals: ProposalConfig = field(default_factory=ProposalConfig)

    def __post_init__(self) -> None:
        for name in ("threshold", "missed_threshold"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"{name}: {getattr(self, name)}. Give a probability between 0 and 1.")
