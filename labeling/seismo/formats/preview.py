"""What an import would find in files, without a database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from labeling.seismo.formats.collect import Source
from labeling.seismo.nul_characters import without_nul
from labeling.seismo.records import EventRecord, PickRecord, Problem, StationRecord

FIRST_PICKS = 5
EXAMPLES = 2


@dataclass
class Preview:
    """forms: how many sources of each form. counts: records by kind. problems: how many by severity and code; examples: their first."""

    forms: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    first_picks: list[PickRecord] = field(default_factory=list)
    problems: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[Problem]] = field(default_factory=dict)

    def add(self, problem: Problem) -> None:
        """Counts a problem, and keeps the first of its kind."""
        key = (problem.severity, problem.code)
        self.problems[key] += 1
        examples = self.examples.setdefault(key, [])
        if len(examples) < EXAMPLES:
            examples.append(problem)


def preview(sources: Iterable[Source], *, into: Preview | None = None, go_on: Callable[[], None] = lambda: None) -> Preview:
    """Reads everything once, and keeps only counts and the first of each.

    into: what is known already. go_on: called at each record, may end it by an exception.
    """
    found = into or Preview()
    for source in sources:
        found.forms[source.format] += 1
        for record in source.read():
            go_on()
            record, found_nul = without_nul(record)
            if found_nul is not None:
                found.add(found_nul)
            if isinstance(record, Problem):
                found.add(record)
            elif isinstance(record, PickRecord):
                found.counts["picks"] += 1
                if len(found.first_picks) < FIRST_PICKS:
                    found.first_picks.append(record)
            else:
                found.counts[
                    "events" if isinstance(record, EventRecord) else "stations" if isinstance(record, StationRecord) else "traces"
                ] += 1
    return found
