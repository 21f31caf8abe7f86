"""What a run says of the waveforms it was given: at what rate they are seen, what of them is missing, and what that means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from training.flagging.noise_model import NoiseModelConfig
from training.lancor.config import TrainingConfig
from training.lancor.dataset import LabelledSet
from training.lancor.network_rate import AS_USUAL_HZ, USUAL_HZ

FAR_BELOW, FAR_ABOVE = (edge_hz / USUAL_HZ for edge_hz in AS_USUAL_HZ)  # of the networks' rate
COMPONENTS = ("vertical", "first horizontal (N or 1)", "second horizontal (E or 2)")
MISSING_SHARE = 0.1  # of a stretch; the loss of less is borne


@dataclass
class WaveformTally:
    """Filled in as waveforms are cut. rates_hz: of every trace. clipped, gappy: the traces' keys."""

    rates_hz: list[float] = field(default_factory=list)
    clipped: set[int] = field(default_factory=set)
    gappy: set[int] = field(default_factory=set)


def say_of_waveforms(tally: WaveformTally, dataset: LabelledSet, config: TrainingConfig) -> list[str]:
    """A sentence for each thing that an analyst has to know. Nothing of an ordinary set."""
    n_traces = len(tally.rates_hz)
    told = [*_of_the_rate(config), *_of_other_rates(tally.rates_hz, config.sampling_rate_hz), *_of_components(dataset)]
    if tally.clipped:
        told.append(
            f"{len(tally.clipped)} of {n_traces} traces are clipped: samples stand at the same highest or lowest value. Their picks are "
            "judged like all others; after the clipping an S, and any amplitude, can't be trusted."
        )
    if tally.gappy:
        told.append(
            f"{len(tally.gappy)} of {n_traces} traces have gaps (NaN) in more than {MISSING_SHARE:.0%} of what the networks read around a "
            "pick. What is missing counts as silence; a pick on it is flagged as one without arrival."
        )
    short = int((dataset.real_samples[:, 1] - dataset.real_samples[:, 0] + 1 < config.window_samples).sum())
    if short:
        told.append(
            f"{short} of {dataset.n_segments} stretches of waveform around picks are shorter than the networks' window of "
            f"{config.window_samples / config.sampling_rate_hz:.3g} s. They are judged, the rest of the window being silence; import "
            "longer waveforms for more certainty."
        )
    return told


def _of_the_rate(config: TrainingConfig) -> list[str]:
    rate_hz = config.sampling_rate_hz
    if rate_hz == USUAL_HZ:
        return []
    spread_s = NoiseModelConfig().gross_samples / rate_hz
    told = [
        f"The networks see the waveforms at {rate_hz:g} Hz, in windows of {config.window_samples / rate_hz:.3g} s; labels that lie up to "
        f"{spread_s:g} s off count as within analysts' spread and are not flagged for it."
    ]
    if config.start_from == "base":
        told.append(
            f"The base checkpoint that training starts from knows seismograms at {USUAL_HZ:g} Hz only. At {rate_hz:g} Hz it is a fair "
            "start and no more: its own figures don't hold here, and whether the catalog as a whole is early or late can't be seen."
        )
    return told


def _of_other_rates(rates_hz: Sequence[float], network_hz: float) -> list[str]:
    told = []
    slow = [rate_hz for rate_hz in rates_hz if rate_hz < FAR_BELOW * network_hz]
    if slow:
        told.append(
            f"{len(slow)} of {len(rates_hz)} traces were recorded at {_range(slow)} Hz, less than half the networks' {network_hz:g} Hz: "
            f"an arrival on them is known to some {1 / min(slow):.2g} s at best."
        )
    fast = [rate_hz for rate_hz in rates_hz if rate_hz > FAR_ABOVE * network_hz]
    if fast:
        told.append(
            f"{len(fast)} of {len(rates_hz)} traces were recorded at {_range(fast)} Hz and are seen at {network_hz:g} Hz: nothing above "
            f"{network_hz / 2:g} Hz counts. If that is where their arrivals are, put them into a workspace of their own."
        )
    return told


def _range(rates_hz: Sequence[float]) -> str:
    return f"{min(rates_hz):g}" if min(rates_hz) == max(rates_hz) else f"{min(rates_hz):g} to {max(rates_hz):g}"


def _of_components(dataset: LabelledSet) -> list[str]:
    told = []
    lifeless = int((~dataset.live.any(axis=1)).sum())
    if lifeless:
        told.append(
            f"{lifeless} of {dataset.n_segments} stretches of waveform around picks are constant or empty on every component. Nothing is "
            "learned from them, and their picks are flagged as without arrival where the networks have learned to tell."
        )
    dead = [name for row, name in enumerate(COMPONENTS) if not dataset.live[:, row].any()]
    if dead and lifeless < dataset.n_segments:
        seen = [name for name in COMPONENTS if name not in dead]
        told.append(
            f"The {' and the '.join(dead)} {'is' if len(dead) == 1 else 'are'} missing or dead on every trace; P and S are judged by the "
            f"{' and the '.join(seen)} alone."
        )
    return told


def missing_share(samples: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> float:
    """Of the stretch from the first to the last sample that there is; what lies outside is padding, not a gap."""
    there = np.flatnonzero(np.isfinite(samples))
    return 1.0 - len(there) / (there[-1] - there[0] + 1) if len(there) else 0.0
