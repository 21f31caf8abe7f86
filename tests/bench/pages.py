"""Pages and answers of a large workspace, over HTTP: how long each takes, the first and the last page alike."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit
from uuid import uuid4

import numpy as np
from django.urls import reverse

from labeling.models import Flag, Pick, Workspace
from labeling.services.overview_counts import keep_counts
from tests import factories
from tests.bench.figure import Figure, Options
from tests.bench.many_picks import workspace_of
from tests.bench.served import Site, served, session_cookie

N_REQUESTS, N_WARM = 40, 3
LIMIT_MS = 50.0


def measure(options: Options, folder: Path) -> list[Figure]:
    workspace = workspace_of(options.n_flags)
    analyst = factories.make_analyst(workspace, f"ana-{uuid4().hex[:6]}")
    began = time.perf_counter()
    keep_counts(workspace)
    counted_s = time.perf_counter() - began
    cookie = "=".join(session_cookie(analyst))
    figures = []
    with served() as site:
        for name, path in _addresses(workspace).items():
            times_ms, n_bytes = _asked(site, path, {"Cookie": cookie})
            details = {"p50 (ms)": round(float(np.percentile(times_ms, 50)), 1), "largest (ms)": round(float(times_ms.max()), 1)}
            details |= {"first (ms)": round(float(times_ms[0]), 1), "bytes": n_bytes, "picks": options.n_flags}
            print(f"   {name}: p95 {np.percentile(times_ms, 95):.1f} ms, first {times_ms[0]:.0f} ms", flush=True)
            p95 = float(np.percentile(times_ms[N_WARM:], 95))
            figures.append(Figure(f"{name}, p95", p95, "ms", "limit", LIMIT_MS, more_is_better=False, details=details))
    print(f"   counts of the overview, by a worker: {counted_s:.1f} s", flush=True)
    return figures


def _addresses(workspace: Workspace) -> dict[str, str]:
    """Addresses to ask for, by what is said of them."""
    flags = Flag.objects.filter(workspace=workspace)
    last = flags.queued_above(workspace.flag_threshold).filter(drawn_place=None).order_by("queue_place", "-id")[25]
    some = flags.filter(drawn_place=None).in_queue_order().first()
    listed_flags = flags.filter(drawn_place=None).in_queue_order().values_list("pk", flat=True)[:40]
    slug = workspace.slug
    queue, listed = reverse("review_queue", args=[slug]), reverse("pick_list", args=[slug])
    return {
        "review screen": reverse("review", args=[slug]),
        "queue, first page": queue,
        "queue, last page": f"{queue}?after={last.queue_place!r}~{last.pk}",
        "queue, one station": f"{queue}?station=BG.S003",
        "queue, one event": f"{queue}?event={some.pick.event.source_ref}",
        "queue, S of one month below 5 dB": f"{queue}?phase=S&month=2012-10&snr=20-over&threshold=0.7".replace("20-over", "over20"),
        "item": reverse("review_item", args=[slug, some.pk]),
        "its event": reverse("review_event", args=[slug, some.pk]),
        "what others did": f"{reverse('review_progress', args=[slug])}?flags={','.join(map(str, listed_flags))}",
        "stations that are late": reverse("review_station_offsets", args=[slug]),
        "search, a pick's name": f"{reverse('review_search', args=[slug])}?q={quote(some.pick.source_ref)}",
        "counts by threshold": reverse("review_thresholds", args=[slug]),
        "list of picks, first page": listed,
        "list of picks, last page": listed + _after(workspace),
        "list of picks, corrected ones": f"{listed}?state=corrected",
        "API, flags": f"/api/v1/workspaces/{slug}/flags/",
        "API, picks": f"/api/v1/workspaces/{slug}/picks/",
        "overview": reverse("overview", args=[slug]),
        "quality of the review": reverse("review_quality", args=[slug]),
    }


def _after(workspace: Workspace) -> str:
    """The query of the last page of the list of picks."""
    import base64

    last = Pick.objects.filter(workspace=workspace).order_by("-time", "-id")[25]
    cursor = base64.urlsafe_b64encode(json.dumps([str(last.time), last.pk]).encode()).decode().rstrip("=")
    return f"?after={cursor}"


def _asked(site: Site, path: str, headers: Mapping[str, str]) -> tuple[np.ndarray, int]:
    """Milliseconds of each request, one after the other on one connection, and the length of the answer."""
    connection = http.client.HTTPConnection(urlsplit(site.address).netloc, timeout=300)
    times, n_bytes = [], 0
    for number in range(N_WARM + N_REQUESTS):
        began = time.perf_counter()
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        body = answer.read()
        times.append(1000 * (time.perf_counter() - began))
        if answer.status != 200:
            raise SystemExit(f"{path} was answered with {answer.status}: {body[:300]!r}")
        n_bytes = len(body)
        if sum(times) > 60_000 and number > N_WARM + 5:
            break  # slow enough to know
    connection.close()
    return np.array(times), n_bytes
