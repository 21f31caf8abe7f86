"""When an Earth model lets the phases of an event arrive at a pick's station."""

from __future__ import annotations

from dataclasses import dataclass

from labeling.models import Flag, Workspace
from labeling.seismo.taup import EARTH_MODELS, NoRays, theoretical_arrivals
from labeling.seismo.timing import seconds_between
from labeling.services.earth_models import built_model
from labeling.services.event_view import epicentral_km, epochs_of
from labeling.services.refusals import Refused


@dataclass(frozen=True)
class ExpectedArrival:
    """offset_s: after the first sample of the pick's trace."""

    name: str
    offset_s: float


@dataclass(frozen=True)
class Expected:
    """why_none: what is not known, where arrivals is empty for that."""

    arrivals: list[ExpectedArrival]
    why_none: str = ""


def expected_arrivals(*, flag: Flag, model: str) -> Expected:
    """Arrivals within the pick's trace. flag: with its pick, trace and event. model: of EARTH_MODELS, or a name of the workspace's own."""
    taup_model = _taup_model(flag.workspace, model)
    pick, event, trace = flag.pick, flag.pick.event, flag.pick.trace
    if event is None:
        return Expected([], "the pick belongs to no event")
    if trace is None or trace.time_is_relative:
        return Expected([], "it takes a waveform with absolute times")
    distance_km = epicentral_km(event, pick, epochs_of(event))
    if distance_km is None or event.origin_time is None:
        return Expected([], "where the event or the station lies, or when it was, is not known")
    origin_s = seconds_between(trace.start_time, event.origin_time)
    last_s = (trace.n_samples - 1) / trace.sampling_rate_hz
    # Rounded, so that neighbouring picks share one answer; 100 m are some 15 ms.
    try:
        rays = theoretical_arrivals(taup_model, round(distance_km, 1), round(event.depth_km or 0.0, 1))
    except NoRays as problem:
        return Expected([], f"TauP finds no ray: {problem}")
    offsets = [ExpectedArrival(ray.name, origin_s + ray.time_s) for ray in rays]
    within = [one for one in offsets if 0 <= one.offset_s <= last_s]
    return Expected(within, "" if within else "none falls into the waveform")


def earth_model_names(workspace: Workspace) -> list[str]:
    """All that the review screen goes through."""
    return [*EARTH_MODELS, *workspace.earth_models.values_list("name", flat=True)]


def _taup_model(workspace: Workspace, name: str) -> str:
    """What TauP knows a model by."""
    if name in EARTH_MODELS:
        return name
    own = workspace.earth_models.filter(name=name).first()
    if own is None:
        raise Refused("earth_model_unknown", f"{name!r} is no Earth model here. Take one of: {', '.join(earth_model_names(workspace))}.")
    return str(built_model(own))
