"""How labels are flagged. Stored with the run."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from training.flagging.noise_model import NoiseModelConfig
from training.flagging.planting import PlantingConfig
from training.flagging.proposals import ProposalConfig
from training.flagging.stack import StackConfig


@dataclass(frozen=True)
class FlaggingConfig:
    """threshold: a label is flagged from this P(mislabelled) on. missed_threshold: an unlabelled arrival is reported from this height of
    the decoder's bump on. The rest configures the parts of the same names."""

    threshold: float = 0.5
    missed_threshold: float = 0.8
    noise_model: NoiseModelConfig = field(default_factory=NoiseModelConfig)
    planting: PlantingConfig = field(default_factory=PlantingConfig)
    stack: StackConfig = field(default_factory=StackConfig)
    proposals: ProposalConfig = field(default_factory=ProposalConfig)

    def __post_init__(self) -> None:
        for name in ("threshold", "missed_threshold"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"{name}: {getattr(self, name)}. Give a probability between 0 and 1.")

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, and read back by `from_dict`."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> FlaggingConfig:
        """Nested as `to_dict` gives it. Raises ValueError for a key it does not know, naming those it does."""
        default = cls()
        known: dict[str, Any] = {}
        for key, value in values.items():
            part = getattr(default, _known(key, default, ""))
            known[key] = _part(part, value, f"{key}.") if dataclasses.is_dataclass(part) else _converted(part, value, key)
        return cls(**known)


def _part(default: Any, values: Mapping[str, Any], prefix: str) -> Any:
    given = {key: _converted(getattr(default, _known(key, default, prefix)), value, prefix + key) for key, value in values.items()}
    return dataclasses.replace(default, **given)


def _known(key: str, part: Any, prefix: str) -> str:
    names = [known.name for known in dataclasses.fields(part)]
    if key not in names:
        raise ValueError(f"{prefix}{key}: no such setting of flagging. Known settings: {', '.join(prefix + name for name in names)}.")
    return key


def _converted(default: Any, value: Any, name: str) -> float | int:
    wanted = int if isinstance(default, int) else float
    try:
        return wanted(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: {value!r} is not {'a whole number' if wanted is int else 'a number'}.") from error
