"""What takes the lines of an import's report."""

from __future__ import annotations

from typing import Protocol

from labeling.seismo.records import Problem


class ProblemSink(Protocol):
    def add(self, problem: Problem) -> None: ...
