"""Where the flags are: shares by station, analyst and the like, and counts that are kept where the picks are many."""

import uuid
from collections import defaultdict
from datetime import datetime, timedelta

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from labeling.models import Decision, Flag, OverviewCounts, ReviewAssignment, ReviewDraw, Workspace
from labeling.services import overview_counts
from labeling.services.catalog_errors import catalog_error_rate
from labeling.services.overview_counts import count_flags, counts_of, keep_counts
from labeling.services.review import undo
from labeling.services.review_draw import draw_review
from tests import factories
from tests.integration.deciding import take

pytestmark = pytest.mark.django_db


@pytest.fixture
def flagged(workspace: Workspace) -> Workspace:
    """Of station FUM four scored picks, P and S, two flagged; of station KCPB two, none flagged."""
    catalog = factories.make_catalog(workspace)
    factories.make_station(workspace, "FUM", latitude=40.0, longitude=-124.0)
    for station, many in (("FUM", (0.9, 0.8, 0.2, 0.1)), ("KCPB", (0.3, 0.2))):
        trace = factories.make_trace(catalog, station_code=station)
        for number, p in enumerate(many):
            pick = factories.make_pick(trace, offset_s=10 + number, phase_hint="PS"[number % 2], author="ana")
            factories.make_flag(pick, p_mislabelled=p)
    return workspace


def page_of(client: Client, workspace: Workspace):  # type: ignore[no-untyped-def]
    return client.get(reverse("overview", args=[workspace.slug]))


def test_every_group_counts_all_scored_picks_once(flagged: Workspace) -> None:
    flags = count_flags(flagged)
    assert flags is not None
    for rows in flags.groups.values():
        assert (sum(row[1] for row in rows), sum(row[2] for row in rows)) == (6, 2)
    assert {row[0]: row[1:] for row in flags.groups["phase"]} == {"P": (3, 1), "S": (3, 1)}


def test_without_answers_from_the_blind_slice_nothing_is_said_of_wrong_labels(flagged: Workspace, analyst_client: Client) -> None:
    flag_set = Flag.objects.all()[0].flag_set
    shares = dict.fromkeys(("blind_share", "double_share", "hidden_share"), 0.0)
    ReviewDraw.objects.create(flag_set=flag_set, seed=1, threshold=0.5, **shares, n_flagged=2, n_unflagged=4)
    page = page_of(analyst_client, flagged)
    assert page.context["flags"].rates == {}
    assert "iamond" not in page.content.decode()


def test_a_station_stands_on_the_map_with_its_share_and_interval(flagged: Workspace, analyst_client: Client) -> None:
    charts = page_of(analyst_client, flagged).context["charts"]
    (fum,) = charts["map"]
    assert (fum["longitude"], fum["latitude"], fum["n"], fum["flagged"], fum["share"]) == (-124.0, 40.0, 4, 2, 0.5)
    assert 0.1 < fum["low"] < 0.2 < 0.8 < fum["high"] < 0.9  # Wilson's for 2 of 4: 0.15 to 0.85
    assert fum["url"].endswith("?station=" + f"{fum['label']}")


def test_each_row_of_a_table_leads_to_the_flags_that_it_counts(flagged: Workspace, analyst_client: Client) -> None:
    charts = page_of(analyst_client, flagged).context["charts"]
    rows = [row for name in ("kind", "station", "network", "analyst", "phase", "snr", "distance", "month") for row in charts.get(name, [])]
    assert rows
    for row in rows:
        address = row["url"].replace("/review/", "/review/queue/")
        assert len(analyst_client.get(address).json()["items"]) == row["flagged"], row


def test_a_blind_flag_is_counted_once_it_is_decided(flagged: Workspace) -> None:
    blind = Flag.objects.filter(p_mislabelled=0.9)
    blind.update(drawn_place=0.3)
    assert count_flags(flagged).n_flagged == 1  # type: ignore[union-attr]
    blind.update(state=Flag.State.DECIDED)
    assert count_flags(flagged).n_flagged == 2  # type: ignore[union-attr]


