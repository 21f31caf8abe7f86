"""What analysts make of synthetic recordings: picks with their spread, and errors of known kinds planted among them.

Kinds carry the tokens of the flags. `shift_s` is true − given: what a proposal should say. Picks of the late station are listed too
(`group_offset`), and do not count towards the planted share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import numpy as np

from labeling.seismo.records import PickRecord
from labeling.seismo.synthetic_recordings import TAIL_S, Arrival, Recording
from labeling.seismo.timing import add_seconds, seconds_between

ErrorKind = Literal["timing", "phase", "no_arrival", "missed_arrival", "duplicate", "group_offset"]

ANALYSTS = ("m.ferri", "l.conti", "a.novak")
AGENCY_ID = "SYN"
LOWEST_SNR_DB = {"P": 3.0, "S": 2.0}
S_PICKED_SHARE = 0.92
SPREAD_FACTOR = {"P": 1.0, "S": 1.5}
LARGEST_SPREAD_S = 0.15  # beyond this an honest pick could not be told from a planted shift
SHIFT_S = (0.2, 2.0)
NOISE_PICK_S = (4.0, 12.0)
KIND_SHARES: dict[ErrorKind, float] = {"timing": 0.54, "phase": 0.20, "no_arrival": 0.13, "duplicate": 0.13}
UNCERTAINTY_CLASSES_S = (0.02, 0.05, 0.10, 0.20)


@dataclass(frozen=True)
class PlantedError:
    """One wrong label, and what would be right. true_time is that of the arrival which the pick was meant for.

    For `missed_arrival` the arrival has no label: source_ref is then the P (or S) labelled on the same trace, and shift_s None.
    """

    source_ref: str
    kind: ErrorKind
    trace_ref: str
    true_time: datetime
    true_phase: str
    given_time: datetime
    given_phase: str
    shift_s: float | None
    detail: str


@dataclass(frozen=True)
class DraftPick:
    """A pick on its way from the arrival to the catalog."""

    pick: PickRecord
    arrival: Arrival
    recording: Recording


@dataclass(frozen=True)
class SyntheticLabels:
    """Picks as the catalog holds them, and the truth about those that are wrong."""

    picks: list[PickRecord]
    truth: list[PlantedError]


def label_recordings(
    recordings: Sequence[tuple[str, Recording]],
    planted_share: float,
    late_station: str,
    late_s: float,
    seed: int,
    rng: np.random.Generator,
    spread: float = 1.0,
) -> SyntheticLabels:
    """Pick every recording as analysts would, then plant errors. late_station: its code, or "".

    spread: factor on how far honest picks lie from the arrival.
    """
    drafts = [draft for trace_ref, recording in recordings for draft in _picked(trace_ref, recording, spread, rng)]
    drafts = [_numbered(draft, index, seed) for index, draft in enumerate(drafts)]
    honest = [draft for draft in drafts if draft.pick.station_code != late_station]
    truth = [error for draft in drafts if (error := _missed(draft, drafts)) is not None]
    n_errors = max(0, round(planted_share * len(drafts)) - len(truth))
    replaced, dropped, added, planted = _plant(honest, n_errors, seed, rng)
    final: list[PickRecord] = []
    for draft in drafts:
        pick = replaced.get(draft.pick.source_ref, draft.pick)
        if pick.source_ref in dropped:
            continue
        if pick.station_code == late_station:
            pick = replace(pick, time=add_seconds(pick.time, late_s))
            truth.append(_error(pick, draft, "group_offset", "station labelled late"))
        final.append(pick)
    kept_refs = {pick.source_ref for pick in final}
    truth = [error for error in truth if error.source_ref in kept_refs]
    return SyntheticLabels(picks=final + added, truth=truth + planted)


def _picked(trace_ref: str, recording: Recording, spread: float, rng: np.random.Generator) -> list[DraftPick]:
    analyst = ANALYSTS[int(rng.integers(0, len(ANALYSTS)))]
    drafts = []
    for wave, arrival in (("P", recording.p), ("S", recording.s)):
        if arrival.snr_db < LOWEST_SNR_DB[wave] or (wave == "S" and rng.random() > S_PICKED_SHARE):
            continue
        drafts.append(DraftPick(_honest_pick(trace_ref, recording, wave, arrival, analyst, spread, rng), arrival, recording))
    return drafts


def _honest_pick(
    trace_ref: str, recording: Recording, wave: str, arrival: Arrival, analyst: str, spread: float, rng: np.random.Generator
) -> PickRecord:
    """A pick with analysts' spread: Laplace, 0.02 s where the onset is clear to 0.05 s where it is not, S half as much again."""
    doubt = float(np.clip((16.0 - arrival.snr_db) / 12.0, 0.0, 1.0))
    scale_s = (0.02 + 0.03 * doubt) * SPREAD_FACTOR[wave]
    error_s = float(rng.laplace(0.0, scale_s))
    emergent = rng.random() < 0.02 + 0.12 * doubt
    if emergent:
        error_s += float(rng.exponential(0.05))  # the first half cycles drown in noise, so such onsets are read late
    error_s = spread * float(np.clip(error_s, -LARGEST_SPREAD_S, LARGEST_SPREAD_S))
    uncertainty_s = next((limit for limit in UNCERTAINTY_CLASSES_S if scale_s <= limit), UNCERTAINTY_CLASSES_S[-1])
    clear = wave == "P" and not emergent and arrival.snr_db > 12
    station = recording.station
    component = "Z" if wave == "P" else ("N" if rng.random() < 0.6 else "E")
    return PickRecord(
        source_ref="",
        time=add_seconds(arrival.time, round(error_s, 3)),
        phase_hint=arrival.phase_hint,
        station_code=station.record.station_code,
        network_code=station.record.network_code,
        location_code=station.location_code,
        channel_code=station.instrument_code + component,
        event_ref=recording.event.record.source_ref,
        trace_ref=trace_ref,
        uncertainty_s=0.2 if emergent else uncertainty_s,
        onset="emergent" if emergent else ("impulsive" if arrival.snr_db > 14 else ""),
        polarity=("positive" if recording.p_is_up else "negative") if clear else "",
        evaluation_mode="manual",
        evaluation_status="reviewed",
        agency_id=AGENCY_ID,
        author=analyst,
        creation_time=add_seconds(recording.start_time, 86400.0 + 3600.0 * float(np.round(rng.uniform(0, 60)))),
    )


