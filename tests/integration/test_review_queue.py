"""What waits for review, in which order, and how much is left."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.models import Pick
from labeling.services.catalogs import restore_catalog, withdraw_catalog
from labeling.services.queue_page import queue_page
from labeling.services.refusals import Refused
from labeling.services.review import decide
from labeling.services.review_queue import QueueFilter, open_by_threshold, planted_found, progress_of
from tests import factories


@pytest.fixture
def catalog(workspace):
    return factories.make_catalog(workspace)


@pytest.fixture
def trace(catalog):
    return factories.make_trace(catalog, event=factories.make_event(catalog, source_ref="nc71846805"))


def flagged(trace, p_mislabelled, **values):
    pick = factories.make_pick(trace, phase_hint=values.pop("phase_hint", "P"))
    return factories.make_flag(pick, p_mislabelled=p_mislabelled, **values)


def shown(workspace, **query):
    return queue_page(workspace=workspace, narrowed=QueueFilter.from_query(query, workspace)).flags


def test_the_worst_comes_first_and_what_lies_below_the_threshold_does_not_come(workspace, trace):
    flags = [flagged(trace, p) for p in (0.7, 0.95, 0.2)]
    assert shown(workspace) == [flags[1], flags[0]]


def test_flags_of_an_older_run_are_not_shown(workspace, trace):
    flagged(trace, 0.9)
    factories.make_flag_set(workspace)
    assert shown(workspace) == []


def test_pages_follow_each_other_without_gap_or_repetition_while_flags_are_decided(workspace, trace, analyst):
    flags = [flagged(trace, p) for p in (0.9, 0.9, 0.9, 0.8, 0.8, 0.7)]
    narrowed = QueueFilter.from_query({}, workspace)
    first = queue_page(workspace=workspace, narrowed=narrowed, size=2)
    decide(pick=first.flags[0].pick, kind="reject", analyst=analyst, client_id=uuid.uuid4())
    second = queue_page(workspace=workspace, narrowed=narrowed, after=first.next_after, size=2)
    third = queue_page(workspace=workspace, narrowed=narrowed, after=second.next_after, size=2)
    assert [*first.flags, *second.flags, *third.flags] == flags
    assert third.next_after == ""


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"kind": "phase"}, ["phase"]),
        ({"phase": "S"}, ["S"]),
        ({"station": "ltc"}, ["elsewhere"]),
        ({"network": "NC"}, ["elsewhere"]),
        ({"event": "nc71846805"}, ["timing", "phase", "S"]),
        ({"threshold": "0.1"}, ["timing", "phase", "S", "elsewhere", "low"]),
    ],
)
def test_each_filter_leaves_what_it_names(workspace, catalog, trace, query, expected):
    other = factories.make_trace(catalog, network_code="NC", station_code="LTC")
    flags = {
        "timing": flagged(trace, 0.9),
        "phase": flagged(trace, 0.8, kind="phase"),
        "S": flagged(trace, 0.7, phase_hint="S"),
        "elsewhere": flagged(other, 0.6),
        "low": flagged(other, 0.2),
    }
    if "event" not in query and "threshold" not in query:
        flags["low"].delete()
    assert shown(workspace, **query) == [flags[name] for name in expected]


def test_skipped_flags_leave_the_queue_and_can_be_looked_up(workspace, trace, analyst):
    flag = flagged(trace, 0.9)
    decide(pick=flag.pick, kind="skip", analyst=analyst, client_id=uuid.uuid4())
    assert shown(workspace) == []
    assert shown(workspace, state="skipped") == [flag]


def test_what_was_judged_on_a_withdrawn_waveform_waits_for_it(workspace, catalog, workspace_admin, analyst_client):
    """The pick's own catalog stays; it is the waveform's that is withdrawn."""
    pick = factories.make_pick(factories.make_trace(factories.make_catalog(workspace, "waveforms")))
    Pick.objects.filter(pk=pick.pk).update(catalog=catalog)
    flag = factories.make_flag(pick)
    withdraw_catalog(catalog=pick.trace.catalog, by=workspace_admin)
    assert shown(workspace) == []
    assert item(analyst_client, flag)["trace"] is None
    restore_catalog(catalog=pick.trace.catalog, by=workspace_admin)
    assert shown(workspace) == [flag]


def test_a_station_is_found_by_the_name_that_the_queue_shows(workspace, catalog):
    flag = factories.make_flag(factories.make_pick(factories.make_trace(catalog)))
    pick = flag.pick
    for name in (pick.station_code.lower(), f"{pick.network_code}.{pick.station_code}"):
        assert shown(workspace, station=name) == [flag]
    assert shown(workspace, station=f"ZZ.{pick.station_code}") == []


def test_a_filter_comes_back_from_the_address_it_is_written_to(workspace):
    narrowed = QueueFilter.from_query({"kind": "phase", "station": "FUM", "threshold": "0.35"}, workspace)
    assert narrowed.as_query(workspace) == "kind=phase&station=FUM&threshold=0.35"


def test_the_usual_filter_leaves_the_address_clean(workspace):
    assert QueueFilter.from_query({}, workspace).as_query(workspace) == ""


@pytest.mark.parametrize("query", ["kind=nonsense", "threshold=2", "threshold=high", "state=lost", "after=here", "phase=Q"])
def test_a_filter_that_is_none_is_refused_with_the_choices(analyst_client, workspace, query):
    answer = analyst_client.get(f"/w/{workspace.slug}/review/queue/?{query}")
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "message", "fields"}


def test_progress_counts_decisions_of_today_and_errors_still_to_find(workspace, trace, analyst):
    flags = [flagged(trace, p) for p in (0.9, 0.8, 0.6, 0.1)]
    decide(pick=flags[0].pick, kind="describe", polarity="positive", analyst=analyst, client_id=uuid.uuid4())
    decide(pick=flags[0].pick, kind="accept", analyst=analyst, client_id=uuid.uuid4())
    decide(pick=flags[0].pick, kind="comment", reason="Clear.", analyst=analyst, client_id=uuid.uuid4())
    there = flags[1].label_time + timedelta(seconds=2)
    decide(pick=flags[1].pick, kind="add", time=there, phase="P", analyst=analyst, client_id=uuid.uuid4())
    progress = progress_of(workspace=workspace, analyst=analyst, threshold=0.5)
    assert (progress.decided_today, progress.n_flagged, progress.n_left) == (1, 3, 2)
    assert progress.errors_left == pytest.approx(1.4)
    assert progress.planted_found == pytest.approx(0.91)


def test_the_share_of_planted_errors_is_read_between_the_rows_of_the_calibration(workspace):
    flag_set = factories.make_flag_set(workspace)
    assert planted_found(flag_set, 0.4) == pytest.approx(0.94)
    assert planted_found(flag_set, 0.0) == pytest.approx(0.97)
    assert planted_found(None, 0.5) is None


def test_the_slider_knows_how_many_picks_each_threshold_means(workspace, trace):
    for p in (0.29, 0.5, 0.999, 1.0):
        flagged(trace, p)
    counts = open_by_threshold(workspace=workspace)
    assert (counts[0], counts[29], counts[30], counts[50], counts[51], counts[100]) == (4, 4, 3, 3, 2, 1)


def test_the_queue_costs_the_same_queries_however_long_it_is(analyst_client, workspace, trace):
    def n_queries_after(n_more):
        for _ in range(n_more):
            flagged(trace, 0.9)
        with CaptureQueriesContext(connection) as asked:
            answer = analyst_client.get(f"/w/{workspace.slug}/review/queue/").json()
        return len(asked), len(answer["items"]), bool(answer["next_after"])

    (few, _, _), (many, n_items, has_more) = n_queries_after(2), n_queries_after(30)
    assert (n_items, has_more) == (20, True)
    assert many <= few  # at its end one more asks for late stations


# --- one item ---------------------------------------------------------------------------------------------------------


def item(client, flag):
    return client.get(f"/w/{flag.workspace.slug}/review/items/{flag.pk}/").json()


def test_an_item_says_in_words_what_speaks_against_the_label(analyst_client, trace):
    flag = flagged(trace, 0.93, evidence={"feature_kl": 4.1, "snr_db": 23.6, "brand_new_figure": 0.5})
    shown_item = item(analyst_client, flag)
    rows = {row["name"]: row["value"] for row in shown_item["evidence"]}
    assert rows == {"feature–label misalignment": "4.10", "SNR after / before label": "24 dB", "brand new figure": "0.50"}
    assert shown_item["words"] == "timing −0.62 s"
    assert shown_item["proposal"]["interval_words"] == "−0.05 … +0.05 s"


def test_an_item_places_pick_proposal_and_posterior_on_the_trace(analyst_client, trace):
    shown_item = item(analyst_client, flagged(trace, 0.93))
    assert shown_item["label"]["offset_s"] == pytest.approx(10.0)
    assert shown_item["proposal"]["offset_s"] == pytest.approx(9.38)
    posterior = shown_item["posterior"]
    peak_s = posterior["first_s"] + posterior["step_s"] * posterior["values"].index(max(posterior["values"]))
    assert peak_s == pytest.approx(-0.62, abs=0.02)


def test_an_item_shows_the_other_phases(analyst_client, trace):
    flag = flagged(trace, 0.93)
    factories.make_pick(trace, phase_hint="S", offset_s=14.0)
    assert [other["phase_hint"] for other in item(analyst_client, flag)["others"]] == ["S"]


def test_the_other_picks_of_a_trace_without_absolute_times_are_its_own_only(analyst_client, catalog):
    traces = [factories.make_trace(catalog, time_is_relative=True) for _ in range(2)]
    flag = flagged(traces[0], 0.93)
    own = factories.make_pick(traces[0], phase_hint="S", offset_s=14.0)
    factories.make_pick(traces[1], phase_hint="S", offset_s=15.0)
    assert [other["pick"] for other in item(analyst_client, flag)["others"]] == [own.pk]


def test_picks_without_a_network_have_the_distance_of_their_trace(analyst_client, workspace, trace):
    factories.make_station(workspace, "FUM", network_code="BG")
    flag = factories.make_flag(factories.make_pick(trace, network_code=None))
    assert round(item(analyst_client, flag)["event"]["distance_km"]) == 4


def test_the_distance_is_that_of_the_station_as_it_stood_then(analyst_client, workspace, trace):
    moved = datetime(2015, 1, 1, tzinfo=UTC)
    factories.make_station(workspace, "FUM", start=moved - timedelta(days=3000), end=moved)
    factories.make_station(workspace, "FUM", start=moved, latitude=33.0)
    assert round(item(analyst_client, flagged(trace, 0.93))["event"]["distance_km"]) == 4


def test_an_item_names_the_picks_that_were_linked_as_the_same_arrival(analyst_client, catalog, trace):
    flag = flagged(trace, 0.93)
    twin = factories.make_pick(catalog=catalog, source_ref="other.S201209:3", offset_s=10.12, arrival_group=flag.pick.pk)
    Pick.objects.filter(pk=flag.pick.pk).update(arrival_group=flag.pick.pk)
    (linked,) = item(analyst_client, flag)["also_picked_as"]
    assert (linked["ref"], linked["words"]) == ("other.S201209:3", "+0.12 s")
    assert linked["pick_url"].endswith(f"/picks/{twin.pk}/")


def test_an_item_without_waveform_says_why(analyst_client, catalog):
    pick = factories.make_pick(catalog=catalog)
    flag = factories.make_flag(pick)
    shown_item = item(analyst_client, flag)
    assert shown_item["trace"] is None
    assert shown_item["unscored"] == "No trace covers this time."


def test_relative_times_are_not_shown_as_dates(analyst_client, catalog):
    trace = factories.make_trace(catalog, time_is_relative=True)
    shown_item = item(analyst_client, flagged(trace, 0.9))
    assert shown_item["label"]["time"] == "10.000 s into the trace"


def test_the_history_tells_who_decided_what(analyst_client, analyst, trace):
    flag = flagged(trace, 0.9)
    decide(pick=flag.pick, kind="accept", analyst=analyst, client_id=uuid.uuid4())
    history = item(analyst_client, flag)["history"]
    assert [(line["who"], line["words"]) for line in history] == [("", "imported with NCSN 2012"), ("ana", "accepted the proposal")]


def test_an_item_of_another_workspace_is_not_found(analyst_client, workspace):
    elsewhere = factories.make_workspace("Elsewhere")
    flag = flagged(factories.make_trace(factories.make_catalog(elsewhere)), 0.9)
    assert analyst_client.get(f"/w/{workspace.slug}/review/items/{flag.pk}/").status_code == 404
    assert analyst_client.get(f"/w/{elsewhere.slug}/review/items/{flag.pk}/").status_code == 404


def test_the_threshold_is_saved_for_the_workspace(analyst_client, workspace):
    answer = analyst_client.post(f"/w/{workspace.slug}/threshold/", {"threshold": 0.7}, content_type="application/json")
    assert answer.json() == {"threshold": 0.7}
    workspace.refresh_from_db()
    assert workspace.flag_threshold == 0.7


@pytest.mark.parametrize(
    ("query", "is_first"),
    [
        ({"analyst": "jdh"}, True),
        ({"analyst": "otto"}, False),
        ({"snr": "over20"}, True),
        ({"snr": "unknown"}, False),
        ({"distance": "under10"}, True),
        ({"distance": "unknown"}, False),
        ({"month": "2012-09"}, True),
        ({"month": "2013-01"}, False),
    ],
)
def test_what_was_copied_of_the_pick_narrows_the_queue(workspace, catalog, trace, query, is_first):
    factories.make_station(workspace, "FUM", network_code="BG")
    near = flagged(trace, 0.9)
    alone = factories.make_trace(catalog, start_time=datetime(2013, 1, 1, tzinfo=UTC))
    far = factories.make_flag(factories.make_pick(alone, author="otto"), p_mislabelled=0.8, evidence={})
    assert shown(workspace, **query) == [near if is_first else far]


def test_the_flags_of_another_run_are_a_filter(workspace, trace):
    older = flagged(trace, 0.9)
    newer = factories.make_flag(older.pick, flag_set=factories.make_flag_set(workspace), p_mislabelled=0.7)
    assert shown(workspace) == [newer]
    assert shown(workspace, run=str(older.flag_set.run_id)) == [older]


@pytest.mark.parametrize("query", [{"snr": "loud"}, {"distance": "far"}, {"run": "latest"}])
def test_a_band_or_run_that_is_none_is_refused(workspace, query):
    with pytest.raises(Refused) as refused:
        QueueFilter.from_query(query, workspace)
    assert refused.value.code == "filter_unknown"


def test_the_page_offers_the_analysts_and_months_of_its_flags(analyst_client, workspace, trace):
    flagged(trace, 0.9)
    page = analyst_client.get(f"/w/{workspace.slug}/review/?snr=over20").content.decode()
    assert "<option>jdh</option>" in page
    assert "<option>2012-09</option>" in page
    assert '<option value="over20" selected>over 20 dB</option>' in page


def test_a_filter_by_band_is_one_of_the_api_too(analyst_client, workspace, trace):
    flag = flagged(trace, 0.9)
    flagged(trace, 0.8, evidence={"snr_db": 7.0})
    rows = analyst_client.get(f"/api/v1/workspaces/{workspace.slug}/flags/?snr=over20").json()["results"]
    assert [row["id"] for row in rows] == [flag.pk]