@pytest.fixture
def judged(workspace: Workspace, analyst: User) -> Workspace:
    """Of stations FUM and KCPB 4 flagged and 16 other picks each; half of them blind and judged: one flagged one of FUM is wrong."""
    catalog = factories.make_catalog(workspace)
    flag_set = factories.make_flag_set(workspace)
    draw = ReviewDraw.objects.create(
        flag_set=flag_set, seed=1, threshold=0.5, blind_share=0.5, double_share=0, hidden_share=0, n_flagged=8, n_unflagged=32
    )
    for station in ("FUM", "KCPB"):
        trace = factories.make_trace(catalog, station_code=station)
        for number in range(20):
            is_flagged, is_blind = number < 4, number % 2 == 0
            pick = factories.make_pick(trace, offset_s=10 + number)
            place = {"drawn_place": 0.7} if is_blind else {}
            flag = factories.make_flag(pick, flag_set=flag_set, p_mislabelled=0.8 if is_flagged else 0.1, **place)
            if is_blind:
                ReviewAssignment.objects.create(draw=draw, flag=flag, purpose="blind", is_flagged=is_flagged, inclusion_probability=0.5)
                take(flag, analyst, "remove" if (station, number) == ("FUM", 0) else "reject")
    return workspace


def test_the_error_rate_of_each_group_is_estimated_as_that_of_the_catalog(judged: Workspace) -> None:
    flags = count_flags(judged)
    assert flags is not None
    fum, kcpb = flags.rates["station"]["BG.FUM"], flags.rates["station"]["BG.KCPB"]
    assert fum[:2] == (10, pytest.approx(4 / 20 * 1 / 2))  # one of two of the flagged fifth
    assert kcpb[:2] == (10, 0.0)
    assert fum[2] < fum[1] < fum[3]
    whole = catalog_error_rate(judged)
    assert whole is not None
    assert flags.rates["phase"]["P"] == (20, whole.estimate, whole.low, whole.high)


def test_nothing_is_said_of_groups_while_a_part_of_them_is_not_judged_or_at_another_threshold(judged: Workspace, analyst: User) -> None:
    for decision in Decision.objects.filter(flag__p_mislabelled=0.8, flag__station_code="KCPB"):
        undo(decision=decision, analyst=analyst, client_id=uuid.uuid4())
    flags = count_flags(judged)
    assert flags is not None
    assert set(flags.rates["station"]) == {"BG.FUM"}
    Workspace.objects.update(flag_threshold=0.3)
    judged.refresh_from_db()
    assert count_flags(judged).rates == {}  # type: ignore[union-attr]


def test_what_was_decided_before_the_slice_was_drawn_is_no_part_of_what_its_error_rate_is_of(judged: Workspace, analyst: User) -> None:
    trace = factories.make_trace(factories.make_catalog(judged, "Decided before"), station_code="FUM")
    flag_set, drawn_at = Flag.objects.all()[0].flag_set, ReviewDraw.objects.get().drawn_at
    for number in range(30):
        flag = factories.make_flag(factories.make_pick(trace, offset_s=10 + number), flag_set=flag_set, p_mislabelled=0.9)
        take(flag, analyst, "remove")
    Decision.objects.filter(flag__p_mislabelled=0.9).update(made_at=drawn_at - timedelta(days=1))
    flags = count_flags(judged)
    assert flags is not None
    assert ("BG.FUM", 50, 34) in flags.groups["station"]
    assert flags.rates["station"]["BG.FUM"][:2] == (10, pytest.approx(4 / 20 * 1 / 2))


