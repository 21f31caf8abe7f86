"""Decisions a second in one batch: as many proposals accepted together as one batch may hold, and taken back together."""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import copy
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from django.db import transaction

from labeling.models import DecisionBatch, Flag, Pick, PickRevision, Workspace
from labeling.services.batches import MOST_AT_ONCE, accept_together, undo_together
from tests import factories
from tests.bench.figure import Figure, Options

N_TRACES = 100
LIMIT = 1000.0  # decisions a second: ten seconds for the largest batch, which somebody waits for


def measure(options: Options, folder: Path) -> list[Figure]:
    workspace, flags = _workspace()
    analyst = factories.make_analyst(workspace, "ana")
    batch, accept_s, accept_cpu_s = _timed(lambda: accept_together(workspace=workspace, flags=flags, analyst=analyst, client_id=uuid4()))
    undoing, undo_s, undo_cpu_s = _timed(lambda: undo_together(batch=batch, analyst=analyst, client_id=uuid4()))
    if (batch.n_decided, undoing.n_decided) != (len(flags), len(flags)):
        raise SystemExit(f"Of {len(flags)} proposals {batch.n_decided} were accepted and {undoing.n_decided} taken back.")
    return [
        _figure("proposals accepted in one batch", len(flags), accept_s, accept_cpu_s),
        _figure("decisions of one batch taken back", len(flags), undo_s, undo_cpu_s),
    ]


def _figure(name: str, n: int, seconds: float, cpu_s: float) -> Figure:
    details = {"decisions": n, "s": round(seconds, 2), "of the processor (s)": round(cpu_s, 2)}
    return Figure(name, n / seconds, "decisions/s", "limit", LIMIT, more_is_better=True, details=details)


def _timed(do: Callable[[], DecisionBatch]) -> tuple[DecisionBatch, float, float]:
    began, began_cpu = time.perf_counter(), time.process_time()
    batch = do()
    return batch, time.perf_counter() - began, time.process_time() - began_cpu


@transaction.atomic
def _workspace() -> tuple[Workspace, list[int]]:
    """A workspace with as many flagged picks as one batch may hold, and the ids of their flags."""
    workspace = factories.make_workspace("Batches")
    catalog = factories.make_catalog(workspace)
    flag_set = factories.make_flag_set(workspace)
    ids: list[int] = []
    for number in range(N_TRACES):
        trace = factories.make_trace(catalog, station_code=f"S{number:03d}")
        pick = factories.make_pick(trace)
        flag = factories.make_flag(pick, flag_set=flag_set)
        ids += [flag.pk, *_copies(pick, flag, MOST_AT_ONCE // N_TRACES - 1)]
    return workspace, ids


def _copies(pick: Pick, flag: Flag, n: int) -> list[int]:
    """Ids of as many flags more, each with a pick of its own, a millisecond after the other."""
    picks, flags = [], []
    for number in range(n):
        other, its = copy(pick), copy(flag)
        other.pk, other.identity, other.source_ref = None, f"{pick.identity}/{number}", f"{pick.source_ref}/{number}"
        other.time = its.label_time = pick.time + timedelta(milliseconds=number + 1)
        its.pk, its.pick = None, other
        picks.append(other)
        flags.append(its)
    Pick.objects.bulk_create(picks)
    PickRevision.objects.bulk_create(
        [PickRevision(pick=one, number=0, **{name: getattr(one, name) for name in PickRevision.LABEL}) for one in picks]
    )
    for its in flags:
        its.pick_id = its.pick.pk
    return [its.pk for its in Flag.objects.bulk_create(flags)]
