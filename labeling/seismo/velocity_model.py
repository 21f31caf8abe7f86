"""Velocity models of a network's own, as `.tvel` and `.nd` files have them: read, checked, and completed to the Earth's centre."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

EARTH_RADIUS_KM = 6371.0
MOST_BYTES = 256 * 1024
MOST_LAYERS = 1000
_CENTRE_FROM_KM = 6000.0  # a model that ends above is one of crust and mantle
_GREATEST_VELOCITY = 20.0  # km/s
_MANTLE_VP = 7.6  # km/s: below it, crust
_NAMES = {"mantle": "mantle", "moho": "mantle", "outer-core": "outer-core", "cmb": "outer-core", "inner-core": "inner-core",
          "icocb": "inner-core", "iocb": "inner-core"}  # fmt: skip


class ModelUnreadable(ValueError):
    """Why a file is no velocity model, with its line."""


@dataclass(frozen=True)
class _Point:
    """What holds at a depth, or the name of the discontinuity between its neighbours. km, km/s, g/cm³."""

    depth_km: float
    values: tuple[float, float, float] = (0.0, 0.0, 0.0)
    name: str = ""


@dataclass(frozen=True)
class VelocityModel:
    """nd: the model as an `.nd` file down to the centre. completed_from_km: below it is ak135; None where the file told all."""

    nd: str
    completed_from_km: float | None


def read_velocity_model(text: str) -> VelocityModel:
    """Lines of depth, vp, vs and density (a `.tvel` file has two lines of comment before them, an `.nd` file names of discontinuities).

    A model that ends in crust or mantle goes on with ak135. Without density it is 3. Raises ModelUnreadable.
    """
    points = list(_points(text))
    layers = [point for point in points if not point.name]
    if len(layers) < 2:
        raise ModelUnreadable("It takes two lines at least, each with depth in km, vp and vs in km/s and density in g/cm³.")
    if len(layers) > MOST_LAYERS:
        raise ModelUnreadable(f"It has {len(layers)} lines of depths; at most {MOST_LAYERS} are taken.")
    if layers[0].depth_km != 0:
        raise ModelUnreadable(f"It begins at a depth of {layers[0].depth_km:g} km. Begin with a line for 0 km.")
    bottom_km = layers[-1].depth_km
    completed_from_km = None
    if bottom_km < _CENTRE_FROM_KM:
        points = _with_moho([*points, *_below(bottom_km)])
        completed_from_km = bottom_km
    return VelocityModel(_as_nd(points), completed_from_km)


def _points(text: str) -> Iterator[_Point]:
    depth_km = 0.0
    n_comments = 0
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.split("#")[0].split("//")[0].strip()
        if not line:
            continue
        if (name := line.lower()) in _NAMES:
            yield _Point(depth_km, name=_NAMES[name])
            continue
        try:
            cells = [float(cell) for cell in line.replace(",", " ").split()]
        except ValueError:
            n_comments += 1
            if number <= 2 and n_comments <= 2:  # the two lines of text at the head of a .tvel file
                continue
            raise ModelUnreadable(f"Line {number}: {line[:60]!r} is neither numbers nor the name of a discontinuity.") from None
        if len(cells) < 3 or not all(map(math.isfinite, cells)):
            raise ModelUnreadable(f"Line {number}: depth in km, vp and vs in km/s are needed, and density in g/cm³ may follow.")
        new_km, vp, vs = cells[:3]
        if new_km < depth_km:
            raise ModelUnreadable(f"Line {number}: {new_km:g} km lies above the line before it, {depth_km:g} km. Order the lines by depth.")
        if new_km > EARTH_RADIUS_KM + 10:
            raise ModelUnreadable(f"Line {number}: {new_km:g} km lies below the Earth's centre. Depths are in km.")
        if not 0 < vp <= _GREATEST_VELOCITY or not 0 <= vs < vp:
            raise ModelUnreadable(f"Line {number}: vp {vp:g} and vs {vs:g} are no velocities in km/s, with vs less than vp.")
        depth_km = new_km
        yield _Point(depth_km, (vp, vs, cells[3] if len(cells) > 3 and cells[3] > 0 else 3.0))


def _below(bottom_km: float) -> list[_Point]:
    """ak135 from a depth on, as ObsPy has it."""
    # Reading ObsPy takes a moment, which pages that draw no theoretical arrivals need not wait for.
    import obspy.taup

    rows = []
    for line in (Path(obspy.taup.__file__).parent / "data" / "ak135.tvel").read_text().splitlines()[2:]:
        depth_km, vp, vs, density = map(float, line.split()[:4])
        rows.append(_Point(depth_km, (vp, vs, density)))
    above = max((row for row in rows if row.depth_km <= bottom_km), key=lambda row: row.depth_km)
    points = [_Point(bottom_km, above.values)]
    for before, row in pairwise(rows):
        if row.depth_km <= bottom_km:
            continue
        if row.depth_km == before.depth_km and (row.values[1] == 0) != (before.values[1] == 0):
            points.append(_Point(row.depth_km, name="outer-core" if row.values[1] == 0 else "inner-core"))
        points.append(row)
    return points


def _with_moho(points: list[_Point]) -> list[_Point]:
    """With the crust's foot named, where the file does not: the first step to the mantle's vp. Without it TauP has no Pn."""
    if any(point.name == "mantle" for point in points):
        return points
    for index, (above, below) in enumerate(pairwise(points)):
        if above.depth_km == below.depth_km > 0 and above.values[0] < _MANTLE_VP <= below.values[0]:
            return [*points[: index + 1], _Point(above.depth_km, name="mantle"), *points[index + 1 :]]
    return points


def _as_nd(points: Sequence[_Point]) -> str:
    lines = (point.name or " ".join(f"{value:.6g}" for value in (point.depth_km, *point.values)) for point in points)
    return "\n".join(lines) + "\n"
