"""How networks are trained and asked. Stored with the run and inside each checkpoint."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

# The names in `training.networks.picker`; written out, so that web pages need not load PyTorch to check a setting.
NETWORK_NAMES = ("phasenet", "seist")
SECOND_PICKERS = ("PhaseNet", "EQTransformer")  # of SeisBench's, what gives a curve for P and one for S
_SECOND_OPINION = re.compile(rf"({'|'.join(SECOND_PICKERS)})/[A-Za-z0-9_][A-Za-z0-9_.-]{{0,60}}")
HIGHEST_CORNER = 0.2  # of the rate
FEWEST_SAMPLES = 2  # the candidates of the time-shift contrast are two samples apart; one candidate is no choice
MOST_SAMPLES = 100_000


@dataclass(frozen=True)
class LossWeights:
    """What each loss counts for; 0 leaves it out, and its work undone."""

    picking: float
    alignment: float = 0.0
    similarity: float = 0.0
    fourier: float = 0.0
    reconstruction: float = 0.0
    contrast: float = 0.0

    @property
    def compares_windows(self) -> bool:
        """Whether any of the published terms on the label side counts."""
        return max(self.alignment, self.similarity, self.fourier, self.reconstruction) > 0


OBJECTIVES = {
    # The weights of the authors' public code (they add up to 1.1).
    "lancor_published": LossWeights(picking=0.4, alignment=0.4, similarity=0.1, fourier=0.1, reconstruction=0.1),
    # Measured on 136 clean traces with planted errors, one seed: the published L_F ends at zero, both heads constant, and its
    # divergence then ranks labels no better than chance (AUROC 0.52). InfoNCE over time is a softmax of a KL too (see ContrastHead),
    # and that one ranks (0.96; the whole contrast 0.99). The published terms added to it made 0.985 of 0.981 on small shifts,
    # within the scatter of a seed, at twice the cost; whoever wants them gives them a weight.
    "lancor": LossWeights(picking=1.0, contrast=0.2),
    # The same, and each label counts as much as the alignment believes it: see losses.time_contrast.label_trust.
    "lancor_robust": LossWeights(picking=1.0, contrast=0.2),
    "plain": LossWeights(picking=1.0),
}


# The two training approaches, and what differs by default: fine-tuned from the base checkpoint that the product ships, or from scratch.
APPROACHES: dict[str, dict[str, Any]] = {
    "base": {"epochs": 25, "learning_rate": 2e-3},
    "scratch": {"epochs": 50, "learning_rate": 3e-3},
}
TRIAL_SHARE = 0.5
LENGTHS = ("segment_s", "label_sigma_s", "search_s", "contrast_s")
FOLLOWS_RATE = (*LENGTHS, "highpass_hz")
MOST_HZ = 1e6


@dataclass(frozen=True)
class TrainingConfig:
    """Defaults are the product's. A weight of None is the objective's own.

    Lengths and corner are those at 100 Hz; `from_dict` brings them to another rate, where they are as many samples.

    highpass_hz: corner below which ground motion is filtered out before a network sees it (microseism); 0 for none.
    label_sigma_s: half-width of the bump on a label. search_s: how far from a label an arrival is looked for.
    contrast_s: candidates of the time-shift contrast lie within ± this.
    score_stride_samples: step between the windows that score a segment.
    second_opinion: a picker of SeisBench's and its weights, such as PhaseNet/stead, that is asked beside the networks; "" for none.
    superpose_share: of the training windows, how many show a second event with its labels.
    early_stopping_epochs: ends training after so many epochs without a lower loss on inner_share of the training segments, whole
    components, which are then kept out of it; 0 trains all epochs on all segments.
    """

    network: str = "phasenet"
    objective: str = "lancor"
    start_from: str = "base"
    n_folds: int = 5
    n_networks: int = 1
    epochs: int = APPROACHES["base"]["epochs"]
    batch_size: int = 16
    learning_rate: float = APPROACHES["base"]["learning_rate"]
    weight_decay: float = 1e-4
    averaging_steps: int = 50
    window_samples: int = 1024
    sampling_rate_hz: float = 100.0
    highpass_hz: float = 1.0
    segment_s: float = 30.72
    label_sigma_s: float = 0.07
    search_s: float = 6.0
    contrast_s: float = 2.0
    score_stride_samples: int = 256
    feature_size: int = 100
    n_fourier_features: int = 128
    drop_component_share: float = 0.3
    add_noise_share: float = 0.3
    superpose_share: float = 0.0
    early_stopping_epochs: int = 0
    inner_share: float = 0.15
    second_opinion: str = ""
    validate_every_epochs: int = 10
    checkpoint_every_epochs: int = 5
    picking_weight: float | None = None
    alignment_weight: float | None = None
    similarity_weight: float | None = None
    fourier_weight: float | None = None
    reconstruction_weight: float | None = None
    contrast_weight: float | None = None

    def __post_init__(self) -> None:
        _require_choice("network", self.network, NETWORK_NAMES)
        _require_choice("objective", self.objective, OBJECTIVES)
        _require_choice("start_from", self.start_from, APPROACHES)
        if self.second_opinion and not _SECOND_OPINION.fullmatch(self.second_opinion):
            known = " or ".join(SECOND_PICKERS)
            raise ValueError(
                f"second_opinion: {self.second_opinion!r}. Give {known}, a slash and the name of weights, as in PhaseNet/stead."
            )
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError(f"{field.name}: {value}. Give a finite number.")
        for name in _AT_LEAST_ONE:
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: {getattr(self, name)}. Give 1 or more.")
        for name in _POSITIVE:
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: {getattr(self, name)}. Give a number above 0.")
        for name in ("weight_decay", "early_stopping_epochs"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: {getattr(self, name)}. Give 0 or more.")
        if not 0 <= self.highpass_hz < HIGHEST_CORNER * self.sampling_rate_hz:
            most_hz = HIGHEST_CORNER * self.sampling_rate_hz
            raise ValueError(f"highpass_hz: {self.highpass_hz:g}. Give 0 (none) to less than {most_hz:g} Hz, a fifth of their rate.")
        for name in ("drop_component_share", "add_noise_share", "superpose_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name}: {getattr(self, name)}. Give a share from 0 to 1.")
        if not 0 < self.inner_share < 1:
            raise ValueError(f"inner_share: {self.inner_share}. Give a share between 0 and 1.")
        if self.n_folds < 2:
            raise ValueError(f"n_folds: {self.n_folds}. Give 2 or more, or every pick is scored by a network that trained on it.")
        if self.batch_size < 2:
            raise ValueError(f"batch_size: {self.batch_size}. Give 2 or more: the losses compare the windows of a batch.")
        if self.window_samples < 64 or self.window_samples % 64:
            raise ValueError(f"window_samples: {self.window_samples}. Give 64 or a multiple of it: the network halves it that often.")
        if self.sampling_rate_hz > MOST_HZ:
            raise ValueError(f"sampling_rate_hz: {self.sampling_rate_hz:g}. Give {MOST_HZ:g} or less.")
        for name in ("segment_s", "search_s", "contrast_s"):
            if not FEWEST_SAMPLES <= getattr(self, name) * self.sampling_rate_hz <= MOST_SAMPLES:
                least_s, most_s = FEWEST_SAMPLES / self.sampling_rate_hz, MOST_SAMPLES / self.sampling_rate_hz
                raise ValueError(f"{name}: {getattr(self, name):g} s. Give {least_s:g} to {most_s:g} s at {self.sampling_rate_hz:g} Hz.")
        if self.segment_samples < self.window_samples:
            raise ValueError(f"segment_s: {self.segment_s:g} s is shorter than a window of {self.window_samples} samples.")
        if any(value is not None and value < 0 for value in self._own_weights().values()):
            raise ValueError("Loss weights: must be 0 or more.")

    @property
    def segment_samples(self) -> int:
        return round(self.segment_s * self.sampling_rate_hz)

    @property
    def weights(self) -> LossWeights:
        """The objective's weights, with those given here in their place."""
        own = {name: value for name, value in self._own_weights().items() if value is not None}
        return dataclasses.replace(OBJECTIVES[self.objective], **own)

    @property
    def doubts_labels(self) -> bool:
        """Whether a label counts only as much as the alignment believes it."""
        return self.objective == "lancor_robust" and self.weights.contrast > 0

    @property
    def aligns(self) -> bool:
        """Whether labels are encoded at all."""
        return self.weights.compares_windows or self.weights.contrast > 0

    def _own_weights(self) -> dict[str, float | None]:
        return {field.name: getattr(self, f"{field.name}_weight") for field in dataclasses.fields(LossWeights)}

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, and read back by `from_dict`."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TrainingConfig:
        """From names and values; values may be text, as a command line gives them. What is not given is as start_from and
        sampling_rate_hz have it by default.

        Raises ValueError that names an unknown key with the known ones, or a value that does not convert.
        """
        fields = {field.name: str(field.type) for field in dataclasses.fields(cls)}
        unknown = sorted(set(values) - set(fields))
        if unknown:
            raise ValueError(f"{unknown[0]}: no such setting. Known settings: {', '.join(sorted(fields))}.")
        approach = APPROACHES.get(str(values.get("start_from", cls.start_from)), {})
        given = {name: _converted(name, value, fields[name]) for name, value in {**approach, **values}.items()}
        return cls(**{**_at_rate(given.get("sampling_rate_hz", cls.sampling_rate_hz)), **given})


