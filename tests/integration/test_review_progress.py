"""What a page of the review screen hears of others."""

from __future__ import annotations

import uuid

import pytest

from labeling.services.leases import hold_flags
from tests import factories
from tests.integration.conftest import signed_in
from tests.integration.deciding import take


@pytest.fixture
def flags(workspace):
    trace = factories.make_trace(factories.make_catalog(workspace))
    return [factories.make_flag(factories.make_pick(trace, offset_s=5.0 + n), p_mislabelled=0.9 - 0.1 * n) for n in range(3)]


def ask(user, workspace, **parameters):
    return signed_in(user).get(f"/w/{workspace.slug}/review/progress/", parameters)


def test_a_page_hears_what_became_of_its_flags_and_how_far_all_are(flags, analyst, second_analyst, workspace):
    take(flags[0], analyst, "accept")
    hold_flags(workspace=workspace, analyst=analyst, page=uuid.uuid4(), flag_ids=[flags[1].pk, flags[2].pk])
    heard = ask(second_analyst, workspace, flags=f"{flags[0].pk},{flags[1].pk}").json()
    assert heard["states"] == {str(flags[0].pk): "decided", str(flags[1].pk): "open"}
    assert heard["held"] == {str(flags[1].pk): "ana"}
    assert (heard["progress"]["decided_today"], heard["progress"]["decided_today_by_all"], heard["progress"]["n_left"]) == (0, 1, 2)


def test_progress_is_of_the_threshold_asked_for(flags, viewer, workspace):
    assert ask(viewer, workspace, threshold="0.85").json()["progress"]["n_flagged"] == 1


def test_nothing_is_heard_of_another_workspace(flags, workspace):
    elsewhere = factories.make_workspace("Elsewhere")
    assert ask(factories.make_analyst(elsewhere), elsewhere, flags=str(flags[0].pk)).json()["states"] == {}


@pytest.mark.parametrize("listed", ["x", "1,", "-1", "9" * 19, ",".join(["1"] * 101)])
def test_a_list_that_is_none_is_refused(listed, flags, analyst, workspace):
    answer = ask(analyst, workspace, flags=listed)
    assert (answer.status_code, answer.json()["code"], list(answer.json()["fields"])) == (400, "invalid", ["flags"])


def test_what_is_asked_for_often_takes_few_queries(flags, analyst, workspace, django_assert_max_num_queries):
    client = signed_in(analyst)
    with django_assert_max_num_queries(18):
        client.get(f"/w/{workspace.slug}/review/progress/", {"flags": ",".join(str(flag.pk) for flag in flags)})
