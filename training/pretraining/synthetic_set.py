"""Labelled seismograms of many invented regions, on which the base checkpoint is trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from labeling.seismo.records import PickRecord, TraceRecord
from labeling.seismo.synthetic import SyntheticConfig, make_network
from labeling.seismo.synthetic_region import draw_region
from training.jobs.labelled_files import SegmentCutter
from training.lancor.config import TrainingConfig
from training.lancor.dataset import IntArray, LabelledSet

EVENTS_PER_REGION = 60
STATIONS = (10, 18)
VERTICAL_ONLY_SHARE = 0.2
CLIPPED_SHARE, CLIPPED_AT = 0.12, (0.1, 0.8)  # of the largest amplitude
COARSE_SHARE, COARSE_BITS = 0.15, (6.0, 11.0)  # digitisers of the eighties


def make_synthetic_set(n_regions: int, seed: int, config: TrainingConfig, tell: Callable[[str], object]) -> tuple[LabelledSet, IntArray]:
    """About 500 traces and 950 P and S arrivals a region, at their true times. Everything is held in memory, 20 MB a region.

    Returns the set and (n_segments,) the region of each segment. tell: takes a line of progress for each region.
    """
    cutter = SegmentCutter(config)
    region_of_trace: list[int] = []
    for number in range(n_regions):
        rng = np.random.default_rng([seed, number])
        made = make_network(
            SyntheticConfig(
                seed=seed * 1000 + number,
                n_stations=int(rng.integers(STATIONS[0], STATIONS[1] + 1)),
                n_events=EVENTS_PER_REGION,
                planted_share=0.0,
                late_shift_s=0.0,
                analyst_spread=0.0,
                region=draw_region(rng),
            )
        )
        labels: dict[str, list[PickRecord]] = {}
        for pick in made.picks:
            labels.setdefault(pick.trace_ref or "", []).append(pick)
        for trace in made.traces:
            recorded = replace(_as_recorded(trace, rng), source_ref=f"{number}/{trace.source_ref}", event_ref=f"{number}/{trace.event_ref}")
            cutter.add(recorded, labels[trace.source_ref])
            region_of_trace.append(number)
        tell(f"region {number + 1} of {n_regions}: {len(region_of_trace)} traces")
    dataset, _ = cutter.finished()
    return dataset, np.array(region_of_trace, dtype=np.int64)[cutter.trace_of_segment]


def _as_recorded(trace: TraceRecord, rng: np.random.Generator) -> TraceRecord:
    """As older or simpler stations have it: the vertical only, clipped, or with few bits."""
    codes, samples = trace.channel_codes, trace.samples
    if rng.random() < VERTICAL_ONLY_SHARE:
        codes, samples = codes[:1], samples[:1]
    middle = np.nanmedian(samples, axis=1, keepdims=True)
    largest = float(np.nanmax(np.abs(samples - middle)))
    if rng.random() < CLIPPED_SHARE:
        limit = largest * rng.uniform(*CLIPPED_AT)
        samples = np.clip(samples, middle - limit, middle + limit).astype(np.float32)
    if rng.random() < COARSE_SHARE:
        step = max(largest / 2 ** rng.uniform(*COARSE_BITS), 1.0)
        samples = np.asarray(np.round(samples / step) * step, dtype=np.float32)
    return replace(trace, channel_codes=codes, samples=samples)
