"""A workspace with as many scored picks as are asked for, written by bulk: two picks a trace, forty traces an event."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

import numpy as np
from django.core.management.color import no_style
from django.db import connection, models, transaction

from labeling.jobs.bulk_rows import insert_rows
from labeling.models import Event, Flag, FlagSet, Pick, PickRevision, Trace, Workspace
from labeling.services.queue_counts import keep_queue_counts
from labeling.services.review_draw import draw_review
from tests import factories

NAME = "Many picks"
N_SHAPES = 40  # waveforms that differ; more traces than that share their samples
N_SAMPLES = 9001
P_S, S_S = 30.0, 38.0
TRACES_PER_EVENT = 40
FLAGGED = 0.1  # share of picks at or above the threshold of 0.5
BATCH = 20_000


def workspace_of(n_picks: int) -> Workspace:
    """Waveforms of 90 s, every pick with a flag: one in ten above the threshold, the rest mostly near zero, as runs leave them.

    Where this process has made it before, that one.
    """
    made = Workspace.objects.filter(name=NAME).first()
    if made is not None:
        return made
    with transaction.atomic():
        workspace, flag_set = _shapes()
        n_traces = n_picks // 2 - N_SHAPES
        if n_traces > 0:
            _copies(workspace, flag_set, n_traces)
    draw_review(flag_set=flag_set, seed=0)
    keep_queue_counts(flag_set)
    if connection.vendor == "postgresql":  # whose autovacuum would soon do so
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    return workspace


def probability(number: int, chance: np.random.Generator) -> float:
    """P(mislabelled) of a pick."""
    return float(chance.uniform(0.5, 1.0) if number % round(1 / FLAGGED) == 0 else chance.beta(0.3, 6.0) * 0.5)


def _shapes() -> tuple[Workspace, FlagSet]:
    workspace = factories.make_workspace(NAME)
    catalog = factories.make_catalog(workspace)
    flag_set = factories.make_flag_set(workspace)
    event = factories.make_event(catalog)
    chance = np.random.default_rng(0)
    for number in range(N_SHAPES):
        samples = factories.onset_samples(n_samples=N_SAMPLES, p_s=P_S, s_s=S_S, seed=number)
        code = f"S{number:03d}"
        factories.make_station(workspace, code, latitude=38.5 + 0.02 * number, longitude=-122.8 + 0.01 * (number % 7))
        trace = factories.make_trace(catalog, samples=samples, station_code=code, event=event)
        for phase, onset_s in (("P", P_S), ("S", S_S)):
            pick = factories.make_pick(trace, offset_s=onset_s + 0.3, phase_hint=phase)
            factories.make_flag(pick, flag_set=flag_set, p_mislabelled=probability(2 * number + (phase == "S"), chance), shift_s=-0.3)
    return workspace, flag_set


def _copies(workspace: Workspace, flag_set: FlagSet, n_traces: int) -> None:
    traces = list(workspace.traces.order_by("id"))
    flags = {flag.pick_id: flag for flag in flag_set.flags.select_related("pick")}
    flag_of = {(flag.pick.trace_id, flag.pick.phase_hint): flag for flag in flags.values()}
    first = {model: 1 + model.objects.order_by("-id").values_list("id", flat=True)[0] for model in (Event, Trace, Pick, Flag)}
    base = traces[0].event
    chance = np.random.default_rng(1)

    def events() -> Iterator[Event]:
        for number in range(-(-n_traces // TRACES_PER_EVENT)):
            yield _changed(base, first[Event] + number, f"event{number}", origin_time=base.origin_time + _later(number))

    def copies() -> Iterator[Trace]:
        for number in range(n_traces):
            since, event = _later(number // TRACES_PER_EVENT), first[Event] + number // TRACES_PER_EVENT
            shape = traces[number % len(traces)]
            times = {"start_time": shape.start_time + since, "end_time": shape.end_time + since}
            yield _changed(shape, first[Trace] + number, f"copy{number}", event_id=event, **times)

    def picks() -> Iterator[Pick]:
        for number in range(2 * n_traces):
            place = number // 2
            pick = flag_of[traces[place % len(traces)].pk, "PS"[number % 2]].pick
            since, event = _later(place // TRACES_PER_EVENT), first[Event] + place // TRACES_PER_EVENT
            ids = {"trace_id": first[Trace] + place, "event_id": event}
            yield _changed(pick, first[Pick] + number, f"pick copy {number}", time=pick.time + since, **ids)

    def its_flags() -> Iterator[Flag]:
        for number in range(2 * n_traces):
            place = number // 2
            flag = flag_of[traces[place % len(traces)].pk, "PS"[number % 2]]
            since = _later(place // TRACES_PER_EVENT)
            times = {name: getattr(flag, name) + since for name in ("label_time", "proposed_time", "proposed_lower", "proposed_upper")}
            p = probability(number, chance)
            yield _changed(
                flag, first[Flag] + number, "", pick_id=first[Pick] + number, p_mislabelled=p, month=f"{times['label_time']:%Y-%m}", **times
            )

    def revisions() -> Iterator[PickRevision]:
        for pick in picks():
            yield PickRevision(pick_id=pick.pk, number=0, **{name: getattr(pick, name) for name in PickRevision.LABEL})

    for model, rows in ((Event, events()), (Trace, copies()), (Pick, picks()), (Flag, its_flags()), (PickRevision, revisions())):
        _insert(model, rows)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [Event, Trace, Pick, Flag]):
            cursor.execute(statement)


def _later(number: int) -> timedelta:
    return timedelta(minutes=10) * number


def _changed(row: Any, pk: int, reference: str, **values: Any) -> Any:
    """The row with another id, and with what differs."""
    kept = {field.attname: getattr(row, field.attname) for field in _columns(type(row))}
    if reference:
        kept |= {"source_ref": reference, "identity": reference}
    return type(row)(**{**kept, "id": pk, **values})


def _columns(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not field.generated]


def _insert(model: type[models.Model], rows: Iterator[models.Model]) -> None:
    names = [
        field.attname
        for field in _columns(model)
        if field.attname != "created_at" and not (model is PickRevision and field.attname == "id")
    ]
    while batch := [[getattr(row, name) for name in names] for row in islice(rows, BATCH)]:
        insert_rows(model, names, batch)