def _numbered(draft: DraftPick, index: int, seed: int) -> DraftPick:
    return replace(draft, pick=replace(draft.pick, source_ref=pick_ref(seed, index + 1)))


def pick_ref(seed: int, number: int) -> str:
    """The publicID of a synthetic pick."""
    return f"smi:local/synthetic-{seed}/pick/{number:05d}"


def _error(pick: PickRecord, draft: DraftPick, kind: ErrorKind, detail: str) -> PlantedError:
    return PlantedError(
        source_ref=pick.source_ref,
        kind=kind,
        trace_ref=pick.trace_ref or "",
        true_time=draft.arrival.time,
        true_phase=draft.arrival.phase_hint,
        given_time=pick.time,
        given_phase=pick.phase_hint,
        shift_s=round(seconds_between(pick.time, draft.arrival.time), 6),
        detail=detail,
    )


def _missed(draft: DraftPick, drafts: Sequence[DraftPick]) -> PlantedError | None:
    """The truth about a second earthquake on this trace, told once: by its P, or by its S if P was not picked."""
    missed = draft.recording.missed_p
    first = next(other for other in drafts if other.pick.trace_ref == draft.pick.trace_ref)
    if missed is None or first is not draft:
        return None
    return replace(
        _error(draft.pick, draft, "missed_arrival", "second earthquake not labelled"),
        true_time=missed.time,
        true_phase=missed.phase_hint,
        shift_s=None,
    )


def _plant(
    drafts: Sequence[DraftPick], n_errors: int, seed: int, rng: np.random.Generator
) -> tuple[dict[str, PickRecord], set[str], list[PickRecord], list[PlantedError]]:
    """At most one error a trace. Returns replaced picks by source_ref, refs of picks that are gone, added picks, and the truth."""
    replaced: dict[str, PickRecord] = {}
    dropped: set[str] = set()
    added: list[PickRecord] = []
    truth: list[PlantedError] = []
    kinds = [kind for kind, share in KIND_SHARES.items() for _ in range(round(share * n_errors))][:n_errors]
    kinds += ["timing"] * (n_errors - len(kinds))
    used_traces = {draft.pick.trace_ref for draft in drafts if draft.recording.missed_p is not None}
    queue = [drafts[int(index)] for index in rng.permutation(len(drafts))]
    for kind in kinds:
        draft = next((draft for draft in queue if draft.pick.trace_ref not in used_traces), None)
        if draft is None:
            break
        used_traces.add(draft.pick.trace_ref)
        wrong, detail = _spoilt(draft, kind, rng)
        if kind == "duplicate":
            wrong = replace(wrong, source_ref=pick_ref(seed, 90_000 + len(added) + 1))
            added.append(wrong)
        else:
            replaced[wrong.source_ref] = wrong
        if kind == "phase":
            # An analyst who saw both waves would not have mixed them up: the other one of the trace was not picked.
            dropped |= {other.pick.source_ref for other in drafts if other.pick.trace_ref == draft.pick.trace_ref and other is not draft}
        truth.append(_error(wrong, draft, kind, detail))
    return replaced, dropped, added, truth


def _spoilt(draft: DraftPick, kind: ErrorKind, rng: np.random.Generator) -> tuple[PickRecord, str]:
    pick, recording = draft.pick, draft.recording
    sign = 1.0 if rng.random() < 0.5 else -1.0
    if kind == "phase":
        was_s = pick.phase_hint.startswith("S")
        return replace(pick, phase_hint="P" if was_s else "S", polarity=""), "S called P" if was_s else "P called S"
    if kind == "duplicate":
        other = ANALYSTS[(ANALYSTS.index(pick.author) + 1) % len(ANALYSTS)]
        shift_s = round(sign * float(rng.uniform(0.03, 0.2)), 3)
        return replace(pick, time=add_seconds(pick.time, shift_s), author=other, polarity=""), "picked twice"
    if kind == "no_arrival":
        before_p_s = seconds_between(recording.start_time, recording.p.time) - 1.0
        shift_s = float(rng.uniform(NOISE_PICK_S[0], max(NOISE_PICK_S[0] + 0.1, min(NOISE_PICK_S[1], before_p_s))))
        on_noise = add_seconds(min(draft.arrival.time, recording.p.time), -round(shift_s, 3))
        return replace(pick, time=on_noise, polarity="", onset="questionable"), "pick on noise before P"
    conversion_s = seconds_between(recording.s.time, recording.sp_time) if recording.sp_time and pick.phase_hint == "S" else 0.0
    if conversion_s < -SHIFT_S[0]:
        return replace(pick, time=add_seconds(pick.time, round(conversion_s, 3))), "Sp picked as S"
    shift_s = sign * float(np.exp(rng.uniform(np.log(SHIFT_S[0]), np.log(SHIFT_S[1]))))
    return replace(pick, time=add_seconds(draft.arrival.time, round(min(shift_s, TAIL_S), 3)), polarity=""), "shifted"
