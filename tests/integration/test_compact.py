"""Compaction moves what traces use out of mostly empty shards, and no sample changes."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from django.utils import timezone

from labeling.files import data_dir, waveform_store
from labeling.jobs import compact_store
from labeling.jobs.compact_store import compact, sparse_shards
from labeling.models import Import, Trace, Work
from labeling.trace_samples import read_trace
from labeling.waveform_store import SAMPLE_BYTES
from tests.integration.test_verify_and_gc import aged, everything, run, shard_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def sparse(imported) -> Path:
    """The shard of an import of which one trace in five is left, older than a day."""
    shard = shard_of(Trace.objects.first())
    kept = set(Trace.objects.order_by("pk").values_list("pk", flat=True)[::5])
    imported.picks.all().delete()
    Trace.objects.exclude(pk__in=kept).delete()
    aged(data_dir())
    return shard


def samples() -> dict[int, np.ndarray]:
    return {trace.pk: read_trace(trace) for trace in Trace.objects.all()}


def test_what_is_used_moves_to_a_new_shard_and_stays_what_it_was(sparse):
    before = samples()
    status, said = run("compact")
    assert status == 0
    assert f"waveforms/shards/{sparse.name}: " in said
    assert f"{Trace.objects.count()} traces moved" in said
    assert {shard_of(trace) for trace in Trace.objects.all()}.isdisjoint({sparse})
    for pk, values in samples().items():
        np.testing.assert_array_equal(values, before[pk])
    assert run("verify")[0] == 0
    assert sum(path.stat().st_size for path in sparse.parent.iterdir() if path != sparse) == sum(
        values.nbytes for values in before.values()
    )


def test_the_old_shard_is_left_to_gc_a_day_later(sparse):
    run("compact")
    run("gc")
    assert sparse.exists()
    aged(data_dir())
    run("gc")
    assert not sparse.exists()
    assert run("verify")[0] == 0


def test_gc_leaves_the_old_shard_to_work_that_began_before(sparse):
    run("compact")
    aged(data_dir(), days=2)
    Import.objects.update(state=Work.State.RUNNING, started_at=timezone.now() - timedelta(days=3))
    run("gc")
    assert sparse.exists()
    Import.objects.update(state=Work.State.DONE)
    run("gc")
    assert not sparse.exists()


def test_gc_leaves_the_old_shard_to_work_that_began_while_rows_were_moved(sparse, monkeypatch):
    def begin_and_move(*moved):
        Import.objects.update(state=Work.State.RUNNING, started_at=timezone.now())
        return point_to_copies(*moved)

    point_to_copies = compact_store._point_to_copies
    monkeypatch.setattr(compact_store, "_point_to_copies", begin_and_move)
    run("compact")
    run("gc", min_age_hours=0)
    assert sparse.exists()


def test_a_shard_that_is_well_used_or_young_stays_as_it_is(imported, sparse):
    before = everything()
    assert "Nothing to do" in run("compact", below=0.1)[1]
    os.utime(sparse)
    assert "Nothing to do" in run("compact")[1]
    assert everything() == before


def test_a_dry_run_copies_nothing(sparse):
    before = everything()
    status, said = run("compact", dry_run=True)
    assert (status, "Nothing was copied." in said) == (0, True)
    assert everything() == before


def test_a_trace_that_was_changed_meanwhile_is_not_moved(sparse, monkeypatch):
    changed = Trace.objects.last()
    other = [{**channel, "dead": True} for channel in changed.channels]
    read = waveform_store().__class__.read

    def read_and_change(self, address, *window):
        Trace.objects.filter(pk=changed.pk).update(channels=other)
        return read(self, address, *window)

    monkeypatch.setattr("labeling.waveform_store.WaveformStore.read", read_and_change)
    assert list(compact(sparse_shards(min_age_s=0))) == [(Trace.objects.count() - 1, [])]
    changed.refresh_from_db()
    assert changed.channels == other
    run("gc", min_age_hours=0)
    assert run("verify")[0] == 0


@pytest.mark.parametrize("harm", ["cut", "changed"])
def test_a_damaged_trace_stays_where_its_shard_can_be_restored_and_keeps_no_other(sparse, harm):
    content = bytearray(sparse.read_bytes())
    last = max((trace for trace in Trace.objects.all() if shard_of(trace) == sparse), key=lambda trace: trace.channels[0]["offset"])
    end = SAMPLE_BYTES * (last.channels[-1]["offset"] + last.n_samples)
    content[end - 2] ^= 0x40
    sparse.write_bytes(content if harm == "changed" else content[: end - 2])
    aged(data_dir())
    status, said = run("compact")
    assert (status, "1 traces are damaged" in said) == (1, True)
    assert [trace.pk for trace in Trace.objects.all() if shard_of(trace) == sparse] == [last.pk]
    content[end - 2] ^= 0x40
    sparse.write_bytes(content)
    assert run("verify")[0] == 0


def test_a_full_disk_and_wrong_options_are_told(sparse, monkeypatch):
    assert run("compact", below=0.0)[0] == 2
    assert run("compact", below=float("nan"))[0] == 2
    assert run("compact", min_age_hours=-1)[0] == 2
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=10))
    status, said = run("compact")
    assert (status, "Nothing was copied." in said) == (1, True)
