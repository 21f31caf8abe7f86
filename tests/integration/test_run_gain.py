"""What the run page says a run bought: decisions counted by hand, and the words around them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from labeling.models import Flag, FlagSet, Workspace
from labeling.services.review import undo
from tests import factories
from tests.integration.conftest import signed_in
from tests.integration.deciding import take
from tests.integration.quick_runs import finished_run
from tests.integration.small_uploads import import_files, small_files, small_network
from tests.integration.test_run_pages import flagged_by, make_run
from training.flagging.gain import wilson
from training.models import Run
from training.services.gain import gain_of
from training.services.judged_flags import (
    Counts,
    change_of_residuals,
    count_by_hundredth,
    count_by_kind,
    count_by_snr,
    count_by_station,
    judging_decisions,
)


def histogram(**counts: int) -> list[int]:
    """histogram(at_90=3): three labels at P = 0.90."""
    given = [0] * 101
    for at, n in counts.items():
        given[int(at.removeprefix("at_"))] = n
    return given


def kept_gain(**values: Any) -> dict[str, Any]:
    """What a run of 100 labels keeps, 12 of them flagged."""
    row = {"given": histogram(at_2=88, at_90=12), "planted": histogram(at_10=5, at_95=15)}
    estimate = {"value": 0.4, "low": 0.3, "high": 0.5}
    return {
        "error_rate": 0.12,
        "n_planted": 200,
        "at_thresholds": [[0.99, 0.5, 1.0], [0.95, 0.5, 0.95], [0.5, 0.75, 0.9], [0.1, 1.0, 0.4]],
        "precision_recall": [[0.99, 0.5, 1.0], [0.5, 0.75, 0.9], [0.1, 1.0, 0.4]],
        "reliability": [{"n": 88, "predicted": 0.02, "observed": 0.03, "low": 0.01, "high": 0.09}],
        "by_kind": [{"name": "timing", **row}, {"name": "duplicate", **row, "planted": histogram()}],
        "by_station": [
            {"name": "BG.FUM", "network_code": "BG", "station_code": "FUM", **row},
            {"name": "", "network_code": None, "station_code": "", **row},
        ],
        "by_snr": [{"name": "> 20 dB", **row}],
        "residuals": {"n": 100, "n_moved": 10, "n_left_out": 2, "before_s": estimate, "after_s": estimate, "change_s": estimate},
        "put_back": {"n": 60, "share_before": dict.fromkeys(estimate, 0.0), "share_after": {"value": 0.94, "low": 0.9, "high": 0.97}}
        | {"error_before_s": estimate, "error_after_s": estimate},
        **values,
    }


@pytest.fixture
def run(workspace: Workspace) -> Run:
    return make_run(workspace, summary={"gain": kept_gain()})


@pytest.fixture
def flag_set(run: Run) -> FlagSet:
    return flagged_by(run, is_current=True)


def new_flag(flag_set: FlagSet, p: float = 0.9, *, residual_s: float | None = None, snr_db: float | None = 24.0, **values: Any) -> Flag:
    catalog = flag_set.workspace.catalogs.first() or factories.make_catalog(flag_set.workspace)
    pick = factories.make_pick(factories.make_trace(catalog, station_code=values.pop("station", "FUM")))
    evidence = {"network_residual_s": residual_s, "snr_db": snr_db}
    return factories.make_flag(pick, flag_set=flag_set, p_mislabelled=p, evidence=evidence, **values)


def decide_all(flags: list[Flag], analyst: User, kind: str) -> None:
    for flag in flags:
        take(flag, analyst, kind)


def page_of(run: Run, client: Client) -> str:
    return client.get(reverse("run_detail", args=[run.workspace.slug, run.pk])).content.decode()


# --- verdicts -----------------------------------------------------------------------------------------------------------


def test_only_a_rejection_says_that_the_label_was_right(flag_set: FlagSet, analyst: User) -> None:
    for kind in ("accept", "remove", "reject", "skip"):
        take(new_flag(flag_set), analyst, kind)
    moved = new_flag(flag_set)
    take(moved, analyst, "move", time=moved.pick.time + timedelta(seconds=0.3))
    take(new_flag(flag_set), analyst, "change_phase", phase="S")
    assert count_by_hundredth(flag_set) == {90: Counts(4, 1, pytest.approx(4.5), 0)}


def test_an_added_arrival_confirms_a_missed_one_and_nothing_else(flag_set: FlagSet, analyst: User) -> None:
    for kind in ("missed_arrival", "timing"):
        flag = new_flag(flag_set, kind=kind)
        take(flag, analyst, "add", time=flag.pick.time + timedelta(seconds=2), phase="P")
    assert count_by_kind(flag_set, 0.5) == {"missed_arrival": Counts(1, 0, 0.9, 0)}


def test_the_newest_verdict_counts_and_an_undone_one_does_not(flag_set: FlagSet, analyst: User) -> None:
    twice, undone = new_flag(flag_set), new_flag(flag_set)
    take(twice, analyst, "accept")
    newest = take(twice, analyst, "reject")
    undo(decision=take(undone, analyst, "accept"), analyst=analyst, client_id=uuid4())
    assert [decision.pk for decision in judging_decisions(flag_set)] == [newest.pk]


def test_decisions_on_another_runs_flags_are_left_out(flag_set: FlagSet, analyst: User, workspace: Workspace) -> None:
    take(new_flag(flag_set), analyst, "accept")
    other = flagged_by(make_run(workspace, 2))
    assert count_by_hundredth(other) == {}


def test_verdicts_are_counted_by_station_and_signal_above_the_threshold(flag_set: FlagSet, analyst: User) -> None:
    flags = [
        new_flag(flag_set, 0.9, station="FUM", snr_db=4.0),
        new_flag(flag_set, 0.8, station="FUM", snr_db=5.0),
        new_flag(flag_set, 0.7, station="BAR", snr_db=20.0),
        new_flag(flag_set, 0.4, station="BAR", snr_db=12.0),
        new_flag(flag_set, 0.6, station="BAR", snr_db=None),
    ]
    decide_all(flags[:3], analyst, "accept")
    decide_all(flags[3:], analyst, "reject")
    network = flags[0].pick.network_code
    stations = count_by_station(flag_set, 0.5, [(network, "FUM"), (None, "BAR")])
    assert {place: (counts.n_wrong, counts.n_right) for place, counts in stations.items()} == {0: (2, 0), -1: (1, 1)}
    bands = {name: (counts.n_wrong, counts.n_right) for name, counts in count_by_snr(flag_set, 0.5).items()}
    assert bands == {"< 5 dB": (1, 0), "5–10 dB": (1, 0), "> 20 dB": (1, 0), "not known": (0, 1)}


def test_decisions_change_the_mean_residual_by_what_they_moved(flag_set: FlagSet, analyst: User) -> None:
    """The networks see the arrivals 0.6 s early: one label is put 0.62 s earlier, one 0.5 s; a removed and a rejected one do not count."""
    flags = [new_flag(flag_set, residual_s=-0.6, shift_s=-0.62) for _ in range(4)]
    take(flags[0], analyst, "accept")
    take(flags[1], analyst, "move", time=flags[1].pick.time - timedelta(seconds=0.5))
    take(flags[2], analyst, "remove")
    take(flags[3], analyst, "reject")
    take(new_flag(flag_set, residual_s=None), analyst, "accept")
    take(new_flag(flag_set, 0.95, kind="duplicate", residual_s=-0.6), analyst, "move", time=flags[1].pick.time)
    n_moved, change = change_of_residuals(flag_set, 100) or (0, None)
    assert n_moved == 2
    assert change is not None
    assert change.value == pytest.approx(((0.02 - 0.6) + (0.1 - 0.6)) / 100)
    assert change.low < change.value < change.high <= 0


def test_without_a_moved_label_there_is_no_change_to_tell(flag_set: FlagSet, analyst: User) -> None:
    take(new_flag(flag_set, residual_s=-0.6), analyst, "reject")
    assert change_of_residuals(flag_set, 100) is None


# --- together -----------------------------------------------------------------------------------------------------------


def test_the_curve_of_verdicts_starts_at_ten_decisions(run: Run, flag_set: FlagSet, analyst: User) -> None:
    decide_all([new_flag(flag_set, 0.95) for _ in range(6)], analyst, "accept")
    decide_all([new_flag(flag_set, 0.6) for _ in range(3)], analyst, "reject")
    assert gain_of(run=run, flag_set=flag_set, threshold=0.5).charts["verdicts"] == []
    take(new_flag(flag_set, 0.6), analyst, "accept")
    gain = gain_of(run=run, flag_set=flag_set, threshold=0.5)
    high, all_of_them = wilson(6, 6), wilson(7, 10)
    assert gain.charts["verdicts"] == [
        [0.95, round(6 / 7, 4), 1.0, round(high.low, 4), 1.0, 6],
        [0.6, 1.0, 0.7, round(all_of_them.low, 4), round(all_of_them.high, 4), 10],
    ]
    assert [(row.threshold, row.recall, row.n_decided) for row in gain.curve_rows][:3] == [(0.99, 0.5, 0), (0.95, 0.5, 6), (0.9, None, 6)]


def test_reliability_is_the_analysts_from_thirty_decisions_on(run: Run, flag_set: FlagSet, analyst: User) -> None:
    assert gain_of(run=run, flag_set=flag_set, threshold=0.5).reliability_from == "planted"
    decide_all([new_flag(flag_set, 0.92) for _ in range(20)], analyst, "accept")
    decide_all([new_flag(flag_set, 0.32) for _ in range(10)], analyst, "reject")
    gain = gain_of(run=run, flag_set=flag_set, threshold=0.5)
    assert gain.reliability_from == "verdicts"
    rows = [(row.low, row.n, row.predicted, row.observed.value) for row in gain.reliability_rows]
    assert rows == [(0.3, 10, pytest.approx(0.32), 0.0), (0.9, 20, pytest.approx(0.92), 1.0)]


def test_a_table_counts_at_the_workspaces_threshold(run: Run, flag_set: FlagSet, analyst: User) -> None:
    decide_all([new_flag(flag_set, 0.9), new_flag(flag_set, 0.9)], analyst, "accept")
    row = gain_of(run=run, flag_set=flag_set, threshold=0.9).tables[0].rows[0]
    assert (row.name, row.n_scored, row.n_flagged, row.share_flagged, row.n_decided, row.n_planted, row.caught) == (
        *("timing", 100, 12, 0.12, 2, 20),
        0.75,
    )
    assert row.confirmed == wilson(2, 2)
    assert gain_of(run=run, flag_set=flag_set, threshold=0.91).tables[0].rows[0].n_flagged == 0


def test_the_number_of_queries_does_not_grow_with_flags_and_decisions(run, flag_set, analyst, django_assert_num_queries) -> None:
    for kind in ("accept", "reject"):
        with django_assert_num_queries(6):
            gain_of(run=run, flag_set=flag_set, threshold=0.5)
        decide_all([new_flag(flag_set, 0.9, residual_s=0.3) for _ in range(6)], analyst, kind)


def test_a_run_keeps_what_it_bought(workspace: Workspace) -> None:
    import_files(workspace, small_files())
    run = finished_run(workspace)
    gain, flag_set = run.summary["gain"], FlagSet.objects.get(run_id=run.pk)
    n_flagged = flag_set.flags.filter(p_mislabelled__gte=0.5).count()
    for name in ("by_kind", "by_station", "by_snr"):
        assert sum(sum(row["given"]) for row in gain[name]) == flag_set.flags.count()
        assert sum(sum(row["given"][50:]) for row in gain[name]) == n_flagged
    codes = {f"{station.network_code}.{station.station_code}" for station in small_network().stations}
    assert {row["name"] for row in gain["by_station"]} <= {*codes, ""}


# --- the page -----------------------------------------------------------------------------------------------------------


def test_the_page_says_what_the_run_bought(run: Run, flag_set: FlagSet, analyst: User, viewer: User) -> None:
    decide_all([new_flag(flag_set, 0.95, residual_s=-0.6) for _ in range(9)], analyst, "accept")
    assert "join from 10 decisions on this run’s flags; so far 9." in page_of(run, signed_in(viewer))
    take(new_flag(flag_set, 0.95), analyst, "reject", shown={"proposal": True})
    page = page_of(run, signed_in(viewer))
    assert "Decided: 10 of this run’s labels, 9 of them wrong" in page
    assert "90 % (60–98 %) wrong" in page
    assert "1 of these decisions was taken with the proposal shown" in page
    assert "not whether the estimate of 12 % is right" in page
    assert "<b>94 %</b> (90–97 %)" in page
    assert "This follows the network and is no proof; planted truth is." in page
    assert "after the decisions so far, 9 labels moved" in page
    assert "BG.FUM" in page
    assert "all others" in page


def test_an_older_run_says_that_the_figures_came_later(workspace: Workspace, analyst: User, analyst_client: Client) -> None:
    run = make_run(workspace)
    flag_set = flagged_by(run, is_current=True)
    page = page_of(run, analyst_client)
    assert "This run ended before these figures were kept" in page
    assert "data-gain-curve" not in page
    decide_all([new_flag(flag_set, 0.95) for _ in range(10)], analyst, "accept")
    page = page_of(run, analyst_client)
    assert "What analysts decided is shown." in page
    assert "data-gain-curve" in page
    assert "10 of them wrong" in page


def test_a_run_without_flags_bought_nothing(workspace: Workspace, analyst_client: Client) -> None:
    assert "What this run bought" not in page_of(make_run(workspace, state="failed"), analyst_client)
