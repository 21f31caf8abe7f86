"""Traces by the names that their sources give them. `bucket0$1,:3,:6000` comes again in the next data set of one upload."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from labeling.models import Trace


@dataclass(frozen=True)
class NamedTrace:
    """A trace as one source tells of it. start_time: as read; the row may be here since an earlier upload, in another placeholder hour."""

    row: Trace
    start_time: datetime

    def covers(self, time: datetime) -> bool:
        """Whether a time that was read beside this trace lies on it."""
        return self.start_time <= time <= self.start_time + (self.row.end_time - self.row.start_time)


class NamedTraces:
    """What the sources of one upload, by number, have named so far."""

    def __init__(self) -> None:
        self._by_name: dict[str, dict[int, NamedTrace]] = {}

    def add(self, source: int, name: str, trace: NamedTrace) -> None:
        self._by_name.setdefault(name, {})[source] = trace

    def in_source(self, source: int, name: str) -> NamedTrace | None:
        return self._by_name.get(name, {}).get(source)

    def anywhere(self, name: str) -> list[NamedTrace]:
        """The different traces that go by this name."""
        return list({trace.row.identity: trace for trace in self._by_name.get(name, {}).values()}.values())
