"""The review screen's data as plain dicts. Times on a trace are seconds after its first sample, beside the UTC time for people."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import numpy as np
from django.urls import reverse

from labeling.models import Decision, Flag, FlagSet, Pick, Trace
from labeling.seismo.timing import iso, seconds_between
from labeling.services.queue_page import QueuePage
from labeling.services.review_item import ReviewItem
from labeling.services.review_queue import Progress
from labeling.services.veil import Veil
from labeling.views.decision_words import decision_words
from labeling.views.evidence_words import KINDS, evidence_rows, in_words
from labeling.views.instrument_json import instrument_json
from labeling.views.waveform import VERSION
from labeling.views.withheld_json import veiled_item, veiled_row


def queue_json(page: QueuePage, held: dict[int, str]) -> dict[str, Any]:
    """held: who has a flag open, for those that somebody else has."""
    rows = (queue_row(flag, page.veils.get(flag.pk, Veil.NONE)) | {"held_by": held.get(flag.pk, "")} for flag in page.flags)
    return {"items": list(rows), "next_after": page.next_after}


def queue_row(flag: Flag, veil: Veil) -> dict[str, Any]:
    """One line of the queue."""
    pick = flag.pick
    return {
        "flag": flag.pk,
        "pick": pick.pk,
        "station": station_name(pick.network_code, pick.station_code),
        "phase": flag.label_phase,
        **veiled_row(flag, veil),
        "state": flag.state,
        "in_conflict": pick.in_conflict,
    }


def progress_json(progress: Progress) -> dict[str, Any]:
    return dict(vars(progress))


def item_json(item: ReviewItem, slug: str) -> dict[str, Any]:
    """All of one item; the samples come apart, as binary."""
    flag, pick, trace = item.flag, item.pick, item.trace
    return {
        **queue_row(flag, item.veil),
        "p_without_alignment": flag.p_mislabelled_without_alignment,
        "kind": flag.kind,
        "kind_words": KINDS.get(flag.kind, ""),
        "sentence": flag.sentence,
        "evidence": evidence_rows(flag.evidence),
        "pick_state": pick_json(pick),
        "last_decision": item.last_decision,
        "label": _label_json(flag, trace),
        "proposal": _proposal_json(flag, trace),
        "posterior": posterior_json(flag),
        "alignment": alignment_json(flag),
        "trace": None if trace is None else _trace_json(trace, item, slug),
        "unscored": pick.unscored_message,
        "others": [pick_json(other, trace) for other in item.others],
        "also_picked_as": [_linked_json(other, pick, slug) for other in item.of_same_arrival],
        "event": _event_json(item, slug),
        "provenance": _provenance(item),
        "history": [{"who": "", "words": _imported(pick), "at": ""}, *(decision_words(one) for one in item.decisions)],
        "pick_url": reverse("pick_detail", args=[slug, pick.pk]),
        **veiled_item(flag, item.veil),
    }


def pick_json(pick: Pick, trace: Trace | None = None) -> dict[str, Any]:
    """The present label of a pick, on its own trace or on the one given."""
    grid = trace or pick.trace
    return {
        "pick": pick.pk,
        "revision": pick.revision,
        "time": clock(pick.time, pick.time_is_relative, grid),
        "offset_s": _offset_s(grid, pick.time),
        "phase_hint": pick.phase_hint,
        "phase": pick.phase,
        "uncertainty_s": pick.uncertainty_s,
        "weight": pick.weight,
        "onset": pick.onset,
        "polarity": pick.polarity,
        "is_removed": pick.is_removed,
        "is_added": pick.is_added,
        "in_conflict": pick.in_conflict,
    }


def _linked_json(other: Pick, pick: Pick, slug: str) -> dict[str, Any]:
    """Another pick of the same arrival, by its name in its catalog, and how much later it lies than this pick."""
    return {
        "ref": other.source_ref,
        "words": in_words(seconds_between(pick.time, other.time), "s", signed=True),
        "pick_url": reverse("pick_detail", args=[slug, other.pk]),
    }


def decision_json(decision: Decision) -> dict[str, Any]:
    """A stored decision and what it left behind."""
    pick = decision.pick
    pick.refresh_from_db()
    flag = decision.flag
    if flag is not None:
        flag.refresh_from_db(fields=["state"])
    return {
        "decision": decision.pk,
        "client_id": str(decision.client_id),
        "kind": decision.kind,
        "undoes": str(decision.undoes.client_id) if decision.undoes else None,
        "flag": flag.pk if flag else None,
        "flag_state": flag.state if flag else None,
        "pick": pick_json(pick),
        "made_at": iso(decision.made_at),
    }


def posterior_json(flag: Flag) -> dict[str, Any] | None:
    """Probability density over seconds from the label, and the median of the networks' peaks. None where the run stored none."""
    curve = _curve(flag.posterior, flag.flag_set.posterior_offsets_s)
    return None if curve is None else curve | {"networks_s": flag.evidence.get("network_residual_s")}


def alignment_json(flag: Flag) -> dict[str, Any] | None:
    """How well the label would fit the waveform elsewhere, over seconds from the label, and its best shift where that is known."""
    curve = _curve(flag.alignment, flag.flag_set.alignment_offsets_s)
    best_s = flag.evidence.get("time_contrast_peak_s")
    if curve is None and best_s is None:
        return None
    return {"best_s": best_s, **(curve or {"first_s": 0.0, "step_s": 0.0, "values": []})}


