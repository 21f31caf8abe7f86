"""What is kept of the queue, after whatever people do in whatever order: the same as if it were counted anew."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db.models import Sum

from labeling.models import Decision, DecisionBatch, Flag, Pick
from labeling.services import batches, queue_counts
from labeling.services.adjudication import settle
from labeling.services.batches import accept_together, undo_together
from labeling.services.catalogs import restore_catalog, withdraw_catalog
from labeling.services.flags import FlagRow, RunProvenance, make_current, record_flags
from labeling.services.queue_counts import hundredth_of
from labeling.services.refusals import Refused
from labeling.services.review import undo
from tests import factories
from tests.integration.deciding import take

N_PICKS, N_STEPS = 24, 60
KINDS = ("accept", "reject", "remove", "skip", "move", "change_phase", "add", "comment", "describe")


class Site:
    """People who do something at random. Refusals are answers, too."""

    def __init__(self, workspace, people, admin, seed):
        self.chance = random.Random(seed)
        self.workspace, self.people, self.admin = workspace, [*people, admin], admin
        self.catalogs = [factories.make_catalog(workspace, name) for name in ("one", "two")]
        traces = [factories.make_trace(catalog) for catalog in self.catalogs]
        self.picks = [factories.make_pick(traces[number % 2], offset_s=3.0 + number) for number in range(N_PICKS)]
        self.n_runs = 0
        self.run(current=True)

    def step(self):
        act = self.chance.choices(
            (self.decide, self.undo, self.batch, self.undo_batch, self.run, self.promote, self.withdraw, self.settle),
            (12, 5, 2, 2, 1, 1, 1, 2),
        )[0]
        with suppress(Refused):
            act()

    def decide(self):
        kind = self.chance.choice(KINDS)
        flag = self.chance.choice(list(Flag.objects.order_by("pk").select_related("pick")))
        more = {
            "move": {"time": flag.label_time + timedelta(seconds=0.2)},
            "add": {"time": flag.label_time + timedelta(seconds=1), "phase": "S"},
            "change_phase": {"phase": "S"},
            "comment": {"reason": "unclear"},
            "describe": {"onset": "emergent"},
        }.get(kind, {})
        seen = self.chance.choice([None, flag.pick.revision])
        take(flag, self.chance.choice(self.people), kind, seen_revision=seen, is_read_elsewhere=self.chance.random() < 0.5, **more)

    def undo(self):
        if decisions := list(Decision.objects.exclude(kind="undo").order_by("pk")):
            decision = self.chance.choice(decisions)
            undo(decision=decision, analyst=decision.analyst, client_id=uuid.uuid4())

    def batch(self):
        ids = list(Flag.objects.order_by("pk").values_list("pk", flat=True))
        accept_together(
            workspace=self.workspace, flags=self.chance.sample(ids, 6), analyst=self.chance.choice(self.people), client_id=uuid.uuid4()
        )

    def undo_batch(self):
        if found := list(DecisionBatch.objects.filter(undoes=None)):
            batch = self.chance.choice(found)
            undo_together(batch=batch, analyst=batch.analyst, client_id=uuid.uuid4())

    def run(self, *, current=None):
        self.n_runs += 1
        picks = list(Pick.objects.filter(is_withdrawn=False, is_removed=False))
        record_flags(
            workspace=self.workspace,
            snapshot=factories.make_snapshot(self.workspace),
            provenance=RunProvenance(run_id=10_000 + self.n_runs, run_name=f"run {self.n_runs}"),
            rows=[self.row(pick) for pick in picks],
            posterior_offsets_s=(-2.0, 0.02, 201),
            calibration={},
            statements=[],
            unscored={},
            current=self.chance.random() < 0.5 if current is None else current,
        )

    def row(self, pick):
        p = self.chance.choice([self.chance.random(), self.chance.randrange(101) / 100])
        kind = self.chance.choice(["timing", "missed_arrival", "group_offset"])
        proposed = pick.time + timedelta(seconds=0.3)
        return FlagRow(pick.pk, pick.time, pick.phase_hint[:1], p, None, kind, "", {}, b"", b"", proposed, proposed, proposed, "P")

    def promote(self):
        make_current(flag_set=self.chance.choice(list(self.workspace.flag_sets.all())))

    def withdraw(self):
        catalog = self.chance.choice(self.catalogs)
        catalog.refresh_from_db()
        (withdraw_catalog if catalog.withdrawn_at is None else restore_catalog)(catalog=catalog, by=self.admin)

    def settle(self):
        if aside := list(Decision.objects.filter(pick__in_conflict=True).exclude(kind="undo").order_by("pk")):
            settle(decision=self.chance.choice(aside), admin=self.admin, client_id=uuid.uuid4())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(3))
def test_what_is_kept_stays_what_is_there(seed, workspace, analyst, second_analyst, workspace_admin, monkeypatch):
    monkeypatch.setattr(queue_counts, "FEW", 3)
    monkeypatch.setattr(queue_counts, "MOST_PARTS", 30)
    monkeypatch.setattr(batches, "AT_ONCE", 4)
    workspace.blind_share, workspace.double_share, workspace.hidden_share = 0.3, 0.3, 0.3
    workspace.save()
    site = Site(workspace, (analyst, second_analyst), workspace_admin, seed)
    for _ in range(N_STEPS):
        site.step()
        assert_exact(workspace)


def assert_exact(workspace):
    for flag_set in workspace.flag_sets.filter(is_current=True):
        if flag_set.flags.count() <= queue_counts.FEW:
            continue
        there: Counter[tuple[str, int]] = Counter()
        p_there: Counter[tuple[str, int]] = Counter()
        for state, place, p in flag_set.flags.active().values_list("state", "queue_place", "p_mislabelled"):
            there[state, hundredth_of(place)] += 1
            p_there[state, hundredth_of(place)] += p
        rows = flag_set.queue_counts.values_list("state", "hundredth").annotate(Sum("n"), Sum("p_sum"))
        assert {(state, hundredth): n for state, hundredth, n, _ in rows if n} == there
        assert {(state, hundredth): p_sum for state, hundredth, n, p_sum in rows if n} == pytest.approx(p_there)
