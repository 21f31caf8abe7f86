"""Counts of one run on different pages, subtracted from each other, tell nothing of what is shown blind."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest
from django.db.models import Q
from django.urls import reverse

from labeling.models import Flag
from labeling.services.overview_counts import count_flags
from labeling.services.review_draw import draw_review
from tests import factories
from tests.integration.conftest import signed_in
from tests.integration.deciding import take
from tests.integration.test_run_gain import kept_gain
from tests.integration.test_run_pages import calibration, flagged_by, make_run
from training.flagging.gain import group_row
from training.services.comparison import compare_runs
from training.services.gain import gain_of

STATIONS = ("AAA", "BBB", "CCC", "DDD")
P = (0.97, 0.9, 0.7, 0.3, 0.1, 0.02)


def row_of(name, flags):
    return group_row(name, np.array([flag.p_mislabelled for flag in flags]), np.array([]))


@pytest.fixture
def run(workspace, analyst):
    """24 flagged and 24 unflagged picks of four stations, 8 of them blind."""
    workspace.blind_share, workspace.double_share, workspace.hidden_share = 0.2, 0, 0
    workspace.save()
    run = make_run(workspace)
    catalog = factories.make_catalog(workspace)
    flag_set = flagged_by(run, is_current=True)
    flags = []
    for code in STATIONS:
        trace = factories.make_trace(catalog, station_code=code)
        flags += [
            factories.make_flag(
                factories.make_pick(trace, offset_s=5.0 + n), flag_set=flag_set, p_mislabelled=P[n % 6], evidence={"snr_db": 24.0}
            )
            for n in range(12)
        ]
    by_station = [row_of(f"BG.{code}", [flag for flag in flags if flag.pick.station_code == code]) for code in STATIONS[:3]]
    for row, code in zip(by_station, STATIONS, strict=False):
        row |= {"network_code": flags[0].pick.network_code, "station_code": code}
    others = row_of("", flags[36:]) | {"network_code": None, "station_code": ""}
    whole = [f.p_mislabelled for f in flags]
    told = calibration(0.8)
    n_flagged = sum(p >= 0.5 for p in whole)
    told["rows"][0] |= {"n_flagged": n_flagged, "n_errors_expected": sum(p for p in whole if p >= 0.5)}
    run.summary = {
        "n_flagged": n_flagged,
        "flagged_by_kind": {"timing": n_flagged},
        "calibration": told,
        "gain": kept_gain(by_station=[*by_station, others], by_kind=[row_of("timing", flags)], by_snr=[row_of("> 20 dB", flags)]),
    }
    run.save()
    flag_set.calibration = told
    flag_set.save()
    draw_review(flag_set=flag_set, seed=3)
    assert Flag.objects.filter(drawn_place__isnull=False).count() > 4
    return run


def over_the_api(client, workspace, least):
    """By station, how many flags the API lists."""
    rows = client.get(f"/api/v1/workspaces/{workspace.slug}/flags/", {"page_size": 200}).json()["results"]
    return Counter(row["pick"]["station_code"] for row in rows if row["p_mislabelled"] >= least)


@pytest.mark.parametrize("n_decided", [0, 3])
def test_tables_of_two_pages_differ_by_nothing_blind(run, workspace, analyst, n_decided):
    for flag in list(Flag.objects.filter(drawn_place__isnull=False)[:n_decided]):
        take(flag, analyst, "reject")
    client = signed_in(analyst)
    flag_set = run.workspace.flag_sets.get()
    listed, scored = over_the_api(client, workspace, 0.5), over_the_api(client, workspace, 0.0)
    overview = {name.rpartition(".")[2]: (n, flagged) for name, n, flagged in count_flags(workspace).groups["station"]}
    assert overview == {code: (scored[code], listed[code]) for code in STATIONS}
    kinds, stations, bands = (table.rows for table in gain_of(run=run, flag_set=flag_set, threshold=0.5).tables)
    assert [(row.n_scored, row.n_flagged) for row in stations] == [overview[code] for code in STATIONS]
    total = (sum(scored.values()), sum(listed.values()))
    assert [(row.n_scored, row.n_flagged) for row in (*kinds, *bands)] == [total, total]


@pytest.mark.parametrize("n_decided", [0, 3])
def test_nor_do_the_counts_of_residuals_before_and_after(run, workspace, analyst, n_decided):
    for flag in Flag.objects.all():  # each kind of proposal, flagged and not, blind and not
        proposals = ((flag.proposed_time, "", "timing"), (None, "S", "phase"), (None, "", "no_arrival"))
        flag.proposed_time, flag.proposed_phase, flag.kind = proposals[flag.pk % 3]
        flag.evidence["network_residual_s"] = None if flag.pk % 5 == 0 else 0.4
        flag.save()
    estimate = {"value": 0.4, "low": 0.3, "high": 0.5}
    means = dict.fromkeys(("before_s", "after_s", "change_s"), estimate)
    run.summary["gain"]["residuals"] = counted_residuals(Flag.objects.all()) | means
    run.save()
    for flag in list(Flag.objects.filter(drawn_place__isnull=False)[:n_decided]):
        take(flag, analyst, "reject")
    shown = gain_of(run=run, flag_set=workspace.flag_sets.get(), threshold=0.5).residuals
    seen = counted_residuals(Flag.objects.filter(Q(drawn_place=None) | Q(state="decided")))
    assert {name: getattr(shown, name) for name in seen} == seen


def counted_residuals(flags):
    """As a run counts, written out."""
    counts = {"n": 0, "n_moved": 0, "n_left_out": 0}
    for flag in flags:
        is_flagged = flag.p_mislabelled >= 0.5
        if (flag.kind == "no_arrival" and flag.p_mislabelled >= 0.9) or (is_flagged and flag.proposed_phase):
            counts["n_left_out"] += 1
        elif flag.evidence["network_residual_s"] is not None:
            counts["n"] += 1
            counts["n_moved"] += is_flagged and flag.proposed_time is not None
    return counts


def test_the_totals_of_the_pages_agree(run, workspace, analyst):
    client = signed_in(analyst)
    n = sum(over_the_api(client, workspace, 0.5).values())
    page = client.get(reverse("run_detail", args=[workspace.slug, run.pk])).content.decode()
    assert f"Review {n} flags" in page
    assert f"<b>{n}</b><span>flagged at P ≥ 0.50; what is shown blind is not counted" in page
    assert re.search(rf'<td>0.50</td><td class="number">{n}</td>', page)
    assert f"Review {n} flags" in client.get(reverse("overview", args=[workspace.slug])).content.decode()


def test_nor_do_the_runs_of_the_api_and_two_runs_side_by_side(run, workspace, analyst):
    client = signed_in(analyst)
    n = sum(over_the_api(client, workspace, 0.5).values())
    summary = client.get(f"/api/v1/workspaces/{workspace.slug}/runs/{run.pk}/").json()["summary"]
    assert (summary["n_flagged"], summary["flagged_by_kind"], summary["calibration"]["rows"][0]["n_flagged"]) == (n, {"timing": n}, n)
    assert sum(sum(row["given"][50:]) for row in summary["gain"]["by_station"]) == n
    other = make_run(workspace, number=2, summary=run.summary)
    flagged_by(other, *[flag.pick for flag in Flag.objects.filter(p_mislabelled__gte=0.5)])
    compared = compare_runs(a=run, b=other, threshold=0.5)
    assert compared.flags.n_both == n
    assert {figure.a for figure in compared.figures if figure.name == "picks flagged by the run itself"} == {n}
    assert [row_a["n_flagged"] for _, row_a, _ in compared.thresholds] == [n]
