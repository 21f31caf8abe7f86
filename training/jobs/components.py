"""Which segments must stay together: those of one event, one trace, one arrival, or overlapping waveform of one station."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components as scipy_components


def connected_components(
    segment_traces: Sequence[int],
    links: Iterable[tuple[int, int | None, int | None]],
    spans: Mapping[int, tuple[str, float, float]],
) -> NDArray[np.int64]:
    """(n_segments,) number of the component each segment is in.

    segment_traces: trace of each segment. links: trace, event and arrival group of each label (None where it has none).
    spans: by trace, station and start and end in seconds, for traces whose time is real.
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
    by_station: dict[str, list[tuple[float, float, int]]] = {}
    for trace, (station, start, end) in spans.items():
        by_station.setdefault(station, []).append((start, end, trace))
    for rows in by_station.values():
        rows.sort()
        until, holder = rows[0][1], rows[0][2]
        for start, end, trace in rows[1:]:
            if start <= until:
                edges.append((node(("trace", holder)), node(("trace", trace))))
            if end > until:
                until, holder = end, trace
    size = len(nodes)
    ends = np.array(edges, dtype=np.int64).reshape(-1, 2)
    graph = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(size, size))
    _, label = scipy_components(graph, directed=False)
    return np.array([label[nodes["trace", trace]] for trace in segment_traces], dtype=np.int64)
