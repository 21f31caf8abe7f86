"""The administration: every row can be looked at, and what must stay as it is can't be changed there either."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from labeling.models import Decision, Export, Import, Workspace
from tests import factories
from tests.integration.conftest import signed_in

OURS = sorted(
    (model for model in admin.site._registry if model._meta.app_label in ("labeling", "training")), key=lambda model: model.__name__
)
FROZEN = {"Decision", "PickRevision", "Pick", "Snapshot", "SnapshotPick", "Flag", "FlagSet", "Import", "Export"}


@pytest.fixture
def superuser_client(db: None) -> Client:
    return signed_in(User.objects.create_superuser("root", password=factories.PASSWORD))


@pytest.fixture
def decision(workspace: Workspace, analyst: User) -> Decision:
    pick = factories.make_pick(factories.make_trace(factories.make_catalog(workspace)))
    factories.make_snapshot(workspace, [pick])
    flag = factories.make_flag(pick)
    Import.objects.create(workspace=workspace, name="upload")
    Export.objects.create(workspace=workspace, snapshot=workspace.snapshots.get(number=1), format="csv")
    return Decision.objects.create(workspace=workspace, client_id="0" * 32, pick=pick, flag=flag, analyst=analyst, kind="reject")


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_kind_of_row_has_a_list_that_counts_its_rows(model, superuser_client: Client, decision: Decision) -> None:  # type: ignore[no-untyped-def]
    page = superuser_client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")).content.decode()
    n = model.objects.count()
    assert f"{n} {model._meta.verbose_name if n == 1 else model._meta.verbose_name_plural}" in page


@pytest.mark.parametrize("model", [model for model in OURS if model.__name__ in FROZEN], ids=lambda model: model.__name__)
def test_what_must_stay_as_it_is_has_no_form(model, superuser_client: Client, decision: Decision) -> None:  # type: ignore[no-untyped-def]
    row = model.objects.first()
    assert row is not None
    where = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    page = superuser_client.get(reverse(f"{where}_change", args=[row.pk])).content.decode()
    assert 'name="_save"' not in page
    assert superuser_client.get(reverse(f"{where}_add")).status_code == 403
    assert superuser_client.post(reverse(f"{where}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_no_form_offers_a_whole_table_to_choose_from(superuser_client: Client, workspace: Workspace) -> None:
    factories.make_user("somebody-far-away")
    trace = factories.make_trace(factories.make_catalog(workspace))
    for where in (f"labeling_trace_change/{trace.pk}", f"labeling_workspace_change/{workspace.pk}"):
        name, pk = where.split("/")
        assert "somebody-far-away" not in superuser_client.get(reverse(f"admin:{name}", args=[pk])).content.decode()
