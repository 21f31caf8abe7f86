"""Traces that wait for their other components, which may lie in files of their own."""

from __future__ import annotations

from collections.abc import Iterator

from labeling.seismo.components import LARGEST_SHIFT_UNREPORTED, join_components, moved_samples
from labeling.seismo.records import Problem, TraceRecord

WAITING_BYTES = 128 * 1024 * 1024


class WaitingComponents:
    """Takes traces one by one and gives back those that wait no longer, joined where they belong together."""

    def __init__(self) -> None:
        self._by_instrument: dict[tuple[object, ...], list[TraceRecord]] = {}

    def add(self, record: TraceRecord) -> Iterator[TraceRecord | Problem]:
        """The trace that this component makes whole, or the oldest ones once too many wait; and what is doubtful about it."""
        if len(record.channel_codes) >= 3:
            yield record
            return
        key = (record.network_code, record.station_code, record.location_code, record.instrument_code)
        waiting = self._by_instrument.setdefault(key, [])
        for index, other in enumerate(waiting):
            joined = join_components(other, record)
            if joined is None:
                continue
            yield from _doubt(other, record)
            if len(joined.channel_codes) < 3:
                waiting[index] = joined
                return
            waiting.pop(index)
            yield joined
            return
        waiting.append(record)
        while sum(item.samples.nbytes for items in self._by_instrument.values() for item in items) > WAITING_BYTES:
            yield next(items for items in self._by_instrument.values() if items).pop(0)

    def release(self) -> list[TraceRecord]:
        """All that still wait; nothing more will join them."""
        records = [record for items in self._by_instrument.values() for record in items]
        self._by_instrument = {}
        return records


def _doubt(a: TraceRecord, b: TraceRecord) -> Iterator[Problem]:
    moved = moved_samples(a, b)
    if moved > LARGEST_SHIFT_UNREPORTED:
        message = (
            f"Its samples do not lie on the grid of {a.source_ref}. The two are put on one grid, and the later one is moved by "
            f"{moved:.2f} of a sample ({moved / a.sampling_rate_hz * 1000:.1f} ms). Resample them before the upload if that matters."
        )
        yield Problem("off_grid", message, b.source_ref, severity="warning")