def test_the_error_rates_of_groups_hold_the_truth_19_times_in_20(workspace: Workspace, analyst: User) -> None:
    """Of two groups with 80 open picks each, and as many flagged ones decided before, many of them wrong; 50 slices are drawn anew."""
    chance, drawn_anew, n_of = np.random.default_rng(5), 50, 80
    flag_set = factories.make_flag_set(workspace)
    trace = factories.make_trace(factories.make_catalog(workspace))
    before, wrong, truth = [], set(), {}
    for month, (share_flagged, share_wrong) in {"2012-01": (0.6, 0.6), "2012-02": (0.5, 0.3)}.items():
        picks = [factories.make_pick(trace, offset_s=20.0) for _ in range(2 * n_of)]
        flags = [factories.make_flag(pick, flag_set=flag_set, p_mislabelled=0.9) for pick in picks]
        Flag.objects.filter(pk__in=[flag.pk for flag in flags]).update(month=month)
        before += flags[n_of:]
        for flag in flags[round(share_flagged * n_of) : n_of]:
            Flag.objects.filter(pk=flag.pk).update(p_mislabelled=0.1)
        of_group = [flag.pk for flag in flags[: round(share_flagged * share_wrong * n_of)]]
        of_group += [flag.pk for flag in flags[n_of - 4 : n_of]]  # not flagged
        wrong.update(of_group)
        truth[month] = len(of_group) / n_of
    _decide_all(before, analyst, {flag.pk for flag in before}, at=timezone.now() - timedelta(days=1))
    Flag.objects.filter(pk__in=[flag.pk for flag in before]).update(state=Flag.State.DECIDED)
    workspace.blind_share = 0.5
    workspace.save()
    flag_set.workspace = workspace
    held = n = 0
    estimates = defaultdict(list)
    for _ in range(drawn_anew):
        ReviewDraw.objects.all().delete()
        Decision.objects.filter(flag__drawn_place__isnull=False).delete()
        Flag.objects.filter(drawn_place__isnull=False).update(drawn_place=None, state=Flag.State.OPEN)
        draw_review(flag_set=flag_set, seed=int(chance.integers(2**40)))
        blind = list(Flag.objects.filter(drawn_place__isnull=False))
        _decide_all(blind, analyst, wrong, at=timezone.now())
        Flag.objects.filter(drawn_place__isnull=False).update(state=Flag.State.DECIDED)
        for month, (_, estimate, low, high) in count_flags(workspace).rates["month"].items():  # type: ignore[union-attr]
            held, n = held + (low <= truth[month] <= high), n + 1
            estimates[month].append(estimate)
    assert n == drawn_anew * len(truth)
    assert 0.9 <= held / n <= 0.99
    for month, found in estimates.items():
        assert np.mean(found) == pytest.approx(truth[month], abs=3 * np.std(found) / drawn_anew**0.5)


def _decide_all(flags: list[Flag], analyst: User, wrong: set[int], *, at: datetime) -> None:
    rows = [
        Decision(
            workspace=flag.workspace,
            client_id=uuid.uuid4(),
            pick_id=flag.pick_id,
            flag=flag,
            analyst=analyst,
            kind="remove" if flag.pk in wrong else "reject",
        )
        for flag in flags
    ]
    made = Decision.objects.bulk_create(rows)
    Decision.objects.filter(pk__in=[one.pk for one in made]).update(made_at=at)


def test_the_table_says_the_error_rate_and_kept_counts_do_too(
    judged: Workspace, analyst_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_of(analyst_client, judged).content.decode()
    assert "Wrong (95 % interval)" in page
    assert page.count("Diamond: wrong, of those that would be of this kind") == 1
    assert page.count("Diamond: labels that are wrong, of the same") == page.count("Wrong (95 % interval)") - 1
    monkeypatch.setattr(overview_counts, "FEW", 3)
    keep_counts(judged)
    assert page_of(analyst_client, judged).context["charts"]["station"][0]["wrong"]["n"] == 10


def test_counts_of_many_picks_are_kept_and_counted_anew_when_they_are_old(
    flagged: Workspace, analyst_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview_counts, "FEW", 3)
    assert counts_of(flagged) is None
    assert "being counted for the first time" in page_of(analyst_client, flagged).content.decode()
    keep_counts(flagged)
    Flag.objects.filter(p_mislabelled=0.8).update(p_mislabelled=0.1)
    kept = counts_of(flagged)
    assert kept is not None and kept.flags is not None
    assert kept.flags.n_flagged == 2
    assert OverviewCounts.objects.get().asked_at is None
    OverviewCounts.objects.update(counted_at=timezone.now() - timedelta(minutes=2))
    counts_of(flagged)
    assert OverviewCounts.objects.get().asked_at is not None
