"""Samples for the screen, in the binary form of `labeling.seismo.waveform_packet`."""

from __future__ import annotations

import hashlib
import math
import re

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from labeling.bucket import StorageUnreachable
from labeling.errors import json_error
from labeling.models import Pick, Trace, Workspace
from labeling.seismo.filtering import Band
from labeling.seismo.timing import seconds_between
from labeling.seismo.waveform_packet import MEDIA_TYPE, pack
from labeling.services.refusals import Refused
from labeling.services.waveform_window import Look, read_window
from labeling.views.access import workspace_view
from labeling.waveform_store import StoreProblem

VERSION = 3  # part of every address that is kept in caches; to be raised when filter or form change
CONTEXT_S = 30.0
DEFAULT_POINTS, MOST_POINTS = 20_000, 200_000
UNITS = ("counts", "motion")
BAND = re.compile(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)(-causal)?")


@require_GET
@workspace_view()
def pick_waveform(request: HttpRequest, workspace: Workspace, pick_id: int) -> HttpResponseBase:
    """The trace of a pick. Parameters: start, end (seconds after the trace's first sample; without them 30 s on both sides of the pick),
    filter (`raw`, a zero-phase band such as `2-15`, or `2-15-causal`), turned (1: vertical, north and east by
    the inventory), back_azimuth (degrees; on to radial and transverse), unit (`counts` or `motion`), max_points of each component,
    components (the first so many)."""
    pick = get_object_or_404(Pick.objects.filter(workspace=workspace).select_related("trace"), pk=pick_id)
    if pick.trace is None:
        return json_error("no_waveform", f"{pick} has no waveform: {pick.unscored_message or 'no trace covers its time.'}", status=404)
    try:
        return _answer(request, pick, pick.trace)
    except Refused as refused:
        return json_error(refused.code, str(refused), status=refused.http_status, fields=refused.fields)
    except StoreProblem as problem:
        return json_error("waveform_lost", str(problem), status=500)
    except StorageUnreachable as problem:
        return json_error("storage_unreachable", str(problem), status=503)


def _answer(request: HttpRequest, pick: Pick, trace: Trace) -> HttpResponse:
    query = request.GET
    pick_s = seconds_between(trace.start_time, pick.time)
    named = "start" in query and "end" in query
    start_s, end_s = (_number(query["start"]), _number(query["end"])) if named else (pick_s - CONTEXT_S, pick_s + CONTEXT_S)
    max_points = int(min(max(_number(query.get("max_points", str(DEFAULT_POINTS))), 2), MOST_POINTS))
    if (unit := query.get("unit", "counts")) not in UNITS:
        raise Refused("unit_unknown", f"{unit!r} is no unit here. Take one of: {', '.join(UNITS)}.", fields={"unit": [unit]})
    look = Look(
        band=_band(query.get("filter", "raw")),
        is_turned=query.get("turned") == "1",
        back_azimuth_deg=_number(query["back_azimuth"]) % 360 if "back_azimuth" in query else None,
        n_components=int(max(_number(query["components"]), 1)) if "components" in query else None,
        is_ground_motion=unit == "motion",
    )
    # A stored trace never changes, and `inventory` changes with what is known of it: the name of what is asked is that of the answer.
    asked = f"{VERSION} {trace.pk} {trace.identity} {start_s} {end_s} {look} {max_points} {query.get('inventory', '')}"
    etag = f'"{hashlib.sha256(asked.encode()).hexdigest()[:32]}"'
    response: HttpResponse
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    else:
        window = read_window(trace=trace, start_s=start_s, end_s=end_s, look=look, max_points=max_points)
        response = HttpResponse(pack(window.header, window.samples), content_type=MEDIA_TYPE)
    response["ETag"] = etag
    response["Cache-Control"] = "private, max-age=31536000, immutable" if named else "private, no-cache"
    return response


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise Refused("not_a_number", f"{text!r} is no number of seconds, degrees, points or components.")
    return number


def _band(text: str) -> Band | None:
    if text == "raw":
        return None
    match = BAND.fullmatch(text)
    try:
        if match is None:
            raise ValueError("A filter is `raw`, a band in hertz such as `2-15`, or `2-15-causal`.")
        return Band(float(match[1]), float(match[2]), is_causal=match[3] is not None)
    except ValueError as problem:
        raise Refused("filter_unknown", f"{text!r}: {problem}", fields={"filter": [str(problem)]}) from None
