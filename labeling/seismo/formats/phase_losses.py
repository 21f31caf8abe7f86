"""What a form of few fields (NonLinLoc, HypoDD, Nordic, PhaseNet) cannot hold: picks left out, and what is lost of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from labeling.seismo.formats.export_rows import ExportEvent, ExportPick, names_left_out

EventsWithPicks = Iterable[tuple[ExportEvent | None, Sequence[ExportPick]]]
LEFT_OUT_FILE = "picks_left_out.csv"


@dataclass
class PhaseLosses:
    """Met while writing. leave_out takes each pick that the form has no place for, to be written elsewhere."""

    leave_out: Callable[[ExportPick], None]
    left_out: Counter[str] = field(default_factory=Counter)  # picks by why
    lost: Counter[str] = field(default_factory=Counter)  # picks by what is lost of them
    further_names: set[str] = field(default_factory=set)

    def labels(
        self, picks: Iterable[ExportPick], why_not: Callable[[ExportPick], str], *, holds_relative_times: bool = False
    ) -> Iterator[ExportPick]:
        """The picks that are labels with a place in the form. why_not: the form's own reason against one, "" for none."""
        for pick in picks:
            why = _why_no_label(pick, holds_relative_times) or why_not(pick)
            if why:
                self.left_out[why] += 1
                self.leave_out(pick)
                continue
            self.further_names |= pick.record.extra.keys()
            yield pick

    def lose(self, what: str, happens: bool = True) -> None:
        """Counts a pick that the form holds in part only."""
        if happens:
            self.lost[what] += 1

    def in_words(self, *of_the_form: str) -> list[str]:
        """What is lost or changed, in sentences for the person who exports. of_the_form: what is lost of every catalog."""
        sentences = list(of_the_form)
        for why, n_picks in self.left_out.items():
            sentences.append(f"{_so_many(n_picks)} left out, because {why}: see {LEFT_OUT_FILE}.")
        sentences += [f"{what} ({n_picks} {'pick' if n_picks == 1 else 'picks'})." for what, n_picks in self.lost.items()]
        return sentences + names_left_out(self.further_names)


def _why_no_label(pick: ExportPick, holds_relative_times: bool) -> str:
    if not pick.is_label:
        return "an analyst removed them"
    if pick.record.evaluation_status == "rejected":
        return "their own catalog rejects them"
    return "they have no absolute time" if pick.record.time_is_relative and not holds_relative_times else ""


def _so_many(n_picks: int) -> str:
    return "1 pick is" if n_picks == 1 else f"{n_picks} picks are"