def _curve(stored: bytes | memoryview, offsets_s: list[float]) -> dict[str, Any] | None:
    values = np.frombuffer(bytes(stored), dtype="<f2")
    if len(offsets_s) != 3 or values.size == 0 or values.size != int(offsets_s[2]):
        return None
    return {"first_s": offsets_s[0], "step_s": offsets_s[1], "values": _rounded(values)}


def station_name(network_code: str | None, station_code: str) -> str:
    return f"{network_code}.{station_code}" if network_code else station_code


def clock(time: datetime, is_relative: bool, trace: Trace | None, digits: int = 3) -> str:
    """UTC for people; seconds into the trace where the catalog has no absolute times."""
    if is_relative:
        return f"{seconds_between(trace.start_time, time):.{digits}f} s into the trace" if trace is not None else "relative time"
    return time.strftime("%Y-%m-%d %H:%M:%S.%f")[: 20 + digits]


def run_json(flag_set: FlagSet | None) -> dict[str, Any] | None:
    return None if flag_set is None else {"name": flag_set.run_name, "id": flag_set.run_id}


def _offset_s(trace: Trace | None, time: datetime | None) -> float | None:
    return None if trace is None or time is None else seconds_between(trace.start_time, time)


def _label_json(flag: Flag, trace: Trace | None) -> dict[str, Any]:
    relative = flag.pick.time_is_relative
    return {"offset_s": _offset_s(trace, flag.label_time), "phase": flag.label_phase, "time": clock(flag.label_time, relative, trace)}


def _proposal_json(flag: Flag, trace: Trace | None) -> dict[str, Any] | None:
    adds = flag.kind == Flag.Kind.MISSED_ARRIVAL
    removes = flag.proposes_removal
    if flag.proposed_time is None and not flag.proposed_phase and not removes:
        return None
    lower_s = (
        None if flag.proposed_lower is None or flag.proposed_time is None else seconds_between(flag.proposed_time, flag.proposed_lower)
    )
    upper_s = (
        None if flag.proposed_upper is None or flag.proposed_time is None else seconds_between(flag.proposed_time, flag.proposed_upper)
    )
    return {
        "action": "remove" if removes else "add" if adds else "move",
        "offset_s": _offset_s(trace, flag.proposed_time),
        "lower_s": _offset_s(trace, flag.proposed_lower),
        "upper_s": _offset_s(trace, flag.proposed_upper),
        "shift_s": flag.shift_s,
        "phase": flag.proposed_phase or flag.label_phase,
        "time": "" if flag.proposed_time is None else clock(flag.proposed_time, flag.pick.time_is_relative, trace),
        "interval_words": ""
        if lower_s is None or upper_s is None
        else f"{in_words(lower_s, signed=True)} … {in_words(upper_s, 's', signed=True)}",
    }


def _trace_json(trace: Trace, item: ReviewItem, slug: str) -> dict[str, Any]:
    assert item.instrument is not None
    return {
        "trace": trace.pk,
        "seed": str(trace),
        "station": station_name(trace.network_code, trace.station_code),
        "start_time": iso(trace.start_time),
        "is_relative": trace.time_is_relative,
        "duration_s": (trace.n_samples - 1) / trace.sampling_rate_hz,
        "sampling_rate_hz": trace.sampling_rate_hz,
        "channels": [
            {
                "channel": one["channel"],
                "dead": bool(one.get("dead")),
                "gaps": [[a / trace.sampling_rate_hz, b / trace.sampling_rate_hz] for a, b in one.get("gaps", [])],
            }
            for one in trace.channels
        ],
        **instrument_json(item.instrument, item.back_azimuth_deg),
        "waveform_url": f"{reverse('pick_waveform', args=[slug, item.pick.pk])}?v={VERSION}&inventory={item.instrument.version}",
    }


def _event_json(item: ReviewItem, slug: str) -> dict[str, Any] | None:
    event = item.event
    if event is None:
        return None
    magnitude = "" if event.magnitude is None else f"{event.magnitude_type[:1].upper() or 'M'} {event.magnitude:.1f}"
    return {
        "ref": event.source_ref,
        "magnitude": magnitude,
        "distance_km": item.distance_km,
        "url": reverse("review_event", args=[slug, item.flag.pk]),
        "agreeing_url": reverse("event_agreeing", args=[slug, item.flag.pk]),
    }


def _provenance(item: ReviewItem) -> list[dict[str, str]]:
    pick = item.pick
    by = [pick.agency_id, pick.author]
    rows = [
        {"name": "catalog, by", "value": ", ".join(part for part in by if part) or "not stated"},
        {"name": "catalog", "value": pick.catalog.name},
        {"name": "given as", "value": pick.source_ref},
    ]
    if pick.uncertainty_s is not None:
        rows.insert(1, {"name": "uncertainty", "value": f"±{pick.uncertainty_s:.3f} s"})
    if pick.polarity or pick.onset:
        rows.insert(1, {"name": "polarity, onset", "value": ", ".join(word for word in (pick.polarity, pick.onset) if word)})
    if pick.weight is not None:
        rows.insert(1, {"name": "weight", "value": str(pick.weight)})
    if item.distance_km is not None:
        rows.append({"name": "distance", "value": f"{item.distance_km:.0f} km"})
    return rows


def _imported(pick: Pick) -> str:
    return "added in review" if pick.is_added else f"imported with {pick.catalog.name}"


def _rounded(values: np.ndarray[Any, Any]) -> list[float]:
    return [round(float(value), 6) if math.isfinite(value) else 0.0 for value in values]
