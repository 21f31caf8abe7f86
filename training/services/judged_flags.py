"""What analysts decided about the flags of one run, counted by the database: as many rows as there are groups, however many flags.

Every query starts from the decisions and reaches flags by their primary key; none walks over a run's flags.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import (
    Case,
    CharField,
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Abs, Cast, Coalesce, Floor, Mod, NullIf

from labeling.models import Decision, Flag, FlagSet
from labeling.models.flags import LEAST_P_TO_REMOVE
from training.flagging.gain import SNR_BANDS, Estimate

SAID_WRONG = (Decision.Kind.ACCEPT, Decision.Kind.MOVE, Decision.Kind.CHANGE_PHASE, Decision.Kind.REMOVE)
JUDGES = Q(kind__in=[*SAID_WRONG, Decision.Kind.REJECT]) | Q(kind=Decision.Kind.ADD, flag__kind=Flag.Kind.MISSED_ARRIVAL)
# As Flag.proposes_removal has it: these labels are not among those whose residuals the run compared.
PROPOSES_REMOVAL = Q(flag__kind__in=(Flag.Kind.NO_ARRIVAL, Flag.Kind.DUPLICATE), flag__p_mislabelled__gte=LEAST_P_TO_REMOVE)
N_CLUSTERS = 200  # of events, for the interval of what decisions changed
N_DRAWS = 1000


@dataclass(frozen=True)
class Counts:
    """Decided flags of one group that were wrong and right by the analyst's verdict; p_sum: of their P(mislabelled)."""

    n_wrong: int
    n_right: int
    p_sum: float = 0.0
    n_with_proposal: int = 0

    @property
    def n(self) -> int:
        return self.n_wrong + self.n_right


def judging_decisions(flag_set: FlagSet) -> QuerySet[Decision]:
    """The newest standing verdict on each flag of the set that has one. Rejected: the label was right. Accepted, moved, renamed, removed,
    or an arrival added where one was missed: it was wrong. Decisions taken on another run's flags judged other labels, perhaps."""
    standing = Decision.objects.applied().filter(JUDGES, workspace_id=flag_set.workspace_id, undone_by=None)
    later = standing.filter(flag=OuterRef("flag"), pk__gt=OuterRef("pk"))
    return standing.filter(flag__flag_set=flag_set).exclude(Exists(later))


def count_by_hundredth(flag_set: FlagSet) -> dict[int, Counts]:
    """By floor(100 P), for those that occur."""
    # A flag of exactly 0.29 must count at 0.29, whatever binary fractions make of 100 × 0.29.
    hundredth = Cast(Floor(F("flag__p_mislabelled") * 100.0 + 1e-9, output_field=FloatField()), IntegerField())
    return {int(key): counts for key, counts in _counted(judging_decisions(flag_set), hundredth).items()}


def count_by_kind(flag_set: FlagSet, threshold: float) -> dict[str, Counts]:
    return _counted(_flagged(flag_set, threshold), F("flag__kind"))


def count_by_station(flag_set: FlagSet, threshold: float, stations: Sequence[tuple[str | None, str]]) -> dict[int, Counts]:
    """By the place of a pick's station among those named, −1 for all the others together."""
    whens = [When(_is_station(network, station), then=Value(place)) for place, (network, station) in enumerate(stations)]
    return _counted(_flagged(flag_set, threshold), Case(*whens, default=Value(-1), output_field=IntegerField()))


def count_by_snr(flag_set: FlagSet, threshold: float) -> dict[str, Counts]:
    """By the names of SNR_BANDS, and `not known`."""
    value = _evidence("snr_db")
    whens = [When(snr__lt=high, then=Value(name)) for name, _, high in SNR_BANDS if np.isfinite(high)]
    last = When(snr__isnull=False, then=Value(SNR_BANDS[-1][0]))
    return _counted(
        _flagged(flag_set, threshold).annotate(snr=value), Case(*whens, last, default=Value("not known"), output_field=CharField())
    )


def change_of_residuals(flag_set: FlagSet, n_labels: int, *, seed: int = 0) -> tuple[int, Estimate] | None:
    """How many labels decisions moved, and by how much that changed the mean |label − networks' peak| of n_labels, with an interval over
    events (in at most 200 clusters of them). None where decisions moved none. Labels that a decision removed or renamed are left out."""
    keeps_phase = Q(flag__proposed_phase="") | Q(flag__proposed_phase=F("flag__label_phase"))
    moved = judging_decisions(flag_set).filter(
        keeps_phase,
        kind__in=[Decision.Kind.ACCEPT, Decision.Kind.MOVE],
        revisions__pick=F("pick"),
        revisions__is_removed=False,
    )
    shift_s = _Seconds(ExpressionWrapper(F("revisions__time") - F("flag__label_time"), output_field=DurationField()))
    clusters = (
        moved.exclude(PROPOSES_REMOVAL)
        .annotate(residual=_evidence("network_residual_s"))
        .filter(residual__isnull=False)
        .annotate(cluster=Mod(Coalesce("pick__event_id", "pick__trace_id", "pick_id"), Value(N_CLUSTERS), output_field=IntegerField()))
        .values("cluster")
        .order_by("cluster")
        .annotate(change=Sum(Abs(F("residual") - shift_s) - Abs(F("residual")), output_field=FloatField()), n=Count("pk"))
    )
    rows = list(clusters.values_list("change", "n"))
    if not rows or not n_labels:
        return None
    change = np.array([row[0] for row in rows], dtype=np.float64) / n_labels
    # Undecided events add nothing however often they are drawn, so each cluster is drawn a Poisson number of times.
    drawn = np.random.default_rng(seed).poisson(1.0, (N_DRAWS, len(change))) @ change
    low, high = np.quantile(drawn, [0.025, 0.975])
    return sum(row[1] for row in rows), Estimate(float(change.sum()), float(low), float(high))


def _flagged(flag_set: FlagSet, threshold: float) -> QuerySet[Decision]:
    return judging_decisions(flag_set).filter(flag__p_mislabelled__gte=threshold)


def _counted(decisions: QuerySet[Any], group: Any) -> dict[Any, Counts]:
    is_right = Q(kind=Decision.Kind.REJECT)
    rows = (
        decisions.annotate(group=group)
        .values("group")
        .order_by("group")
        .annotate(
            n_wrong=Count("pk", filter=~is_right),
            n_right=Count("pk", filter=is_right),
            p_sum=Sum("flag__p_mislabelled"),
            n_with_proposal=Count("pk", filter=Q(shown__proposal=True)),
        )
    )
    counted: dict[Hashable, Counts] = {row.pop("group"): Counts(**row) for row in rows}
    return counted


def _is_station(network: str | None, station: str) -> Q:
    named = Q(pick__network_code=network) if network is not None else Q(pick__network_code__isnull=True)
    return named & Q(pick__station_code=station)


def _evidence(name: str) -> Cast:
    """A number of the flag's evidence; null where it is unknown."""
    # SQLite calls JSON's null by that name.
    return Cast(NullIf(KeyTextTransform(name, "flag__evidence"), Value("null")), FloatField())


class _Seconds(Func):
    """A duration as seconds. SQLite keeps durations as microseconds."""

    output_field = FloatField()
    template = "(%(expressions)s / 1e6)"
    arity = 1

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="EXTRACT(EPOCH FROM %(expressions)s)::double precision", **extra)
