"""Who is in a workspace, and who may change that."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from labeling.models import Membership, Workspace
from tests import factories


def add(client: Client, workspace: Workspace, **values: str) -> str:
    return client.post(reverse("member_add", args=[workspace.slug]), {"role": "analyst", **values}, follow=True).content.decode()


def test_an_admin_adds_somebody_new_who_can_then_log_in(workspace: Workspace, workspace_admin_client: Client) -> None:
    page = add(workspace_admin_client, workspace, username="ben", password="granite-and-gneiss")
    assert "ben is now an analyst of Northern California 2012" in page
    assert Client().login(username="ben", password="granite-and-gneiss")


def test_a_new_account_needs_a_password(workspace: Workspace, workspace_admin_client: Client) -> None:
    assert "no account named &#x27;ben&#x27; yet" in add(workspace_admin_client, workspace, username="ben")
    assert not User.objects.filter(username="ben").exists()


def test_a_weak_first_password_is_refused(workspace: Workspace, workspace_admin_client: Client) -> None:
    assert "too common" in add(workspace_admin_client, workspace, username="ben", password="password")
    assert not User.objects.filter(username="ben").exists()


def test_adding_somebody_with_an_account_leaves_their_password_alone(workspace: Workspace, workspace_admin_client: Client) -> None:
    ben = factories.make_user("ben")
    add(workspace_admin_client, workspace, username="ben", password="something-else-1")
    ben.refresh_from_db()
    assert ben.check_password(factories.PASSWORD)
    assert workspace.role_of(ben) == "analyst"


def test_nobody_is_a_member_twice(workspace: Workspace, analyst: User, workspace_admin_client: Client) -> None:
    assert "is a member of Northern California 2012 already" in add(workspace_admin_client, workspace, username="ana")


def test_a_role_is_changed_from_the_list(workspace: Workspace, analyst: User, workspace_admin_client: Client) -> None:
    membership = Membership.objects.get(user=analyst)
    workspace_admin_client.post(reverse("member_change", args=[workspace.slug, membership.pk]), {"role": "viewer"})
    assert workspace.role_of(analyst) == "viewer"


def test_the_last_admin_can_neither_step_down_nor_be_removed(
    workspace: Workspace, workspace_admin: User, workspace_admin_client: Client
) -> None:
    membership = Membership.objects.get(user=workspace_admin)
    for name in ("member_change", "member_remove"):
        answer = workspace_admin_client.post(reverse(name, args=[workspace.slug, membership.pk]), {"role": "viewer"}, follow=True)
        assert "ada is the last admin" in answer.content.decode()
    assert workspace.role_of(workspace_admin) == "admin"


def test_who_is_removed_keeps_account_and_decisions(workspace: Workspace, analyst: User, workspace_admin_client: Client) -> None:
    pick = factories.make_pick(factories.make_trace(factories.make_catalog(workspace)))
    workspace.decisions.create(client_id="0" * 32, pick=pick, analyst=analyst, kind="skip")
    membership = Membership.objects.get(user=analyst)
    workspace_admin_client.post(reverse("member_remove", args=[workspace.slug, membership.pk]))
    assert workspace.role_of(analyst) is None
    assert workspace.decisions.get().analyst == analyst


def test_an_admin_who_leaves_lands_on_the_list_of_workspaces(
    workspace: Workspace, workspace_admin: User, workspace_admin_client: Client
) -> None:
    factories.make_admin(workspace, "second")
    membership = Membership.objects.get(user=workspace_admin)
    answer = workspace_admin_client.post(reverse("member_remove", args=[workspace.slug, membership.pk]))
    assert answer["Location"] == reverse("workspace_list")


def test_analysts_see_the_members_without_buttons(workspace: Workspace, workspace_admin: User, analyst_client: Client) -> None:
    page = analyst_client.get(reverse("member_list", args=[workspace.slug])).content.decode()
    assert "ada" in page
    assert "Add member" not in page
    assert "Remove" not in page
