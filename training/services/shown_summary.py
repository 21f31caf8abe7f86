"""A run's figures without what is under review unseen: by subtraction from counts that leave the blind slice out they would tell its P."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labeling.models import Flag
from labeling.services.veil import blind_picks
from training.flagging.gain import SNR_BANDS, count_by_step
from training.models import Run


@dataclass(frozen=True)
class Withheld:
    """What a run says of one pick of the blind slice under review that nobody has decided on yet.

    removes, renames, shifts: what it proposes. has_residual: the networks have a peak to compare the label with.
    """

    kind: str
    network_code: str | None
    station_code: str
    snr_db: float | None
    p_mislabelled: float
    removes: bool
    renames: bool
    shifts: bool
    has_residual: bool

    @classmethod
    def of(cls, flag: Flag) -> Withheld:
        return cls(
            kind=flag.kind,
            network_code=flag.pick.network_code,
            station_code=flag.pick.station_code,
            snr_db=flag.evidence.get("snr_db"),
            p_mislabelled=flag.p_mislabelled,
            removes=flag.proposes_removal,
            renames=flag.proposed_phase not in ("", flag.label_phase),
            shifts=flag.proposed_time is not None and flag.kind != Flag.Kind.MISSED_ARRIVAL,
            has_residual=flag.evidence.get("network_residual_s") is not None,
        )

    @property
    def snr_band(self) -> str:
        return next((name for name, low, high in SNR_BANDS if self.snr_db is not None and low <= self.snr_db < high), "not known")


def withheld_of(run: Run) -> list[Withheld]:
    flags = Flag.objects.filter(flag_set__run_id=run.pk, pick__in=blind_picks(run.workspace)).order_by()
    return [Withheld.of(flag) for flag in flags.select_related("pick").defer("posterior", "alignment")]


def shown_summary(run: Run) -> dict[str, Any]:
    """The run's summary as it may be shown and sent: the undecided blind items are in none of its counts of labels."""
    withheld = withheld_of(run)
    summary: dict[str, Any] = run.summary
    if not withheld:
        return summary
    shown = dict(summary)
    calibration: dict[str, Any] = summary.get("calibration", {})
    threshold = calibration.get("threshold", 0.5)
    flagged = [one for one in withheld if one.p_mislabelled >= threshold]
    if calibration:
        shown["calibration"] = shown_calibration(calibration, withheld)
    if "n_flagged" in summary:
        shown["n_flagged"] = max(0, summary["n_flagged"] - len(flagged))
    if "flagged_by_kind" in summary:
        by_kind = {kind: n - sum(one.kind == kind for one in flagged) for kind, n in summary["flagged_by_kind"].items()}
        shown["flagged_by_kind"] = {kind: n for kind, n in by_kind.items() if n > 0}
    if summary.get("gain"):
        shown["gain"] = _shown_gain(summary["gain"], withheld, threshold)
    return shown


def shown_calibration(calibration: dict[str, Any], withheld: Sequence[Withheld]) -> dict[str, Any]:
    """Its rows, with those withheld taken out of what there is to review."""
    rows = calibration.get("rows", [])
    if not isinstance(rows, list):
        return calibration
    return calibration | {"rows": [_shown_row(row, withheld) if isinstance(row, dict) else row for row in rows]}


def _shown_row(row: dict[str, Any], withheld: Sequence[Withheld]) -> dict[str, Any]:
    above = [one.p_mislabelled for one in withheld if one.p_mislabelled >= row.get("threshold", 2.0)]
    less = {"n_flagged": len(above), "n_errors_expected": sum(above)}
    return row | {name: max(0, row[name] - n) for name, n in less.items() if isinstance(row.get(name), int | float)}


def _shown_gain(gain: dict[str, Any], withheld: Sequence[Withheld], threshold: float) -> dict[str, Any]:
    stations = {(row["network_code"], row["station_code"]): row["name"] for row in gain["by_station"] if row["station_code"]}
    groups = {
        "by_kind": [one.kind for one in withheld],
        "by_station": [stations.get((one.network_code, one.station_code), "") for one in withheld],
        "by_snr": [one.snr_band for one in withheld],
    }
    shown: dict[str, Any] = {name: _without(gain[name], withheld, of) for name, of in groups.items() if name in gain}
    if gain.get("residuals"):
        shown["residuals"] = _shown_residuals(gain["residuals"], withheld, threshold)
    return gain | shown


def _shown_residuals(residuals: dict[str, Any], withheld: Sequence[Withheld], threshold: float) -> dict[str, Any]:
    """Its counts, as `flagging.gain.residuals_before_and_after` counts; the means stay, which tell of no single label."""
    less = dict.fromkeys(("n", "n_moved", "n_left_out"), 0)
    for one in withheld:
        is_flagged = one.p_mislabelled >= threshold
        if one.removes or (is_flagged and one.renames):
            less["n_left_out"] += 1
        elif one.has_residual:
            less["n"] += 1
            less["n_moved"] += is_flagged and one.shifts
    return residuals | {name: max(0, residuals[name] - n) for name, n in less.items()}


def _without(rows: list[dict[str, Any]], withheld: Sequence[Withheld], group: Sequence[str]) -> list[dict[str, Any]]:
    shown = []
    for row in rows:
        here = np.array([one.p_mislabelled for one, name in zip(withheld, group, strict=True) if name == row["name"]])
        shown.append(row | {"given": np.maximum(0, np.array(row["given"]) - count_by_step(here)).tolist()})
    return shown
