"""Who has which flag open, and who does not see it meanwhile."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.models import ReviewLease
from labeling.services.leases import LASTS, held_by_others, hold_flags
from tests import factories
from tests.integration.conftest import signed_in
from tests.integration.deciding import fresh, take


@pytest.fixture
def flags(workspace):
    trace = factories.make_trace(factories.make_catalog(workspace))
    return [factories.make_flag(factories.make_pick(trace, offset_s=5.0 + n), p_mislabelled=0.9 - 0.1 * n) for n in range(3)]


PAGE, OTHER_TAB = uuid.uuid4(), uuid.uuid4()


def hold(analyst, *flags, page=PAGE):
    return hold_flags(workspace=flags[0].workspace, analyst=analyst, page=page, flag_ids=[flag.pk for flag in flags])


def leave(client, workspace, page=PAGE):
    return client.post(f"/w/{workspace.slug}/review/leases/", {"page": str(page), "flags": []}, content_type="application/json")


def queue(user, workspace, query=""):
    return signed_in(user).get(f"/w/{workspace.slug}/review/queue/{query}").json()["items"]


def test_what_one_has_open_comes_last_in_the_others_queue(flags, analyst, second_analyst, workspace):
    hold(analyst, flags[0])
    assert [(row["flag"], row["held_by"]) for row in queue(second_analyst, workspace)] == [
        (flags[1].pk, ""),
        (flags[2].pk, ""),
        (flags[0].pk, "ana"),
    ]
    assert [row["flag"] for row in queue(analyst, workspace)] == [flag.pk for flag in flags]


@pytest.fixture
def two_pages(workspace):
    trace = factories.make_trace(factories.make_catalog(workspace))
    return [factories.make_flag(factories.make_pick(trace, offset_s=5.0 + n), p_mislabelled=0.99 - 0.01 * n) for n in range(25)]


@pytest.mark.parametrize("when", ["left", "taken"])
def test_what_changes_hands_between_two_pages_is_on_one_of_them(two_pages, when, analyst, second_analyst, workspace):
    held = two_pages[:4] if when == "left" else two_pages[18:22]
    hold(analyst, *held)
    ben = signed_in(second_analyst)
    first = ben.get(f"/w/{workspace.slug}/review/queue/").json()
    if when == "left":
        leave(signed_in(analyst), workspace)
    else:
        hold(analyst, two_pages[0], two_pages[23])
    second = ben.get(f"/w/{workspace.slug}/review/queue/", {"after": first["next_after"]}).json()
    assert second["next_after"] == ""
    shown = [row["flag"] for row in first["items"] + second["items"]]
    assert sorted(shown) == sorted(flag.pk for flag in two_pages)


def test_what_was_left_out_and_decided_meanwhile_does_not_come(two_pages, analyst, second_analyst, workspace):
    hold(analyst, two_pages[0])
    ben = signed_in(second_analyst)
    first = ben.get(f"/w/{workspace.slug}/review/queue/").json()
    take(two_pages[0], analyst, "accept")
    second = ben.get(f"/w/{workspace.slug}/review/queue/", {"after": first["next_after"]}).json()
    assert two_pages[0].pk not in [row["flag"] for row in second["items"]]


@pytest.mark.parametrize("after", ["0.9", "0.9~x", "0.9~-1", f"0.9~1~{2**63}", "0.9" + "~1" * 300, "~", "0.9~1~"])
def test_a_cursor_that_is_none_is_refused(flags, analyst, workspace, after):
    answer = signed_in(analyst).get(f"/w/{workspace.slug}/review/queue/", {"after": after})
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor_unknown")


def test_looking_at_all_shows_who_has_it(flags, analyst, second_analyst, workspace):
    hold(analyst, flags[0])
    assert [row["held_by"] for row in queue(second_analyst, workspace, "?state=all")] == ["ana", "", ""]


def test_of_two_who_open_the_same_one_gets_it_and_the_other_is_told(flags, analyst, second_analyst):
    assert hold(analyst, flags[0]) == {}
    assert hold(second_analyst, flags[0], flags[1]) == {flags[0].pk: "ana"}


def test_going_on_gives_back_what_was_open(flags, analyst, second_analyst, workspace):
    hold(analyst, flags[0])
    hold(analyst, flags[1])
    assert held_by_others(workspace=workspace, analyst=second_analyst) == {flags[1].pk: "ana"}


def test_leaving_gives_everything_back(flags, analyst, second_analyst, workspace):
    hold(analyst, flags[0])
    assert leave(signed_in(analyst), workspace).json() == {"held": {}}
    assert not ReviewLease.objects.exists()


def test_two_tabs_of_one_person_keep_apart_what_they_have_open(flags, analyst, second_analyst, workspace):
    hold(analyst, flags[0])
    assert hold(analyst, flags[1], page=OTHER_TAB) == {}
    assert held_by_others(workspace=workspace, analyst=second_analyst) == {flags[0].pk: "ana", flags[1].pk: "ana"}
    leave(signed_in(analyst), workspace, OTHER_TAB)
    assert held_by_others(workspace=workspace, analyst=second_analyst) == {flags[0].pk: "ana"}


def test_a_tab_renews_its_own_leases_only(flags, analyst):
    hold(analyst, flags[0])
    hold(analyst, flags[1], page=OTHER_TAB)
    ReviewLease.objects.update(until=timezone.now() + timedelta(seconds=5))
    hold(analyst, flags[0])
    assert [lease.page for lease in ReviewLease.objects.filter(until__gt=timezone.now() + LASTS / 2)] == [PAGE]


def test_a_lease_without_a_page_is_refused(flags, analyst, workspace):
    answer = signed_in(analyst).post(f"/w/{workspace.slug}/review/leases/", {"flags": [flags[0].pk]}, content_type="application/json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["page"])


def test_a_page_that_was_closed_without_a_word_holds_nothing_for_long(flags, analyst, second_analyst):
    hold(analyst, flags[0])
    ReviewLease.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert hold(second_analyst, flags[0]) == {}
    assert ReviewLease.objects.get().analyst == second_analyst


def test_a_lease_is_renewed_while_the_page_is_open(flags, analyst):
    hold(analyst, flags[0])
    ReviewLease.objects.update(until=timezone.now() + timedelta(seconds=5))
    hold(analyst, flags[0])
    assert ReviewLease.objects.get().until > timezone.now() + LASTS / 2


def test_a_lease_forbids_nothing(flags, analyst, second_analyst):
    hold(analyst, flags[0])
    take(flags[0], second_analyst, "accept")
    assert fresh(flags[0]).state == "decided"


def test_a_viewer_holds_nothing(flags, viewer, workspace):
    answer = signed_in(viewer).post(f"/w/{workspace.slug}/review/leases/", {"flags": [flags[0].pk]}, content_type="application/json")
    assert answer.status_code == 403
    assert not ReviewLease.objects.exists()
