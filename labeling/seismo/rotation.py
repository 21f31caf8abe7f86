"""Components turned: to vertical, north and east by their orientation, and on to radial and transverse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.seismo.records import FloatArray

_LEVEL = 1e-6  # sine of the greatest dip at which two components are horizontal
_LEAST_DETERMINANT = 0.1  # of the unit vectors along the components; less, and noise would be blown up tenfold
_DIGITS = 9


@dataclass(frozen=True)
class Orientation:
    """azimuth_deg: clockwise from north. dip_deg: down from the horizontal, -90 is up."""

    azimuth_deg: float
    dip_deg: float

    def to_zne(self) -> tuple[float, float, float]:
        azimuth, dip = np.radians(self.azimuth_deg), np.radians(self.dip_deg)
        return -float(np.sin(dip)), float(np.cos(dip) * np.cos(azimuth)), float(np.cos(dip) * np.sin(azimuth))


_UP = Orientation(0.0, -90.0)


@dataclass(frozen=True)
class Turn:
    """samples[rows] become matrix @ samples[rows], their components `letters`."""

    rows: tuple[int, ...]
    matrix: NDArray[np.float64]
    letters: str

    @property
    def does_nothing(self) -> bool:
        return bool(np.array_equal(np.round(self.matrix, _DIGITS), np.eye(len(self.rows))))

    def apply(self, samples: FloatArray) -> FloatArray:
        """The samples with the turned rows in place. samples: (n_components, n_samples); where one of the rows has a gap, all have."""
        turned = samples.copy()
        turned[list(self.rows)] = (self.matrix @ samples[list(self.rows)]).astype(samples.dtype)
        return turned

    def named(self, channel_codes: Sequence[str]) -> list[str]:
        """The codes with the letters of what the rows have become."""
        codes = list(channel_codes)
        for row, letter in zip(self.rows, self.letters, strict=True):
            codes[row] = codes[row][:-1] + letter
        return codes


def turn_to_zne(channel_codes: Sequence[str], orientations: Sequence[Orientation | None], dead: Sequence[bool]) -> Turn | str:
    """How these components become vertical, north and east, or why they can't. Where nothing is known Z, N and E are taken at their names.

    Three live components of any directions, or two horizontal ones. dead: by component.
    """
    letters = [code[-1:] for code in channel_codes]
    live = [row for row, is_dead in enumerate(dead) if not is_dead]
    known = {row: orientations[row] or (_UP if letters[row] == "Z" else None) for row in live}
    directions = {row: one.to_zne() for row, one in known.items() if one is not None}
    if len(directions) < len(live):
        if {"N", "E"} <= {letters[row] for row in live}:
            return Turn((letters.index("N"), letters.index("E")), np.eye(2), "NE")
        if {"1", "2"} <= {letters[row] for row in live}:
            return "where components 1 and 2 point to is not known: no inventory tells of them at that time"
        return "it takes a north and an east component, both alive"
    level = [row for row in live if abs(directions[row][0]) < _LEVEL]
    if len(level) == 2 and all(row in level or directions[row][0] > 1 - _LEVEL for row in live):
        rows, columns, names = level, slice(1, 3), "NE"  # a gap of the vertical is none of theirs
    elif len(live) == 3:
        rows, columns, names = live, slice(0, 3), "ZNE"
    else:
        return "it takes a north and an east component, both alive"
    pointing = np.array([directions[row][columns] for row in rows])
    if abs(np.linalg.det(pointing)) < _LEAST_DETERMINANT:
        return "by its inventory components point into the same direction"
    return Turn(tuple(rows), np.linalg.inv(pointing), names)


def turned_on(turn: Turn, back_azimuth_deg: float) -> Turn:
    """On from north and east to radial and transverse.

    Radial points from the event to the station and transverse 90 degrees clockwise of it, as in ObsPy's `rotate_ne_rt`.
    """
    sine, cosine = np.sin(np.radians(back_azimuth_deg)), np.cos(np.radians(back_azimuth_deg))
    horizontal = np.array([[-cosine, -sine], [sine, -cosine]])
    onwards = np.eye(len(turn.rows))
    onwards[-2:, -2:] = horizontal
    return Turn(turn.rows, onwards @ turn.matrix, turn.letters[:-2] + "RT")
