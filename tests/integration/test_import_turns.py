"""Imports one after the other, imports that fail, and workers that come back from the dead."""

from __future__ import annotations

import uuid

import pytest
from django.core.management import call_command
from django.urls import reverse

from labeling.files import working_folder
from labeling.jobs import import_catalog as import_job
from labeling.jobs.import_catalog import import_catalog
from labeling.jobs.take_up_lost_work import take_up_lost_work
from labeling.management.commands import import_data
from labeling.models import Catalog, Event, Import, Pick, Trace, Work, Workspace
from tests import factories
from tests.integration.small_uploads import small_files, upload
from tests.integration.test_take_up_lost_work import _drain, make_row

TABLE = {"picks.csv": b"station,network,phase,time\nWEL,NZ,P,2013-09-26T15:17:05Z\n"}


@pytest.fixture(autouse=True)
def empty_queue():
    _drain()
    yield
    _drain()


def n_rows(workspace: Workspace) -> int:
    return sum(model.objects.filter(workspace=workspace).count() for model in (Catalog, Event, Pick, Trace))


def state_of(source_import: Import) -> str:
    source_import.refresh_from_db()
    return source_import.state


# --- one import of a workspace at a time --------------------------------------------------------------------------------


def test_an_import_waits_while_another_of_its_workspace_runs(workspace):
    make_row(workspace, state=Work.State.RUNNING)
    second = upload(workspace, TABLE)
    import_catalog(second.pk)
    assert (state_of(second), second.attempt) == (Work.State.QUEUED, 0)


def test_an_import_does_not_wait_for_one_of_another_workspace(workspace):
    make_row(factories.make_workspace("Alps"), state=Work.State.RUNNING)
    other = upload(workspace, TABLE)
    import_catalog(other.pk)
    assert state_of(other) == Work.State.DONE


@pytest.mark.parametrize("fails", [False, True])
def test_an_import_that_waited_is_sent_when_the_one_before_it_ends(workspace, monkeypatch: pytest.MonkeyPatch, fails: bool):
    first, second = upload(workspace, TABLE), upload(workspace, TABLE)
    if fails:
        monkeypatch.setattr(import_job, "match_picks", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            import_catalog(first.pk)
    else:
        import_catalog(first.pk)
    assert _drain() == [("labeling.import_catalog", [second.pk])]


def test_an_import_that_waits_for_a_dead_one_is_not_lost(workspace):
    dead = make_row(workspace, state=Work.State.RUNNING, silent_s=3600, attempt=1)
    second = upload(workspace, TABLE)
    take_up_lost_work()
    assert {pk for _, (pk,) in _drain()} == {dead.pk, second.pk}
    import_catalog(second.pk)
    assert state_of(second) == Work.State.DONE


def test_the_command_waits_for_its_turn(workspace, monkeypatch: pytest.MonkeyPatch, tmp_path):
    first = make_row(workspace, state=Work.State.RUNNING)
    monkeypatch.setattr(import_data.time, "sleep", lambda _: Import.objects.filter(pk=first.pk).update(state=Work.State.DONE))
    (tmp_path / "picks.csv").write_bytes(TABLE["picks.csv"])
    call_command("import_data", workspace.name, str(tmp_path / "picks.csv"))
    assert Pick.objects.filter(workspace=workspace).count() == 1


# --- imports that end badly ---------------------------------------------------------------------------------------------


def test_an_import_that_fails_leaves_nothing_but_its_report(workspace, monkeypatch: pytest.MonkeyPatch):
    failed = upload(workspace, {**small_files(), "notes.bin": b"\x00\x01"})
    monkeypatch.setattr(import_job, "match_picks", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        import_catalog(failed.pk)
    assert (state_of(failed), n_rows(workspace)) == (Work.State.FAILED, 0)
    assert failed.problems.filter(place="notes.bin").exists()


@pytest.mark.parametrize("state", [Work.State.FAILED, Work.State.CANCELLED])
def test_the_page_of_an_import_that_ended_badly_does_not_say_that_every_row_went_in(workspace, analyst_client, state: str):
    ended = make_row(workspace, state=state)
    page = analyst_client.get(reverse("import_detail", args=[workspace.slug, ended.pk])).content.decode()
    assert "every row went in" not in page
    assert "None of its rows are in" in page


# --- workers that lost their lease --------------------------------------------------------------------------------------


def taken_over(source_import: Import) -> None:
    Import.objects.filter(pk=source_import.pk).update(lease=uuid.uuid4(), attempt=2)


def test_a_worker_that_was_taken_for_dead_leaves_its_successors_files_alone(workspace, monkeypatch: pytest.MonkeyPatch):
    source_import = upload(workspace, TABLE)
    successors = working_folder(f"import-{source_import.pk}-2") / "files"

    def sleep_for_long(*_: object) -> None:
        taken_over(source_import)
        successors.mkdir(parents=True)

    monkeypatch.setattr(import_job, "match_picks", sleep_for_long)
    import_catalog(source_import.pk)
    assert successors.exists()
    assert not working_folder(f"import-{source_import.pk}-1").exists()
    assert state_of(source_import) == Work.State.RUNNING


def test_files_of_an_attempt_that_was_killed_are_cleared_away(workspace):
    source_import = upload(workspace, TABLE)
    Import.objects.filter(pk=source_import.pk).update(attempt=1)
    left = working_folder(f"import-{source_import.pk}-1")
    left.mkdir(parents=True)
    import_catalog(source_import.pk)
    assert not left.exists()


def test_a_worker_that_was_taken_for_dead_and_fails_keeps_its_successors_rows(workspace, monkeypatch: pytest.MonkeyPatch):
    source_import = upload(workspace, TABLE)

    def fail_after_a_long_sleep(*_: object) -> None:
        taken_over(source_import)
        raise ZeroDivisionError

    monkeypatch.setattr(import_job, "match_picks", fail_after_a_long_sleep)
    import_catalog(source_import.pk)
    assert state_of(source_import) == Work.State.RUNNING
    assert Pick.objects.filter(workspace=workspace).count() == 1


def test_a_worker_that_was_taken_for_dead_writes_no_more_rows(workspace, monkeypatch: pytest.MonkeyPatch):
    source_import = upload(workspace, TABLE)
    collect = import_job.collect

    def collect_after_a_long_sleep(*inputs):
        taken_over(source_import)
        return collect(*inputs)

    monkeypatch.setattr(import_job, "collect", collect_after_a_long_sleep)
    import_catalog(source_import.pk)
    assert not Pick.objects.filter(workspace=workspace).exists()
