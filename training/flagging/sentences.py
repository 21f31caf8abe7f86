"""Each verdict in one sentence of the analyst's words.

`Arrival seen 0.42 s later; label lies in noise; 3 of 3 networks agree within 0.03 s.`
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.flagging.companions import Companions
from training.flagging.components import Components
from training.flagging.posterior import BoolArray, FloatArray, IntArray
from training.flagging.proposals import Proposals
from training.flagging.scores import PHASES

# At 100 Hz, see `lengths`.
AGREE_S = 0.2  # networks whose peaks are farther than this from their median do not agree with it
FITS_S = 0.1  # analysts' spread
UNSEEN = 0.5  # share of the posterior that there is no arrival
NOISE_DB = 3.0  # below this the amplitude hardly rises at the label
NOISE_LEVEL = 1.5  # of the segment's usual level; where it is louder, other waves pass


def write_sentences(
    components: Components,
    kind: NDArray[np.str_],
    seen: Proposals,
    sure: BoolArray,
    companions: Companions,
    renamed: BoolArray,
    phase: IntArray,
    peaks_s: FloatArray,
    scale: float,
    second_opinion: str = "",
) -> list[str]:
    """One sentence for each of N labels, flagged or not. seen: where the arrival would be, proposed or not. sure: (N,) enough to
    propose it. renamed: (N,) would change its phase, and stay.

    peaks_s: (N, M) of the networks, seconds from the label. scale: `lengths.time_scale`. second_opinion: the picker that was asked.
    """
    shift_s = np.where(renamed, np.nan, seen.shift_s)
    sentences = [
        _sentence(components, str(kind[i]), float(shift_s[i]), bool(sure[i]), companions, PHASES[int(phase[i])], peaks_s[i], i, scale)
        for i in range(len(components))
    ]
    if not second_opinion:
        return sentences
    votes = [
        _second_vote(second_opinion, str(kind[i]), float(components.second_opinion_s[i]), float(shift_s[i]), scale)
        for i in range(len(components))
    ]
    return [f"{sentence[:-1]}; {vote}." if vote else sentence for sentence, vote in zip(sentences, votes, strict=True)]


def _sentence(
    components: Components,
    kind: str,
    shift_s: float,
    is_sure: bool,
    companions: Companions,
    phase: str,
    peaks_s: FloatArray,
    i: int,
    scale: float,
) -> str:
    if not np.isfinite(components.p_gross_error[i]):
        return "Not judged: the networks gave nothing here."
    parts: list[str] = []
    if kind == "duplicate":
        parts.append(f"A second {phase} label lies {_apart(companions.duplicate_gap_s[i], scale)}, and the waveform speaks for that one")
    elif kind == "group_offset":
        late = components.group_offset_s[i]
        parts.append(f"{phase} labels of this station are {_length(late, scale)} {'late' if late > 0 else 'early'} as a whole")
    elif kind == "phase":
        other = PHASES[1 - PHASES.index(phase)]
        parts.append(f"Looks like {other}, labelled {phase}")
        if np.isfinite(shift_s):
            parts.append(f"{phase} seen {_apart(shift_s, scale)}")
    elif kind == "missed_arrival":
        parts.append(f"Label in order; another {phase} seen {_apart(companions.missed_offset_s[i], scale)} that no label names")
    elif kind == "no_arrival":
        parts.append(f"No {phase} seen near this label")
    elif kind == "timing":
        parts.append(
            f"Arrival seen {_apart(shift_s, scale)}" if np.isfinite(shift_s) else "Label does not fit; where it should be is unclear"
        )
    else:
        residual_s = components.residual_s[i]
        fits = not abs(residual_s) > FITS_S * scale
        if components.p_no_arrival[i] > UNSEEN:
            parts.append(f"No {phase} stands out near this label, which is likelier right than wrong all the same")
        elif fits:
            parts.append(f"Label fits: arrival seen {_apart(residual_s, scale)}")
        else:
            parts.append(f"Arrival seen {_apart(residual_s, scale)}, but the label is likelier right than wrong")
    if kind and not is_sure:
        parts.append("not sure enough to propose a change")
    if kind and companions.p_out_of_order[i] >= 0.5:
        parts.append("labelled after an S without P" if phase == "P" else "labelled before the P")
    if kind in ("timing", "no_arrival") and components.snr_db[i] < NOISE_DB:
        parts.append(_without_rise(components.label_noise_level[i], shift_s, scale))
    if kind in ("timing", "group_offset"):
        parts.append(_agreement(peaks_s, scale))
        parts.append(_vote(components.ar_aic_s[i], shift_s, scale))
    return "; ".join(part for part in parts if part) + "."


def _without_rise(level: float, shift_s: float, scale: float) -> str:
    """Where a label lies at which the amplitude does not rise. level: `label_noise_level`. shift_s: to the arrival seen, NaN without."""
    after_arrival = shift_s < -FITS_S * scale
    return "label lies in coda, where nothing rises" if after_arrival or level > NOISE_LEVEL else "label lies in noise"


def _length(length_s: float, scale: float) -> str:
    """To a hundredth of a second at 100 Hz, to a thousandth where a sample is shorter than half of that."""
    return f"{abs(length_s):.{2 if scale > 0.5 else 3}f} s"


def _apart(shift_s: float, scale: float) -> str:
    if abs(shift_s) < 0.005 * min(scale, 1.0):
        return "at the label"
    return f"{_length(shift_s, scale)} {'later' if shift_s > 0 else 'earlier'}"


def _vote(ar_aic_s: float, shift_s: float, scale: float) -> str:
    """What AR-AIC says of a proposal; nothing where there is none of either."""
    if not (np.isfinite(ar_aic_s) and np.isfinite(shift_s)):
        return ""
    return "AR-AIC agrees" if abs(ar_aic_s - shift_s) <= FITS_S * scale else f"AR-AIC has it {_apart(ar_aic_s, scale)}"


def _second_vote(picker: str, kind: str, onset_s: float, shift_s: float, scale: float) -> str:
    """What another picker says of a flag on the time of a label, or on there being an arrival at all."""
    if kind == "no_arrival":
        return f"{picker} sees none either" if np.isnan(onset_s) else f"{picker} has one {_apart(onset_s, scale)}"
    if kind not in ("timing", "group_offset"):
        return ""
    if np.isnan(onset_s):
        return f"{picker} sees none"
    agrees = np.isfinite(shift_s) and abs(onset_s - shift_s) <= FITS_S * scale
    return f"{picker} agrees" if agrees else f"{picker} has it {_apart(onset_s, scale)}"


def _agreement(peaks_s: FloatArray, scale: float) -> str:
    """`3 of 3 networks agree within 0.03 s`, or nothing where there is only one network."""
    seen = peaks_s[np.isfinite(peaks_s)]
    if len(seen) < 2:
        return ""
    agreeing = seen[np.abs(seen - np.median(seen)) <= AGREE_S * scale]
    if len(agreeing) < 2:
        return f"the {len(seen)} networks disagree"
    return f"{len(agreeing)} of {len(peaks_s)} networks agree within {_length(max(float(np.ptp(agreeing)), 0.01 * scale), scale)}"
