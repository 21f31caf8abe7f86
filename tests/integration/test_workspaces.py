"""Workspaces, the overview and the pages of a person's own account."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labeling.models import Decision, Flag, Membership, Workspace
from labeling.services.refusals import Conflict, Forbidden, Refused
from labeling.services.workspaces import create_workspace, set_flag_threshold
from tests import factories
from tests.integration.conftest import signed_in


def test_who_makes_a_workspace_becomes_its_admin(db: None) -> None:
    ana = factories.make_user("ana")
    answer = signed_in(ana).post(reverse("workspace_create"), {"name": "Southern Alps"}, follow=True)
    assert "Southern Alps is there" in answer.content.decode()
    assert Workspace.objects.get().role_of(ana) == Membership.Role.ADMIN


def test_a_name_that_is_taken_is_said_beside_the_field(workspace: Workspace, analyst_client: Client) -> None:
    answer = analyst_client.post(reverse("workspace_create"), {"name": workspace.name})
    assert "There is a workspace named Northern California 2012 already" in answer.content.decode()


def test_two_names_that_come_to_the_same_address_are_told_apart(db: None) -> None:
    assert create_workspace(name="Etna 2018", by=None).slug == "etna-2018"
    assert create_workspace(name="Etna: 2018", by=None).slug == "etna-2018-2"


def test_a_name_of_spaces_is_no_name(db: None) -> None:
    with pytest.raises(Refused, match="1 to 120 characters"):
        create_workspace(name="   ", by=None)


def test_the_same_name_twice_is_refused(db: None) -> None:
    create_workspace(name="Etna", by=None)
    with pytest.raises(Conflict, match="Choose another name"):
        create_workspace(name=" Etna ", by=None)


def test_people_see_their_own_workspaces_only(workspace: Workspace, analyst_client: Client) -> None:
    factories.make_workspace("Secret mine")
    page = analyst_client.get(reverse("workspace_list")).content.decode()
    assert "Northern California 2012" in page
    assert "Secret mine" not in page


def test_who_is_in_no_workspace_is_told_what_to_do(db: None) -> None:
    page = signed_in(factories.make_user("newcomer")).get(reverse("workspace_list")).content.decode()
    assert "You are in no workspace yet" in page
    assert "add you as newcomer" in page


def test_an_empty_workspace_says_upload_first(workspace: Workspace, analyst_client: Client) -> None:
    page = analyst_client.get(reverse("overview", args=[workspace.slug])).content.decode()
    step = page.split('aria-current="step"')[1]
    assert step.index("Upload files") < step.index("Train")


def test_the_overview_counts_what_is_there_and_links_to_it(workspace: Workspace, analyst: User, analyst_client: Client) -> None:
    catalog = factories.make_catalog(workspace)
    trace = factories.make_trace(catalog)
    picks = [factories.make_pick(trace, offset_s=10 + n) for n in range(4)]
    factories.make_pick(catalog=catalog)
    flags = [factories.make_flag(pick, p_mislabelled=p) for pick, p in zip(picks, (0.9, 0.8, 0.6, 0.1), strict=True)]
    Decision.objects.create(workspace=workspace, client_id="0" * 32, pick=picks[0], flag=flags[0], analyst=analyst, kind="accept")
    Decision.objects.create(workspace=workspace, client_id="1" * 32, pick=picks[1], flag=flags[1], analyst=analyst, kind="reject")
    Flag.objects.filter(pk=flags[0].pk).update(state=Flag.State.DECIDED)
    answer = analyst_client.get(reverse("overview", args=[workspace.slug]))
    page = " ".join(answer.content.decode().split())
    assert "<b>5</b><span>picks</span>" in page
    assert '?state=unscored"><b>1</b>' in page
    assert "<b>3</b><span>flagged at P ≥ 0.50</span>" in page
    assert "<b>50 %</b><span>of proposals accepted</span>" in page
    assert "Review 2 flags" in page
    kind = answer.context["charts"]["kind"][0]
    assert (kind["label"], kind["flagged"], kind["n"], kind["url"]) == ("timing", 3, 4, f"/w/{workspace.slug}/review/?kind=timing")
    assert answer.context["charts"]["unscored"][0]["url"].endswith("?state=unscored&reason=no_waveform")


def test_an_undone_decision_does_not_count(workspace: Workspace, analyst: User, analyst_client: Client) -> None:
    pick = factories.make_pick(factories.make_trace(factories.make_catalog(workspace)))
    made = Decision.objects.create(workspace=workspace, client_id="0" * 32, pick=pick, analyst=analyst, kind="accept")
    Decision.objects.create(workspace=workspace, client_id="1" * 32, pick=pick, analyst=analyst, kind="undo", undoes=made)
    answer = analyst_client.get(reverse("overview", args=[workspace.slug]))
    assert answer.context["decisions"].n_made == 0
    assert answer.context["decisions"].acceptance_rate is None


def test_the_overview_asks_as_often_for_many_rows_as_for_few(workspace: Workspace, analyst: User, analyst_client: Client) -> None:
    trace = factories.make_trace(factories.make_catalog(workspace))

    def n_queries_after(numbers: range) -> int:
        for number in numbers:
            pick = factories.make_pick(trace, offset_s=10 + number)
            flag = factories.make_flag(pick)
            Decision.objects.create(workspace=workspace, client_id=f"{number:032x}", pick=pick, flag=flag, analyst=analyst, kind="accept")
        with CaptureQueriesContext(connection) as asked:
            analyst_client.get(reverse("overview", args=[workspace.slug]))
        return len(asked)

    assert n_queries_after(range(2)) == n_queries_after(range(2, 14))


def test_the_threshold_is_a_probability_and_not_for_viewers(workspace: Workspace, analyst: User, viewer: User) -> None:
    assert set_flag_threshold(workspace=workspace, threshold=0.7, by=analyst).flag_threshold == 0.7
    with pytest.raises(Refused, match="from 0 to 1"):
        set_flag_threshold(workspace=workspace, threshold=1.2, by=analyst)
    with pytest.raises(Forbidden):
        set_flag_threshold(workspace=workspace, threshold=0.2, by=viewer)


def test_a_wrong_password_says_so_and_not_which_of_both_was_wrong(client: Client, analyst: User) -> None:
    page = client.post(reverse("login"), {"username": "ana", "password": "wrong"}).content.decode()
    assert "belong together" in page


def test_people_change_their_own_password_and_stay_logged_in(analyst: User, analyst_client: Client) -> None:
    answer = analyst_client.post(
        reverse("password"),
        {"old_password": factories.PASSWORD, "new_password1": "granite-and-gneiss", "new_password2": "granite-and-gneiss"},
        follow=True,
    )
    assert "Your password is changed" in answer.content.decode()
    analyst.refresh_from_db()
    assert analyst.check_password("granite-and-gneiss")


def test_the_history_of_a_pick_reads_as_a_story(workspace: Workspace, analyst: User, analyst_client: Client) -> None:
    pick = factories.make_pick(factories.make_trace(factories.make_catalog(workspace)))
    flag = factories.make_flag(pick, p_mislabelled=0.98)
    Decision.objects.create(
        workspace=workspace, client_id=uuid4(), pick=pick, flag=flag, analyst=analyst, kind="reject", reason="Emergent, the label is right."
    )
    page = analyst_client.get(reverse("pick_detail", args=[workspace.slug, pick.pk])).content.decode()
    order = [
        "Imported with NCSN 2012",
        "flagged it with P(mislabelled) 0.98 (timing)",
        "ana rejected the proposal",
        "Emergent, the label is right.",
    ]
    places = [page.index(sentence) for sentence in order]
    assert places == sorted(places)


def test_picks_are_listed_page_by_page_without_losing_any(workspace: Workspace, analyst_client: Client) -> None:
    catalog = factories.make_catalog(workspace)
    # Many at one microsecond: the order needs more than the time.
    made = {factories.make_pick(catalog=catalog, offset_s=10.123456 + number // 40).pk for number in range(120)}
    seen: list[int] = []
    address = reverse("pick_list", args=[workspace.slug])
    url = address
    for _ in range(3):
        page = analyst_client.get(url).context["page"]
        seen += [pick.pk for pick in page.rows]
        url = address + page.next_url
    assert len(seen) == 120
    assert set(seen) == made
    assert page.next_url == ""


def test_a_cursor_that_is_none_gives_the_first_page(workspace: Workspace, analyst_client: Client) -> None:
    factories.make_pick(catalog=factories.make_catalog(workspace))
    for cursor in ("x", "W10", "bnVsbA", "WyJub3QgYSB0aW1lIiwgMV0"):
        assert len(analyst_client.get(reverse("pick_list", args=[workspace.slug]) + f"?after={cursor}").context["page"].rows) == 1


def test_the_list_of_picks_is_narrowed_by_its_address(workspace: Workspace, analyst_client: Client) -> None:
    catalog = factories.make_catalog(workspace)
    trace = factories.make_trace(catalog)
    flagged = factories.make_pick(trace, phase_hint="S")
    factories.make_flag(flagged, p_mislabelled=0.8, kind="phase")
    plain = factories.make_pick(trace)
    lost = factories.make_pick(catalog=catalog, station_code="GDXB")

    def listed(query: str) -> list[int]:
        return [pick.pk for pick in analyst_client.get(reverse("pick_list", args=[workspace.slug]) + query).context["page"].rows]

    assert listed("?state=flagged") == [flagged.pk]
    assert listed("?kind=phase") == [flagged.pk]
    assert listed("?kind=timing") == []
    assert listed("?state=unscored&reason=no_waveform") == [lost.pk]
    assert listed("?station=gdxb") == [lost.pk]
    assert listed("?phase=S") == [flagged.pk]
    assert set(listed("")) == {flagged.pk, plain.pk, lost.pk}
