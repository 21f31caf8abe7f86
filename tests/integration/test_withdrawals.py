"""Catalogs and waveforms that are withdrawn, come back, or are replaced by a corrected upload."""

from __future__ import annotations

import pytest

from labeling.models import Pick
from labeling.services.catalogs import restore_catalog, withdraw_catalog
from labeling.services.refusals import Conflict, Refused
from labeling.services.snapshots import freeze_snapshot
from tests import factories
from tests.integration.small_uploads import import_files, small_files, small_network, waveforms_of, without_waveforms


def test_a_withdrawn_catalog_is_hidden_and_comes_back(workspace, workspace_admin):
    catalog = import_files(workspace, small_files()).catalog
    withdraw_catalog(catalog=catalog, by=workspace_admin)
    assert not Pick.objects.active().filter(workspace=workspace).exists()
    with pytest.raises(Refused, match="has no picks"):
        freeze_snapshot(workspace=workspace, by=None)
    restore_catalog(catalog=catalog, by=workspace_admin)
    assert Pick.objects.active().filter(workspace=workspace).count() == len(small_network().picks)


def test_after_a_withdrawal_the_same_upload_is_new_and_the_old_one_cannot_come_back_beside_it(workspace, workspace_admin):
    catalog = import_files(workspace, small_files()).catalog
    withdraw_catalog(catalog=catalog, by=workspace_admin)
    again = import_files(workspace, small_files())
    assert again.counts["picks"] == len(small_network().picks)
    with pytest.raises(Conflict, match="imported again meanwhile"):
        restore_catalog(catalog=catalog, by=workspace_admin)
    assert Pick.objects.active().filter(workspace=workspace).count() == len(small_network().picks)


def test_a_catalog_is_withdrawn_once(workspace, workspace_admin):
    catalog = import_files(workspace, {"picks.csv": b"station_code,phase_hint,time\nWEL,P,2013-09-26T15:17:05.61Z\n"}).catalog
    withdraw_catalog(catalog=catalog, by=workspace_admin)
    with pytest.raises(Conflict, match="withdrawn already"):
        withdraw_catalog(catalog=catalog, by=workspace_admin)


@pytest.fixture
def waveforms(workspace):
    """Waveforms for a catalog that was uploaded before."""
    import_files(workspace, without_waveforms(small_files()), name="catalog")
    return import_files(workspace, waveforms_of(small_files()), name="waveforms").catalog


def test_picks_on_withdrawn_waveforms_take_the_corrected_upload(workspace, workspace_admin, waveforms):
    Pick.objects.filter(workspace=workspace).update(state="scored", unscored_reason="")
    withdraw_catalog(catalog=waveforms, by=workspace_admin)
    corrected = import_files(workspace, waveforms_of(small_files()), name="corrected").catalog
    picks = Pick.objects.filter(workspace=workspace)
    assert set(picks.values_list("trace__catalog", flat=True)) == {corrected.pk}
    assert set(picks.values_list("state", "unscored_reason")) == {("unscored", "awaiting_run")}


def test_picks_on_withdrawn_waveforms_are_unscored_until_these_are_restored(workspace, workspace_admin, waveforms):
    scored = factories.make_flag(Pick.objects.filter(workspace=workspace)[0]).pick
    Pick.objects.filter(pk=scored.pk).update(state="scored", unscored_reason="")
    before = set(Pick.objects.values_list("pk", "trace", "state", "unscored_reason", "unscored_message"))
    withdraw_catalog(catalog=waveforms, by=workspace_admin)
    assert set(Pick.objects.values_list("state", "unscored_reason")) == {("unscored", "no_waveform")}
    restore_catalog(catalog=waveforms, by=workspace_admin)
    assert set(Pick.objects.values_list("pk", "trace", "state", "unscored_reason", "unscored_message")) == before


def test_an_upload_that_does_not_serve_a_pick_leaves_it_to_the_waveforms_that_were_withdrawn(workspace, workspace_admin, waveforms):
    withdraw_catalog(catalog=waveforms, by=workspace_admin)
    name, content = next(iter(waveforms_of(small_files()).items()))
    import_files(workspace, {name: content}, name="one of them")
    left = Pick.objects.filter(trace__catalog=waveforms)
    assert left.exists()
    assert set(left.values_list("unscored_reason", flat=True)) == {"no_waveform"}


def test_a_pick_that_is_not_for_scoring_says_so_whatever_becomes_of_its_waveform(workspace, workspace_admin):
    trace = factories.make_trace(factories.make_catalog(workspace))
    pick = factories.make_pick(trace, state="unscored", unscored_reason="unknown_phase")
    Pick.objects.filter(pk=pick.pk).update(catalog=factories.make_catalog(workspace, "picks"))
    withdraw_catalog(catalog=trace.catalog, by=workspace_admin)
    restore_catalog(catalog=trace.catalog, by=workspace_admin)
    pick.refresh_from_db()
    assert (pick.state, pick.unscored_reason) == ("unscored", "unknown_phase")
