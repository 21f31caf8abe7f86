"""One line of the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Options:
    """What the command line asks for. shared_data: folder of real sets, postgres: address of a server; empty where there is none."""

    n_picks: int = 100_000
    n_events: int = 2_000
    n_windows: int = 20_000
    n_exported: int = 5_000
    n_flags: int = 20_000
    n_decisions: int = 100
    n_threads: int = 1
    shared_data: str = ""
    postgres: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "postgres": bool(self.postgres)}


@dataclass(frozen=True)
class Figure:
    """value and peer_value share the unit. more_is_better: whether ratio = value / peer_value above 1 is good.

    peer: what was measured beside it, in words. details: further figures of the same measurement. peak_mib: largest resident memory of
    the process that measured, resting_mib: the same before it began.
    """

    name: str
    value: float
    unit: str
    peer: str
    peer_value: float
    more_is_better: bool
    details: Mapping[str, Any] = field(default_factory=dict)
    peak_mib: float = 0.0
    resting_mib: float = 0.0

    @property
    def ratio(self) -> float:
        return self.value / self.peer_value

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": round(self.ratio, 4)}


def markdown(figures: list[Figure]) -> str:
    """A table of the figures; what is more than a number follows below it."""
    lines = [
        "| what | Repick | beside it | ratio | peak memory (at rest) |",
        "|---|---|---|---|---|",
    ]
    for figure in figures:
        direction = "more" if figure.more_is_better else "less"
        lines.append(
            f"| {figure.name} | {_shown(figure.value)} {figure.unit} | {figure.peer}: {_shown(figure.peer_value)} {figure.unit} "
            f"| {figure.ratio:.2f} ({direction} is better) | {figure.peak_mib:.0f} MiB ({figure.resting_mib:.0f}) |"
        )
    lines += ["", *(f"- {figure.name}: {'; '.join(f'{name} {value}' for name, value in figure.details.items())}" for figure in figures)]
    return "\n".join(lines)


def _shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
