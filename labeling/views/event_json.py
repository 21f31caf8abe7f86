"""An event as a plain dict. Times are seconds after the event's reference time, or, on a trace, after its first sample."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from django.urls import reverse

from labeling.models import Pick, Trace
from labeling.seismo.event_fit import Expectation
from labeling.seismo.timing import seconds_between
from labeling.services.agreeing import TOLERANCE_S, Agreeing, Judged
from labeling.services.event_view import WAVES, EventStation, EventView, Moveout
from labeling.views.review_json import station_name
from labeling.views.waveform import VERSION


def event_json(view: EventView, pick: Pick, slug: str) -> dict[str, Any]:
    here = pick.trace or pick
    return {
        "counts_from": None if view.reference is None else "the origin time" if view.has_origin else "the first pick",
        "stations": [_station_json(station, view.reference, pick, slug) for station in view.stations],
        "wadati": None if view.wadati is None else {"vp_vs": 1 + view.wadati.slope, **vars(view.wadati)},
        "arrivals": [
            {
                "station": station_name(*codes),
                "p_s": _known(p_s),
                "s_s": _known(s_s),
                "is_here": codes == (here.network_code, here.station_code),
            }
            for codes, (p_s, s_s) in view.arrivals.items()
        ],
        "moveout": None if view.moveout is None else _moveout_json(view.moveout),
        "expected": {
            wave: {"by_model": _expected_json(expected.by_model), "by_wadati": _expected_json(expected.by_wadati)}
            for wave, expected in view.expected.items()
        },
        "trace_start_s": _start_s(pick.trace, view.reference),
        "notes": _notes(view),
    }


def agreeing_json(found: Agreeing) -> dict[str, Any]:
    return {
        "tolerance_s": TOLERANCE_S,
        "agreeing": [_judged_json(one) for one in found.agreeing],
        "others": [_judged_json(one) for one in found.others],
        "n_not_judged": found.n_not_judged,
        "n_left_out": found.n_left_out,
    }


def _judged_json(judged: Judged) -> dict[str, Any]:
    pick = judged.flag.pick
    station = station_name(pick.network_code, pick.station_code)
    return {
        "flag": judged.flag.pk,
        "station": station,
        "phase": judged.phase,
        "now_s": judged.now_s,
        "then_s": judged.then_s,
        "by": judged.by,
    }


def _station_json(station: EventStation, reference: datetime | None, pick: Pick, slug: str) -> dict[str, Any]:
    trace, start_s = station.trace, _start_s(station.trace, reference)
    return {
        "station": station_name(*station.codes),
        "distance_km": station.distance_km,
        "is_here": pick.trace_id == trace.pk if trace is not None else pick in station.picks,
        "start_s": start_s,
        "picks": [_pick_json(one, reference, trace) for one in station.picks],
        "duration_s": None if trace is None else (trace.n_samples - 1) / trace.sampling_rate_hz,
        "channel": "no waveform" if trace is None or not trace.channels else trace.channels[0]["channel"],
        "waveform_url": None if trace is None else f"{reverse('pick_waveform', args=[slug, station.picks[0].pk])}?v={VERSION}",
    }


def _pick_json(pick: Pick, reference: datetime | None, trace: Trace | None) -> dict[str, Any]:
    return {
        "pick": pick.pk,
        "phase": pick.phase,
        "phase_hint": pick.phase_hint,
        "at_s": None if reference is None else seconds_between(reference, pick.time),
        "offset_s": None if trace is None else seconds_between(trace.start_time, pick.time),
    }


def _moveout_json(moveout: Moveout) -> dict[str, Any]:
    times: dict[str, Any] = {wave: [round(float(value), 3) for value in moveout.time_s[wave]] for wave in WAVES}
    return {"distance_km": [round(float(value), 3) for value in moveout.distance_km], **times}


def _expected_json(expected: Expectation | None) -> dict[str, float] | None:
    return None if expected is None else dict(vars(expected))


def _start_s(trace: Trace | None, reference: datetime | None) -> float | None:
    return None if trace is None or reference is None else seconds_between(reference, trace.start_time)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _notes(view: EventView) -> list[str]:
    """What can't be said of this event, and why."""
    if view.reference is None:
        return ["This catalog has no absolute times, so its stations can't be compared."]
    notes = []
    if view.moveout is None:
        missing = [] if view.event.latitude is not None and view.event.longitude is not None and view.has_origin else ["origin"]
        missing += [] if view.event.depth_km is not None else ["depth"]
        missing += [] if any(station.distance_km is not None for station in view.stations) else ["station coordinates"]
        notes.append(f"No travel times: {' and '.join(missing)} not known.")
    if view.wadati is None:
        notes.append("No Wadati line: fewer than three stations have P and S.")
    if view.left_out:
        notes.append(f"{view.left_out} further picks of this event are not shown.")
    return notes
