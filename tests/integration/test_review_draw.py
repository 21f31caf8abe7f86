"""The blind slice, the doubly reviewed and the hidden proposals: drawn once, by chance that is stored."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from labeling.models import Flag, ReviewAssignment, ReviewDraw
from labeling.services.flags import make_current
from labeling.services.pick_selection import flags_of, select_picks
from labeling.services.pick_story import tell_story
from labeling.services.queue_page import queue_page
from labeling.services.refusals import Refused
from labeling.services.review import undo
from labeling.services.review_draw import draw_review
from labeling.services.review_queue import QueueFilter, progress_of
from tests import factories
from tests.integration.deciding import fresh, take


@pytest.fixture
def trace(workspace):
    catalog = factories.make_catalog(workspace)
    return factories.make_trace(catalog, event=factories.make_event(catalog))


@pytest.fixture
def flag_set(workspace, trace, analyst, second_analyst):
    """40 flagged and 60 unflagged picks of one trace, not drawn for yet."""
    workspace.blind_share, workspace.double_share, workspace.hidden_share = 0.2, 0.1, 0.1
    workspace.save()
    flag_set = factories.make_flag_set(workspace)
    for number in range(100):
        factories.make_flag(factories.make_pick(trace, offset_s=10.0), flag_set=flag_set, p_mislabelled=0.995 - 0.0125 * min(number, 75))
    return flag_set


def drawn(flag_set, purpose):
    return [row.flag for row in ReviewAssignment.objects.filter(draw__flag_set=flag_set, purpose=purpose).select_related("flag__pick")]


def queue(workspace, **query):
    return queue_page(workspace=workspace, narrowed=QueueFilter.from_query(query, workspace), size=200).flags


def test_half_of_the_blind_slice_is_flagged_and_each_knows_how_likely_it_was(flag_set):
    draw = draw_review(flag_set=flag_set, seed=1)
    rows = draw.assignments.filter(purpose="blind")
    assert (draw.n_flagged, draw.n_unflagged) == (40, 60)
    assert sorted(rows.values_list("is_flagged", "inclusion_probability")) == [(False, 4 / 60)] * 4 + [(True, 4 / 40)] * 4
    assert {row.flag.p_mislabelled >= 0.5 for row in rows if row.is_flagged} == {True}


def test_the_same_seed_draws_the_same_and_a_second_draw_changes_nothing(flag_set):
    draw_review(flag_set=flag_set, seed=7)
    first = sorted(ReviewAssignment.objects.values_list("flag", "purpose"))
    places = list(Flag.objects.order_by("id").values_list("queue_place", flat=True))
    draw_review(flag_set=flag_set, seed=8)
    assert sorted(ReviewAssignment.objects.values_list("flag", "purpose")) == first
    ReviewDraw.objects.all().delete()
    Flag.objects.update(drawn_place=None)
    draw_review(flag_set=flag_set, seed=7)
    assert sorted(ReviewAssignment.objects.values_list("flag", "purpose")) == first
    assert list(Flag.objects.order_by("id").values_list("queue_place", flat=True)) == places


def test_a_run_that_comes_under_review_is_drawn_for(workspace, flag_set):
    flag_set.is_current = False
    flag_set.save()
    make_current(flag_set=flag_set)
    assert ReviewDraw.objects.get().flag_set == flag_set


def test_a_share_of_nought_draws_nothing(workspace, flag_set):
    workspace.blind_share = workspace.double_share = workspace.hidden_share = 0.0
    workspace.save()
    draw_review(flag_set=flag_set)
    assert not ReviewAssignment.objects.exists()
    assert Flag.objects.filter(drawn_place=None).count() == 100


def test_nothing_is_read_twice_where_one_person_reviews(flag_set, second_analyst):
    second_analyst.memberships.all().delete()
    draw_review(flag_set=flag_set)
    assert drawn(flag_set, "double") == []


def test_every_flag_has_the_same_chance_within_its_stratum(flag_set):
    counts = dict.fromkeys(Flag.objects.values_list("id", flat=True), 0)
    for seed in range(150):
        draw_review(flag_set=flag_set, seed=seed)
        for flag in drawn(flag_set, "blind"):
            counts[flag.pk] += 1
        ReviewDraw.objects.all().delete()
        Flag.objects.update(drawn_place=None)
    flagged = [counts[flag.pk] for flag in Flag.objects.filter(p_mislabelled__gte=0.5)]
    assert sum(flagged) == 150 * 4
    assert max(flagged) <= 33  # 15 expected of each; 33 is nearly five standard deviations off


def test_blind_items_stand_in_the_queue_wherever_chance_puts_them(workspace, flag_set):
    draw_review(flag_set=flag_set, seed=3)
    shown = queue(workspace)
    assert len(shown) == 40 + 4
    places = [index for index, flag in enumerate(shown) if flag.drawn_place is not None]
    assert len(places) == 8
    assert [flag.p_mislabelled for flag in shown if flag.drawn_place is None] == sorted(
        (flag.p_mislabelled for flag in shown if flag.drawn_place is None), reverse=True
    )


def test_no_kind_leads_to_a_blind_item(workspace, flag_set):
    draw_review(flag_set=flag_set, seed=3)
    assert not any(flag.drawn_place is not None for flag in queue(workspace, kind="timing", threshold="0"))


def test_nothing_on_the_screen_tells_whether_a_blind_item_is_flagged(workspace, flag_set, analyst_client):
    """Two picks that are the same but for what the run says of them come out the same, field by field."""
    draw_review(flag_set=flag_set, seed=3)
    rows = ReviewAssignment.objects.filter(purpose="blind").select_related("flag__pick")
    flagged, other = (next(row.flag for row in rows if row.is_flagged is wanted) for wanted in (True, False))
    Flag.objects.filter(pk=other.pk).update(kind="no_arrival", proposed_time=None, sentence="Fine.", evidence={}, posterior=b"")
    told = [analyst_client.get(f"/w/{workspace.slug}/review/items/{flag.pk}/").json() for flag in (flagged, other)]
    page = analyst_client.get(f"/w/{workspace.slug}/review/queue/").json()
    listed = [
        next(row for row in page["items"] + _rest(analyst_client, workspace, page) if row["flag"] == flag.pk) for flag in (flagged, other)
    ]
    for pair in (told, listed):
        first, second = (_without_identity(one, flag) for one, flag in zip(pair, (flagged, other), strict=True))
        assert first == second
        assert first["p"] is None


def _rest(client, workspace, page):
    rows = []
    while page["next_after"]:
        page = client.get(f"/w/{workspace.slug}/review/queue/", {"after": page["next_after"]}).json()
        rows += page["items"]
    return rows


def _without_identity(one, flag):
    """The answer without what names the pick: its ids, its name in the catalog, and the other picks of the trace."""
    plain = {name: value for name, value in one.items() if name not in ("flag", "pick", "pick_url", "others", "provenance")}
    if "pick_state" in plain:
        plain["pick_state"].pop("pick")
        plain["trace"].pop("waveform_url")
        for address in ("url", "agreeing_url"):
            plain["event"].pop(address)
    return plain


def test_a_cursor_tells_no_p(workspace, flag_set):
    draw_review(flag_set=flag_set, seed=3)
    blind = {flag.pk: flag for flag in drawn(flag_set, "blind")}
    narrowed = QueueFilter.from_query({}, workspace)
    after, cursors = "", {}
    while (page := queue_page(workspace=workspace, narrowed=narrowed, after=after, size=1)).next_after:
        after = page.next_after
        cursors[page.flags[0].pk] = float(after.split("~")[0])
    told = {pk: place for pk, place in cursors.items() if pk in blind}
    assert len(told) >= 7
    assert all(place >= 0.5 for place in told.values())


def test_pick_pages_and_lists_say_nothing_of_a_blind_flag(workspace, flag_set, analyst, analyst_client):
    draw_review(flag_set=flag_set, seed=3)
    flagged = next(row.flag for row in ReviewAssignment.objects.filter(purpose="blind", is_flagged=True))
    pick = flagged.pick
    assert flags_of([pick], workspace) == {}
    assert not select_picks(workspace=workspace, wanted={"state": "flagged"}, viewer=analyst).filter(pk=pick.pk).exists()
    assert [chapter.what for chapter in tell_story(pick, threshold=0.5, viewer=analyst)] == ["import"]
    answer = analyst_client.get(f"/api/v1/workspaces/{workspace.slug}/flags/{flagged.pk}/")
    assert answer.status_code == 404


def test_what_an_earlier_run_said_of_a_blind_pick_is_not_told_either(workspace, flag_set, analyst_client):
    draw_review(flag_set=flag_set, seed=3)
    pick = drawn(flag_set, "blind")[0].pick
    earlier = factories.make_flag(pick, flag_set=factories.make_flag_set(workspace, is_current=False), p_mislabelled=0.97)
    item = analyst_client.get(f"/w/{workspace.slug}/review/items/{earlier.pk}/").json()
    assert (item["p"], item["withheld"]) == (None, "verdict")
    assert analyst_client.get(f"/api/v1/workspaces/{workspace.slug}/flags/{earlier.pk}/").status_code == 404


def test_a_decision_lifts_the_veil_and_its_undo_lays_it_again(workspace, flag_set, analyst, analyst_client):
    draw_review(flag_set=flag_set, seed=3)
    once = {flag.pk for flag in drawn(flag_set, "double")}
    flag = next(flag for flag in drawn(flag_set, "blind") if flag.pk not in once)
    address = f"/w/{workspace.slug}/review/items/{flag.pk}/"
    kept = take(flag, analyst, "reject")
    assert analyst_client.get(address).json()["p"] == flag.p_mislabelled
    undo(decision=kept, analyst=analyst, client_id=uuid.uuid4())
    assert analyst_client.get(address).json()["p"] is None


@pytest.mark.parametrize("kind", ["timing", "missed_arrival"])
def test_an_arrival_added_beside_a_blind_pick_lifts_no_veil_and_tells_no_kind(workspace, flag_set, analyst, analyst_client, kind):
    draw_review(flag_set=flag_set, seed=3)
    flag = drawn(flag_set, "blind")[0]
    Flag.objects.filter(pk=flag.pk).update(kind=kind)
    take(fresh(flag), analyst, "add", time=flag.label_time + timedelta(seconds=3), phase="S")
    told = analyst_client.get(f"/w/{workspace.slug}/review/items/{flag.pk}/").json()
    assert (told["p"], told["state"]) == (None, "open")
    assert progress_of(workspace=workspace, analyst=analyst, threshold=0.5).decided_today == 0


def test_what_is_not_shown_cannot_be_accepted(flag_set, analyst):
    draw_review(flag_set=flag_set, seed=3)
    for purpose in ("blind", "hidden"):
        flag = drawn(flag_set, purpose)[0]
        with pytest.raises(Refused, match="not shown before the decision"):
            take(flag, analyst, "accept")
        assert fresh(flag.pick).revision == 0


def test_a_hidden_proposal_shows_p_and_kind_and_no_time(workspace, flag_set, analyst_client):
    draw_review(flag_set=flag_set, seed=3)
    flag = drawn(flag_set, "hidden")[0]
    item = analyst_client.get(f"/w/{workspace.slug}/review/items/{flag.pk}/").json()
    assert (item["p"], item["kind"], item["words"], item["withheld"]) == (flag.p_mislabelled, "timing", "timing", "proposal")
    assert (item["proposal"], item["posterior"], item["alignment"], item["sentence"]) == (None, None, None, "")
    assert "0.62" not in str([item["evidence"], item["words"]])


def test_a_hidden_proposal_is_told_by_no_page_no_run_and_no_api(workspace, flag_set, analyst_client):
    draw_review(flag_set=flag_set, seed=3)
    flag = drawn(flag_set, "hidden")[0]
    earlier = factories.make_flag(flag.pick, flag_set=factories.make_flag_set(workspace, is_current=False), p_mislabelled=0.9)
    address, api = f"/w/{workspace.slug}", f"/api/v1/workspaces/{workspace.slug}"
    pages = [
        f"{address}/review/items/{earlier.pk}/",
        f"{address}/review/queue/?run={earlier.flag_set.run_id}",
        f"{address}/picks/{flag.pick_id}/",
        f"{api}/flags/{flag.pk}/",
        f"{api}/flags/{earlier.pk}/",
        f"{api}/flags/?pick={flag.pick_id}",
    ]
    for page in pages:
        told = analyst_client.get(page).content.decode()
        assert "0.62" not in told, page
        assert f"{flag.proposed_time:%S.%f}".rstrip("0") not in told, page
    one = analyst_client.get(pages[3]).json()
    assert (one["withheld"], one["kind"], one["p_mislabelled"]) == ("proposal", "timing", flag.p_mislabelled)
    assert "network_agreement_s" not in one["evidence"]
    assert "hidden" in analyst_client.get(f"{address}/picks/?state=flagged").content.decode()


def test_deciding_tells_the_hidden_proposal(workspace, flag_set, analyst, second_analyst, analyst_client):
    draw_review(flag_set=flag_set, seed=3)
    twice = {flag.pk for flag in drawn(flag_set, "double")}
    flag = next(flag for flag in drawn(flag_set, "hidden") if flag.pk not in twice)
    take(flag, analyst, "reject")
    assert "0.62" in analyst_client.get(f"/w/{workspace.slug}/picks/{flag.pick_id}/").content.decode()
    assert analyst_client.get(f"/api/v1/workspaces/{workspace.slug}/flags/{flag.pk}/").json()["withheld"] == ""


def test_neither_filter_nor_batch_nor_event_tells_of_what_is_withheld(workspace, flag_set, analyst_client):
    """Filters by what the waveform and the catalog say keep a blind item where it is; a batch takes none that chance has drawn."""
    draw_review(flag_set=flag_set, seed=3)
    by_band = {"snr": "over20", "distance": "unknown"}
    Flag.objects.update(snr_band="over20", distance_band="")
    everything = {flag.pk for flag in queue(workspace)}
    assert {flag.pk for flag in queue(workspace, **by_band)} == everything
    blind, hidden = drawn(flag_set, "blind")[0], drawn(flag_set, "hidden")[0]
    batch = analyst_client.get(f"/w/{workspace.slug}/batches/preview/", {"least_p": "0", "most_interval_s": "1"}).json()
    assert not {blind.pk, hidden.pk} & set(batch["flags"])
    assert not {blind.pk, hidden.pk} & {one["flag"] for one in batch["sample"]}
    for flag in (blind, hidden):
        told = analyst_client.get(f"/w/{workspace.slug}/review/items/{flag.pk}/event/").content.decode()
        assert "0.62" not in told
        assert "snr" not in told


def test_no_sum_over_the_queue_tells_the_p_of_a_blind_item(workspace, flag_set, analyst):
    draw_review(flag_set=flag_set, seed=3)
    shown = [flag for flag in queue(workspace) if flag.drawn_place is None]
    told = progress_of(workspace=workspace, analyst=analyst, threshold=0.5).errors_left
    assert told == pytest.approx(sum(flag.p_mislabelled for flag in shown))


def test_queue_and_overview_say_what_they_count_differently(analyst_client, workspace):
    trace = factories.make_trace(factories.make_catalog(workspace))
    flags = [factories.make_flag(factories.make_pick(trace, offset_s=3.0 + number), p_mislabelled=0.9) for number in range(3)]
    Flag.objects.filter(pk=flags[0].pk).update(drawn_place=0.8)
    progress = analyst_client.get(f"/w/{workspace.slug}/review/queue/").json()["progress"]
    assert (progress["n_flagged"], progress["n_blind"]) == (3, 1)
    page = analyst_client.get(f"/w/{workspace.slug}/").content.decode()
    assert "<b>2</b><span>flagged at P ≥ 0.50; the queue has 1 more, shown blind</span>" in page
    Flag.objects.filter(pk=flags[0].pk).update(state=Flag.State.DECIDED)
    assert "shown blind" not in analyst_client.get(f"/w/{workspace.slug}/").content.decode()