def is_trial(configuration: Mapping[str, Any]) -> bool:
    """Whether it trains for so short that its flags are to be looked at, not worked with: less than half of the approach's own epochs.

    configuration: as `TrainingConfig.to_dict` gives it."""
    usual: int = APPROACHES[configuration["start_from"]]["epochs"]
    return bool(configuration["epochs"] < TRIAL_SHARE * usual)


def _at_rate(rate_hz: float) -> dict[str, float]:
    """Lengths and corner that are as many samples as by default at 100 Hz. Nothing for a rate that `TrainingConfig` refuses."""
    if not 0 < rate_hz <= MOST_HZ:
        return {}
    scale = TrainingConfig.sampling_rate_hz / rate_hz
    lengths = {name: round(getattr(TrainingConfig, name) * scale, 12) for name in LENGTHS}
    return {**lengths, "highpass_hz": round(TrainingConfig.highpass_hz / scale, 12)}


_AT_LEAST_ONE = (
    "n_networks",
    "epochs",
    "averaging_steps",
    "score_stride_samples",
    "feature_size",
    "n_fourier_features",
    "validate_every_epochs",
    "checkpoint_every_epochs",
)
_POSITIVE = ("learning_rate", "sampling_rate_hz", "label_sigma_s", "search_s", "contrast_s")


def _require_choice(name: str, value: str, choices: Collection[str]) -> None:
    if value not in choices:
        raise ValueError(f"{name}: {value!r} is not known. Choose one of {', '.join(choices)}.")


def _converted(name: str, value: Any, wanted: str) -> Any:
    """value as the field's type, which is written out in its annotation."""
    if value is None and wanted.endswith("None"):
        return None
    try:
        if wanted == "int":
            if float(value) != int(float(value)):
                raise ValueError
            return int(float(value))
        return float(value) if wanted.startswith("float") else str(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{name}: {value!r} is not {'a whole number' if wanted == 'int' else 'a number'}.") from error
