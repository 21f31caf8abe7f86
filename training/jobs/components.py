"""Which segments must stay together: those of one event, one trace, one arrival, or overlapping waveform of one station."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components as scipy_components


class Span(NamedTuple):
    """What a trace covers. network_code: None or empty where the file did not say. start_s, end_s: seconds since 1970."""

    network_code: str | None
    station_code: str
    start_s: float
    end_s: float


def connected_components(
    segment_traces: Sequence[int],
    links: Iterable[tuple[int, int | None, int | None]],
    spans: Mapping[int, Span],
) -> NDArray[np.int64]:
    """(n_segments,) number of the component each segment is in.

    segment_traces: trace of each segment. links: trace, event and arrival group of each label (None where it has none).
    spans: by trace, for traces whose time is real.
    """
    nodes: dict[object, int] = {}
    edges: list[tuple[int, int]] = []

    def node(key: object) -> int:
        return nodes.setdefault(key, len(nodes))

    for trace in segment_traces:
        node(("trace", trace))
    for trace, event, arrival in links:
        for kind, value in (("event", event), ("arrival", arrival)):
            if value is not None:
                edges.append((node(("trace", trace)), node((kind, value))))
    edges += [(node(("trace", one)), node(("trace", other))) for one, other in _overlaps(spans)]
    size = len(nodes)
    ends = np.array(edges, dtype=np.int64).reshape(-1, 2)
    graph = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(size, size))
    _, label = scipy_components(graph, directed=False)
    return np.array([label[nodes["trace", trace]] for trace in segment_traces], dtype=np.int64)


def _overlaps(spans: Mapping[int, Span]) -> Iterator[tuple[int, int]]:
    """Pairs of traces that join all which overlap on one station. A trace without a network code may be of any network."""
    by_station: dict[str, list[tuple[float, float, int]]] = {}
    for trace, span in spans.items():
        by_station.setdefault(span.station_code, []).append((span.start_s, span.end_s, trace))
    for rows in by_station.values():
        rows.sort()
        for network in {spans[trace].network_code for _, _, trace in rows}:
            until, holder = -math.inf, -1
            for start, end, trace in rows:
                if (spans[trace].network_code or network) != network:
                    continue
                if start <= until:
                    yield holder, trace
                if end > until:
                    until, holder = end, trace
